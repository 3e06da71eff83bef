"""Reading: load a file or live data into a Dataset, with every bad row named."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tunecheck.core import Dataset, Item
from tunecheck.data.groups import group_column as find_group_column
from tunecheck.data.groups import group_of
from tunecheck.data.rows import BadRow, NoResponse, Row, Unreadable, scalar_json, shown
from tunecheck.data.shapes import SHAPES, Reader, Recognised, reader_of, recognise
from tunecheck.data.sources import Source, open_source
from tunecheck.errors import DataError

_LISTED_ROWS = 20


def load(
    source: str | os.PathLike[str] | Iterable[Mapping[str, object]] | Iterable[str],
    *,
    name: str | None = None,
    shape: str = "auto",
    skip_bad_rows: bool = False,
    group_column: str | None = None,
) -> Dataset:
    """The examples of a file (JSON Lines, JSON, CSV, TSV, Parquet) or of rows in memory, in their order.

    name           what to call the data, instead of its path
    shape          one of SHAPES, or "auto" to recognise it from the columns
    skip_bad_rows  leave rows that cannot be read out, and name them in ``Dataset.skipped``, instead of failing
    group_column   the column whose equal values make rows one unit; without it, a usual name with repeated values

    Raises DataError for a file that cannot be read, an unknown shape, preference pairs unless ``shape`` asks for
    them, and bad rows: up to 20 at once.

    >>> load([{"prompt": "2 + 2 =", "completion": "4"}]).items[0].response.content
    '4'
    """
    if shape not in ("auto", *SHAPES):
        raise DataError(f"there is no shape {shown(shape)}", hint=f"the shapes are {', '.join(SHAPES)}")
    with _no_garbage_collection():
        return _load(open_source(source, name), shape, skip_bad_rows=skip_bad_rows, group_column=group_column)


def texts(texts: Sequence[str], *, name: str | None = None) -> Dataset:
    """Plain texts as items of the form ``text``; DataError when one is blank or not a string.

    >>> len(texts(["one", "two"]))
    2
    """
    if isinstance(texts, str):
        raise DataError("one text was given, not a list of texts", hint="put it in a list: texts([text])")
    return load(texts, name=name, shape="text")


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    # Millions of new objects and no cycle among them: without this the collector walks them again and again, which
    # was 40% of the time on 200,000 rows.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _load(opened: Source, shape: str, *, skip_bad_rows: bool, group_column: str | None) -> Dataset:
    if not opened.rows:
        raise DataError(f"{opened.label} is empty", hint="check what wrote it: a data file has at least one row")
    rows = [(number, _as_row(value)) for number, value in opened.rows]
    readable = [row for _, row in rows if not isinstance(row, Unreadable)]
    if not readable:
        raise _all_bad(opened, [(number, row.reason) for number, row in rows if isinstance(row, Unreadable)])
    recognised = recognise(readable, shape, opened.label)
    if recognised.layout.shape == "preference" and shape == "auto":
        raise _preference(opened, recognised)
    grouping = find_group_column(readable, group_column, opened.label)
    converted = _convert(rows, opened, recognised, grouping)
    _check(converted, opened, n_rows=len(rows), skip_bad_rows=skip_bad_rows)
    return Dataset(
        name=opened.name,
        items=tuple(converted.items),
        shape=recognised.layout.shape,
        evidence=recognised.evidence + _grouped(converted.items, grouping),
        n_rows=len(rows),
        skipped=tuple(f"{opened.place(number)}: {reason}" for number, reason in converted.bad),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Converted:
    items: list[Item]
    bad: list[tuple[int, str]]
    n_without_response: int


def _as_row(value: object) -> Row | Unreadable:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, (Mapping, Unreadable)):
        return value
    return Unreadable(f"the row is {shown(value)}, not an object")


def _convert(
    rows: Sequence[tuple[int, Row | Unreadable]], source: Source, recognised: Recognised, grouping: str | None
) -> _Converted:
    read, used = reader_of(recognised), frozenset(recognised.columns.values())
    items: list[Item] = []
    bad: list[tuple[int, str]] = []
    n_without_response = 0
    for number, row in rows:
        try:
            if isinstance(row, Unreadable):
                raise BadRow(row.reason)
            items.append(_item(row, read, used, grouping, source.place(number)))
        except BadRow as error:
            bad.append((number, str(error)))
            n_without_response += isinstance(error, NoResponse)
        except RecursionError:
            bad.append((number, "a value is nested too deep"))
    return _Converted(items=items, bad=bad, n_without_response=n_without_response)


def _item(row: Row, read: Reader, used: frozenset[str], grouping: str | None, place: str) -> Item:
    example = read(row)
    metadata = [
        (column, text)
        for column, value in row.items()
        if column not in used and (text := scalar_json(value)) is not None
    ]
    return Item(
        form=example.form,
        response=example.response,
        prompt=example.prompt,
        tools_json=example.tools_json,
        token_ids=example.token_ids,
        learned=example.learned,
        group=group_of(row, grouping),
        metadata=tuple(metadata),
        source=place,
    )


def _check(converted: _Converted, source: Source, *, n_rows: int, skip_bad_rows: bool) -> None:
    if converted.bad and not converted.items:
        if converted.n_without_response == n_rows:
            raise _no_response(source, converted.bad)
        raise _all_bad(source, converted.bad)
    if converted.bad and not skip_bad_rows:
        raise DataError(
            f"{source.label}: {len(converted.bad)} of {n_rows} rows cannot be read:\n{_list(source, converted.bad)}",
            hint="fix them, or go on without them: --skip-bad-rows",
        )


def _no_response(source: Source, bad: Sequence[tuple[int, str]]) -> DataError:
    which = f"none of its {len(bad)} rows has a response" if len(bad) > 1 else "its only row has no response"
    number, reason = bad[0]
    return DataError(
        f"{source.label}: {which}; {source.place(number)}: {reason.removeprefix('no response: ')}",
        hint="give a file with a reference response on each row: without one there is nothing to score",
    )


def _all_bad(source: Source, bad: Sequence[tuple[int, str]]) -> DataError:
    rows = f"none of its {len(bad)} rows" if len(bad) > 1 else "its only row"
    can = "can be read" if len(bad) > 1 else "cannot be read"
    return DataError(
        f"{source.label}: {rows} {can}:\n{_list(source, bad)}",
        hint="fix the file, or say what its rows are: --shape " + "|".join(SHAPES),
    )


def _list(source: Source, bad: Sequence[tuple[int, str]]) -> str:
    lines = [f"  {source.place(number)}: {reason}" for number, reason in bad[:_LISTED_ROWS]]
    if len(bad) > _LISTED_ROWS:
        lines.append(f"  and {len(bad) - _LISTED_ROWS} more")
    return "\n".join(lines)


def _preference(source: Source, recognised: Recognised) -> DataError:
    return DataError(
        f"{source.label} holds preference pairs ({recognised.layout.title}), which have no single reference response",
        hint="score the chosen response: --shape preference",
    )


def _grouped(items: Sequence[Item], grouping: str | None) -> str:
    if grouping is None:
        return ""
    n_groups = len({item.group for item in items if item.group})
    return f"; grouped by {grouping} ({n_groups} groups)"
