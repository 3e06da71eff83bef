"""Row: what a file holds before anybody knows what it means, and why one could not be read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

from tunecheck.core import Form, Message

Row = Mapping[str, object]
"""One example as a mapping of column names to values."""

_SHOWN_CHARS = 80
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class BadRow(Exception):
    """One row cannot become an item; the text says which field and which value."""


class NoResponse(BadRow):
    """The row is well formed and has no reference response."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands in for a row that its container could not read."""

    reason: str


class RawRow(NamedTuple):
    """A value and the number of the line or row that it came from, counted from 1."""

    number: int
    value: object


class Example(NamedTuple):
    """What the reader of a shape makes of a row: the parts of an Item that carry its content."""

    form: Form
    response: Message
    prompt: tuple[Message, ...] = ()
    tools_json: str = ""
    token_ids: tuple[int, ...] = ()
    learned: tuple[bool, ...] = ()


def shown(value: object) -> str:
    """A value for an error message: at most 80 characters, control characters escaped.

    >>> shown("a\\nb"), shown([1, 2]), shown({"a": 1}), shown(None)
    ("'a\\\\nb'", 'a list of 2', "an object with 'a'", 'null')
    """
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case str():
            text = repr(value[: _SHOWN_CHARS + 1])
        case int() if value.bit_length() > 256:
            text = "a number of over 77 digits"  # Python refuses to print much longer ones.
        case int() | float():
            text = repr(value)
        case list() | tuple():
            text = f"a list of {len(value)}"
        case Mapping():
            keys = ", ".join(repr(str(key)) for key in list(value)[:5])
            text = f"an object with {keys}" if keys else "an empty object"
        case _:
            text = f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"


def is_missing(value: object) -> bool:
    """True for null and for NaN, which is how data frames spell an empty cell."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def as_text(value: object, field: str) -> str:
    """The text of a field. A number is taken as its digits, because CSV cannot tell 42 from "42".

    Raises BadRow for anything else.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return canonical_json(value, field)
    raise BadRow(f"{field} is {shown(value)}, not text")


def required_text(row: Row, column: str) -> str:
    """The text of a column that must be there, though it may be empty; BadRow when it is missing or not text."""
    value = row.get(column)
    if is_missing(value):
        raise BadRow(f"{column} is {'null' if column in row else 'missing'}")
    return as_text(value, column)


def optional_text(row: Row, column: str | None) -> str:
    """The text of a column, or "" when the row or the file has none; BadRow when it is not text."""
    value = row.get(column) if column is not None else None
    return "" if is_missing(value) else as_text(value, str(column))


def response_text(row: Row, column: str) -> str:
    """The text of the column with the reference response; NoResponse when it is missing or blank."""
    value = row.get(column)
    if is_missing(value):
        raise NoResponse(f"no response: {column} is {'null' if column in row else 'missing'}")
    text = as_text(value, column)
    if not text.strip():
        raise NoResponse(f"no response: {column} is empty")
    return text


def canonical_json(value: object, field: str) -> str:
    """A value as compact JSON text in the order of its keys, which chat templates print.

    Raises BadRow when it has no JSON form.
    """
    try:
        return _encode(value)
    except (TypeError, ValueError) as error:
        raise BadRow(f"{field} is {shown(value)}, which has no JSON form: {error}") from None


def parsed_json(text: str, field: str) -> object:
    """The value of a cell that holds JSON text; BadRow when it does not."""
    try:
        value: object = json.loads(text)
    except ValueError:
        raise BadRow(f"{field} {shown(text)} is not JSON") from None
    return value


def as_list(value: object, field: str, *, of: str) -> list[object]:
    """A list of ``of``, given as a list or, in a CSV cell, as JSON text of one; BadRow for anything else."""
    found = parsed_json(value, field) if isinstance(value, str) else value
    if not isinstance(found, (list, tuple)):
        raise BadRow(f"{field} is {shown(value)}, not a list of {of}")
    return list(found)


def scalar_json(value: object) -> str | None:
    """JSON text of a scalar (dates and decimals as strings), or None for null, lists, objects and anything else."""
    match value:
        case str():
            return _encode(value)
        case bool():
            return "true" if value else "false"
        case int():  # Python refuses to print an integer of over 4,300 digits.
            return int.__repr__(value) if value.bit_length() <= 10_000 else None
        case float():
            return _encode(value)
        case date() | time():
            return _encode(value.isoformat())
        case Decimal():
            return _encode(str(value))
        case _:
            return None
