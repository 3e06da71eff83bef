"""tunecheck generate: the answers of a model, and of its base, to the prompts of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tunecheck.cli.options import json_option

if TYPE_CHECKING:
    from tunecheck.core import Answers


@click.command("generate")
@click.argument("model")
@click.option("--data", metavar="FILE", required=True, help="The prompts, with their reference responses.")
@click.option("--out", metavar="FILE", required=True, help="The predictions file to write: JSON Lines.")
@click.option("--overwrite", is_flag=True, help="Write over an earlier file.")
@click.option("--base", metavar="MODEL", help="Also the answers of this base model.")
@click.option("--with-base", is_flag=True, help="Also the answers of the base that the adapter MODEL names.")
@click.option("--max-new-tokens", type=int, metavar="N", default=256, help="Longest answer in tokens; 256 by default.")
@click.option("--temperature", type=float, metavar="T", default=0.0, help="0 (default) is greedy; 1 samples as it is.")
@click.option("--top-p", type=float, metavar="P", default=1.0, help="Sample from the likeliest tokens up to this sum.")
@click.option("--seed", type=int, metavar="N", default=42, help="Decides the samples; 42 by default.")
@click.option("--samples", type=int, metavar="N", default=1, help="Answers to each prompt, at a temperature above 0.")
@click.option("--stop", metavar="TEXT", multiple=True, help="Ends an answer; \\n is a line's end. Can be repeated.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N rows.")
@click.option("--device", metavar="NAME", help="cpu, cuda, cuda:1, ...; by default a GPU when there is one.")
@click.option("--dtype", metavar="NAME", help="auto (default), float32, bfloat16 or float16.")
@click.option("--template", metavar="NAME|FILE", help="auto (default), none, plain, or a chat template file.")
@click.option("--context", type=int, metavar="N", help="Prompt and answer in tokens; the model's own limit by default.")
@click.option("--batch-tokens", type=int, metavar="N", help="Tokens in a batch; by default what fits model and device.")
@click.option("--shape", metavar="NAME", help="Shape of the rows: auto (default), alpaca, sharegpt, messages, ...")
@click.option("--skip-bad-rows", is_flag=True, default=None, help="Go on without rows that cannot be read.")
@json_option
def command(model: str, data: str, stop: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Write what MODEL answers to the prompts of a file, with the reference beside it, one row an answer.

    Stopped, the same command goes on where it was. An adapter's own base answers too with --with-base.
    """
    from tunecheck import generate
    from tunecheck.cli.output import progress
    from tunecheck.core import json_text

    marks = tuple(one.replace("\\n", "\n").replace("\\t", "\t") for one in stop)
    with progress() as heard:
        answers = generate(model, data, stop=marks, progress=heard, **options)
    if as_json:
        click.echo(json_text(answers.document()), nl=False)
    else:
        _print(answers)
    return 0


def _print(answers: Answers) -> None:
    both = " of tuned and base" if answers.base is not None else ""
    click.echo(f"wrote {len(answers):,} answers{both} to {answers.n_items:,} prompts: {answers.path}")
    if answers.n_truncated:
        click.echo(
            f"  {answers.n_truncated:,} of tuned were cut off before their end: give them room with --max-new-tokens"
        )
    if answers.skipped:
        click.echo(f"  {len(answers.skipped):,} rows could not be read and were left out: {answers.skipped[0]}")
    click.echo(click.style(f"\n{answers.signature}", dim=True))
