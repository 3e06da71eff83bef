"""Values: what crosses between a program and its tests, as tagged JSON of exact built-in types.

None, booleans, strings, numbers and lists stand as JSON; everything else is an object of one key, its tag. A subclass
crosses as the plain value that it holds, so that no method of the program ever runs beside the tests.
"""

from __future__ import annotations

import builtins
import collections
import datetime
import decimal
import fractions
import json
import re
import sys
import types
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

DEEPEST, LONGEST_ITERATOR = 200, 100_000
# Python refuses to write or read longer integers as decimals (sys.set_int_max_str_digits).
_LONG_BITS = 8_192
_ITERATED: tuple[Any, ...] = ([], (), {}, {}.values(), {}.items(), set(), "", "é", b"", bytearray(), range(0))
_REVERSED: tuple[Any, ...] = ([], {}, {}.values(), {}.items(), collections.deque())
_ITERATORS: tuple[type, ...] = (
    *(types.GeneratorType, map, filter, zip, enumerate, reversed),
    *(type(iter(one)) for one in (*_ITERATED, range(2**70), collections.deque())),
    *(type(reversed(one)) for one in _REVERSED),
)
_VIEWS: dict[type, str] = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
_SCALARS = frozenset((type(None), bool, int, float, str))
# Types that both sides have under the same name.
_BUILTINS = {
    id(value): name
    for name, value in vars(builtins).items()
    if isinstance(value, type) or value is NotImplemented or value is Ellipsis
}
_DATES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
_MAPPINGS = (collections.OrderedDict, collections.Counter)
# Numbers of numpy; other arrays cross as the lists that they hold.
_ARRAY_TYPE = re.compile(r"[<>|=][biufc]\d{1,2}")

Reference = Callable[[Any], dict[str, Any] | None]
"""How something that is no plain value is named for the other side; None where it cannot cross."""


class CannotCross(Exception):
    """This value is not one that can be given to the other side."""


def encode(value: Any, reference: Reference = lambda _: None, depth: int = 0) -> Any:
    """A value as JSON. Raises CannotCross for what is no plain value, and ``reference`` has no name for."""
    if depth > DEEPEST:
        raise CannotCross(f"it is nested deeper than {DEEPEST} levels")
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is float:
        return value
    if kind is int:
        return value if value.bit_length() <= _LONG_BITS else {"int": hex(value)}
    if kind is list:
        return [encode(one, reference, depth + 1) for one in value]
    if kind in (tuple, set, frozenset, dict):
        return _container(kind, value, reference, depth)
    return _rare(kind, value, reference, depth)


def _container(kind: type, value: Any, reference: Reference, depth: int) -> dict[str, Any]:
    if kind is dict:
        return {"dict": [[encode(side, reference, depth + 1) for side in pair] for pair in dict.items(value)]}
    inner = [encode(one, reference, depth + 1) for one in value]
    if kind is tuple:
        return {"tuple": inner}
    # Sorted, so that equal sets have equal texts.
    return {kind.__name__: sorted(inner, key=json.dumps)}


def _rare(kind: type, value: Any, reference: Reference, depth: int) -> Any:
    inside = partial(encode, reference=reference, depth=depth + 1)
    if kind in _SIMPLE:
        return {kind.__name__: _SIMPLE[kind](value)}
    if kind in _DATES and type(getattr(value, "tzinfo", None)) in (type(None), datetime.timezone):
        return {kind.__name__: _date(value)}
    if kind is collections.deque:
        return {"deque": [[inside(one) for one in value], value.maxlen]}
    if kind in _MAPPINGS:
        items = collections.OrderedDict.items if kind is collections.OrderedDict else dict.items
        return {kind.__name__: [[inside(side) for side in pair] for pair in items(value)]}
    if kind is collections.defaultdict:
        factory = _BUILTINS.get(id(value.default_factory))
        return {"defaultdict": [factory, [[inside(side) for side in pair] for pair in dict.items(value)]]}
    if kind in _VIEWS:
        return {_VIEWS[kind]: [inside(one) for one in value]}
    if (name := _BUILTINS.get(id(value))) is not None:
        return {"builtin": name}
    if kind.__name__ == "PosixPath" and kind.__module__.startswith("pathlib"):
        return {"PosixPath": str(value)}
    if (array := _array(value)) is not None:
        return array
    if (named := reference(value)) is not None:
        return named
    if kind in _ITERATORS or kind.__module__ == "itertools":
        return {"iterator": _drained(value, inside)}
    return encode(plain(value), reference, depth)


def _drained(value: Iterable[Any], inside: Callable[[Any], Any]) -> list[Any]:
    found: list[Any] = []
    for one in value:
        if len(found) == LONGEST_ITERATOR:
            raise CannotCross(f"it is an iterator of more than {LONGEST_ITERATOR:,} values")
        found.append(inside(one))
    return found


def plain(value: Any) -> Any:
    """What an instance of a subclass of a built-in type holds, read through that type. Raises CannotCross."""
    base = plain_type(type(value))
    if base is None:
        raise CannotCross(f"it is a {type.__getattribute__(type(value), '__name__')}")
    return _PLAIN[base](value)


def plain_type(kind: type) -> type | None:
    """The built-in type whose values those of ``kind`` hold."""
    # Not isinstance, which asks the value for its __class__.
    return next((base for base in _PLAIN if issubclass(kind, base)), None)


_PLAIN: dict[type, Callable[[Any], Any]] = {
    int: lambda value: int.__add__(value, 0),
    float: lambda value: float.__mul__(value, 1.0),
    complex: lambda value: complex.__mul__(value, 1),
    str: lambda value: "".join(str.__iter__(value)),
    bytes: lambda value: bytes(bytes.__iter__(value)),
    bytearray: lambda value: bytearray(bytearray.__iter__(value)),
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    # Its own order is not the one in which a dict has its items.
    collections.OrderedDict: lambda value: dict(collections.OrderedDict.items(value)),
    dict: lambda value: dict(dict.items(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    collections.deque: lambda value: collections.deque(collections.deque.__iter__(value)),
}
_SIMPLE: dict[type, Callable[[Any], Any]] = {
    bytes: lambda value: value.hex(),
    bytearray: lambda value: value.hex(),
    complex: lambda value: [value.real, value.imag],
    range: lambda value: [encode(one) for one in (value.start, value.stop, value.step)],
    slice: lambda value: [encode(one) for one in (value.start, value.stop, value.step)],
    decimal.Decimal: str,
    fractions.Fraction: lambda value: [encode(value.numerator), encode(value.denominator)],
}


def _array(value: Any) -> Any:
    """A numpy array or number, where numpy is loaded: its type, shape and values."""
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value).__module__ != "numpy" or not isinstance(value, (numpy.ndarray, numpy.generic)):
        return None
    if not _ARRAY_TYPE.fullmatch(value.dtype.str):
        return encode(value.tolist())
    return {"array": [value.dtype.str, list(value.shape), encode(value.ravel().tolist())]}


def _date(value: Any) -> list[Any]:
    if isinstance(value, datetime.datetime):
        return [*value.timetuple()[:6], value.microsecond, _zone(value)]
    if isinstance(value, datetime.date):
        return [value.year, value.month, value.day]
    if isinstance(value, datetime.time):
        return [value.hour, value.minute, value.second, value.microsecond, _zone(value)]
    return [value.days, value.seconds, value.microseconds]


def _zone(value: Any) -> float | None:
    """Seconds ahead of UTC."""
    offset = value.utcoffset()
    return None if offset is None else offset.total_seconds()


def decode(content: Any, references: Callable[[str, Any], Any], depth: int = 0) -> Any:
    """The value of a JSON text; ``references`` makes something of a tag that is not in this module.

    Raises ValueError for what ``encode`` does not make, and what ``references`` raises.
    """
    if depth > DEEPEST + 2:
        raise ValueError("nested too deep")
    if content is None or isinstance(content, (bool, int, float, str)):
        return content
    inside = partial(decode, references=references, depth=depth + 1)
    if isinstance(content, list):
        return [one if type(one) in _SCALARS else inside(one) for one in content]
    if not isinstance(content, dict) or len(content) != 1:
        raise ValueError("not a tagged value")
    ((tag, inner),) = content.items()
    if tag in _ATOMS or tag in _CONTAINERS:
        try:
            return _ATOMS[tag](inner) if tag in _ATOMS else _CONTAINERS[tag](inner, inside)
        except (TypeError, ArithmeticError, LookupError, AttributeError, ImportError) as error:
            raise ValueError(f"no {tag}: {type(error).__name__}") from error
    return references(tag, inner)


def _list(value: Any, length: int | None = None) -> list[Any]:
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise ValueError("not a list, or of another length")
    return value


Inside = Callable[[Any], Any]


def _all(inner: Any, inside: Inside) -> list[Any]:
    return [one if type(one) in _SCALARS else inside(one) for one in _list(inner)]


def _dict(inner: Any, inside: Inside) -> dict[Any, Any]:
    return dict([inside(side) for side in _list(pair, 2)] for pair in _list(inner))


def _counter(inner: Any, inside: Inside) -> collections.Counter[Any]:
    counter: collections.Counter[Any] = collections.Counter()
    dict.update(counter, _dict(inner, inside))
    return counter


def _defaultdict(inner: Any, inside: Inside) -> collections.defaultdict[Any, Any]:
    factory, pairs = _list(inner, 2)
    return collections.defaultdict(None if factory is None else _builtin(factory), _dict(pairs, inside))


def _deque(inner: Any, inside: Inside) -> collections.deque[Any]:
    values, longest = _list(inner, 2)
    return collections.deque(_all(values, inside), longest)


def _int(inner: Any) -> int:
    return int(inner, 16)


def _builtin(inner: Any) -> Any:
    value = vars(builtins)[inner]
    if _BUILTINS.get(id(value)) != inner:
        raise ValueError("no such built-in")
    return value


def _array_of(inner: Any) -> Any:
    kind, shape, values = _list(inner, 3)
    # It was loaded before any program ran; nothing is imported because a program says so.
    numpy = sys.modules["numpy"]
    if not isinstance(kind, str) or not _ARRAY_TYPE.fullmatch(kind):
        raise ValueError("no type of numbers")
    flat = numpy.array([decode(one, _no_reference) for one in _list(values)], dtype=kind)
    return flat.reshape(_list(shape)) if shape else flat.reshape(())[()]


def _no_reference(tag: str, _: Any) -> Any:
    raise ValueError(f"no {tag} in an array")


def _whole(value: Any) -> Any:
    """An integer, whichever way it was written."""
    found = _int(value["int"]) if isinstance(value, dict) else value
    if type(found) is not int:
        raise ValueError("not an integer")
    return found


def _slice(inner: Any) -> slice:
    return slice(*(one if one is None else _whole(one) for one in _list(inner, 3)))


def _datetime(inner: Any) -> datetime.datetime:
    *numbers, zone = _list(inner, 8)
    return datetime.datetime(*numbers).replace(tzinfo=_zone_of(zone))


def _time(inner: Any) -> datetime.time:
    *numbers, zone = _list(inner, 5)
    return datetime.time(*numbers).replace(tzinfo=_zone_of(zone))


def _path(inner: Any) -> Any:
    import pathlib  # A path is rare, and its module large.

    return pathlib.PosixPath(str(inner))


def _zone_of(offset_s: Any) -> datetime.timezone | None:
    return None if offset_s is None else datetime.timezone(datetime.timedelta(seconds=offset_s))


_CONTAINERS: dict[str, Callable[[Any, Inside], Any]] = {
    "tuple": lambda inner, inside: tuple(_all(inner, inside)),
    "set": lambda inner, inside: set(_all(inner, inside)),
    "frozenset": lambda inner, inside: frozenset(_all(inner, inside)),
    "iterator": lambda inner, inside: iter(_all(inner, inside)),
    "dict": _dict,
    "OrderedDict": lambda inner, inside: collections.OrderedDict(_dict(inner, inside)),
    "Counter": _counter,
    "defaultdict": _defaultdict,
    "deque": _deque,
    "keys": lambda inner, inside: dict.fromkeys(_all(inner, inside)).keys(),
    "values": lambda inner, inside: dict(enumerate(_all(inner, inside))).values(),
    "items": lambda inner, inside: dict(_all(inner, inside)).items(),
}
_ATOMS: dict[str, Callable[[Any], Any]] = {
    "int": _int,
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "complex": lambda inner: complex(*_list(inner, 2)),
    "range": lambda inner: range(*map(_whole, _list(inner, 3))),
    "slice": _slice,
    "Decimal": lambda inner: decimal.Decimal(str(inner)),
    "PosixPath": _path,
    "Fraction": lambda inner: fractions.Fraction(*map(_whole, _list(inner, 2))),
    "datetime": _datetime,
    "date": lambda inner: datetime.date(*_list(inner, 3)),
    "time": _time,
    "timedelta": lambda inner: datetime.timedelta(*map(_whole, _list(inner, 3))),
    "builtin": _builtin,
    "array": _array_of,
}
