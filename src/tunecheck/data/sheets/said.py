"""Said already: whether a cell says what holds now."""

from __future__ import annotations

from tunecheck.data.sheets.match import unescaped
from tunecheck.data.sheets.text import csv_text, note_text, workbook_text


def is_said_already(now: str, value: str, *, is_text: bool) -> bool:
    """Whether ``value`` is what holds, or what a sheet shows of a text that it cannot hold as it is."""
    if value == now or not is_text or not now:
        return value == now
    said = unescaped(value).strip()
    return any(said == unescaped(note_text(as_shown)).strip() for as_shown in (now, csv_text(now), workbook_text(now)))
