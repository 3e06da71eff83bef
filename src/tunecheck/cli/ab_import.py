"""tunecheck ab import: what a returned sheet of votes says."""

from __future__ import annotations

import click

from tunecheck.cli.options import json_option
from tunecheck.cli.review_import import print_imported


@click.command("import")
@click.argument("run")
@click.argument("file")
@click.option("--rater", metavar="NAME", help="Who filled it in, for a sheet that was copied to several people.")
@click.option("--skip-bad-cells", is_flag=True, help="Take in the other cells where some cannot be read.")
@json_option
def command(run: str, file: str, rater: str | None, skip_bad_cells: bool, as_json: bool) -> int:
    """Take in FILE, a sheet of RUN with votes. Rows may be in any order, and columns may have been added.

    An empty cell says nothing, and the same file a second time changes nothing. Cells that cannot be read are named by
    their address, and then nothing is taken in.
    """
    from tunecheck.core import json_text
    from tunecheck.runner import import_votes

    taken = import_votes(run, file, rater=rater, skip_bad_cells=skip_bad_cells)
    if as_json:
        click.echo(json_text(taken.document()), nl=False)
    else:
        print_imported(taken)
    return 0
