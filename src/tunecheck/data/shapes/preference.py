"""Preference pairs: a prompt with a chosen and a rejected response; the chosen one is the reference."""

from __future__ import annotations

from collections.abc import Mapping

from tunecheck.core import Message
from tunecheck.data.rows import BadRow, Example, Row, is_missing, required_text, response_text
from tunecheck.data.shapes.alpaca import instruction_prompt
from tunecheck.data.shapes.conversation import (
    example,
    message_or_messages,
    messages,
    system_text,
    tools,
    with_system,
)
from tunecheck.data.shapes.layouts import Columns

_TURNS = ("messages", "conversations", "conversation")
_TEXTS = ("prompt", "question", "query", "input")


def reader(columns: Columns) -> _PreferenceReader:
    """The reader of preference pairs, for when the chosen response is to be scored."""
    return _PreferenceReader(columns)


class _PreferenceReader:
    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._chosen = next(iter(columns.values()))

    def __call__(self, row: Row) -> Example:
        chosen = row.get(self._chosen)
        if not isinstance(chosen, (list, tuple, Mapping)):
            answer = response_text(row, self._chosen)
            return self._example(row, [Message(role="assistant", content=answer)])
        turns = message_or_messages(chosen, self._chosen)
        if turns and turns[0].role != "assistant":
            # The prompt is implicit: what comes before the last answer of the chosen conversation.
            return example(with_system(row, self._columns, turns), self._chosen, tools(row, self._columns))
        return self._example(row, turns, chat=True)

    def _example(self, row: Row, answer: list[Message], *, chat: bool = False) -> Example:
        turns, prompt_is_chat = self._prompt(row)
        if chat or prompt_is_chat:
            conversation = with_system(row, self._columns, [*turns, *answer])
            return example(conversation, self._chosen, tools(row, self._columns))
        return Example("completion", answer[-1], tuple(turns))

    def _prompt(self, row: Row) -> tuple[list[Message], bool]:
        """The prompt, and whether it is a chat rather than a text."""
        for role in _TURNS:
            column = self._columns.get(role)
            if column is not None and not is_missing(row.get(column)):
                return messages(row.get(column), column), True
        instruction = self._columns.get("instruction")
        if instruction is not None and not is_missing(row.get(instruction)):
            return instruction_prompt(row, self._columns), True
        for role in _TEXTS:
            column = self._columns.get(role)
            value = row.get(column) if column is not None else None
            if column is None or is_missing(value):
                continue
            if isinstance(value, Mapping):  # OpenAI: {"messages": [...]}
                return messages(value.get("messages"), f"{column}.messages"), True
            if isinstance(value, (list, tuple)):
                return messages(value, column), True
            text = Message(role="user", content=required_text(row, column))
            return [text], bool(system_text(row, self._columns))
        raise BadRow(f"no prompt beside {self._chosen}: one of {', '.join(('instruction', *_TEXTS, *_TURNS))}")
