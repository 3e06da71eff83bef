"""JSON values: read strictly and within limits from hostile text, and compared by value.

Numbers are equal by value (1 == 1.0), the order of keys does not count, and true is no 1. RFC 8259 lets a reader limit
the depth (section 9); ours is ``MAX_DEPTH``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

Json = None | bool | int | float | Decimal | str | list["Json"] | dict[str, "Json"]

MAX_DEPTH = 100

# Longer whole numbers are kept as decimals: Python refuses to read and write ints of over 4,300 digits.
_LONGEST_INT = 300
# So many places in a reply are tried as the beginning of a JSON value, and so many of its fences.
_PLACES_TRIED = 100

_STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)
_FENCE = re.compile(r"^[ \t]*+(`{3,}+|~{3,}+)[^\n]*+\n(.*?)(?:^[ \t]*+\1|\Z)", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"[^\W\d]\w*")

# A place in a value: what it is part of, and the key or index there; () is the value itself.
_Place = tuple[()] | tuple["_Place", str | int]


class _Absent:
    """What stands where a value has nothing; JSON's null is a value."""


_ABSENT = _Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a text is no JSON value."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A value beside the one that it should be, leaf by leaf; an empty object or list is a leaf.

    n_leaves   leaves of the reference
    n_right    those that the prediction has at the same place with the same value
    different  the places that differ, such as "$.user.tags[1]": wrong or missing ones first, then those that only the
               prediction has; at most twenty
    """

    n_leaves: int
    n_right: int
    different: tuple[str, ...]


def parse(text: str) -> Json | Fault:
    """The value of a text that is JSON and nothing else, or why there is none.

    NaN, Infinity, a key that stands twice in one object, and nesting over ``MAX_DEPTH`` are faults.

    >>> parse('{"a": [1, 2]}'), parse('{"a": 1, "a": 2}')
    ({'a': [1, 2]}, Fault(reason="the key 'a' stands twice in one object"))
    """
    if _is_too_deep(text):
        return Fault(reason=f"it is nested over {MAX_DEPTH} deep")
    try:
        value: Json = json.loads(text, **_READING)
    except RecursionError:
        return Fault(reason=f"it is nested over {MAX_DEPTH} deep")
    except InvalidOperation:
        return Fault(reason="a number has an exponent that is too large")
    except json.JSONDecodeError as error:
        return Fault(reason=f"{error.msg} in line {error.lineno}, column {error.colno}")
    except _NotJson as error:
        return Fault(reason=str(error))
    return value


def find(reply: str) -> Json | Fault:
    """The value that a reply holds: all of it, else in its last fence that is JSON, else the first object or list.

    >>> find('Sure! ```json and so on'), find('Here it is: {"a": 1}. Anything else?')
    (Fault(reason='no JSON object or list was found'), {'a': 1})
    """
    whole = parse(reply)
    if not isinstance(whole, Fault):
        return whole
    for block in fenced(reply)[: -_PLACES_TRIED - 1 : -1]:
        value = parse(block)
        if not isinstance(value, Fault):
            return value
    return next((value for value, _, _ in embedded(reply)), Fault(reason="no JSON object or list was found"))


def fenced(reply: str) -> list[str]:
    """What stands between the fences of a reply; a fence that is never closed runs to the end.

    >>> fenced("Here:\\n```json\\n[1]\\n```\\nDone.")
    ['[1]\\n']
    """
    return [found[2] for found in _FENCE.finditer(reply)]


def embedded(reply: str) -> Iterator[tuple[Json, int, int]]:
    """The objects and lists in a text, from left to right and not inside one another, and where each begins and ends.

    Only the first hundred brackets that may begin one are tried, so that the time stays linear in the text.

    >>> [value for value, begin, end in embedded('first {"a": 1}, then [2]')]
    [{'a': 1}, [2]]
    """
    decoder = json.JSONDecoder(**_READING)
    end = 0
    for tries, bracket in enumerate(re.finditer(r"[\[{]", reply)):
        if tries >= _PLACES_TRIED:
            return
        begin = bracket.start()
        if begin < end:
            continue
        try:
            _, until = decoder.raw_decode(reply, begin)
        except (RecursionError, ValueError, InvalidOperation):
            continue
        value = parse(reply[begin:until])
        if not isinstance(value, Fault):
            end = until
            yield value, begin, until


def canonical(value: Json) -> str:
    """One text for all values that are equal: sorted keys, no white space, whole numbers without a point.

    >>> canonical({"b": 1.0, "a": [True, "1"]})
    '{"a":[true,"1"],"b":1}'
    """
    match value:
        case dict():
            inner = ",".join(f"{json.dumps(key)}:{canonical(value[key])}" for key in sorted(value))
            return f"{{{inner}}}"
        case list():
            return f"[{','.join(map(canonical, value))}]"
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case Decimal():
            sign, digits, exponent = value.as_tuple()
            kept = "".join(map(str, digits)).rstrip("0")
            return f"{'-' * sign}{kept}e{int(exponent) + len(digits) - len(kept)}" if kept else "0"
        case _:
            return json.dumps(value)


def compare(reference: Json, prediction: Json) -> Comparison:
    """How much of the reference the prediction has, place by place; lists are compared by index.

    >>> compare({"a": 1, "b": [1, 2]}, {"a": 1.0, "b": [1], "c": 0})
    Comparison(n_leaves=3, n_right=2, different=('$.b[1]', '$.c'))
    """
    n_leaves = n_right = 0
    wrong: list[_Place] = []
    added: list[_Place] = []
    waiting: list[tuple[Json | _Absent, Json | _Absent, _Place]] = [(reference, prediction, ())]
    while waiting:
        wanted, got, place = waiting.pop()
        parts, got_parts = _parts(wanted), _parts(got)
        if isinstance(wanted, _Absent):
            added.append(place)
            continue
        if not parts:
            n_leaves += 1
            right = not got_parts and _is_equal(wanted, got)
            n_right += right
            if not right:
                wrong.append(place)
            continue
        if type(wanted) is not type(got):
            got_parts = {}
        missing = [(parts[key], got_parts.get(key, _ABSENT), (place, key)) for key in parts]
        extra = [(_ABSENT, got_parts[key], (place, key)) for key in got_parts if key not in parts]
        waiting += reversed([*missing, *extra])
    return Comparison(n_leaves=n_leaves, n_right=n_right, different=tuple(map(_path, [*wrong, *added][:20])))


class _NotJson(ValueError):
    """What Python's reader lets through and JSON does not."""


def _no_constant(name: str) -> Json:
    raise _NotJson(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _NotJson(f"the key {key[:50]!r} stands twice in one object")
            seen.add(key)
    return found


def _int(text: str) -> int | Decimal:
    return int(text) if len(text) <= _LONGEST_INT else Decimal(text)


def _float(text: str) -> float | Decimal:
    value = float(text)
    return Decimal(text) if value in (float("inf"), float("-inf")) else value


_READING: dict[str, Any] = {
    "parse_constant": _no_constant,
    "object_pairs_hook": _object,
    "parse_int": _int,
    "parse_float": _float,
}


def _is_too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        sign = found[0]
        if sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif sign in "]}":
            depth -= 1
    return False


def _is_equal(wanted: Json, got: Json | _Absent) -> bool:
    if isinstance(got, _Absent):
        return False
    return (type(wanted) is type(got) and wanted == got) or canonical(wanted) == canonical(got)


def _parts(value: Json | _Absent) -> dict[str | int, Json]:
    match value:
        case dict():
            return dict(value.items())
        case list():
            return dict(enumerate(value))
        case _:
            return {}


def _path(place: _Place) -> str:
    keys: list[str | int] = []
    while place:
        place, key = place
        keys.append(key)
    return "$" + "".join(map(_step, reversed(keys)))


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _NAME.fullmatch(key) else f"[{json.dumps(key[:100])}]"
