"""The lines of a log, however long it is."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

MAX_LINES = 200_000
"""Of a log with more lines, the first _N_HEAD and the last ones are read: time and memory stay bounded."""

MAX_LINE_CHARACTERS = 64 * 1024
"""A longer line is no line of a log."""

_N_HEAD = 1_000
_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines with their numbers in the file, counted from 1; ``n_left_out`` is how many in the middle are missing."""

    numbered: tuple[tuple[int, str], ...]
    n_left_out: int = 0

    def note(self, source: str) -> tuple[str, ...]:
        """What a reader should know of lines that are missing; () when none are."""
        if not self.n_left_out:
            return ()
        return (f"{source} is very long: {self.n_left_out:,} lines after the first {_N_HEAD:,} were left out",)


def lines_of(text: str, *, limit: int = MAX_LINES) -> Lines:
    """Lines of a text without their ends, blank and overlong ones left out; ``limit`` is more than _N_HEAD.

    A carriage return ends a line as a newline does: that is how a progress bar draws over itself.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    n_lines = text.count("\n") + 1
    if n_lines <= limit:
        return Lines(numbered=_numbered(text.split("\n"), 1))
    head = text.split("\n", _N_HEAD)[:_N_HEAD]
    tail = text.rsplit("\n", limit - _N_HEAD)[1:]
    first = n_lines - len(tail) + 1
    return Lines(numbered=_numbered(head, 1) + _numbered(tail, first), n_left_out=n_lines - limit)


def _numbered(lines: list[str], first: int) -> tuple[tuple[int, str], ...]:
    return tuple(
        (number, line)
        for number, line in enumerate(lines, start=first)
        if line and len(line) <= MAX_LINE_CHARACTERS and not line.isspace()
    )


def head_of(path: Path) -> str:
    """The beginning of a text file, to tell its kind by; "" for what is no file or cannot be read. Never raises."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return ""
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    return head.decode(encoding, errors="replace")
