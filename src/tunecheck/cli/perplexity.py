"""tunecheck perplexity: base against tuned on the same data."""

from __future__ import annotations

from typing import Any

import click

from tunecheck.cli.options import json_option, scoring_options


@click.command("perplexity")
@click.argument("model")
@click.option("--data", metavar="FILE", required=True, help="The texts, pairs or conversations to score.")
@scoring_options
@json_option
def command(model: str, data: str, as_json: bool, **options: Any) -> int:
    """Perplexity of MODEL on a file, beside its base. An adapter's base is found by itself; else name it: --base.

    Only the reference response is scored; the prompt is its context. Plain text is scored whole.
    """
    from tunecheck.cli.output import print_check, progress
    from tunecheck.core import to_json
    from tunecheck.runner import perplexity

    with progress() as heard:
        check = perplexity(model, data, progress=heard, **options)
    if as_json:
        click.echo(to_json(check), nl=False)
    else:
        print_check(check)
    return 1 if check.status == "fail" else 0
