"""docs/commands.md, written from the real help: python -m tests.docs.commands_page."""

from __future__ import annotations

import importlib

import click
from click.testing import CliRunner

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "commands.md"
WRITE = "python -m tests.docs.commands_page"
WIDTH = 100

_TOP = """# Which commands and options are there?

This page is the help of each command, as `--help` prints it. What exit codes mean: [verdict](verdict.md#exit-codes).
"""


def group() -> click.Group:
    """The command line as a whole."""
    found = importlib.import_module("tunecheck.cli.main").__dict__["_tunecheck"]
    assert isinstance(found, click.Group)
    return found


# A command whose first word has other options than the command has otherwise.
_SPECIAL = {"score code": "score"}


def names() -> list[str]:
    """The names of all commands, in the order of the help; those of a group follow it."""
    with click.Context(group()) as context:
        listed = group().list_commands(context)
    special = {first: name for name, first in _SPECIAL.items()}
    return [name for one in listed for name in (one, special.get(one), *_inner(one)) if name]


def _inner(name: str) -> list[str]:
    """The commands of a group, by both words."""
    found = command(name)
    inner = found.list_commands(click.Context(found)) if isinstance(found, click.Group) else []
    return [f"{name} {one}" for one in inner]


def name_of(words: list[str]) -> str:
    """Which command these words call."""
    both = " ".join(words[:2])
    return both if both in names() else words[0]


def command(name: str) -> click.Command:
    """A command by its name; KeyError when there is none."""
    first, *rest = name.split()
    with click.Context(group()) as context:
        found = group().get_command(context, first)
        if isinstance(found, click.Group) and rest:
            found = found.get_command(context, rest[0])
        elif found is not None and rest:
            found = found.make_context(first, [*rest], parent=context, resilient_parsing=True).command
    if found is None:
        raise KeyError(name)
    return found


def help_of(*words: str) -> str:
    """What a command prints for --help."""
    result = CliRunner().invoke(group(), [*words, "--help"], prog_name="tunecheck", terminal_width=WIDTH)
    assert result.exit_code == 0, result.output
    return result.output.rstrip()


def page() -> str:
    """The text of docs/commands.md."""
    parts = [_TOP, f"```text\n{help_of()}\n```\n"]
    parts += [f"## tunecheck {name}\n\n```text\n{help_of(*name.split())}\n```\n" for name in names()]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
