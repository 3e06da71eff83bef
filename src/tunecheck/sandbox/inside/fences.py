"""Fences: the code blocks of a Markdown text, as CommonMark has them and as models write them, in one pass."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Reading = Literal["strict", "strings", "loose"]
"""How fences are read.

strict   as CommonMark, and also in lists and as deep as they come
strings  the same, but no block that may be Python ends while a string in three quotes is open
loose    a fence with a language begins a block also inside of one that was not closed, or at the end of a line; and a
         fence at the end of a line of code ends it
"""

# Each part ends where the next cannot begin, so that no line makes the pattern go back.
_OPENING = re.compile(r"([ \t]*)((?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})([^\n]*)")
_LANGUAGE = re.compile(r"[{. \t]*([^\s,:;{}=]*)")
_QUOTES = re.compile('"""|' + "'''")
_PYTHON = ("py", "py3", "pycon", "ipython", "ipython3")


class Fence(NamedTuple):
    """The line that opens a block: its mark, what goes before it, and the language in lower case."""

    mark: str
    indent: str
    language: str


class Block(NamedTuple):
    """A code block.

    language     in lower case, "" where none is named
    text         what is in it, without the indentation of its fence
    is_closed    whether its fence has an end
    holds_fence  whether a fence that could have ended it is in it
    """

    language: str
    text: str
    is_closed: bool = True
    holds_fence: bool = False

    @property
    def is_tagged(self) -> bool:
        """Whether it is said to be Python."""
        return _is_python(self.language)

    @property
    def may_be_python(self) -> bool:
        """Whether it holds anything, and nothing says that it is no Python."""
        return not self.is_foreign and bool(self.text.strip())

    @property
    def is_foreign(self) -> bool:
        """Whether it is said to be something else than Python."""
        return bool(self.language) and not self.is_tagged

    @property
    def code(self) -> str:
        """What is in it without common indentation and the prompts of an interpreter."""
        return without_prompts(dedented(self.text))


class Scan(NamedTuple):
    """The blocks of a text in order, and the text outside of them, where each block is an empty line."""

    blocks: tuple[Block, ...]
    outside: str


def scan(text: str, reading: Reading = "strict") -> Scan:
    """The code blocks of a text; a last block without an end goes to the end of the text.

    >>> scan("So:\\n```python\\nx = 1\\n```\\nDone.").blocks
    (Block(language='python', text='x = 1\\n', is_closed=True, holds_fence=False),)
    """
    blocks: list[Block] = []
    outside: list[str] = []
    current: _Open | None = None
    for line in text.split("\n"):
        begun = opening(line) if current is None or reading == "loose" else None
        if begun is None and current is None and reading == "loose":
            begun = _glued_opening(line)
        if begun is not None and (current is None or begun.language):
            if current is not None:
                blocks.append(current.ended(is_closed=True))
            outside.append("")
            current = _Open(fence=begun)
        elif current is None:
            outside.append(line)
        elif current.take(line, reading):
            blocks.append(current.ended(is_closed=True))
            current = None
    if current is not None:
        blocks.append(current.ended(is_closed=False))
    return Scan(blocks=tuple(blocks), outside="\n".join(outside))


def opening(line: str) -> Fence | None:
    """The fence that a line opens, or None; the mark of a list may go before it."""
    match = _OPENING.match(line)
    # Between backticks on one line is code in a sentence, not a block (CommonMark 0.31, 4.5).
    if match is None or (match[3][0] == "`" and "`" in match[4]):
        return None
    return Fence(mark=match[3], indent=match[1] + " " * len(match[2] or ""), language=_language(match[4]))


def closes(fence: Fence, line: str) -> bool:
    """Whether a line ends the block that the fence opened: the same sign, as often, and not four columns deeper."""
    bare = line.strip()
    depth = len(line) - len(line.lstrip())
    is_mark = len(bare) >= len(fence.mark) and bare == fence.mark[0] * len(bare)
    return is_mark and depth <= len(fence.indent) + 3


def indented_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a text without fences: lines that are four columns deep, after an empty line."""
    blocks: list[Block] = []
    lines: list[str] = []
    is_after_empty = True
    for line in [*text.split("\n"), "."]:
        is_empty = not line.strip()
        if line.startswith(("    ", "\t")) and (lines or is_after_empty):
            lines.append(line)
        elif is_empty and lines:
            lines.append("")
        elif lines:
            blocks.append(Block(language="", text="\n".join(lines).rstrip() + "\n"))
            lines = []
        is_after_empty = is_empty
    return tuple(blocks)


def dedented(text: str) -> str:
    """The text with the indentation of its first line taken from all lines, as far as they have it.

    >>> dedented("  if x:\\n      y()\\nz()")
    'if x:\\n    y()\\nz()'
    """
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return "\n".join(_without_indent(line, indent) for line in lines) if indent else text


def without_prompts(text: str) -> str:
    """What was typed in a session of an interpreter; any other text is as it was.

    >>> without_prompts(">>> x = 1\\n>>> x\\n1\\n")
    'x = 1\\nx\\n'
    """
    if not text.lstrip().startswith(">>>"):
        return text
    lines = (line.lstrip(" \t") for line in text.split("\n"))
    typed = [line[3:].removeprefix(" ") for line in lines if line.startswith((">>>", "..."))]
    return "\n".join(typed) + "\n"


class _Open:
    """A block that is being read."""

    def __init__(self, fence: Fence) -> None:
        self.fence = fence
        self.lines: list[str] = []
        self.quotes = ""
        self.holds_fence = False

    def take(self, line: str, reading: Reading) -> bool:
        """Take one line; whether the block ends with it."""
        if closes(self.fence, line):
            if reading != "strings" or not self.quotes:
                return True
            self.holds_fence = True
        code, is_last = line, False
        if reading == "loose" and line.rstrip().endswith(self.fence.mark):
            code, is_last = line.rstrip().rstrip(self.fence.mark[0]), True
        self.lines.append(_without_indent(code, self.fence.indent))
        has_strings = reading == "strings" and (not self.fence.language or _is_python(self.fence.language))
        for quotes in _QUOTES.findall(line) if has_strings else ():
            if not self.quotes:
                self.quotes = quotes
            elif self.quotes == quotes:
                self.quotes = ""
        return is_last

    def ended(self, *, is_closed: bool) -> Block:
        text = "".join(f"{line}\n" for line in self.lines)
        return Block(language=self.fence.language, text=text, is_closed=is_closed, holds_fence=self.holds_fence)


def _glued_opening(line: str) -> Fence | None:
    """The fence at the end of a line of prose, where a language of Python follows it."""
    at = line.rfind("```")
    if at < 0:
        return None
    language = _language(line[at + 3 :])
    return Fence(mark="```", indent="", language=language) if _is_python(language) else None


def _is_python(language: str) -> bool:
    return language.startswith("python") or language in _PYTHON


def _language(info: str) -> str:
    match = _LANGUAGE.match(info)
    return match[1].strip(".").lower() if match else ""


def _without_indent(line: str, indent: str) -> str:
    """The line without as much of the indentation as it has."""
    n = 0
    while n < min(len(indent), len(line)) and line[n] == indent[n]:
        n += 1
    return line[n:]
