"""Alpaca: instruction, input and output, with an optional system message and history."""

from __future__ import annotations

from tunecheck.core import Message
from tunecheck.data.rows import (
    BadRow,
    Example,
    Row,
    as_list,
    as_text,
    optional_text,
    required_text,
    response_text,
    shown,
)
from tunecheck.data.shapes.conversation import tools, with_system
from tunecheck.data.shapes.layouts import Columns


def reader(columns: Columns) -> _AlpacaReader:
    """The reader of Alpaca rows: the user says the instruction, and the input on the next line."""
    return _AlpacaReader(columns)


class _AlpacaReader:
    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._output = columns["output"]

    def __call__(self, row: Row) -> Example:
        response = Message(role="assistant", content=response_text(row, self._output))
        return Example("chat", response, tuple(instruction_prompt(row, self._columns)), tools(row, self._columns))


def instruction_prompt(row: Row, columns: Columns) -> list[Message]:
    """System message, history, then instruction and input joined by a line end, as LLaMA-Factory joins them."""
    instruction = required_text(row, columns["instruction"])
    extra = optional_text(row, columns.get("input"))
    content = f"{instruction}\n{extra}" if instruction and extra else instruction or extra
    turns = [*_history(row, columns.get("history")), Message(role="user", content=content)]
    return with_system(row, columns, turns)


def _history(row: Row, column: str | None) -> list[Message]:
    value = row.get(column) if column is not None else None
    if column is None or value is None or value == "":
        return []
    turns: list[Message] = []
    for place, pair in enumerate(as_list(value, column, of="pairs")):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise BadRow(f"{column}[{place}] is {shown(pair)}, not a pair of a question and its answer")
        turns.append(Message(role="user", content=as_text(pair[0], f"{column}[{place}][0]")))
        turns.append(Message(role="assistant", content=as_text(pair[1], f"{column}[{place}][1]")))
    return turns
