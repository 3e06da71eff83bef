"""tunecheck demo: the whole tool on a model made on the spot."""

from __future__ import annotations

import click

from tunecheck.cli.options import json_option


@click.command("demo")
@click.option(
    "--out", metavar="DIR", default="tunecheck-demo", show_default=True, help="Folder for models, data and run."
)
@click.option("--overfitted", is_flag=True, help="Train on few rows for many epochs, and see it caught.")
@click.option("--seed", type=int, metavar="N", default=42, show_default=True, help="Decides the data and the training.")
@json_option
def command(out: str, overfitted: bool, seed: int, as_json: bool) -> int:
    """Train a small language model and a LoRA on it, then run the checklist on them as a user would.

    Everything is made here: nothing is downloaded. Exit code 0 when the demo ran, whatever its verdict.
    """
    from tunecheck.api import run_demo
    from tunecheck.cli.output import print_run, progress
    from tunecheck.core import to_json

    with progress() as heard:
        result = run_demo(out, overfitted=overfitted, seed=seed, progress=heard)
    if as_json:
        click.echo(to_json(result), nl=False)
    else:
        print_run(result)
    return 0
