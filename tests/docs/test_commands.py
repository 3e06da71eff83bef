"""Commands: the pages name those that exist, and explain all that do."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.docs.commands_page import PAGE, WRITE, command, name_of, names, page
from tests.docs.pages import GUIDES, PAGES, ROOT, Block, blocks, blocks_of, spans

_SHELL = re.compile(r"\|\||&&|;|>|<|\|| #")


def lines_of(block: Block) -> Iterator[list[str]]:
    """The words of each tunecheck command in a shell block."""
    for line in block.text.replace("\\\n", " ").splitlines():
        for part in _SHELL.split(line):
            if part.strip().startswith("tunecheck "):
                yield shlex.split(part)[1:]


def named(file: Path) -> Iterator[list[str]]:
    """The words after ``tunecheck`` wherever a page shows a command: code spans, shell blocks and text blocks."""
    for span in spans(file):
        yield from (found.split() for found in re.findall(r"^tunecheck (\w.*)$", span))
    for block in blocks_of(file):
        if block.language in ("bash", "text") and file != PAGE:
            yield from (found.split() for found in re.findall(r"\btunecheck ([a-z][^`\n]*)", block.text))


def options(found: click.Command) -> set[str]:
    return {name for option in found.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}


def test_the_commands_page_is_what_help_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"write docs/commands.md again: {WRITE}"


@pytest.mark.parametrize("file", PAGES, ids=lambda p: p.name)
def test_a_page_names_only_commands_and_options_that_exist(file: Path) -> None:
    for words in named(file):
        assert words[0] in names(), f"{file.name}: tunecheck {' '.join(words)}"
        wrong = {word for word in words if word.startswith("--")} - options(command(name_of(words)))
        assert not wrong, f"{file.name}: tunecheck {' '.join(words)}"


@pytest.mark.parametrize("block", blocks("bash"), ids=lambda b: b.name)
def test_a_shell_example_is_one_that_the_command_line_takes(block: Block) -> None:
    for words in lines_of(block):
        is_group = isinstance(command(words[0]), click.Group)
        name, rest = (name_of(words), words[2:]) if is_group else (words[0], words[1:])
        with command(name).make_context(name, rest):
            pass


@pytest.mark.parametrize("name", sorted(names()))
def test_a_command_and_each_of_its_options_is_explained_outside_of_the_reference(name: str) -> None:
    told = "\n".join(file.read_text(encoding="utf-8") for file in GUIDES if file not in (PAGE, ROOT / "CHANGELOG.md"))
    assert f"tunecheck {name}" in told
    for option in command(name).params:
        if isinstance(option, click.Option):
            spellings = [*option.opts, *option.secondary_opts]
            assert any(re.search(rf"{spelling}(?![\w-])", told) for spelling in spellings), f"{name} {spellings}"


def test_the_pages_name_only_targets_that_the_makefile_has() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    shown = [span for file in PAGES for span in spans(file)]
    shown += [line for block in blocks("bash") for line in block.text.splitlines()]
    found = {match[1] for text in shown if (match := re.match(r"make ([a-z]+)", text))}
    assert {"demo", "test", "check"} <= found <= targets


def test_the_exit_codes_are_those_of_the_commands() -> None:
    from tunecheck.cli.run import EXIT_CODES

    told = (ROOT / "docs" / "verdict.md").read_text(encoding="utf-8")
    for decision, code in EXIT_CODES.items():
        assert re.search(rf"^\| {code} \| {decision} \|", told, flags=re.MULTILINE)
