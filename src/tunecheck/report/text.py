"""Text from data and models, made safe to look at: nothing invisible, nothing that reorders, nothing endless.

Sources for what is dangerous: Unicode Technical Report 36 (bidirectional overrides, invisible characters) and the
"Trojan Source" paper (Boucher and Anderson, 2021).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

SHOWN_CHARACTERS = 600
KEPT_CHARACTERS = 8_000
LINE_CHARACTERS = 600
LABEL_CHARACTERS = 140
_MARKS_IN_A_ROW = 8

_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
# Letters, marks and symbols by category that nevertheless print as nothing: fillers, blanks, variation selectors.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Only these characters, and runs of combining marks, ever need the slow walk.
_PLAIN = re.compile(r"[\t\n -~\xa1-\xac\xae-\u02ff]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A long text in three parts: ``head`` is shown, ``tail`` opens on request, ``n_left_out`` is only counted."""

    head: str
    tail: str
    n_left_out: int


def excerpt(text: str) -> Excerpt:
    """Split ``text`` at 600 and at 8,000 characters; a remainder of a few words is not worth a fold."""
    if len(text) <= SHOWN_CHARACTERS + 100:
        return Excerpt(head=text, tail="", n_left_out=0)
    return Excerpt(
        head=text[:SHOWN_CHARACTERS],
        tail=text[SHOWN_CHARACTERS:KEPT_CHARACTERS],
        n_left_out=max(0, len(text) - KEPT_CHARACTERS),
    )


def shortened(text: str, limit: int = LINE_CHARACTERS) -> str:
    """At most ``limit`` characters of ``text``, and how many more there were.

    >>> shortened("abcdef", 4)
    'abcd … 2 more characters'
    """
    left_out = len(text) - limit
    return text if left_out <= 0 else f"{text[:limit]} … {left_out:,} more characters"


def visible(text: str) -> str:
    r"""``text`` with every invisible, control or reordering character spelled out; line breaks and tabs stay.

    >>> visible("a\u202eb\x00")
    'a\\u202eb\\x00'
    """
    return _rewrite(text, plain=str, hidden=_spelled)


def visible_html(text: str) -> Markup:
    """Escaped HTML of ``text``; what was invisible stands spelled out in a marked span."""
    return Markup(  # noqa: S704 (both parts are escaped)
        _rewrite(text, plain=lambda run: str(escape(run)), hidden=lambda c: f'<span class="esc">{_spelled(c)}</span>')
    )


def _rewrite(text: str, *, plain: Callable[[str], str], hidden: Callable[[str], str]) -> str:
    if _PLAIN.fullmatch(text):
        return plain(text)
    return "".join(hidden(part) if is_hidden else plain(part) for is_hidden, part in _parts(text))


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Runs of shown characters, and hidden characters one by one."""
    run: list[str] = []
    n_marks = 0
    before = ""
    for character in text:
        n_marks = n_marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if n_marks > _MARKS_IN_A_ROW or _is_hidden(character, before):
            if run:
                yield False, "".join(run)
                run.clear()
            yield True, character
            before = ""
        else:
            run.append(character)
            before = character
    if run:
        yield False, "".join(run)


def _is_hidden(character: str, before: str) -> bool:
    if character in "\n\t":
        return False
    if character in _JOINERS:
        # Persian, Indic scripts and emoji need them after a letter of their own; elsewhere they only hide.
        return not before or before.isascii() or before in _JOINERS
    return (
        character in _BLANKS
        or unicodedata.category(character) in _HIDDEN_CATEGORIES
        or 0xE0100 <= ord(character) <= 0xE01EF
    )


def _spelled(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
