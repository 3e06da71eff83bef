"""tunecheck ab show: the check `ab` of a test as it stands."""

from __future__ import annotations

import click

from tunecheck.cli.options import json_option


@click.command("show")
@click.argument("run")
@click.option("--seal", "sealed", metavar="HEX", help="What ab create said: tells whether the test is another now.")
@json_option
def command(run: str, sealed: str | None, as_json: bool) -> int:
    """Which model people prefer in RUN so far, and how many votes are missing.

    Exit code: 1 where base is better, 3 where nothing is decided.
    """
    from tunecheck.cli.preference import EXIT_CODES, print_votes
    from tunecheck.core import to_json
    from tunecheck.runner import show_ab

    check = show_ab(run, sealed=sealed)
    if as_json:
        click.echo(to_json(check), nl=False)
    else:
        print_votes(check)
        if sealed is not None and not any(finding.code == "ab.seal_broken" for finding in check.findings):
            click.echo(f"the seal holds: {sealed.strip()}")
    return EXIT_CODES[check.status]
