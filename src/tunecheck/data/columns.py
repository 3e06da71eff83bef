"""Columns: what the rows of a file hold under any of their usual names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tunecheck.data.rows import BadRow, RawRow, Row, as_text, is_missing, shown
from tunecheck.data.shapes.conversation import messages

SURE_ID_NAMES = ("task_id", "problem_id", "question_id", "id", "item_id", "example_id", "uid")
# These may also name a model or count samples.
UNSURE_ID_NAMES = ("name", "idx", "index")
PROBLEM_ID_NAMES = (*SURE_ID_NAMES, *UNSURE_ID_NAMES)
PROMPT_NAMES = ("prompt", "instruction", "question", "text", "problem", "description", "messages")
# Of an Alpaca row the second part of the prompt stands by itself.
_SECOND_PARTS = {"instruction": "input"}
_LISTED = 12


def columns_of(rows: Iterable[RawRow]) -> list[str]:
    """The columns that any of the rows has, in their order."""
    return list(dict.fromkeys(str(key) for _, value in rows if isinstance(value, Mapping) for key in value))


def found(columns: Sequence[str], names: Sequence[str]) -> list[str]:
    """The columns with one of these names, best name first; case, spaces and hyphens do not matter.

    >>> found(["Test Code", "prompt"], ["prompt", "test_code"])
    ['prompt', 'Test Code']
    """
    by_name = {column.strip().casefold().replace(" ", "_").replace("-", "_"): column for column in reversed(columns)}
    return [by_name[name] for name in names if name in by_name]


def first(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The column with the best of these names, or None."""
    return next(iter(found(columns, names)), None)


def listed(columns: Sequence[str]) -> str:
    """Columns for a message: at most 12 of them.

    >>> listed(["a", "b"]), listed([])
    ("'a', 'b'", 'none')
    """
    more = f" and {len(columns) - _LISTED} more" if len(columns) > _LISTED else ""
    return ", ".join(map(shown, columns[:_LISTED])) + more if columns else "none"


def id_text(value: object, column: str) -> str:
    """An id as text, so that 11, 11.0 and "11" are one; BadRow where it is missing, empty or neither.

    >>> id_text(11, "task_id"), id_text("HumanEval/0", "task_id")
    ('11', 'HumanEval/0')
    """
    if is_missing(value):
        raise BadRow(f"{column} is missing")
    # A data frame makes the whole numbers of a column with gaps floats.
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    text = as_text(int(value) if whole and isinstance(value, float) else value, column)
    if not text.strip():
        raise BadRow(f"{column} is empty")
    return text


def prompt_text(row: Row, column: str) -> str:
    """What a model is asked: a text, with the input of an instruction, or the last user message of a conversation.

    Raises BadRow where there is none.
    """
    value = row.get(column)
    if is_missing(value):
        raise BadRow(f"{column} is {'null' if column in row else 'missing'}")
    is_chat = isinstance(value, (list, tuple)) or column.strip().casefold() == "messages"
    text = _last_question(value, column) if is_chat else as_text(value, column)
    second = row.get(_SECOND_PARTS.get(column, ""))
    parts = [text, second if isinstance(second, str) else ""]
    whole = "\n".join(part for part in parts if part.strip())
    if not whole:
        raise BadRow(f"{column} is empty")
    return whole


def _last_question(value: object, column: str) -> str:
    asked = [turn.content for turn in messages(value, column) if turn.role == "user"]
    if not asked:
        raise BadRow(f"{column} has no message of a user")
    return asked[-1]
