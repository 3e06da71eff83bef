"""tunecheck ab create: a blind A/B test from answers that are there, or that two models give now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tunecheck.cli.options import json_option, source_options

if TYPE_CHECKING:
    from tunecheck.runner import MadeComparison


@click.command("create")
@click.argument("run", required=False)
@source_options
@click.option("--out", metavar="DIR", help="Folder for a test without a run; tunecheck-runs/ab-NAME by default.")
@click.option("--items", type=int, metavar="N", help="Pairs; those of the plan, or 50.")
@click.option("--raters", type=int, metavar="N", help="People who vote on each pair; those of the plan, or 1.")
@click.option("--margin", type=float, metavar="X", help="Losses less wins, as share of items, that are not yet worse.")
@click.option("--repeats", type=click.IntRange(min=0), metavar="N", help="Pairs that come back, sides swapped; 8%.")
@click.option("--guesses", type=click.IntRange(min=0), metavar="N", help="Pairs to guess at in the end; 10.")
@click.option("--as-written", is_flag=True, help="Leave thinking, special tokens and template debris in the answers.")
@click.option("--again", is_flag=True, help="Make another test; the earlier one is kept aside.")
@json_option
def command(run: str | None, instructions: str | None, as_written: bool, as_json: bool, **options: Any) -> int:
    """Make a blind A/B test in RUN, a folder that tunecheck run made, or from --predictions or --model.

    Each pair is the answers of both models to one prompt, on sides that are drawn. The plan, the pairs and the draw are
    sealed before the first vote; keep the seal to show later that nothing was changed.
    """
    from tunecheck.cli.output import progress
    from tunecheck.core import json_text
    from tunecheck.runner import create_ab

    text = "" if instructions is None else Path(instructions).read_text("utf-8").strip()
    with progress() as heard:
        made = create_ab(run, instructions=text, clean=not as_written, progress=heard, **options)
    if as_json:
        click.echo(json_text(made.document()), nl=False)
    else:
        _print(made)
    return 0


def _print(made: MadeComparison) -> None:
    from tunecheck.report.text import visible

    study = made.study
    people = "1 person votes" if study.n_raters == 1 else f"{study.n_raters} people vote"
    click.echo(f"a blind test of {len(study.pairs):,} pairs; {people} on each before it counts")
    if study.n_repeats:
        click.echo(f"  {study.n_repeats} of them come back once with their sides swapped")
    for note in made.notes:
        click.echo(f"  {visible(note)}")
    click.echo(f"  seal {made.seal}")
    click.echo(f"  keep it: tunecheck ab show {made.folder} --seal SEAL tells whether the test is still this one")
    click.echo(f"\nvote in the browser:      tunecheck serve {made.folder}")
    click.echo(f"     in the terminal:     tunecheck ab vote {made.folder}")
    click.echo(f"     in a spreadsheet:    tunecheck ab export {made.folder} votes.xlsx")
