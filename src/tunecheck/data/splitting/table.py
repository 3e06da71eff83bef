"""Table: the rows of a file or of live data, numbered, each with the object that it came from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tunecheck.data.rows import Row, Unreadable, shown
from tunecheck.data.sources import Source, open_source
from tunecheck.errors import DataError

_LISTED_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows that can be read: their numbers in the input, their values, and the objects as they were given.

    sha256   hash of the file, or "" for data in memory
    skipped  one message for each row that was left out on request
    """

    name: str
    label: str
    sha256: str
    numbers: tuple[int, ...]
    rows: tuple[Row, ...]
    originals: tuple[object, ...]
    places: tuple[str, ...]
    skipped: tuple[str, ...]


def open_table(source: object, *, name: str | None, skip_bad_rows: bool) -> Table:
    """The rows of a path or of live data; DataError when there are none, or some cannot be read."""
    is_path = isinstance(source, (str, os.PathLike))
    if not is_path and _is_plain(source):
        source = list(source)  # type: ignore[call-overload]
    opened = open_source(source, name)
    if not opened.rows:
        raise DataError(f"{opened.label} is empty", hint="check what wrote it: a data file has at least one row")
    given = source if isinstance(source, list) else [value for _, value in opened.rows]
    found = [(number, _as_row(value), original) for (number, value), original in zip(opened.rows, given, strict=True)]
    bad = [(number, row.reason) for number, row, _ in found if isinstance(row, Unreadable)]
    _refuse(bad, opened, n_rows=len(found), skip_bad_rows=skip_bad_rows)
    good = [(number, row, original) for number, row, original in found if not isinstance(row, Unreadable)]
    return Table(
        name=opened.name,
        label=opened.label,
        sha256=file_sha256(Path(os.fsdecode(source))) if isinstance(source, (str, os.PathLike)) else "",
        numbers=tuple(number for number, _, _ in good),
        rows=tuple(row for _, row, _ in good),
        originals=tuple(original for _, _, original in good),
        places=tuple(opened.place(number) for number, _, _ in good),
        skipped=tuple(f"{opened.place(number)}: {reason}" for number, reason in bad),
    )


def file_sha256(path: Path) -> str:
    """The SHA-256 of the bytes of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def n_rows_text(n_rows: int) -> str:
    """A number of rows for people.

    >>> n_rows_text(1), n_rows_text(2_000)
    ('1 row', '2,000 rows')
    """
    return "1 row" if n_rows == 1 else f"{n_rows:,} rows"


def listed_rows(lines: Sequence[str]) -> str:
    """One line each for up to 20 rows, and how many more there are."""
    more = [f"  and {len(lines) - _LISTED_ROWS} more"] if len(lines) > _LISTED_ROWS else []
    return "\n".join([f"  {line}" for line in lines[:_LISTED_ROWS]] + more)


def _is_plain(source: object) -> bool:
    """True for data that is iterated row by row; tables and mappings are left to open_source."""
    if isinstance(source, (bytes, bytearray, Mapping)) or not isinstance(source, Iterable):
        return False
    return not any(hasattr(source, name) for name in ("to_dicts", "to_pylist", "to_dict"))


def _as_row(value: object) -> Row | Unreadable:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, (Mapping, Unreadable)):
        return value
    return Unreadable(f"the row is {shown(value)}, not an object")


def _refuse(bad: Sequence[tuple[int, str]], opened: Source, *, n_rows: int, skip_bad_rows: bool) -> None:
    if not bad or (skip_bad_rows and len(bad) < n_rows):
        return
    lines = listed_rows([f"{opened.place(number)}: {reason}" for number, reason in bad])
    raise DataError(
        f"{opened.label}: {len(bad):,} of {n_rows_text(n_rows)} cannot be read:\n{lines}",
        hint="fix them" if skip_bad_rows else "fix them, or go on without them: --skip-bad-rows",
    )
