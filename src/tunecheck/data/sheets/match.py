"""Match: whether a text in a returned sheet is the answer that its token stands for, whatever programs did to it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from tunecheck.data.sheets.text import CELL_CHARACTERS, csv_text, spelled, workbook_text

_ESCAPE_OF_ESCAPE = re.compile("x005f_", re.IGNORECASE)
_ESCAPE = re.compile("_x([0-9a-f]{4})_", re.IGNORECASE)
_MOST_NESTED = 50
# Spreadsheets make numbers and dates of these: 1.50, 3/4, 12:30, 5%, 2 Mar.
_CONVERTIBLE = re.compile(r"(?=.*[0-9])[0-9\s.,:/%$€£()e+\-]*(?:[a-z]{3,9}[0-9\s.,:/\-]*)?", re.IGNORECASE)
_CONVERTED_CHARACTERS = 40
# Spelled out, one character becomes six.
_MOST_GROWN = 8


class AnswerTexts:
    """The texts of all answers, to compare with. ``is_lossy`` says that the file could hold Windows-1252 alone."""

    def __init__(self, texts: Iterable[str], *, is_lossy: bool = False) -> None:
        self._is_lossy = is_lossy
        self._compared = {text: self._comparable(text) for text in texts}
        self._all = frozenset(self._compared.values())

    def matches(self, expected: str, found: object) -> bool:
        """Whether what stands in a cell is this text, which is one of them."""
        text = "" if found is None else str(found)
        if len(text) > _MOST_GROWN * len(expected) + 1_000:
            return False
        compared = self._comparable(text)
        if compared == self._compared[expected]:
            return True
        if len(expected) > CELL_CHARACTERS // _MOST_GROWN:
            return compared in (self._comparable(csv_text(expected)), self._comparable(workbook_text(expected)))
        # As another answer's own text it was moved, and not converted.
        return _may_become(expected, text) and compared not in self._all

    def _comparable(self, text: str) -> str:
        plain = comparable(text)
        return plain.encode("cp1252", "replace").decode("cp1252") if self._is_lossy else plain


def comparable(text: str) -> str:
    """``text`` without blanks, guards, case and the escapes that workbooks have for characters.

    >>> comparable("'=A _x0042_") == comparable("=ab")
    True
    """
    shown = spelled(unicodedata.normalize("NFC", _ESCAPE.sub(lambda found: chr(int(found[1], 16)), unescaped(text))))
    return "".join(shown.split()).replace("'", "").casefold()


def unescaped(text: str) -> str:
    """``text`` without the escapes of escapes: openpyxl takes them out, wanted or not."""
    for _ in range(_MOST_NESTED):
        text, n_taken = _ESCAPE_OF_ESCAPE.subn("", text)
        if not n_taken:
            break
    return text


def _may_become(expected: str, found: str) -> bool:
    return (
        len(expected) <= _CONVERTED_CHARACTERS
        and len(found) <= _CONVERTED_CHARACTERS
        and _CONVERTIBLE.fullmatch(expected.strip()) is not None
        and any(character.isdigit() for character in found)
    )
