"""Beginnings: the start of a program that a model was asked to continue, and what it gives to a whole function."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from .parsing import Broken, Parser, Program
from .statements import Statement

# The first line of a function or a class at the top level, and its name.
HEAD = re.compile(r"(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")


class Beginning(NamedTuple):
    """The start of a program.

    text         all of it, as it was asked
    prefix       what goes before the unfinished function: imports and helpers; all of it where none is unfinished
    defines      names that the prefix defines
    unfinished   name of the function or class at its end, or ""
    indent       the indentation of the body that is asked
    """

    text: str = ""
    prefix: str = ""
    defines: frozenset[str] = frozenset()
    unfinished: str = ""
    indent: str = ""

    @property
    def n_lines(self) -> int:
        """Lines that are complete."""
        return self.text.count("\n")

    @property
    def on_new_line(self) -> Beginning:
        """The same with its last line complete."""
        text = self.text.rstrip(" \t")
        return self._replace(text=text if not text or text.endswith("\n") else text + "\n")

    def continued_by(self, program: Program) -> int | None:
        """Which statement of a program that starts with it goes on from it; None where it got nothing but words."""
        end = (self.n_lines + 1, len(self.text.rpartition("\n")[2].encode(errors="replace")))
        for index, statement in enumerate(program.statements):
            if (statement.first_line, 0) < end < statement.code_end:
                return index
        return None

    def before(self, program: Program) -> str:
        """The program with the prefix before it; imports from __future__ stay first."""
        if not self.prefix:
            return program.text
        lines = program.text.split("\n")
        n_first = max((one.last_line for one in program.statements if one.is_future), default=0)
        return "\n".join([*lines[:n_first], self.prefix.rstrip(), "", "", *lines[n_first:]])


def read_beginning(text: str, entry_points: Sequence[str], parser: Parser) -> Beginning:
    """The start of a program; its unfinished function is the last that is wanted, or the last where none is."""
    if not text.strip():
        return Beginning()
    lines = text.split("\n")
    heads = [(index, match[1]) for index, line in enumerate(lines) if (match := HEAD.match(line))]
    wanted = [head for head in heads if head[1] in entry_points] if entry_points else heads
    at, name = wanted[-1] if wanted else (len(lines), "")
    while at and lines[at - 1].startswith("@"):
        at -= 1
    prefix = parser.parse("\n".join(lines[:at]))
    known = prefix if isinstance(prefix, Program) and prefix.text.strip() else None
    return Beginning(
        text=text,
        prefix=known.text if known else "",
        defines=known.defines if known else frozenset(),
        unfinished=name,
        indent=_body_indent(lines, parser.parse(text)),
    )


def indented(text: str, indent: str, *, first_only: bool = False) -> str:
    """The text with its lines, or only the first that holds anything, indented.

    >>> indented("for x in y:\\n    z(x)", "    ", first_only=True)
    '    for x in y:\\n    z(x)'
    """
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if line.strip():
            lines[index] = indent + line
            if first_only:
                break
    return "\n".join(lines)


def continuation_only(program: Program, own: int, wanted: frozenset[str]) -> str:
    """The program up to the statement ``own`` and, of what comes after it, what it and the wanted names need.

    Models that continue a program go on after the function: with other tasks, with a second function of the same name,
    with tests of their own that may be wrong. None of that was asked.
    """
    by_name: dict[str, list[int]] = {}
    for index in range(own + 1, len(program.statements)):
        for name in program.statements[index].defines:
            by_name.setdefault(name, []).append(index)
    kept = set(range(own + 1))
    bound: set[str] = set()
    needed = set(wanted)
    for index in kept:
        bound |= program.statements[index].defines
        needed |= program.statements[index].needs
    waiting = list(needed - bound)
    while waiting:
        # Taken away, so that each statement is looked at once.
        for index in by_name.pop(waiting.pop(), ()):
            if index not in kept:
                kept.add(index)
                waiting += _missing(program.statements[index], bound)
    return program.only(kept)


def _missing(statement: Statement, bound: set[str]) -> list[str]:
    return [name for name in statement.needs if name not in bound]


def _body_indent(lines: Sequence[str], whole: Program | Broken) -> str:
    if isinstance(whole, Program) and whole.statements:
        indent = _indent(lines[whole.statements[-1].body_line - 1])
        return indent or "    "
    # A function whose body has not begun is no program.
    last = next((line for line in reversed(lines) if line.strip()), "")
    is_head = last.rstrip().endswith(":")
    return _indent(last) + "    " if is_head else _indent(last) or "    "


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
