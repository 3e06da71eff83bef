"""Rater files: who gave which value to which item, a rating a row or an item a row, under any usual names."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tunecheck.data.columns import columns_of, first, id_text, listed
from tunecheck.data.rows import BadRow, as_text, is_missing, shown
from tunecheck.data.single import single
from tunecheck.data.sources import Source, open_source
from tunecheck.errors import DataError, InputError

_NAMES = {
    "item": (
        *("item", "item_id", "unit", "unit_id", "id", "task", "task_id", "example", "example_id"),
        *("question", "question_id"),
    ),
    "rater": (
        *("rater", "rater_id", "annotator", "annotator_id", "coder", "coder_id", "judge", "judge_id"),
        *("worker", "worker_id", "user", "user_id", "labeler", "labeler_id"),
    ),
    "value": ("value", "rating", "score", "label", "answer", "vote"),
}
# What stands for no rating, in any case.
MISSING_WORDS = frozenset({"", "na", "n/a", "#n/a", "nan", "*", ".", "-"})
_LISTED = 20

Value = str | float
"""A word of a nominal scale, a number, or the place of a word in an order, from 1."""
_Cell = tuple[str, str, Value | None, str]
_ReadValue = Callable[[object, str], Value | None]


class RaterRow(NamedTuple):
    """One rating, and where it stands: "ratings.csv row 3"."""

    item: str
    rater: str
    value: Value
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterFields:
    """The columns of a file; None is looked for under its usual names. ``raters`` are columns of values, one for each.

    ``item`` stays None where each rater has a column and no column names the items: then each row is one.
    """

    item: str | None = None
    rater: str | None = None
    value: str | None = None
    raters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterFile:
    """The ratings of a file, one for each item and rater that has any, sorted by both.

    columns     what was taken for what
    n_repeated  ratings that stand there again with the same value, and count once
    n_replaced  ratings that gave way to a later one of the same rater and item
    n_unrated   items of the file that nobody rated
    skipped     one message for each bad row that was left out on request
    """

    name: str
    rows: tuple[RaterRow, ...]
    columns: RaterFields
    n_repeated: int = 0
    n_replaced: int = 0
    n_unrated: int = 0
    skipped: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Hash of the ratings, whatever the order in which they came."""
        digest = hashlib.blake2b(digest_size=8)
        for row in self.rows:
            digest.update(json.dumps([row.item, row.rater, row.value]).encode())
        return digest.hexdigest()


def load_ratings(
    source: Any,
    *,
    level: str,
    fields: RaterFields | None = None,
    order: Sequence[str] = (),
    last: bool = False,
    skip_bad_rows: bool = False,
) -> RaterFile:
    """The ratings of a path or of rows in memory.

    level   nominal keeps values as words; all others need finite numbers, and ratio none below zero
    order   the words of an ordinal scale, from low to high, instead of numbers; case does not matter
    last    of several values of a rater for one item take the last, instead of failing

    Cells that hold one of ``MISSING_WORDS``, null or NaN are no ratings, unless ``order`` names the word. Raises
    DataError for a file without the columns or without a rating, and for rows that cannot be read and raters with
    several values for an item, up to 20 at once; InputError for an order that is none.

    >>> given = [{"id": 1, "rater": "Ann", "score": "2"}, {"id": 1, "rater": "Bob", "score": "-"}]
    >>> load_ratings(given, level="ratio").rows
    (RaterRow(item='1', rater='Ann', value=2.0, source='row 1'),)
    """
    opened = open_source(source, None)
    if not opened.rows:
        hint = "a file of ratings has an item, a rater and a value in each row"
        raise DataError(f"{opened.label} is empty", hint=hint)
    columns = _columns(opened, fields or RaterFields())
    reader = _wide if columns.raters else _long
    try:
        cells, skipped = opened.read(
            reader(opened, columns, _value_reader(level, tuple(order))), skip_bad_rows=skip_bad_rows
        )
    except DataError as error:
        words = "; words are values of --level nominal, and with --order low,medium,high of an ordinal scale"
        raise DataError(error.message, hint=error.hint + (words if level != "nominal" and not order else "")) from None
    read = _settled([cell for row in cells for cell in row], opened, columns, order=tuple(order), last=last)
    return replace(read, skipped=skipped)


def spoken(value: Value, order: Sequence[str] = ()) -> str:
    """A value for people.

    >>> spoken(4.0), spoken("spam"), spoken(2.0, ("low", "high"))
    ('4', 'spam', 'high')
    """
    if isinstance(value, str):
        return value
    return order[int(value) - 1] if order else f"{value:.15g}"


def _columns(opened: Source, asked: RaterFields) -> RaterFields:
    """The column of each part; the asked for ones must be there."""
    columns = columns_of(opened.rows)
    flags = {"item": "--item-field", "rater": "--rater-field", "value": "--value-field"}
    found: dict[str, str | None] = {part: getattr(asked, part) for part in flags}
    _check_asked(opened, columns, asked)
    free = [column for column in columns if column not in (*found.values(), *asked.raters)]
    for part in ("item",) if asked.raters else flags:
        if found[part] is None:
            found[part] = first(free, _NAMES[part])
            free = [column for column in free if column != found[part]]
    lacking = [part for part in flags if found[part] is None]
    if lacking and not asked.raters:
        name_it = " ".join(f"{flags[part]} COLUMN" for part in lacking)
        in_columns = "" if lacking == ["item"] else f"; or, where each rater has a column: --raters {_example(free)}"
        raise DataError(
            f"{opened.label} has no column with the {' and the '.join(lacking)} of a rating: its columns are "
            f"{listed(columns)}",
            hint=f"name {'it' if len(lacking) == 1 else 'them'}: {name_it}{in_columns}",
        )
    return RaterFields(**found, raters=asked.raters)


def _check_asked(opened: Source, columns: Sequence[str], asked: RaterFields) -> None:
    named = [column for column in (asked.item, asked.rater, asked.value, *asked.raters) if column is not None]
    if asked.raters and (asked.rater or asked.value):
        raise InputError(
            "with --raters each rater has a column, so no column holds the raters or all values",
            hint="leave out --rater-field and --value-field",
        )
    if len(asked.raters) == 1:
        raise InputError(f"--raters names one column, {shown(asked.raters[0])}", hint="name two or more: --raters A,B")
    twice = next((column for column in named if named.count(column) > 1), None)
    if twice is not None:
        raise InputError(f"the column {shown(twice)} is named twice", hint="name each column once")
    absent = [column for column in named if column not in columns]
    if absent:
        raise DataError(
            f"{opened.label} has no column {', '.join(map(shown, absent))}: its columns are {listed(columns)}",
            hint="check --raters" if set(absent) <= set(asked.raters) else "check the names of the fields",
        )


def _example(columns: Sequence[str]) -> str:
    """The columns as one would type them, where they may be raters and need no quotes."""
    typed = 2 <= len(columns) <= _LISTED and all(re.fullmatch(r"[\w.-]+", column) for column in columns)
    return ",".join(columns) if typed else "A,B,C"


def _long(opened: Source, columns: RaterFields, read_value: _ReadValue) -> Callable[[int, object], list[_Cell]]:
    """Reads a row with one rating."""
    item, rater, value = columns.item or "", columns.rater or "", columns.value or ""

    def read(number: int, row: object) -> list[_Cell]:
        if not isinstance(row, Mapping):
            raise BadRow(f"the row is {shown(row)}, not an object with fields")
        if all(_is_blank(row.get(column)) for column in (item, rater, value)):
            return []  # As spreadsheets leave them at the end.
        names = id_text(row.get(item), item).strip(), id_text(row.get(rater), rater).strip()
        return [(*names, read_value(row.get(value), value), opened.place(number))]

    return read


def _wide(opened: Source, columns: RaterFields, read_value: _ReadValue) -> Callable[[int, object], list[_Cell]]:
    """Reads a row with the ratings of one item."""

    def read(number: int, row: object) -> list[_Cell]:
        if not isinstance(row, Mapping):
            raise BadRow(f"the row is {shown(row)}, not an object with fields")
        if all(_is_blank(value) for value in row.values()):
            return []
        item = f"row {number}" if columns.item is None else id_text(row.get(columns.item), columns.item).strip()
        cells, bad = [], []
        for rater in columns.raters:
            try:
                cells.append((item, rater, read_value(row.get(rater), rater), opened.place(number)))
            except BadRow as error:
                bad.append(str(error))
        if bad:
            raise BadRow("; ".join(bad))
        return cells

    return read


def _is_blank(value: object) -> bool:
    return is_missing(value) or (isinstance(value, str) and not value.strip())


def _value_reader(level: str, order: tuple[str, ...]) -> _ReadValue:
    """What reads a cell with its column: None where it holds no rating; BadRow where it fits no value of the level."""
    places = {word.strip().casefold(): float(place) for place, word in enumerate(order, start=1)}
    if order and (len(places) < len(order) or len(order) < 2 or "" in places):
        raise InputError(
            f"the order {', '.join(map(shown, order))} is not two or more different words",
            hint="name each word once, from low to high: --order low,medium,high",
        )

    def read(value: object, column: str) -> Value | None:
        if is_missing(value):
            return None
        word = _word(value, column)
        if (place := places.get(word.casefold())) is not None:
            return place
        if word.casefold() in MISSING_WORDS:
            return None
        if order:
            raise BadRow(f"{column} is {shown(value)}, which is not in the order {', '.join(order)}")
        return word if level == "nominal" else _number(value, word, column, level)

    return read


def _word(value: object, column: str) -> str:
    """A value as text, so that 4, 4.0 and "4" are one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return as_text(int(value) if whole and isinstance(value, float) else value, column).strip()


def _number(value: object, word: str, column: str, level: str) -> float:
    try:
        # Python takes 1_000 for a number, and true for 1.
        number = math.nan if "_" in word or isinstance(value, bool) else float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadRow(f"{column} is {shown(value)}, not a number")
    if level == "ratio" and number < 0:
        raise BadRow(f"{column} is {shown(value)}, and a ratio scale has nothing below zero")
    return number + 0.0  # Without the sign of a zero.


def _settled(
    cells: Sequence[_Cell], opened: Source, columns: RaterFields, *, order: tuple[str, ...], last: bool
) -> RaterFile:
    """One rating for each item and rater; DataError where there are several values and not the last is wanted."""
    given = [RaterRow(item, rater, value, source) for item, rater, value, source in cells if value is not None]
    if not given:
        raise DataError(
            f"{opened.label} has no rating: every value is missing",
            hint=f"name the column of the values: --value-field COLUMN; missing are {', '.join(_told_missing())}",
        )
    kept = single(
        given,
        key=lambda row: (row.item, row.rater),
        value=lambda row: row.value,
        spoken=lambda row: shown(spoken(row.value, order)),
        several=f"{opened.label} has different values of one rater for one item",
        hint="leave one of each, or take the last of each: --last; ratings of several questions belong in a file each",
        last=last,
    )
    return RaterFile(
        name=opened.name,
        rows=tuple(sorted(kept.rows, key=lambda row: (row.item, row.rater))),
        columns=columns,
        n_repeated=kept.n_repeated,
        n_replaced=kept.n_replaced,
        n_unrated=len({item for item, *_ in cells} - {row.item for row in given}),
    )


def _told_missing() -> list[str]:
    return ["empty cells", "null", *sorted(word for word in MISSING_WORDS if word)]
