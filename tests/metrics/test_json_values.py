from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.metrics.json_values import Comparison, Fault, Json, canonical, compare, embedded, fenced, find, parse

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


@given(VALUES)
def test_what_json_writes_is_read_back_and_equals_itself(value: Json) -> None:
    text = json.dumps(value)
    read = parse(text)
    assert not isinstance(read, Fault)
    assert canonical(read) == canonical(value)
    assert find(f"Sure! Here you go:\n```json\n{text}\n```\nAnything else?") == read
    same = compare(value, read)
    assert (same.n_right, same.different) == (same.n_leaves, ())


@given(VALUES, VALUES)
def test_values_differ_somewhere_just_when_they_are_not_equal(one: Json, other: Json) -> None:
    assert (compare(one, other).different == ()) == (canonical(one) == canonical(other))


@given(st.text(st.characters()))
def test_what_is_read_is_what_the_standard_library_reads(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        assert isinstance(parse(text), Fault)
    else:
        assert parse(text) == expected or isinstance(parse(text), Fault)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value in line 1, column 1"),
        ('{"a": 1,}', "Illegal trailing comma before end of object in line 1, column 8"),
        ("NaN", "NaN is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        ('{"a": 1, "a": 1}', "the key 'a' stands twice in one object"),
        ("[" * 100_000, "it is nested over 100 deep"),
        ("[" * 101 + "]" * 101, "it is nested over 100 deep"),
        ("1e99999999999999999999", "a number has an exponent that is too large"),
    ],
)
def test_what_is_no_json_is_told_with_the_reason(text: str, reason: str) -> None:
    fault = parse(text)
    assert isinstance(fault, Fault)
    if "trailing comma" in reason:
        # Python before 3.13 says only that a name is expected.
        assert "line 1, column" in fault.reason
    else:
        assert fault.reason == reason


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("1", "1.0", True),
        ("0", "-0.0", True),
        ("true", "1", False),
        ('"1"', "1", False),
        ("null", "false", False),
        ("1e5000", "1" + "0" * 5000, True),
        ("1e5000", "1e5001", False),
        ("1e400", "1E+400", True),
        ('{"a": 1, "b": 2}', '{"b": 2.0, "a": 1}', True),
        ("[1, 2]", "[2, 1]", False),
        ("[]", "{}", False),
        ("100000000000000000000", "1e20", True),
    ],
)
def test_values_are_equal_by_value(one: str, other: str, equal: bool) -> None:
    left, right = parse(one), parse(other)
    assert not isinstance(left, Fault)
    assert not isinstance(right, Fault)
    assert (canonical(left) == canonical(right)) is equal


def test_brackets_within_texts_are_no_nesting() -> None:
    assert parse(json.dumps("[" * 500)) == "[" * 500
    assert parse("[" * 100 + "]" * 100) != Fault(reason="it is nested over 100 deep")


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('~~~\n{"a": 1}\n~~~', {"a": 1}),
        ('```json\n{"a": 1}', {"a": 1}),
        ('First:\n```json\n{"a": 1}\n```\nBetter:\n```json\n{"a": 2}\n```', {"a": 2}),
        ('```python\nprint()\n```\nso {"a": [1, {"b": 2}]} it is', {"a": [1, {"b": 2}]}),
        ('I think [sic] that {"a": 1} fits', {"a": 1}),
    ],
)
def test_json_amid_talk_is_found(reply: str, value: Json) -> None:
    assert find(reply) == value


def test_a_comparison_names_the_places_that_differ() -> None:
    wanted: Json = {"user": {"name": "Ada", "tags": ["x", "y"], "odd key": 1}, "n": 3, "empty": []}
    got: Json = {"user": {"name": "ada", "tags": ["x"], "odd key": 2}, "n": 3.0, "empty": {}, "more": 0}
    assert compare(wanted, got) == Comparison(
        n_leaves=6,
        n_right=2,
        different=("$.user.name", "$.user.tags[1]", '$.user["odd key"]', "$.empty", "$.more"),
    )
    assert compare([1], {"0": 1}).n_right == 0


def test_fences_and_embedded_values_are_found_in_order() -> None:
    assert fenced("```a\n1\n```\n~~~\n2") == ["1\n", "2"]
    assert [value for value, _, _ in embedded('{"a": {"b": 1}} [2] {')] == [{"a": {"b": 1}}, [2]]


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 1_000_000, '{"a":' * 200_000, "`" * 1_000_000, "```\n" * 250_000, '"' + "\\" * 1_000_000),
        *(" " * 1_000_000, '{"k' + "x" * 500_000 + '": [' + "1," * 250_000 + "1]}", "\ud800\x00😀" * 200_000),
    ],
)
def test_hostile_texts_are_answered_in_seconds(text: str) -> None:
    begin = time.perf_counter()
    value = find(text)
    if not isinstance(value, Fault):
        compare(value, value)
    assert time.perf_counter() - begin < 15
