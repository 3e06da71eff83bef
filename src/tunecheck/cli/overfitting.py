"""tunecheck overfitting: train against validation, calibrated by the base."""

from __future__ import annotations

from typing import Any

import click

from tunecheck.cli.options import json_option, scoring_options, sign_options


@click.command("overfitting")
@click.argument("tuned")
@click.option("--train", metavar="FILE", required=True, help="The training file.")
@click.option("--val", metavar="FILE", required=True, help="The validation file.")
@sign_options
@scoring_options
@json_option
def command(tuned: str, train: str, val: str, as_json: bool, **options: Any) -> int:
    """How much better TUNED got on its training data than on validation data, beyond what its base explains."""
    from tunecheck.cli.output import print_check, progress
    from tunecheck.core import to_json
    from tunecheck.runner import overfitting

    with progress() as heard:
        check = overfitting(tuned, train=train, val=val, progress=heard, **options)
    if as_json:
        click.echo(to_json(check), nl=False)
    else:
        print_check(check)
    return 1 if check.status == "fail" else 0
