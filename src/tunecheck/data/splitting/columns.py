"""Columns: the one that holds the category or the time of a row, asked for or known by its usual name."""

from __future__ import annotations

from collections.abc import Sequence

from tunecheck.data.groups import group_of
from tunecheck.data.rows import Row
from tunecheck.data.shapes.recognition import column_names, listed
from tunecheck.errors import DataError

_CATEGORY = (
    "category",
    "categories",
    "label",
    "task",
    "task_type",
    "type",
    "topic",
    "class",
    "intent",
    "domain",
    "subject",
    "language",
    "lang",
    "source",
    "dataset",
)
_TIME = (
    "timestamp",
    "created_at",
    "date",
    "datetime",
    "time",
    "created",
    "created_utc",
    "created_time",
    "createdat",
    "create_time",
    "published_at",
    "published",
    "publish_date",
    "updated_at",
    "modified_at",
    "ts",
)


def category_column(rows: Sequence[Row], asked: str | None, label: str) -> str:
    """The column of the categories; DataError, with the columns there are, when there is none."""
    return _column(rows, asked, label, what="category", usual=_CATEGORY)


def time_column(rows: Sequence[Row], asked: str | None, label: str) -> str:
    """The column of the times; DataError, with the columns there are, when there is none."""
    return _column(rows, asked, label, what="time", usual=_TIME)


def category_of(row: Row, column: str) -> str:
    """The category of a row as text; "" when the row has none."""
    text = group_of(row, column)
    return text.strip()


def _column(rows: Sequence[Row], asked: str | None, label: str, *, what: str, usual: tuple[str, ...]) -> str:
    names = column_names(rows)
    found = listed(names) or "none"
    if asked is not None:
        if asked not in names:
            raise DataError(
                f"{label} has no column {asked!r}. Columns found: {found}",
                hint=f"name one of them: --{what}-column COLUMN",
            )
        return asked
    by_name = {name.strip().casefold(): name for name in reversed(names)}
    column = next((by_name[name] for name in usual if name in by_name), None)
    if column is None:
        raise DataError(
            f"{label} has no column with a usual name for a {what} ({', '.join(usual[:5])}). Columns found: {found}",
            hint=f"name the column: --{what}-column COLUMN",
        )
    return column
