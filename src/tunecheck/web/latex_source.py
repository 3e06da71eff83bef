r"""LaTeX in Markdown: formulas stay as they were written, since Markdown would eat their backslashes and stars."""

from __future__ import annotations

import re
from bisect import bisect_left

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

# A formula that does not end within this many characters is none: so an opening sign is never searched far.
MOST_CHARACTERS = 2_000
_BEGIN = re.compile(r"\\begin\{([a-z]{1,20}\*?)\}")
_CLOSERS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
# A dollar opens before a character and closes after one, and never before a digit, so that prices are no formulas.
_DOLLARS = re.compile(rf"\$(?![\s$])[^$]{{0,{MOST_CHARACTERS}}}(?<![\s\\])\$(?!\d)")


def add_latex(parser: MarkdownIt) -> None:
    """Teach ``parser`` tokens of type ``latex`` (in a line) and ``latex_block`` (lines of its own)."""
    parser.inline.ruler.before("escape", "latex", _inline)
    parser.block.ruler.before("code", "latex_block", _block, {"alt": ["paragraph", "blockquote", "list"]})


def _inline(state: StateInline, silent: bool) -> bool:
    end = _end_of_formula(state.src, state.pos, state.posMax)
    if end is None:
        return False
    if not silent:
        state.push("latex", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _end_of_formula(text: str, start: int, most: int) -> int | None:
    if text[start] not in "\\$":
        return None
    closer = _closer(text, start)
    if closer:
        found = text.find(closer, start + 2, min(most, start + MOST_CHARACTERS))
        return None if found <= start + 2 else found + len(closer)
    single = _DOLLARS.match(text, start, most)
    return single.end() if single else None


def _closer(text: str, start: int) -> str | None:
    named = _BEGIN.match(text, start)
    return f"\\end{{{named[1]}}}" if named else _CLOSERS.get(text[start : start + 2])


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    r"""Lines from one that begins with ``\[``, ``$$`` or ``\begin{`` to one that ends with its closing sign."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    closer = _closer(state.src, start)
    if closer is None or closer == "\\)" or state.is_code_block(start_line):
        return False
    found = state.src.find(closer, start + 2, start + MOST_CHARACTERS)
    if found <= start + 2:
        return False
    end = found + len(closer)
    last_line = bisect_left(state.eMarks, end)
    if last_line >= end_line or state.src[end : state.eMarks[last_line]].strip(" .,;"):
        return False
    if not silent:
        token = state.push("latex_block", "", 0)
        token.content = state.getLines(start_line, last_line + 1, state.blkIndent, False)
        token.map = [start_line, last_line + 1]
        state.line = last_line + 1
    return True
