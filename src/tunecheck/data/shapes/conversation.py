"""Conversations: lists of turns, spelled role and content (messages) or from and value (ShareGPT)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tunecheck.core import Message, ToolCall
from tunecheck.data.rows import (
    BadRow,
    Example,
    NoResponse,
    Row,
    as_list,
    canonical_json,
    is_missing,
    optional_text,
    parsed_json,
    shown,
)
from tunecheck.data.shapes.layouts import Columns

_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
    "function_response": "tool",
}
_KNOWN_ROLES = {
    "role": "system, user, assistant or tool",
    "from": "system, human, gpt, function_call or observation",
}
_TEXT_PARTS = ("text", "input_text", "output_text")


def reader(columns: Columns) -> _ConversationReader:
    """The reader of rows with a list of turns, under whichever name this file has it."""
    return _ConversationReader(columns)


class _ConversationReader:
    def __init__(self, columns: Columns) -> None:
        self._turns = next(columns[role] for role in ("messages", "conversations", "conversation") if role in columns)
        self._columns = columns

    def __call__(self, row: Row) -> Example:
        turns = with_system(row, self._columns, messages(row.get(self._turns), self._turns))
        return example(turns, self._turns, tools(row, self._columns))


def system_text(row: Row, columns: Columns) -> str:
    """The system message that stands in a column of its own, or ""."""
    return optional_text(row, columns.get("system")) or optional_text(row, columns.get("system_prompt"))


def with_system(row: Row, columns: Columns, turns: list[Message]) -> list[Message]:
    """The turns, led by the system message of the row's own column unless they begin with one already."""
    system = system_text(row, columns)
    if not system or (turns and turns[0].role == "system"):
        return turns
    return [Message(role="system", content=system), *turns]


def tools(row: Row, columns: Columns) -> str:
    """Canonical JSON of the tools column: compact, in the order given because templates print it; "" for none."""
    column = columns.get("tools")
    value = row.get(column) if column is not None else None
    if isinstance(value, str):
        value = parsed_json(value, "tools") if value.strip() else None
    return "" if is_missing(value) or value in ([], {}) else canonical_json(value, "tools")


def example(turns: Sequence[Message], field: str, tools_json: str = "") -> Example:
    """The example of a conversation: its last assistant message that was learned from is the reference response.

    Messages after it are left out. Raises NoResponse when there is none, or it has neither text nor tool call.
    """
    place = len(turns) - 1
    while place >= 0 and not (turns[place].role == "assistant" and turns[place].weight > 0):
        place -= 1
    if place < 0:
        if any(turn.role == "assistant" for turn in turns):
            raise NoResponse(f"no response: every assistant message in {field} has weight 0")
        raise NoResponse(f"no response: {field} has no assistant message")
    response = turns[place]
    if not response.tool_calls and not response.content.strip():
        raise NoResponse(f"no response: the last assistant message in {field} is empty")
    return Example("chat", response, tuple(turns[:place]), tools_json)


def messages(value: object, field: str) -> list[Message]:
    """A list of turns as messages; BadRow names the turn, the field and the value that is wrong."""
    if is_missing(value):
        raise BadRow(f"{field} is missing")
    turns = as_list(value, field, of="messages")
    return [_plain_message(turn) or _message(turn, f"{field}[{place}]") for place, turn in enumerate(turns)]


def message_or_messages(value: object, field: str) -> list[Message]:
    """A list of turns, or a single turn, as messages."""
    return [_message(value, field)] if isinstance(value, Mapping) else messages(value, field)


def _plain_message(turn: object) -> Message | None:
    """The message of a turn that is a role and a text and nothing else, which is most of them; None for the rest."""
    if type(turn) is not dict or len(turn) != 2:
        return None
    role, content = turn.get("role", turn.get("from")), turn.get("content", turn.get("value"))
    if type(role) is not str or type(content) is not str or role not in _ROLES or role == "function_call":
        return None
    return Message(role=_ROLES[role], content=content)


def _message(turn: object, field: str) -> Message:
    if not isinstance(turn, Mapping):
        raise BadRow(f"{field} is {shown(turn)}, not an object")
    key = "role" if turn.get("role") is not None or "from" not in turn else "from"
    given = turn.get(key)
    if given is None:
        raise BadRow(f"{field} has no {key}")
    role = (_ROLES.get(given) or _ROLES.get(given.strip().lower())) if isinstance(given, str) else None
    if role is None:
        raise BadRow(f"{field}.{key} {shown(given)} is not {_KNOWN_ROLES[key]}")
    name_of_content = "content" if turn.get("content") is not None or "value" not in turn else "value"
    content, at = turn.get(name_of_content), f"{field}.{name_of_content}"
    if given == "function_call":
        return Message(role=role, content="", tool_calls=_calls(content, at), weight=_weight(turn, field))
    calls = _tool_calls(turn, field)
    text, more_calls = _content(content, at, role)
    name = turn.get("name")
    return Message(
        role=role,
        content=text,
        tool_calls=calls + more_calls,
        name=name if isinstance(name, str) else "",
        weight=_weight(turn, field),
    )


def _content(content: object, field: str, role: str) -> tuple[str, tuple[ToolCall, ...]]:
    if isinstance(content, str):
        return content, ()
    if content is None:
        # An assistant turn may be only a tool call; an empty reference response is found later.
        if role == "assistant":
            return "", ()
        raise BadRow(f"{field} is missing")
    if isinstance(content, (list, tuple)):
        return _parts(content, field)
    if role == "tool" and isinstance(content, Mapping):
        return canonical_json(content, field), ()
    raise BadRow(f"{field} is {shown(content)}, not text")


def _parts(parts: Sequence[object], field: str) -> tuple[str, tuple[ToolCall, ...]]:
    texts: list[str] = []
    calls: tuple[ToolCall, ...] = ()
    for place, part in enumerate(parts):
        at = f"{field}[{place}]"
        if isinstance(part, str):
            texts.append(part)
            continue
        if not isinstance(part, Mapping):
            raise BadRow(f"{at} is {shown(part)}, not a part with a type and a text")
        kind = part.get("type")
        text = part["value"] if part.get("text") is None and "value" in part else part.get("text")
        if kind == "tool_call":
            calls += _calls(text, at)
        elif kind not in _TEXT_PARTS:
            raise BadRow(f"{at}.type {shown(kind)} cannot be scored: only text parts can")
        elif not isinstance(text, str):
            raise BadRow(f"{at}.text is {shown(text)}, not text")
        else:
            texts.append(text)
    return "".join(texts), calls


def _tool_calls(turn: Mapping[str, object], field: str) -> tuple[ToolCall, ...]:
    found: tuple[ToolCall, ...] = ()
    given = turn.get("tool_calls")
    if given is not None:
        calls = as_list(given, f"{field}.tool_calls", of="tool calls")
        found = tuple(_call(call, f"{field}.tool_calls[{place}]") for place, call in enumerate(calls))
    older = turn.get("function_call")
    return found if older is None else (*found, _call(older, f"{field}.function_call"))


def _calls(value: object, field: str) -> tuple[ToolCall, ...]:
    """Calls written as JSON text, {"name", "arguments"} or a list of those."""
    found = parsed_json(value, field) if isinstance(value, str) else value
    if isinstance(found, (list, tuple)):
        return tuple(_call(call, f"{field}[{place}]") for place, call in enumerate(found))
    return (_call(found, field),)


def _call(call: object, field: str) -> ToolCall:
    function = call.get("function") if isinstance(call, Mapping) and call.get("function") is not None else call
    if not isinstance(function, Mapping) or not isinstance(call, Mapping):
        raise BadRow(f"{field} is {shown(call)}, not a call with a name and arguments")
    name = function.get("name")
    if not isinstance(name, str) or not name:
        raise BadRow(f"{field}.name {shown(name)} is not the name of a function")
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        arguments = parsed_json(arguments, f"{field}.arguments") if arguments.strip() else None
    text = canonical_json({} if arguments is None else arguments, f"{field}.arguments")
    given_id = call.get("id")
    return ToolCall(name=name, arguments_json=text, id=given_id if isinstance(given_id, str) else "")


def _weight(turn: Mapping[str, object], field: str) -> float:
    for key in ("weight", "loss_weight"):
        weight = turn.get(key)
        if weight is None:
            continue
        # The comparison is False for NaN, and keeps float() from overflowing.
        if isinstance(weight, (int, float)) and 0 <= weight <= 1e9 and math.isfinite(weight):
            return float(weight)
        raise BadRow(f"{field}.{key} {shown(weight)} is not a weight of 0 or more")
    return 1.0
