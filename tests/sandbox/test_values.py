"""Values: what crosses arrives as the same exact built-in value, and what else the other side says is refused."""

from __future__ import annotations

import builtins
import collections
import datetime as dt
import json
import math
import pathlib
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.sandbox.inside.values import DEEPEST, LONGEST_ITERATOR, CannotCross, decode, encode


def refused(tag: str, _: Any) -> Any:
    raise ValueError(tag)


def crossed(value: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value))), refused)


def is_same(one: Any, other: Any) -> bool:
    """Equal, and of the same exact types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return repr(one) == repr(other)
    if isinstance(one, dict):
        pairs = zip(one.items(), other.items(), strict=True)
        return len(one) == len(other) and all(is_same(left, right) for left, right in pairs)
    if isinstance(one, list | tuple | collections.deque):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


HASHABLE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.fractions() | st.dates(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
PLAIN = st.recursive(
    HASHABLE | st.floats() | st.complex_numbers(allow_nan=False) | st.datetimes() | st.times() | st.timedeltas(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(HASHABLE, inner, max_size=4)
        | st.sets(HASHABLE, max_size=4)
        | st.lists(inner, max_size=3).map(lambda values: collections.deque(values, maxlen=7))
    ),
    max_leaves=20,
)


@given(PLAIN)
@settings(deadline=None)
def test_every_plain_value_arrives_as_it_was(value: Any) -> None:
    assert is_same(crossed(value), value)


@pytest.mark.parametrize(
    "value",
    [
        *(math.inf, -math.inf, math.nan, -0.0, 2**20_000, -(2**20_000), "\ud800\x00é中", b"\x00\xff", bytearray(b"ab")),
        *(range(1, 10, 3), range(2**70), slice(None, -1), slice(2**9000, None, 3), 1 + 2j, complex(math.inf, -0.0)),
        *(Decimal("1.10"), Decimal("NaN"), Decimal("-Infinity"), Fraction(1, 3), Fraction(2**9000, 7)),
        *(NotImplemented, Ellipsis, int, dict, ValueError, object, pathlib.PosixPath("/a/b")),
        *(dt.datetime(2020, 1, 2, 3, 4, 5, 6), dt.time(1, 2, tzinfo=dt.UTC), dt.timedelta(days=-1, microseconds=5)),
        dt.datetime(2020, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
        *({(1, "a"): [{2, 3}], None: {}}, [[[[]]]], frozenset({frozenset({1})}), collections.deque([1], maxlen=3)),
        *(collections.Counter("aab"), collections.OrderedDict(b=1, a=2), collections.defaultdict(list, {1: [2]})),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_arrives_as_it_was(value: Any) -> None:
    back = crossed(value)
    assert type(back) is type(value)
    assert back == value or repr(back) == repr(value)


def test_the_maxlen_of_a_deque_and_the_factory_of_a_defaultdict_arrive() -> None:
    assert crossed(collections.deque([1], maxlen=3)).maxlen == 3
    assert crossed(collections.defaultdict(list))[5] == []
    assert crossed(collections.defaultdict(lambda: 7, {1: 2})) == {1: 2}


def test_iterators_arrive_with_what_was_left_in_them() -> None:
    begun = iter([1, 2, 3])
    next(begun)
    iterators = [begun, (n for n in (2, 3)), map(int, "23"), filter(None, [0, 2, 3]), reversed([3, 2])]
    assert [list(crossed(one)) for one in iterators] == [[2, 3]] * 5
    assert list(crossed(zip("a", [1], strict=True))) == [("a", 1)]


def test_views_of_a_dict_arrive_as_views() -> None:
    views = {"b": 1, "a": [2]}
    assert list(crossed(views.keys())) == ["b", "a"]
    assert len(crossed(views.keys())) == 2
    assert list(crossed(views.values())) == [1, [2]]
    assert list(crossed(views.items())) == [("b", 1), ("a", [2])]


def hostile(base: type) -> type:
    """A subclass of which nothing is what it seems."""

    def lie(*_: Any, **__: Any) -> Any:
        raise AssertionError("a method of the program ran")

    names = [name for name in vars(base) if name.startswith("__") and callable(getattr(base, name))]
    kept = ("__new__", "__init__", "__class__", "__getattribute__", "__init_subclass__", "__subclasshook__", "__repr__")
    return type("Hostile", (base,), {name: lie for name in names if name not in kept} | {"__class__": property(lie)})


@pytest.mark.parametrize(
    "value",
    [3, 1.5, 1 + 2j, "ab", b"ab", bytearray(b"ab"), [1, [2]], (1, 2), {1: 2}, {1, 2}, frozenset({3})],
    ids=lambda value: type(value).__name__,
)
def test_a_subclass_crosses_as_the_plain_value_it_holds_and_runs_nothing_of_its_own(value: Any) -> None:
    base = type(value)
    one = hostile(base)() if base in (list, dict, set, bytearray) else hostile(base)(value)
    fill: dict[type, Any] = {
        list: list.extend,
        dict: dict.update,
        set: set.update,
        bytearray: bytearray.extend,
    }
    if base in fill:
        fill[base](one, value)
    back = crossed(one)
    assert type(back) is base
    assert back == value


class Point(NamedTuple):
    x: int
    y: int


def test_a_named_tuple_crosses_as_a_tuple() -> None:
    assert is_same(crossed([Point(1, 2)]), [(1, 2)])


class Liar:
    __class__ = int  # type: ignore[assignment]

    def __int__(self) -> int:
        return 3


def endless() -> Any:
    while True:
        yield 1


def deep(levels: int) -> Any:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Liar(), "it is a Liar"),
        (object(), "it is a object"),
        (deep, "it is a function"),
        (deep(DEEPEST + 1), f"it is nested deeper than {DEEPEST} levels"),
        (endless(), f"it is an iterator of more than {LONGEST_ITERATOR:,} values"),
        ([{"a": sys}], "it is a module"),
        (Liar, "it is a type"),
    ],
    ids=["liar", "object", "function", "deep", "endless", "module", "class"],
)
def test_what_cannot_cross_is_told(value: Any, told: str) -> None:
    with pytest.raises(CannotCross, match=told):
        encode(value)


def test_what_is_just_not_too_deep_arrives() -> None:
    assert crossed(deep(DEEPEST)) == deep(DEEPEST)


def test_something_of_another_kind_is_named_by_who_knows_it() -> None:
    one = object()
    content = encode([one, 1], lambda value: {"mine": 5} if value is one else None)
    assert content == [{"mine": 5}, 1]
    assert decode(content, lambda tag, inner: (tag, inner)) == [("mine", 5), 1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=10,
)
TAGS = (
    *("int", "bytes", "bytearray", "complex", "range", "slice", "Decimal", "Fraction", "datetime", "date", "time"),
    *("timedelta", "builtin", "array", "PosixPath", "tuple", "set", "frozenset", "iterator", "dict", "OrderedDict"),
    *("Counter", "defaultdict", "deque", "keys", "values", "items", "error", "object", "?"),
)


@given(st.sampled_from(TAGS), JSON)
@settings(deadline=None)
def test_any_other_json_is_a_value_or_a_value_error(tag: str, inner: Any) -> None:
    for content in ({tag: inner}, inner, [{tag: inner}], {tag: inner, "more": 1}):
        try:
            decode(content, refused)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "content",
    [
        *({"builtin": name} for name in ("exec", "eval", "open", "print", "__import__", "no_such", "__name__")),
        {"array": ["O", [1], [1]]},
        {"array": ["i4,(100000000,)f8", [1], [1]]},
        {"array": ["<i8", [1], [{"builtin": "int"}]]},
        {"array": [{"tuple": []}, [], [1]]},
        {"array": ["<f8", [2**62], [1]]},
        {"Fraction": ["1e999999999", 1]},
        {"Fraction": [1, 0]},
        {"timedelta": [10**12, 0, 0]},
        {"datetime": [0, 0, 0, 0, 0, 0, 0, None]},
        {"datetime": [2020, 1, 1, 0, 0, 0, 0, 10**9]},
        {"defaultdict": ["exec", []]},
        {"set": [[1]]},
        {"dict": [[[1], 2]]},
        {"dict": [[1, 2, 3]]},
        {"complex": ["1", "2"]},
        {"deque": [[1], "a"]},
        {"bytes": "zz"},
        {"int": "zz"},
        {},
        {"tuple": [], "list": []},
    ],
    ids=repr,
)
def test_forged_content_is_refused(content: Any) -> None:
    with pytest.raises(ValueError):
        decode(content, refused)


def test_nothing_is_imported_because_the_other_side_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "numpy", raising=False)

    def forbidden(name: str, *_: Any, **__: Any) -> Any:
        raise AssertionError(f"imported {name}")

    monkeypatch.setattr(builtins, "__import__", forbidden)
    with pytest.raises(ValueError):
        decode({"array": ["<i8", [1], [1]]}, refused)


def test_too_deep_content_is_refused() -> None:
    with pytest.raises(ValueError, match="too deep"):
        decode(deep(DEEPEST + 5), refused)


def test_arrays_arrive_with_their_type_shape_and_values() -> None:
    numpy = pytest.importorskip("numpy")
    for array in (
        *(numpy.arange(6).reshape(2, 3), numpy.array([1.5, math.nan]), numpy.array([True]), numpy.array([[1 + 2j]])),
        *(numpy.zeros((2, 0)), numpy.arange(3, dtype=">i2"), numpy.array(7), numpy.float32(1.5), numpy.int8(3)),
    ):
        back = crossed(array)
        assert numpy.array_equal(back, array, equal_nan=True)
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert isinstance(crossed(numpy.int8(3)), numpy.int8)
    assert crossed(numpy.array(["a", None], dtype=object)) == ["a", None]
    assert crossed([numpy.array([1])])[0].tolist() == [1]
