"""tunecheck ab: a blind A/B test of base against tuned, planned, made, voted in, judged, shown and exported."""

from __future__ import annotations

import click

from tunecheck.cli.lazy import LazyGroup

# Subcommand -> (module, one line for the list).
_COMMANDS = {
    "plan": ("tunecheck.cli.ab_plan", "What a test of some size can see, before anybody votes."),
    "create": ("tunecheck.cli.ab_create", "Make a test from a run, a predictions file or two models."),
    "vote": ("tunecheck.cli.ab_vote", "Vote in the terminal."),
    "show": ("tunecheck.cli.ab_show", "Which model the votes prefer so far, and what is missing."),
    "export": ("tunecheck.cli.ab_export", "Write a rater's sheet, all votes, or pairs to train on."),
    "import": ("tunecheck.cli.ab_import", "Take in a sheet that was filled in."),
    "judge": ("tunecheck.cli.ab_judge", "Let language models judge the pairs, beside people."),
}


@click.group("ab", cls=LazyGroup, homes=_COMMANDS)
def command() -> None:
    """Let people say blind which answer is better: in the browser (tunecheck serve), the terminal or a spreadsheet."""
