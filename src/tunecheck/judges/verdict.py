"""Verdict: the one JSON object in a judge's reply that says A, B or tie; whatever is not exactly that is no verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

Winner = Literal["A", "B", "tie"]

WINNERS = ("A", "B", "tie")
# A reply that was asked to be brief; it also bounds the work of reading what nests braces.
MOST_CHARACTERS = 20_000

# What an object, a key or a piece of one begins with that is a verdict to a person, though JSON it is not.
_ALIKE = re.compile(r"""\{[^\w}]{0,40}verdict|verdict\\*["'\u2019\u201d]\s*:""", re.IGNORECASE)
# Code that is quoted, and a bracket that is: "A forgets the `}`" encloses nothing.
_QUOTED = re.compile(r"""```.*?```|`[^`\n]+`|"[\[\]{}]"|'[\[\]{}]'|\u201c[\[\]{}]\u201d""", re.DOTALL)
_BRACKET = re.compile(r"[\[\](){}]")
_THINKING = re.compile(r"<(/?)(?:think|thinking)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Which answer the judge found better, by the letter under which it saw it."""

    winner: Winner


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Why a reply holds no verdict; what comes before a colon is one of few."""

    reason: str


class _RepeatedKey(ValueError):
    """An object says the same key twice."""


def read_verdict(text: str) -> Verdict | Unread:
    """Read a reply. What a model thought before ``</think>`` is not part of it.

    Exactly one JSON object may stand in it, with ``verdict`` as its only key and "A", "B" or "tie" as the value, and
    nothing may follow but the end of a code fence: who goes on after the verdict may take it back. Nothing else may
    look like a verdict, even if it is no JSON, and no bracket around the object may be left open: which one was meant,
    or what of, is not for the reader to guess.

    >>> read_verdict('B is wrong about the year.\\n{"verdict": "A"}')
    Verdict(winner='A')
    >>> read_verdict('{"verdict": "A"} or {"verdict": "B"}')
    Unread(reason='two verdicts: 2 JSON objects')
    """
    said = _without_thinking(text)
    if said is None:
        return Unread(reason="cut off: the thinking has no end")
    if len(said) > MOST_CHARACTERS:
        return Unread(reason=f"too long: {len(said):,} characters")
    try:
        found = list(_objects(said))
    except _RepeatedKey:
        return Unread(reason="two verdicts: one JSON object says a key twice")
    except RecursionError:
        return Unread(reason="no verdict: the reply nests too deeply")
    if not found:
        return Unread(reason="no verdict: the reply holds no JSON object")
    if len(found) > 1:
        return Unread(reason=f"two verdicts: {len(found)} JSON objects")
    value, start, end = found[0]
    return _winner(value, said[:start], said[end:])


def _winner(value: dict[str, object], before: str, rest: str) -> Verdict | Unread:
    if list(value) != ["verdict"]:
        keys = ", ".join(value)[:80] or "none"
        return Unread(reason=f"other keys: the JSON object has {keys}, not verdict alone")
    winner = value["verdict"]
    if winner not in WINNERS:
        return Unread(reason=f"unknown verdict: {str(winner)[:40]!r} is none of A, B, tie")
    if _ALIKE.search(before) or _ALIKE.search(rest):
        return Unread(reason="two verdicts: one is a JSON object, one is none")
    if rest.strip().strip("`").strip():
        return Unread(reason="no end: text follows the verdict")
    if _is_left_open(before):
        return Unread(reason="no verdict: a bracket before the JSON object is not closed")
    return Verdict(winner=cast(Winner, winner))


def _is_left_open(text: str) -> bool:
    """Whether what follows stands within a brace or a square bracket. "[0, 1)" is closed."""
    stack: list[str] = []
    n_braces = 0
    for bracket in _BRACKET.findall(_QUOTED.sub("", text)):
        if bracket in "[({":
            stack.append(bracket)
            n_braces += bracket == "{"
        elif bracket == "}" and n_braces:
            while stack.pop() != "{":
                pass
            n_braces -= 1
        elif bracket in ")]" and stack and stack[-1] != "{":
            stack.pop()
    return n_braces > 0 or "[" in stack


def _objects(text: str) -> Iterator[tuple[dict[str, object], int, int]]:
    """The outermost JSON objects in a text, each with the places where it begins and ends."""
    decoder = json.JSONDecoder(object_pairs_hook=_distinct)
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except _RepeatedKey:
            raise
        except ValueError:
            end = at + 1
        else:
            yield value, at, end
        at = text.find("{", end)


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedKey
    return found


def _without_thinking(text: str) -> str | None:
    """What follows the last mark that ends thinking; None where a last mark begins it. Templates may open it unseen."""
    marks = list(_THINKING.finditer(text))
    if not marks:
        return text
    return text[marks[-1].end() :] if marks[-1][1] else None
