"""Score: what a cell of an axis says, however a person or a spreadsheet writes it."""

from __future__ import annotations

import re
import unicodedata

from tunecheck.core import NOT_APPLICABLE

NOT_APPLICABLE_SHOWN = "n/a"
SCALE = (1, 2, 3, 4, 5)

_NOT_APPLICABLE = frozenset({"n/a", "na", "n.a.", "n.a", "n\\a", "-", "--", "–", "—"})
# A decimal comma is what half of Europe writes.
_VALUE = re.compile(r"([1-5])(?:[.,]0*)?")


def score_of(value: object) -> str | None:
    """The value of a rating, "1" to "5" or "na"; "" for a blank cell, None for anything else.

    >>> score_of(4.0), score_of(" 4,0 "), score_of("N/A"), score_of(None), score_of(7)
    ('4', '4', 'na', '', None)
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not isinstance(value, str):
        return str(int(value)) if value in SCALE else None
    text = "".join(unicodedata.normalize("NFKC", value).split()).strip("'\ufeff\u200b").casefold()
    if text in _NOT_APPLICABLE:
        return NOT_APPLICABLE
    found = _VALUE.fullmatch(text)
    return found[1] if found else None if text else ""
