"""Pairs: a prompt and its completion, under any of their names, as texts or as lists of messages."""

from __future__ import annotations

from collections.abc import Mapping

from tunecheck.core import Message
from tunecheck.data.rows import Example, NoResponse, Row, optional_text, required_text, response_text
from tunecheck.data.shapes.conversation import example, message_or_messages, messages, with_system
from tunecheck.data.shapes.layouts import Columns


def reader(columns: Columns) -> _PairReader:
    """The reader of rows with a prompt and a completion: a chat where the file has messages or a system column."""
    return _PairReader(columns)


class _PairReader:
    def __init__(self, columns: Columns) -> None:
        # The layout names the prompt first and the response second, then what there may be besides.
        roles = list(columns)
        self._prompt, self._response = columns[roles[0]], columns[roles[1]]
        self._context = columns.get("context")
        # A dolly row gives its context after the instruction, a question comes after its context.
        self._context_first = roles[0] != "instruction"
        self._has_system = "system" in columns or "system_prompt" in columns
        self._columns = columns

    def __call__(self, row: Row) -> Example:
        prompt, response = row.get(self._prompt), row.get(self._response)
        in_messages = isinstance(prompt, (list, tuple)), isinstance(response, (list, tuple, Mapping))
        if any(in_messages):
            return self._chat(row, in_messages)
        answer = response_text(row, self._response)
        context, question = optional_text(row, self._context), required_text(row, self._prompt)
        parts = (context, question) if self._context_first else (question, context)
        turns = [Message(role="user", content="\n".join(part for part in parts if part))]
        if self._has_system:
            return Example(
                "chat", Message(role="assistant", content=answer), tuple(with_system(row, self._columns, turns))
            )
        return Example("completion", Message(role="assistant", content=answer), tuple(turns))

    def _chat(self, row: Row, in_messages: tuple[bool, bool]) -> Example:
        if in_messages[0]:
            turns = messages(row.get(self._prompt), self._prompt)
        else:
            turns = [Message(role="user", content=required_text(row, self._prompt))]
        if in_messages[1]:
            answer = message_or_messages(row.get(self._response), self._response)
            if not any(turn.role == "assistant" for turn in answer):
                raise NoResponse(f"no response: {self._response} has no assistant message")
        else:
            answer = [Message(role="assistant", content=response_text(row, self._response))]
        return example(with_system(row, self._columns, [*turns, *answer]), self._response)
