"""tunecheck review export: a rater's sheet as a file."""

from __future__ import annotations

import click

from tunecheck.cli.options import json_option


@click.command("export")
@click.argument("run")
@click.argument("file")
@click.option("--rater", metavar="NAME", help='Whose sheet; "rater 1" by default, and a new name is a new rater.')
@click.option("--ratings", is_flag=True, help="Instead: all ratings of all raters, one row each, as JSON Lines or CSV.")
@click.option("--overwrite", is_flag=True, help="Write over an earlier file.")
@json_option
def command(run: str, file: str, rater: str | None, ratings: bool, overwrite: bool, as_json: bool) -> int:
    """Write the sheet of one rater to FILE: .xlsx with a list to choose from in each cell, .csv or .json.

    What the rater said already stands in it. With --ratings: what everybody said, and of which model, for other tools.
    """
    from tunecheck.core import json_text
    from tunecheck.runner import export_ratings, export_review
    from tunecheck.study import FIRST_RATER

    if ratings and rater is not None:
        raise click.UsageError("--ratings holds all raters: leave out --rater")
    if ratings:
        path = export_ratings(run, file, overwrite=overwrite)
    else:
        path = export_review(run, file, rater=rater or FIRST_RATER, overwrite=overwrite)
    click.echo(json_text({"path": str(path)}) if as_json else f"wrote {path}", nl=not as_json)
    return 0
