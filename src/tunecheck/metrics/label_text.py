"""Replies made plain before a label is sought in them: without thinking, mark-up, and differences that only look."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

_THINK_OPENS = r"<(?:think|thinking|thought|reasoning|\|begin_of_thought\|)>|◁think▷|\[THINK\]"
_THINK_CLOSES = r"</(?:think|thinking|thought|reasoning)>|<\|end_of_thought\|>|◁/think▷|\[/THINK\]"
_THINK = re.compile(f"({_THINK_OPENS})|{_THINK_CLOSES}", re.IGNORECASE)

_TABLE = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‐‑‒−", "-"),
        # Letters whose case folds to two letters or depends on the language.
        **{"ß": "ss", "ẞ": "SS", "İ": "I", "ı": "i"},
        **{chr(code): " " for code in (*range(10), *range(14, 32), *range(127, 161), 0x1680)},
        **dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"),
    }
)
_HTML = re.compile(r"</?(?:b|i|u|em|strong|p|br|div|span|code|mark)(?: [^<>]{0,100})?/?>", re.IGNORECASE)
_LINE_MARK = re.compile(r"^ *(?:(?:#{1,6}|>|[-+•‣·*]) +)+", re.MULTILINE)
_JOINT = re.compile(r"(?<=\w)[_-]+(?=\w)")
_SPACES = re.compile(" +")
# A longer run of marks is no text. It is cut before NFKC, which takes quadratic time to order one (UAX 15, 13.3).
_MARKS_IN_A_ROW = 30


def answer_part(text: str) -> str | None:
    """The reply without thinking; None where the thinking never ends, so that no answer was reached.

    What stands before a closing mark that nothing opened is thinking too: templates often open it in the prompt.

    >>> answer_part("<think>good... or bad?</think> bad")
    ' bad'
    """
    kept: list[str] = []
    at, inside = 0, False
    for mark in _THINK.finditer(text):
        opens = mark[1] is not None
        if opens and not inside:
            kept.append(text[at : mark.start()])
        elif not opens and not inside:
            kept.clear()
        inside, at = opens, mark.end()
    return None if inside else "".join([*kept, text[at:]])


def fold(text: str, *, kept: str = "") -> str:
    """The text with what only looks different made equal (NFKC, quotes, dashes, mark-up, joints), case as it was.

    ``kept`` are characters of mark-up that stay because a label has them. Time is linear in the text.

    >>> fold("**Not_Spam** — it’s “fine”")
    'Not Spam — it\\'s "fine"'
    """
    if not text.isascii():
        text = _long_marks().sub(r"\1", text)
        text = _unseen().sub("", unicodedata.normalize("NFKC", text))
    text = _HTML.sub("", text.replace("\r\n", "\n").translate(_TABLE))
    text = _JOINT.sub(" ", _LINE_MARK.sub("", text))
    for mark in "*`_":
        if mark not in kept:
            text = text.replace(mark, "")
    return _SPACES.sub(" ", text).strip()


@cache
def mark_class() -> str:
    """The inside of a character class of all combining marks, which Python's ``\\w`` leaves out."""
    return _class_of(code for code in _assigned() if unicodedata.category(chr(code)).startswith("M"))


@cache
def _long_marks() -> re.Pattern[str]:
    return re.compile(f"([{mark_class()}]{{{_MARKS_IN_A_ROW}}})[{mark_class()}]+")


@cache
def _unseen() -> re.Pattern[str]:
    """Format characters (direction marks, zero-width joints) and variation selectors."""
    formats = (code for code in _assigned() if unicodedata.category(chr(code)) == "Cf")
    return re.compile(f"[{_class_of(formats)}\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def _assigned() -> Iterator[int]:
    yield from range(0xA0, 0x20000)
    yield from range(0xE0000, 0xE0200)


def _class_of(codes: Iterable[int]) -> str:
    runs: list[list[int]] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in runs)
