"""tunecheck ab vote: voting in the terminal, over the same store, order and keys as the page."""

from __future__ import annotations

import click

from tunecheck.cli.review_vote import say_where


@click.command("vote")
@click.argument("run")
@click.option("--rater", metavar="NAME", help="Who votes, 'rater 1' by default; added when new.")
@click.option("--lines", is_flag=True, help="Type a key and Enter, nothing is redrawn: for screen readers and scripts.")
def command(run: str, rater: str | None, lines: bool) -> int:
    """Vote in the test of RUN in the terminal; each vote is kept at once, and the same command goes on where it was.

    Each pair gets a or b, t for a tie, x where both are bad, or s to skip it; g shows all keys. Where stdin is no
    terminal each key is a line of its own, as with --lines.
    """
    from pathlib import Path

    from tunecheck.cli.compare_session import CompareSession
    from tunecheck.cli.vote_console import opened
    from tunecheck.runner import VotingDesk, current_comparison
    from tunecheck.store import open_studies
    from tunecheck.study import FIRST_RATER, rater_name

    name = rater_name(FIRST_RATER if rater is None else rater)
    with open_studies(Path(run)) as store:
        study = current_comparison(store, run)
        is_new = all(known.name != name for known in store.raters())
        desk = VotingDesk(store, study, store.add_rater(name), rated_with="terminal")
        greeting = f"You vote as {name}" + (", who is new here." if is_new else ".")
        with opened(wants_lines=lines) as console:
            progress = CompareSession(desk, console, greeting=greeting).run()
    say_where(progress, ["ab", "vote", run], name, left="vote on")
    return 0
