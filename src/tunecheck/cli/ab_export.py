"""tunecheck ab export: a rater's sheet, all votes, or preference pairs to train on, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunecheck.cli.options import json_option

if TYPE_CHECKING:
    from tunecheck.runner import PreferencePairs


@click.command("export")
@click.argument("run")
@click.argument("file")
@click.option("--rater", metavar="NAME", help='Whose sheet; "rater 1" by default, and a new name is a new rater.')
@click.option(
    "--format",
    "what",
    type=click.Choice(["sheet", "votes", "dpo"]),
    default="sheet",
    help="The sheet of a rater, every vote as a row, or pairs for preference training; sheet by default.",
)
@click.option("--divided", is_flag=True, help="With dpo: also pairs on which raters differ, by majority.")
@click.option("--conversational", is_flag=True, help="With dpo: prompt and answers as lists of messages.")
@click.option("--overwrite", is_flag=True, help="Write over an earlier file.")
@json_option
def command(
    run: str,
    file: str,
    rater: str | None,
    what: str,
    divided: bool,
    conversational: bool,
    overwrite: bool,
    as_json: bool,
) -> int:
    """Write what is in RUN to FILE.

    sheet: the pairs of one rater as .xlsx, .csv or .json, with a list to choose from. votes: every vote with the model
    it was for, as .jsonl or .csv. dpo: prompt, chosen and rejected as TRL reads them, .jsonl; later evaluations leave
    these prompts out, for nobody can be tested on what was trained on.
    """
    from tunecheck.core import json_text
    from tunecheck.runner import export_preferences, export_votes, export_votes_sheet
    from tunecheck.study import FIRST_RATER

    _check(what, rater=rater, divided=divided, conversational=conversational)
    if what == "dpo":
        made = export_preferences(run, file, divided=divided, conversational=conversational, overwrite=overwrite)
        click.echo(json_text(made.document()) if as_json else _told(made), nl=not as_json)
        return 0
    if what == "votes":
        path = export_votes(run, file, overwrite=overwrite)
    else:
        path = export_votes_sheet(run, file, rater=rater or FIRST_RATER, overwrite=overwrite)
    click.echo(json_text({"path": str(path)}) if as_json else f"wrote {path}", nl=not as_json)
    return 0


def _check(what: str, *, rater: str | None, **for_dpo: bool) -> None:
    if rater is not None and what != "sheet":
        raise click.UsageError(f"--format {what} holds all raters: leave out --rater")
    given = next((name for name, is_given in for_dpo.items() if is_given), None)
    if given is not None and what != "dpo":
        raise click.UsageError(f"--{given} goes with --format dpo")


def _told(made: PreferencePairs) -> str:
    lines = [f"wrote {made.path}: {made.n_pairs:,} pairs that people decided"]
    if made.n_divided:
        lines.append(f"  {made.n_divided:,} on which they differ were left out: --divided takes them by majority")
    lines.append(f"  later reviews and tests leave these prompts out (noted in {made.ledger})")
    return "\n".join(lines)
