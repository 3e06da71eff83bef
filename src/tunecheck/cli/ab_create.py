"""tunecheck ab create: a blind A/B test from answers that are there, or that two models give now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tunecheck.cli.options import json_option

if TYPE_CHECKING:
    from tunecheck.runner import MadeComparison


@click.command("create")
@click.argument("run", required=False)
@click.option("--predictions", metavar="FILE", help="Rows with answers, instead of those of the run.")
@click.option("--base-predictions", metavar="FILE", help="The base model's answers to the same rows.")
@click.option("--model", metavar="MODEL", help="Let this model answer a sample of --data now, and its base too.")
@click.option("--data", "data_file", metavar="FILE", help="The prompts for --model.")
@click.option("--base", metavar="MODEL", help="The base of --model. An adapter names its own.")
@click.option("--max-new-tokens", type=int, metavar="N", default=256, help="Longest answer of --model in tokens; 256.")
@click.option("--out", metavar="DIR", help="Folder for a test without a run; tunecheck-runs/ab-NAME by default.")
@click.option("--items", type=int, metavar="N", help="Pairs; those of the plan, or 50.")
@click.option("--raters", type=int, metavar="N", help="People who vote on each pair; those of the plan, or 1.")
@click.option("--margin", type=float, metavar="X", help="Losses less wins, as share of items, that are not yet worse.")
@click.option("--seed", type=int, metavar="N", default=42, help="Decides which prompts; 42 by default.")
@click.option("--repeats", type=click.IntRange(min=0), metavar="N", help="Pairs that come back, sides swapped; 8%.")
@click.option("--guesses", type=click.IntRange(min=0), metavar="N", help="Pairs to guess at in the end; 10.")
@click.option("--as-written", is_flag=True, help="Leave thinking, special tokens and template debris in the answers.")
@click.option("--stratify-by", metavar="C", multiple=True, help="Besides category, task and difficulty.")
@click.option("--instructions", metavar="FILE", help="A text that every rater reads first.")
@click.option("--again", is_flag=True, help="Make another test; the earlier one is kept aside.")
@click.option("--prediction-field", metavar="C", help="The column of the answers.")
@click.option("--reference-field", metavar="C", help="The column of the references.")
@click.option("--base-field", metavar="C", help="The column of the base's answers, in the same file.")
@click.option("--prompt-field", metavar="C", help="The column of the prompts.")
@click.option("--id-field", metavar="C", help="The column that names a row.")
@click.option("--skip-bad-rows", is_flag=True, help="Go on without rows that cannot be read.")
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
