"""tunecheck serve: the rating sheet, the blind pairs and the owner's page in the browser."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tunecheck.web import Opened


@click.command("serve")
@click.argument("run")
@click.option("--host", metavar="HOST", default="127.0.0.1", help="Where to listen; 127.0.0.1, this machine alone.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", default=8765, help="8765 by default; 0 finds one.")
@click.option("--share", is_flag=True, help="Let other machines in; a --host that they reach needs it.")
@click.option("--url", metavar="URL", help="What raters type, where it is not http://HOST:PORT: behind a proxy, ssh.")
@click.option("--rater", metavar="NAME", help='Whose link is printed; "rater 1" by default.')
@click.option("--json", "as_json", is_flag=True, help="Print the links as one JSON document, then serve.")
def command(run: str, rater: str | None, as_json: bool, **options: Any) -> int:
    """Serve the pages of RUN until Ctrl-C: for raters their sheet or pairs, for the owner progress and results.

    Everybody needs a link with a token; the owner's page makes more of them. Ratings are in RUN/run.db as soon as they
    are made.
    """
    from tunecheck.core import json_text
    from tunecheck.study import FIRST_RATER
    from tunecheck.web import opened

    with opened(run, rater=rater or FIRST_RATER, **options) as server:
        if as_json:
            links = {"rater": server.rater_link, "owner": server.owner_link, "rater_name": server.rater}
            click.echo(json_text(dict(links)), nl=False)
        else:
            _print(server)
        # Ctrl-C is how a server ends: nothing was cut short.
        with suppress(KeyboardInterrupt):
            server.serve()
    click.echo("\nstopped; what was rated is kept", err=True)
    return 0


def _print(server: Opened) -> None:
    from tunecheck.report.text import visible

    click.echo(f"rate, as {visible(server.rater)}:")
    click.echo(click.style(f"  {server.rater_link}", bold=True))
    click.echo("the owner's page (progress, links for others, results):")
    click.echo(click.style(f"  {server.owner_link}", bold=True))
    if server.is_shared and not server.is_secure:
        warning = "other machines can reach this, and without https whoever is on the way reads along"
        click.echo(click.style("warning: ", fg="yellow", bold=True) + warning, err=True)
    if not server.has_sheet:
        click.echo("nothing is there to rate; make it: tunecheck ab create RUN, tunecheck review create RUN", err=True)
    click.echo("Ctrl-C stops the server; what was rated is kept.", err=True)
