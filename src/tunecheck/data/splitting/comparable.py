"""Comparable items: each row as the prompt and the response that it is compared by, whatever is missing in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from tunecheck.core import Item, Message
from tunecheck.data.rows import BadRow, Row, is_missing
from tunecheck.data.shapes import Reader, reader_of, recognise
from tunecheck.data.shapes.conversation import messages
from tunecheck.errors import DataError

_TURNS = ("messages", "conversations", "conversation", "prompt")
_PROMPTS = ("prompt", "instruction", "question", "query", "input")
_DEEPEST = 20


def comparable(
    rows: Sequence[Row], places: Sequence[str], *, shape: str, label: str, beside: frozenset[str]
) -> list[Item]:
    """One item a row, with ``source`` the row's place; no row is refused.

    A row of a known shape is read as that shape. Any other (no response, odd values, unknown columns) becomes its
    prompt, where a column has the name of one, and all its other text; columns named in ``beside`` are no text.
    """
    try:
        recognised = recognise(rows, shape, label)
    except DataError:
        if shape != "auto":
            raise
        return [_plain(row, place, beside) for row, place in zip(rows, places, strict=True)]
    read = reader_of(recognised)
    return [_item(row, read, place, beside) for row, place in zip(rows, places, strict=True)]


def _item(row: Row, read: Reader, place: str, beside: frozenset[str]) -> Item:
    try:
        example = read(row)
    except (BadRow, RecursionError):
        return _plain(row, place, beside)
    return Item(
        form=example.form, response=example.response, prompt=example.prompt, token_ids=example.token_ids, source=place
    )


def _plain(row: Row, place: str, beside: frozenset[str]) -> Item:
    for column in _TURNS:
        value = row.get(column)
        if isinstance(value, (list, tuple)):
            with suppress(BadRow, RecursionError):
                turns = messages(value, column)
                rest = _joined(row, beside | {column})
                return Item(form="chat", prompt=tuple(turns), response=_response(rest), source=place)
    asked = "\n".join(text for column in _PROMPTS if column in row for text in _texts(row[column]) if text)
    if not asked:
        return Item(form="text", response=_response(_joined(row, beside)), source=place)
    rest = _joined(row, beside | set(_PROMPTS))
    prompt = Message(role="user", content=asked)
    return Item(form="completion", prompt=(prompt,), response=_response(rest), source=place)


def _response(text: str) -> Message:
    return Message(role="assistant", content=text)


def _joined(row: Row, beside: frozenset[str]) -> str:
    return "\n".join(text for column, value in row.items() if column not in beside for text in _texts(value))


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and depth < _DEEPEST:
        for inner in value.values():
            yield from _texts(inner, depth + 1)
    elif isinstance(value, (list, tuple)) and depth < _DEEPEST:
        for inner in value:
            yield from _texts(inner, depth + 1)
    elif not is_missing(value) and not isinstance(value, bytes) and depth < _DEEPEST:
        yield _number(value)


def _number(value: object) -> str:
    # Python refuses to print integers of over 4,300 digits.
    return hex(value) if isinstance(value, int) and value.bit_length() > 10_000 else str(value)
