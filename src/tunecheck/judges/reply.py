"""Reply: what a chat server said, read from the body of its response with nothing taken for granted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_FINISHED = ("stop", "eos", "end_turn", "", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the model wrote, and the tokens that the server counted; None where it did not."""

    text: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReply:
    """Why there is no text to read a verdict from.

    reason      what comes before a colon is one of few
    text        what the model wrote nevertheless, or ""
    is_server   whether the server did not do its work; else the model did not
    is_for_all  whether every other question would end alike: nobody listens, the key is wrong, there is no such model
    """

    reason: str
    text: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    is_server: bool = False
    is_for_all: bool = False


def read_reply(body: bytes) -> Reply | NoReply:
    """Read a body of the API ``chat/completions``; whatever its content type says.

    >>> read_reply(b'{"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}')
    Reply(text='yes', prompt_tokens=None, completion_tokens=None)
    """
    found = _object(body)
    if isinstance(found, str):
        return NoReply(reason=found, is_server=True)
    usage = found.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    read, written = _count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens"))
    choices = found.get("choices")
    choice = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        said = error_message(body)
        reason = f"server error: {said}" if said else "not a chat completion: it has not one choice with a message"
        return NoReply(reason=reason, is_server=True, prompt_tokens=read, completion_tokens=written)
    content, ended = message.get("content"), choice.get("finish_reason")
    text = content if isinstance(content, str) else ""
    problem = _problem(message, content, ended)
    if problem:
        return NoReply(reason=problem, text=text, prompt_tokens=read, completion_tokens=written)
    return Reply(text=text, prompt_tokens=read, completion_tokens=written)


def error_message(body: bytes) -> str:
    """What a server says in an error, on one line and shortened, or ""."""
    found = _object(body)
    if isinstance(found, str):
        return ""
    error = found.get("error", found)
    said = error
    if isinstance(error, dict):
        said = error.get("message") or error.get("detail")
    return " ".join(said.split())[:300] if isinstance(said, str) else ""


def refused_setting(body: bytes) -> str:
    """Which field of the question a server says it does not take, or ""."""
    found = _object(body)
    error = None if isinstance(found, str) else found.get("error")
    name = error.get("param") if isinstance(error, dict) else None
    return name if isinstance(name, str) else ""


def _object(body: bytes) -> dict[str, Any] | str:
    """The JSON object of a body, or why it is none."""
    if not body.strip():
        return "empty: the server sent nothing"
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        start = body[:40].decode("utf-8", "replace")
        return f"not JSON: the server sent {start!r}"
    return found if isinstance(found, dict) else f"not a chat completion: it is a {type(found).__name__}"


def _problem(message: dict[str, Any], content: object, ended: object) -> str:
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        return f"refused: {' '.join(refusal.split())[:200]}"
    if ended == "content_filter":
        return "refused: the server's content filter stopped it"
    if ended == "length":
        return "cut off: it reached the most tokens that it may write"
    if ended not in _FINISHED:
        return f"not an answer: it ended with {str(ended)[:40]!r}"
    if not isinstance(content, str):
        return f"not a text: the content is {'missing' if content is None else type(content).__name__}"
    return "" if content.strip() else "empty: the model wrote nothing"


def _count(found: object) -> int | None:
    # Larger ones are no counts, and SQLite has no room for the largest.
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**31 else None
