"""Exceptions: how one is told to the other side, and what it becomes there: of a class of the standard library that is
listed here, or of one made for it under its name, below the classes that it is below.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from .values import CannotCross

Message = dict[str, Any]
Kind = list[Any]
"""A class: its module and name, and its bases in the same way, down to those that both sides know."""

LONGEST_TEXT = 10_000
EMPTY: Mapping[str, type[BaseException]] = MappingProxyType({})
# Not unittest, whose exceptions skip tests and end them well.
_MODULES = (
    *("builtins", "_queue", "asyncio.exceptions", "binascii", "concurrent.futures._base", "csv", "_csv", "dataclasses"),
    *("decimal", "json.decoder", "numpy.exceptions", "numpy.linalg", "queue", "re", "sqlite3", "statistics", "struct"),
    *("threading", "xml.etree.ElementTree", "zlib"),
)


def known(place: str) -> type[Exception] | None:
    """The class of this module and name, where it is one that may be raised on the word of the other side."""
    module, _, name = place.rpartition(".")
    found = vars(sys.modules[module]).get(name) if module in _MODULES and module in sys.modules else None
    return found if isinstance(found, type) and issubclass(found, Exception) and found.__name__ == name else None


def kind_of(kind: type) -> Kind:
    """What is told of a class of exceptions."""
    place = f"{kind.__module__}.{kind.__qualname__}"
    is_known = known(place) is kind or kind.__module__ == "builtins"
    return [place, [] if is_known else [kind_of(base) for base in kind.__bases__ if issubclass(base, BaseException)]]


def told_of(error: BaseException, encode: Callable[[Any], Any]) -> Message:
    """What is told of an exception: its class, its text, and of its arguments and attributes what can cross."""
    args = _short([*error.args], encode)
    # Names of ours say whose an exception is, and are not for the other side.
    held = {
        str(name): _short(value, encode) for name, value in vars(error).items() if not str(name).startswith("_tune")
    }
    attributes = {name: content for name, content in held.items() if content is not None}
    return {"kind": kind_of(type(error)), "args": args, "text": text_of(error), "attributes": attributes}


def _short(value: Any, encode: Callable[[Any], Any]) -> Any:
    """A value as it crosses; None where it cannot, or is long."""
    try:
        content = encode(value)
    except (CannotCross, TypeError):
        return None
    return content if len(json.dumps(content)) <= LONGEST_TEXT else None


def text_of(value: object) -> str:
    """Its text, or "" where its own ``__str__`` fails."""
    try:
        return str(value)[:LONGEST_TEXT]
    except BaseException:  # noqa: BLE001 (anybody's __str__)
        return ""


class Told:
    """Mixed into the classes that are made here: the text is the one that was told."""

    told_text: str | None = None

    def __str__(self) -> str:
        return super().__str__() if self.told_text is None else self.told_text


class Classes:
    """The classes of exceptions that were told of on this side, each made once."""

    def __init__(self, mixin: type[Told] = Told, made: Mapping[str, type[BaseException]] = EMPTY) -> None:
        self._mixin = mixin
        self._made = dict(made)

    def find(self, kind: Kind) -> type[BaseException]:
        """The class that stands for one of the other side. Raises TypeError and ValueError for what is no class."""
        place, bases = kind
        if (found := known(place) or self._made.get(place)) is not None:
            return found
        # What is built in and no Exception (KeyboardInterrupt) would end this side.
        below = [] if place.startswith("builtins.") else [self.find(base) for base in bases]
        return self._add(place, tuple(below) or (Exception,))

    def _add(self, place: str, bases: tuple[type[BaseException], ...]) -> type[BaseException]:
        mixed = bases if any(issubclass(base, self._mixin) for base in bases) else (self._mixin, *bases)
        name = place.rpartition(".")[2]
        made = type(name, mixed, {"__module__": "__main__", "__qualname__": name, "__doc__": None})
        self._made[place] = made
        return made

    def make(self, message: Message, decode: Callable[[Any], Any]) -> BaseException:
        """An exception as it was told."""
        kind, text = self.find(message["kind"]), str(message["text"])
        args = None if message["args"] is None else [decode(one) for one in message["args"]]
        error = self._made_of(kind, text, args)
        attributes = {str(name): decode(content) for name, content in message.get("attributes", {}).items()}
        vars(error).update({name: value for name, value in attributes.items() if not name.startswith("_tune")})
        return error

    def _made_of(self, kind: type[BaseException], text: str, args: list[Any] | None) -> BaseException:
        if issubclass(kind, Told):
            return _filled(kind, text, args)
        try:
            return kind(text) if args is None else kind(*args)
        except Exception:  # noqa: BLE001 (some want other arguments than they keep)
            base = Exception if issubclass(kind, ExceptionGroup) else kind
            return _filled(self._add(f".{kind.__name__}", (base,)), text, args)


def _filled(kind: type[BaseException], text: str, args: list[Any] | None) -> BaseException:
    """An exception of a class that was made here, without its constructor."""
    error = kind.__new__(kind)
    error.args = (text,) if args is None else tuple(args)
    if isinstance(error, Told):
        error.told_text = text
    return error
