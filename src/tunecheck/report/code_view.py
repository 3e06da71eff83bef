"""Code views: a program as lines of HTML, words marked by kind and the failed line by a sign; never endless.

The text is untrusted like any other: every piece passes ``visible_html``, and what is left out is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from markupsafe import Markup

from tunecheck.core import CodeText
from tunecheck.report.text import visible_html

MOST_LINES = 60
LINE_END = re.compile(r"\r\n|\r|\n")
_MOST_CHARACTERS = 300
# Above the failed line, where the shown part begins inside a program.
_LINES_BEFORE = 40
# Text above the shown part tells strings and comments apart, so it is read too, as long as that is cheap.
_MOST_READ = 20_000
_FAILED = Markup('<span class="failed">← failed here</span>')

Line = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeView:
    """A program to print: its name, a line on it, its HTML ("" without a program), and which lines are left out."""

    name: str
    note: str
    html: Markup
    left_out: str


def code_view(one: CodeText) -> CodeView:
    """At most 60 lines of 300 characters, around the line that failed."""
    if not one.text.strip():
        return CodeView(name=one.name, note=one.note or "no program", html=Markup(), left_out="")
    lines = LINE_END.split(one.text)
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    first, last = _window(len(lines), one.line)
    cut = [line[:_MOST_CHARACTERS] for line in lines[:last]]
    start = 0 if sum(map(len, cut)) <= _MOST_READ else first
    marked = _marked("\n".join(cut[start:]))[first - start :]
    rows = [
        _row(place, pieces, len(lines[place - 1]) - _MOST_CHARACTERS, failed=place == one.line)
        for place, pieces in enumerate(marked, start=first + 1)
    ]
    return CodeView(name=one.name, note=one.note, html=Markup().join(rows), left_out=_left_out(first, last, len(lines)))


def _window(n: int, line: int | None) -> tuple[int, int]:
    """First and end of the lines to show, from 0."""
    if n <= MOST_LINES or line is None or line <= MOST_LINES - 10 or line > n:
        return 0, min(n, MOST_LINES)
    last = min(n, line - _LINES_BEFORE + MOST_LINES)
    return last - MOST_LINES, last


def _left_out(first: int, last: int, n: int) -> str:
    parts = [f"1 to {first:,}"] if first else []
    parts += [f"{last + 1:,} to {n:,}"] if last < n else []
    return f"Lines {' and '.join(parts)} are not shown." if parts else ""


def _row(place: int, pieces: Line, n_left_out: int, *, failed: bool) -> Markup:
    """One line with its number; what stands in ``pieces`` is escaped here."""
    text = Markup().join(_piece(kind, piece) for kind, piece in pieces)
    more = Markup(' <span class="cut">… {:,} more characters</span>').format(n_left_out) if n_left_out > 0 else ""
    number = Markup('<span class="at">{}{}</span>').format("▶ " if failed else "", place)
    failure = Markup(" ") + _FAILED if failed else ""
    return Markup('<span class="{}">{}{}{}{}\n</span>').format(
        "row hit" if failed else "row", number, text, more, failure
    )


def _piece(kind: str, text: str) -> Markup:
    shown = visible_html(text)
    return Markup('<span class="{}">{}</span>').format(kind, shown) if kind else shown


def _marked(text: str) -> list[Line]:
    """The lines of ``text``, each as (class, piece); neighbours of one class are one piece."""
    lines: list[Line] = [[]]
    for kind, found in groupby(_words(text), key=lambda word: word[0]):
        piece = "".join(part for _, part in found)
        for place, part in enumerate(piece.split("\n")):
            if place:
                lines.append([])
            if part:
                lines[-1].append((kind, part))
    return lines


def _words(text: str) -> Iterator[tuple[str, str]]:
    # Not ``get_tokens``, which changes the ends of lines and of the text, so that numbers of lines would be off.
    for _, token, piece in _lexer().get_tokens_unprocessed(text):
        yield class_of(token), piece


@cache
def _lexer() -> Any:
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped] # slow, so only for a report with code

    return PythonLexer()


@cache
def class_of(token: Any) -> str:
    """The class of a kind of token in the style sheet, or ""."""
    from pygments.token import Token  # type: ignore[import-untyped]

    kinds = {
        Token.Comment: "co",
        Token.Keyword: "kw",
        Token.Operator.Word: "kw",
        Token.Literal.String: "st",
        Token.Literal.Number: "nu",
        Token.Name.Function: "na",
        Token.Name.Class: "na",
        Token.Name.Decorator: "na",
        Token.Name.Tag: "na",
        Token.Name.Builtin: "bu",
        Token.Name.Exception: "bu",
    }
    return next((kinds[part] for part in reversed(token.split()) if part in kinds), "")
