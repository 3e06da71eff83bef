"""tunecheck review vote: rating in the terminal, over the same store, order and keys as the page."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tunecheck.study import Progress


@click.command("vote")
@click.argument("run")
@click.option("--rater", metavar="NAME", help="Who rates, 'rater 1' by default; added when new.")
@click.option("--lines", is_flag=True, help="Type a key and Enter, nothing is redrawn: for screen readers and scripts.")
def command(run: str, rater: str | None, lines: bool) -> int:
    """Rate the sheet of RUN in the terminal; every key is kept at once, and the same command goes on where it stopped.

    Each answer gets 1 to 5 on every axis, 0 where an axis does not apply; g shows all keys. Where stdin is no terminal
    each key is a line of its own, as with --lines.
    """
    from tunecheck.cli.vote_console import opened
    from tunecheck.cli.vote_session import VoteSession
    from tunecheck.runner import RatingDesk, current_study
    from tunecheck.store import open_studies
    from tunecheck.study import FIRST_RATER, rater_name

    name = rater_name(FIRST_RATER if rater is None else rater)
    with open_studies(Path(run)) as store:
        study = current_study(store, run)
        is_new = all(known.name != name for known in store.raters())
        desk = RatingDesk(store, study, store.add_rater(name), rated_with="terminal")
        greeting = f"You rate as {name}" + (", who is new here." if is_new else ".")
        with opened(wants_lines=lines) as console:
            progress = VoteSession(desk, console, greeting=greeting).run()
    say_where(progress, ["review", "vote", run], name, left="rate")
    return 0


def say_where(progress: Progress, again: list[str], name: str, *, left: str) -> None:
    """Where the rater stands, and what to type another day."""
    from tunecheck.report.text import visible
    from tunecheck.study import FIRST_RATER

    if progress.n_done == progress.n_total:
        click.echo(f"\n{progress.words}; kept. Nothing is left to {left}.")
        return
    words = ["tunecheck", *again, *(() if name == FIRST_RATER else ("--rater", name))]
    click.echo(f"\n{progress.words}; kept; go on with: {visible(shlex.join(words))}")
