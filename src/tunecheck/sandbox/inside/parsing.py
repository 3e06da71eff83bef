"""Parsing: texts as programs, a bounded number of times, whatever they hold."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection
from functools import cached_property
from typing import NamedTuple

from .statements import Statement, describe

MAX_PARSES = 24
MAX_CHARACTERS = 4_000_000
MAX_SCOPES = 2_000
# Kept back for the program that is put together at the end.
_LAST_PARSES = 2
_SCOPE_MARKS = ("def", "lambda", "class", "for")
MAX_MESSAGE = 200


class Program:
    """A text that is a program, by its statements at the top level."""

    def __init__(self, *, text: str, statements: tuple[Statement, ...]) -> None:
        self.text, self.statements = text, statements

    @cached_property
    def defines(self) -> frozenset[str]:
        """All names that it binds at the top level."""
        return frozenset().union(*(statement.defines for statement in self.statements))

    @cached_property
    def makes(self) -> frozenset[str]:
        """The names that it binds other than by import."""
        return frozenset().union(*(statement.defines - statement.imports for statement in self.statements))

    @cached_property
    def needs(self) -> frozenset[str]:
        """All names that it reads and binds nowhere; none where it imports all of a module."""
        if "*" in self.defines:
            return frozenset()
        return frozenset().union(*(statement.needs for statement in self.statements)) - self.defines

    @property
    def has_definition(self) -> bool:
        """Whether it has a function or a class."""
        return any(statement.is_definition for statement in self.statements)

    @property
    def is_words(self) -> bool:
        """Whether it does nothing: empty, or names and constants only."""
        return all(statement.is_words for statement in self.statements)

    @property
    def mere_words(self) -> frozenset[int]:
        """Which statements are words of prose that happen to be Python, and would fail for want of their names."""
        return frozenset(
            index
            for index, statement in enumerate(self.statements)
            if statement.is_words and not statement.needs <= self.defines
        )

    def only(self, kept: Collection[int]) -> str:
        """The text with empty lines in place of the statements that are not kept, so that lines keep their numbers."""
        lines = self.text.split("\n")
        shown = bytearray(len(lines) + 2)
        for index, statement in enumerate(self.statements):
            if index in kept:
                shown[statement.first_line : statement.last_line + 1] = b"\x01" * (
                    statement.last_line + 1 - statement.first_line
                )
        for index, statement in enumerate(self.statements):
            if index not in kept:
                for line in range(statement.first_line, statement.last_line + 1):
                    if not shown[line]:
                        lines[line - 1] = ""
        return "\n".join(lines).rstrip() + "\n"


class Broken(NamedTuple):
    """A text that is no program: the line of the error, from 1 and None where it has no line, and what it is."""

    text: str
    line: int | None
    message: str

    @property
    def detail(self) -> str:
        """The error on one line.

        >>> Broken(text="x = ", line=1, message="invalid syntax").detail
        'line 1: invalid syntax'
        """
        return f"line {self.line}: {self.message}" if self.line else self.message


class Parser:
    """Reads texts as programs, each distinct one once; ``MAX_PARSES`` and ``MAX_CHARACTERS`` in all."""

    def __init__(self) -> None:
        self.n_parses = 0
        self.n_characters = 0
        self._known: dict[str, Program | Broken] = {}

    def parse(self, text: str, *, is_last: bool = False) -> Program | Broken:
        """The program that a text is, or why it is none; compiled too, as "return" outside of a function parses,
        unless it has over ``MAX_SCOPES`` functions.
        """
        if text not in self._known:
            is_over = self.n_characters + len(text) > MAX_CHARACTERS
            if is_over or self.n_parses >= MAX_PARSES - (0 if is_last else _LAST_PARSES):
                return Broken(text=text, line=None, message=f"not read: {self.n_parses} other parts of the reply were")
            self.n_parses += 1
            self.n_characters += len(text)
            self._known[text] = _parsed(text)
        return self._known[text]


def _parsed(text: str) -> Program | Broken:
    try:
        with warnings.catch_warnings():
            # Such as of "\d", which a program may hold.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            # Compiling takes quadratic time in functions that are alike, as their code is looked for among constants.
            if sum(map(text.count, _SCOPE_MARKS)) <= MAX_SCOPES:
                compile(tree, "<reply>", "exec", dont_inherit=True)
        return Program(text=text, statements=tuple(describe(node) for node in tree.body))
    except SyntaxError as error:
        return Broken(text=text, line=error.lineno or None, message=(error.msg or "invalid syntax")[:MAX_MESSAGE])
    except (RecursionError, MemoryError, OverflowError):
        return Broken(text=text, line=None, message="nested too deeply or too large to be read")
    except ValueError as error:
        return Broken(text=text, line=None, message=str(error)[:MAX_MESSAGE])
