"""Groups: the column whose equal values make rows one unit of the statistics."""

from __future__ import annotations

from collections.abc import Sequence

from tunecheck.data.rows import Row, is_missing, scalar_json
from tunecheck.data.shapes.recognition import column_names, listed
from tunecheck.errors import DataError

_GROUP_COLUMNS = (
    "conversation_id",
    "conv_id",
    "dialog_id",
    "dialogue_id",
    "session_id",
    "thread_id",
    "doc_id",
    "document_id",
    "source_id",
)


def group_column(rows: Sequence[Row], asked: str | None, label: str) -> str | None:
    """The column that groups the rows: the one asked for, or the first usual one with a value that repeats.

    Raises DataError when no row has the column asked for.
    """
    if asked is not None:
        if not any(asked in row for row in rows):
            raise DataError(
                f"{label} has no column {asked!r}. Columns found: {listed(column_names(rows)) or 'none'}",
                hint="name one of them: --group-column COLUMN",
            )
        return asked
    present = set().union(*rows)
    return next((column for column in _GROUP_COLUMNS if column in present and _repeats(rows, column)), None)


def group_of(row: Row, column: str | None) -> str:
    """The group of a row, as text, or "" when it stands alone."""
    value = row.get(column) if column is not None else None
    if isinstance(value, str):
        return value
    return "" if is_missing(value) else scalar_json(value) or ""


def _repeats(rows: Sequence[Row], column: str) -> bool:
    seen: set[str] = set()
    for row in rows:
        value = group_of(row, column)
        if value and value in seen:
            return True
        seen.add(value)
    return False
