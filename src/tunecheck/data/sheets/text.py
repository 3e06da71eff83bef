"""Text of a cell: what spreadsheets cannot hold or would run, spelled out, cut or guarded, and back."""

from __future__ import annotations

import re

# What Excel holds in one cell, counted in UTF-16 units.
CELL_CHARACTERS = 32_767

# Not legal in XML 1.0, or acting on what stands around them: controls, line separators, overrides and isolates of the
# writing direction, lone surrogates, noncharacters. Marks that right-to-left text needs are not among them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_SIGNS = "=+\\-@＝＋－＠"
# A cell that begins so may be run as a formula. Excel set to another delimiter splits a cell at semicolons and line
# breaks, so what follows those counts as a beginning too; there "- item" is a list and stays, unless it has a pipe.
_DANGEROUS = (
    rf"(?:\A'*(?:\s*[{_SIGNS}]|[\t\r\n])"
    r"|(?<=[;\t\r\n])'*[ \xa0]*(?:[=@＝＠＋－]|[+\-](?! [^|\r\n]*(?:[\r\n]|\Z))))"
)
_TO_GUARD = re.compile(_DANGEROUS)
_GUARDED = re.compile(_DANGEROUS.replace("'*", "''*"))
_NUMBER_LIKE = re.compile(r"[0-9]+(e[0-9]+)?")
_CARRIAGE_RETURN = re.compile("_x000D_\n?", re.IGNORECASE)


def spelled(text: str) -> str:
    r"""``text`` with line breaks as \\n and what cannot stand in a cell spelled out.

    >>> spelled("a\x00b\r\nc\u202e")
    'a\\x00b\nc\\u202e'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub(lambda found: _code(ord(found[0])), lines)


def cut(text: str) -> str:
    """``text`` where a cell holds it, otherwise its beginning and how much is missing."""
    if len(text) <= CELL_CHARACTERS // 2 or _units(text) <= CELL_CHARACTERS:
        return text
    # The longest count that the remark may have.
    room = CELL_CHARACTERS - len(_remark(10**12))
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * room].decode("utf-16-le", "ignore")
    return kept + _remark(len(text) - len(kept))


def guarded(text: str) -> str:
    """``text`` for CSV, an apostrophe before all that a spreadsheet could take for a formula.

    >>> guarded("=1+1"), guarded("1+1")
    ("'=1+1", '1+1')
    """
    return _TO_GUARD.sub(lambda found: "'" + found[0], text)


def unguarded(text: str) -> str:
    """What ``guarded`` was given."""
    return _GUARDED.sub(lambda found: found[0].replace("'", "", 1), text)


def csv_text(text: str) -> str:
    """A text as it stands in a CSV file."""
    return cut(guarded(spelled(text)))


def workbook_text(text: str) -> str:
    """A text as it stands in a workbook."""
    safe = spelled(text)
    # xlsxwriter takes a text between these for rich text of its own making, and would write its XML as it is.
    return cut(f" {safe}" if safe.startswith("<r>") and safe.endswith("</r>") else safe)


def csv_token(token: str) -> str:
    """A token as it stands in a CSV file: one of digits alone, or 12e34, would be read as a number."""
    return f"'{token}" if _NUMBER_LIKE.fullmatch(token) else token


def note_text(cell: str) -> str:
    """The note in a cell, without guard and outer blanks. It has no character that a store or a page must fear."""
    return unguarded(spelled(_CARRIAGE_RETURN.sub("\n", cell))).strip()


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _remark(n_missing: int) -> str:
    return f"\n[… {n_missing:,} more characters: a cell holds {CELL_CHARACTERS:,}]"


def _code(code: int) -> str:
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
