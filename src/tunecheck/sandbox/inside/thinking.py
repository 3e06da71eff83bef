"""Thinking: what a model wrote to itself before its answer, told from tags that a program only speaks of."""

from __future__ import annotations

import re

from .fences import closes, opening

_NAMES = "think|thinking|thought|reasoning"
_OPENS = re.compile(rf"\s*(?:<(?:{_NAMES}|\|begin_of_thought\|)>|\[THINK\]|◁think▷)", re.IGNORECASE)
# Before a quote it is in a string: the program speaks of the mark.
_CLOSES = re.compile(rf"(?:</(?:{_NAMES})>|<\|end_of_thought\|>|\[/THINK\]|◁/think▷)(?![\"'])", re.IGNORECASE)


def without_thinking(text: str) -> str | None:
    """The reply without thinking; None where the thinking has no end.

    Thinking begins with a mark at the start of a line outside of a code block and ends with the next closing mark. What
    stands before a closing mark that nothing opened is thinking too: templates often open it in the prompt.

    >>> without_thinking("<think>add or multiply?</think>return a + b")
    'return a + b'
    """
    kept: list[str] = []
    is_thinking = has_thought = False
    fence = None
    for line in text.split("\n"):
        if not has_thought and fence is None and _CLOSES.search(line) and not _OPENS.match(line):
            kept.clear()
            is_thinking = has_thought = True
        at, is_thinking = _answer_from(line, is_thinking, may_begin=fence is None)
        has_thought = has_thought or is_thinking or at > 0
        rest = line[at:]
        if is_thinking or (at and not rest.strip()):
            continue
        kept.append(rest)
        if fence is None:
            fence = opening(rest)
        elif closes(fence, rest):
            fence = None
    return None if is_thinking else "\n".join(kept)


def _answer_from(line: str, is_thinking: bool, *, may_begin: bool) -> tuple[int, bool]:
    """Where in a line the answer goes on, and whether the line ends within thinking."""
    at = 0
    while True:
        if is_thinking:
            end = _CLOSES.search(line, at)
            if end is None:
                return at, True
            at, is_thinking = end.end(), False
        begin = _OPENS.match(line, at) if may_begin else None
        if begin is None:
            return at, False
        at, is_thinking = begin.end(), True
