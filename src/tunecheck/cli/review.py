"""tunecheck review: a rating sheet for people, made, shown, sent out, taken in and filled in at the terminal."""

from __future__ import annotations

import importlib

import click

# Subcommand -> (module, one line for the list), imported when it is called.
_COMMANDS = {
    "create": ("tunecheck.cli.review_create", "Make a rating sheet from a run, a predictions file or a model."),
    "show": ("tunecheck.cli.review_show", "What people said so far: means, differences, agreement."),
    "export": ("tunecheck.cli.review_export", "Write a rater's sheet as a spreadsheet, CSV or JSON."),
    "import": ("tunecheck.cli.review_import", "Take in a sheet that was filled in."),
    "vote": ("tunecheck.cli.review_vote", "Rate in the terminal."),
}


class _Review(click.Group):
    """Knows its commands by name and imports one when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group("review", cls=_Review)
def command() -> None:
    """Let people rate answers from 1 to 5: in the browser (tunecheck serve), the terminal or a spreadsheet."""
