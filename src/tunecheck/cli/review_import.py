"""tunecheck review import: what a returned sheet says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunecheck.cli.options import json_option

if TYPE_CHECKING:
    from tunecheck.runner import Imported


@click.command("import")
@click.argument("run")
@click.argument("file")
@click.option("--rater", metavar="NAME", help="Who filled it in, for a sheet that was copied to several people.")
@click.option("--skip-bad-cells", is_flag=True, help="Take in the other cells where some cannot be read.")
@json_option
def command(run: str, file: str, rater: str | None, skip_bad_cells: bool, as_json: bool) -> int:
    """Take in FILE, a sheet of RUN that was filled in. Rows may be in any order, and columns may have been added.

    An empty cell says nothing, and the same file a second time changes nothing. Cells that cannot be read are named by
    their address, and then nothing is taken in.
    """
    from tunecheck.core import json_text
    from tunecheck.runner import import_review

    taken = import_review(run, file, rater=rater, skip_bad_cells=skip_bad_cells)
    if as_json:
        click.echo(json_text(taken.document()), nl=False)
    else:
        print_imported(taken)
    return 0


def print_imported(taken: Imported) -> None:
    """What was kept of a sheet, for people."""
    from tunecheck.report.text import visible

    click.echo(f"{taken.n_rows:,} rows read, {taken.n_unchanged:,} cells say what is known already")
    for name, n_changes in taken.n_changes.items():
        click.echo(f"  {n_changes:,} new from {visible(name)}")
    for note in taken.notes:
        click.echo(f"  {visible(note)}")
    for cell in taken.rejected:
        click.echo(f"  left out: {visible(cell.words)}", err=True)
