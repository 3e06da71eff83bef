"""tunecheck review create: a rating sheet from answers that are there, or that a model gives now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tunecheck.cli.options import json_option, source_options

if TYPE_CHECKING:
    from tunecheck.runner import MadeReview


@click.command("create")
@click.argument("run", required=False)
@source_options
@click.option("--out", metavar="DIR", help="Folder for a sheet without a run; tunecheck-runs/review-NAME by default.")
@click.option("--items", type=int, metavar="N", default=50, help="Prompts on the sheet; 50 by default.")
@click.option("--tuned-only", is_flag=True, help="Only answers of the tuned model: nothing to compare its means with.")
@click.option("--axis", "axes", metavar="NAME[:QUESTION]", multiple=True, help="Instead of the usual four axes.")
@click.option("--repeats", type=click.IntRange(min=0), metavar="N", help="Answers that come back unannounced; 8%.")
@click.option("--bar", type=click.FloatRange(1, 5), metavar="X", default=3.0, help="The mean to reach on each axis; 3.")
@click.option("--again", is_flag=True, help="Make another sheet; the earlier one is kept aside.")
@json_option
def command(run: str | None, instructions: str | None, as_json: bool, **options: Any) -> int:
    """Make a rating sheet in RUN, a folder that tunecheck run made, or from --predictions or --model.

    Answers of the tuned model and of its base are mixed blind, in an order of its own for each rater. Also writes
    evaluation_sheet.json, .xlsx and .csv for the first rater.
    """
    from tunecheck.cli.output import progress
    from tunecheck.core import json_text
    from tunecheck.runner import create_review

    text = "" if instructions is None else Path(instructions).read_text("utf-8").strip()
    with progress() as heard:
        made = create_review(run, instructions=text, progress=heard, **options)
    if as_json:
        click.echo(json_text(made.document()), nl=False)
    else:
        _print(made)
    return 0


def _print(made: MadeReview) -> None:
    study = made.study
    mixed = ", tuned and base mixed blind" if study.is_blind else " of tuned alone"
    click.echo(f"a sheet of {len(study.answers):,} answers to {len(study.items):,} prompts{mixed}")
    if study.n_repeats:
        click.echo(f"  {study.n_repeats} of them come back once, to see whether raters agree with themselves")
    for note in made.notes:
        click.echo(f"  {note}")
    click.echo(f"\nrate in the browser:      tunecheck serve {made.folder}")
    click.echo(f"     in the terminal:     tunecheck review vote {made.folder}")
    click.echo(f"     in a spreadsheet:    {made.files[1]}, then: tunecheck review import {made.folder} FILE")
