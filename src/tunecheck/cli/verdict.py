"""tunecheck verdict: ship, hold or incomplete."""

from __future__ import annotations

import click

from tunecheck.cli.options import json_option
from tunecheck.cli.run import EXIT_CODES


@click.command("verdict")
@click.argument("run")
@click.option("--automatic-only", is_flag=True, help="Leave out what only people can settle; for CI jobs.")
@json_option
def command(run: str, automatic_only: bool, as_json: bool) -> int:
    """The verdict of RUN, a folder that tunecheck run made. Exit code: 0 ship, 1 hold, 3 incomplete."""
    from tunecheck.cli.output import print_verdict
    from tunecheck.core import to_json
    from tunecheck.runner import verdict

    decided = verdict(run, automatic_only=automatic_only)
    if as_json:
        click.echo(to_json(decided), nl=False)
    else:
        print_verdict(decided)
    return EXIT_CODES[decided.decision]
