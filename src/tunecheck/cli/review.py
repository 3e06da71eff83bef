"""tunecheck review: a rating sheet for people, made, shown, sent out, taken in and filled in at the terminal."""

from __future__ import annotations

import click

from tunecheck.cli.lazy import LazyGroup

# Subcommand -> (module, one line for the list).
_COMMANDS = {
    "create": ("tunecheck.cli.review_create", "Make a rating sheet from a run, a predictions file or a model."),
    "show": ("tunecheck.cli.review_show", "What people said so far: means, differences, agreement."),
    "export": ("tunecheck.cli.review_export", "Write a rater's sheet as a spreadsheet, CSV or JSON."),
    "import": ("tunecheck.cli.review_import", "Take in a sheet that was filled in."),
    "vote": ("tunecheck.cli.review_vote", "Rate in the terminal."),
}


@click.group("review", cls=LazyGroup, homes=_COMMANDS)
def command() -> None:
    """Let people rate answers from 1 to 5: in the browser (tunecheck serve), the terminal or a spreadsheet."""
