"""Said already: what holds of a field now, and whether a cell says the same."""

from __future__ import annotations

from tunecheck.core import BLOCKED, NOT_APPLICABLE, NOTE
from tunecheck.data.sheets.match import unescaped
from tunecheck.data.sheets.text import csv_text, note_text, workbook_text
from tunecheck.study import Standing


def current(standing: Standing, field: str) -> str:
    """The value of a field as a rating has it; "" where nothing is said."""
    if field == NOTE:
        return standing.note
    if field == BLOCKED:
        return standing.blocked
    if field in standing.not_applicable:
        return NOT_APPLICABLE
    return str(standing.scores.get(field, ""))


def is_said_already(standing: Standing, field: str, value: str) -> bool:
    """Whether ``value`` is what holds, or what a sheet shows of a text that it cannot hold as it is."""
    now = current(standing, field)
    if value == now or field not in (NOTE, BLOCKED) or not now:
        return value == now
    said = unescaped(value).strip()
    return any(said == unescaped(note_text(as_shown)).strip() for as_shown in (now, csv_text(now), workbook_text(now)))
