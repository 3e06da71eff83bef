"""Program: the side of the tests of the channel to a program in another process."""

from __future__ import annotations

import reprlib
import socket
import sys
import threading
import types
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, NoReturn

from . import wire
from .changes import is_mutable, update
from .exceptions import Classes, Message, kind_of, told_of
from .proxies import (
    Paths,
    RemoteError,
    RemoteFunction,
    RemoteObject,
    add_paths,
    is_proven,
    longer,
    make_kind,
    number_of,
    objects_in,
    paths_of,
    prove,
    target_of,
)
from .values import CannotCross, decode, encode

_MOST_TEXT, _MOST_FUNCTIONS = 500, 10_000
_ENDS = (StopIteration, StopAsyncIteration)
_ARITHMETIC = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
    *("and", "or", "xor", "lshift", "rshift"),
)
# Stands among the names that may give objects where a problem needs them and nothing gave one.
_NO_NAME = "-"
# a += b is a + b where a class has no other way, and so is the other's turn to add.
_IN_PLACE = {f"{turn}{name}": name for turn in "ir" for name in _ARITHMETIC}


class Stop(BaseException):
    """The verdict is known, whatever the tests would make of it."""

    def __init__(self, verdict: str, detail: str) -> None:
        super().__init__(verdict, detail)
        self.verdict, self.detail = verdict, detail


class ProgramExit(SystemExit):
    """The program tried to end the process."""


class Hidden:
    """A name of the program that means nothing to the tests."""


class Program:
    """A program in another process.

    objects  functions, methods and operators that may give the tests objects; "*" stands for all
    stop     what ended the tests for good, once something has
    raised   the last exception that came from the program, with its line there
    n_calls  how often it was reached
    gave     what gave the tests objects
    """

    def __init__(self, channel: socket.socket, objects: Collection[str]) -> None:
        self._channel, self._objects = wire.Wire(channel), frozenset(objects)
        self._lock = threading.Lock()
        self.stop: Stop | None = None
        self.raised: BaseException | None = None
        self.raised_line: int | None = None
        self.n_calls = 0
        self.gave: set[str] = {_NO_NAME} if objects else set()
        self._last: tuple[str, tuple[Any, ...], dict[str, Any], Any] | None = None
        self._functions: list[Callable[..., Any]] = []
        self._function_numbers: dict[tuple[int, ...], int] = {}
        self._own_errors: list[BaseException] = []
        self._errors = Classes(RemoteError, {"builtins.SystemExit": ProgramExit})
        self._kinds: dict[int, type[RemoteObject]] = {}
        self._made: dict[int, RemoteObject] = {}

    def load(self, code: str, wanted: Collection[str]) -> dict[str, Any]:
        """Run a program; what stands for each of the names that are wanted.

        Raises what it raises, and Stop for a syntax error.
        """
        told = self._ask({"load": code, "objects": bool(self._objects)})
        if "syntax" in told:
            line = told.get("line") if isinstance(told.get("line"), int) else None
            self.raised_line = line
            raise self._stopped("syntax_error", f"line {line}: {told['syntax']}" if line else str(told["syntax"]))
        names = self._guarded(lambda: dict(told["names"]))
        # Exceptions all the same: one that is not wanted may be the base of one that is.
        return {
            name: self._guarded(partial(self._stand_in, name, what))
            for name, what in names.items()
            if name in wanted or "exception" in what
        }

    def call(self, target: Message, paths: Paths, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call something of the program; changes that it makes to lists and such are made here too."""
        self.n_calls += 1
        name = paths[0].rpartition(".")[2]
        self._last = (name, args, kwargs, _NOTHING)
        value = self._value({"call": True, "target": target, "names": list(kwargs)}, paths, (*args, *kwargs.values()))
        self._last = (name, args, kwargs, value)
        return value

    def get(self, target: Message, name: str, paths: Paths) -> Any:
        """An attribute of what came by these paths."""
        return self._value({"get": name, "target": target}, longer(paths, name), is_attribute=True)

    def set(self, target: Message, name: str, value: Any) -> None:
        """Set an attribute."""
        self._value({"set": name, "target": target}, (name,), (value,))

    def delete(self, target: Message, name: str) -> None:
        """Delete an attribute."""
        self._value({"delete": name, "target": target}, (name,))

    def operate(self, target: Message, name: str, paths: Paths, args: tuple[Any, ...]) -> Any:
        """What an operator or a built-in function gives for an object that came by these paths."""
        self.n_calls += 1
        further = longer(paths, f"__{_IN_PLACE.get(name, name)}__")
        return self._value({"operate": name, "target": target}, further, args)

    def is_below(self, what: str, value: Any, target: Message) -> bool:
        """isinstance or issubclass, with a class of the program."""
        return self._value({what: True, "target": target}, (what,), (value,)) is True

    def plain(self, target: Message) -> Any:
        """What an object of a subclass of a built-in type holds: exact data, or nothing that equals anything."""
        value = self._value({"plain": True, "target": target}, ("plain",), is_attribute=True)
        return _NOTHING if isinstance(value, RemoteObject) else value

    def construct(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> BaseException | None:
        """A new exception of the program; None where the tests hold none of its objects."""
        if not self._objects:
            return None
        made = self.call({"name": name}, (name,), args, kwargs)
        return made if isinstance(made, BaseException) else None

    def refuse(self, detail: str) -> NoReturn:
        """End the tests, for they want something that cannot be."""
        raise self._stopped("invalid_test", detail)

    def give(self, paths: Paths) -> None:
        """Something gave the tests an object by these paths. Raises Stop where only a plain value is expected."""
        if not self._may_give(paths):
            raise self._stopped("bad_return_type", f"{paths[0]} gave an object where plain values are wanted")
        self.gave.update(paths)

    def _may_give(self, paths: Paths) -> bool:
        return "*" in self._objects or not self._objects.isdisjoint(paths)

    def last_call(self) -> str:
        """The last call and what it gave: "add(1, 2) -> 4"; "" where none was made."""
        if self._last is None:
            return ""
        name, args, kwargs, value = self._last
        short = reprlib.Repr()
        short.maxstring = short.maxother = 80
        given = [short.repr(one) for one in args] + [f"{key}={short.repr(one)}" for key, one in kwargs.items()]
        gave = f" -> {short.repr(value)}" if value is not _NOTHING else ""
        return f"{name}({', '.join(given)}){gave}"[:_MOST_TEXT]

    def _value(self, message: Message, paths: Paths, args: tuple[Any, ...] = (), *, is_attribute: bool = False) -> Any:
        asked = {**message, "args": [self._encode(one) for one in args], "objects": self._may_give(paths)}
        told = self._ask(asked, paths)
        self._guarded(partial(self._take_changes, told, args, paths))
        if "same" in told:
            value = self._guarded(lambda: _changeable(args[told["same"]]))
            # The tests' own objects, where it may have had to give something else.
            if any(True for _ in objects_in(value)):
                self.give(paths)
        else:
            refer = partial(self._referred, paths=paths, is_attribute=is_attribute)
            value = self._guarded(lambda: decode(told["value"], refer))
        return awaited(value) if told.get("awaited") else value

    def _take_changes(self, told: Message, args: tuple[Any, ...], paths: Paths) -> None:
        for place, content in told.get("changed", {}).items():
            old = args[int(place)]
            passed = {number_of(one): one for one in objects_in(old)}
            update(old, decode(content, partial(self._referred, paths=longer(paths, "changed"), passed=passed)))

    def _ask(self, message: Message, paths: Paths = ("",)) -> Message:
        """What the program answers, its own questions on the way answered. Raises what it raises."""
        told = self._exchange(message)
        while "callback" in told or "input" in told:
            told = self._exchange(self._called_back(told, paths))
        if "cannot_cross" in told:
            raise self._stopped("bad_return_type", f"what it returned cannot be compared: {told['cannot_cross']}")
        if "raised" in told:
            may_end = message.get("operate") in ("next", "anext")
            raise self._guarded(lambda: self._exception(told, may_end=may_end)) from None
        return told

    def _exchange(self, message: Message) -> Message:
        """One message, and what comes back. Tests may have threads, so nothing comes between the two."""
        if self.stop is not None:
            raise self.stop
        try:
            with self._lock:
                self._send(message)
                told: Message = self._guarded(lambda: dict(self._channel.receive()))
        except wire.Closed:
            raise self._stopped("crash", "the program ended its own process") from None
        for name, stream in (("printed", sys.stdout), ("errors", sys.stderr)):
            if text := told.get(name):
                stream.write(str(text))
        return told

    def _send(self, message: Message) -> None:
        try:
            self._channel.send(message)
        except wire.Malformed as error:
            if "target" in message:
                raise self._refused(f"it is too large: {error}") from error
            self._channel.send({"raised": told_of(MemoryError(str(error)), self._encode)})

    def _called_back(self, told: Message, paths: Paths) -> Message:
        """Do what the program asks of the tests."""
        try:
            if "input" in told:
                return {"returned": _read_input(str(told["input"]), told.get("prompt"))}
            function, names = self._functions[told["callback"]], list(told["names"])
            refer = partial(self._referred, paths=longer(paths, "callback"))
            args = [decode(one, refer) for one in told["args"]]
            n_plain = len(args) - len(names)
            value = function(*args[:n_plain], **dict(zip(names, args[n_plain:], strict=True)))
            return {"returned": encode(value, self._reference)}
        except Stop:
            raise
        except Exception as error:  # noqa: BLE001 (the tests' function raises what it likes)
            return {"raised": told_of(error, self._encode) if "input" in told else self._own(error)}

    def _own(self, error: BaseException) -> Message:
        """An exception of the tests, which they get back as it is where the program lets it pass."""
        self._own_errors.append(error)
        return {**told_of(error, self._encode), "own": len(self._own_errors) - 1}

    def _exception(self, told: Message, *, may_end: bool) -> BaseException:
        """An exception of the program as one of the tests' own kinds."""
        message, line = told["raised"], told.get("line")
        own: BaseException | None = self._own_errors[message["own"]] if "own" in message else None
        error = self._error(message) if own is None else own
        if isinstance(error, _ENDS) and not may_end:
            # As in a generator: a loop of the tests would end before anything was asserted in it.
            error = RuntimeError(f"the program raised {type(error).__name__}")
        if error is not own:
            self.raised, self.raised_line = error, line if isinstance(line, int) else None
        return error

    def _error(self, message: Message) -> BaseException:
        refer = partial(self._referred, paths=("error",))
        error: BaseException = self._errors.make(message, lambda content: decode(content, refer))
        if isinstance(error, RemoteError) and "number" in message and self._objects:
            error.belongs_to(self, {"object": int(message["number"])})
        return error

    def _stand_in(self, name: str, what: Message) -> Any:
        ((kind, inner),) = what.items()
        target = {"name": name}
        if kind == "exception":
            made = self._errors.find(inner)
            if issubclass(made, RemoteError):
                made.comes_from(self, name)
            return made
        if kind == "value":
            told = self._ask({"target": target, "value": True, "objects": self._may_give((name,))})
            if "nothing" in told:
                return Hidden
            return self._guarded(lambda: decode(told["value"], partial(self._referred, paths=(name,))))
        if kind == "hidden" or name.startswith("__"):
            return Hidden
        function = RemoteFunction(self, target, name)
        return _asynchronous(function) if kind == "async" else function

    def _encode(self, value: Any) -> Any:
        """What tests give the program. Raises Stop for what cannot cross, or tests that expect an error would hold."""
        try:
            return encode(value, self._reference)
        except CannotCross as error:
            raise self._refused(str(error)) from error

    def _reference(self, value: Any) -> Message | None:
        if (target := target_of(value)) is not None:
            if isinstance(value, RemoteObject):
                prove(value)
            return target
        if isinstance(value, BaseException):
            return {"error": self._own(value)}
        if isinstance(value, type):
            return {"error class": kind_of(value)} if issubclass(value, BaseException) else None
        return self._function(value) if callable(value) else None

    def _function(self, value: Callable[..., Any]) -> Message:
        # A method is another object each time that it is asked for.
        key: tuple[int, ...] = (id(value),)
        if isinstance(value, types.MethodType):
            key = (id(value.__self__), id(value.__func__))
        elif isinstance(value, types.BuiltinMethodType):
            key = (id(value.__self__), hash(value.__name__))
        if key not in self._function_numbers:
            if len(self._functions) >= _MOST_FUNCTIONS:
                raise CannotCross(f"the tests gave more than {_MOST_FUNCTIONS:,} functions")
            self._functions.append(value)
            self._function_numbers[key] = len(self._functions) - 1
        told = [str(getattr(value, name, None) or "") for name in ("__name__", "__doc__")]
        return {"callback": [self._function_numbers[key], *told]}

    def _referred(
        self, tag: str, inner: Any, *, paths: Paths, is_attribute: bool = False, passed: Mapping[int, Any] | None = None
    ) -> Any:
        """What a tag stands for that is no plain value. Objects in ``passed`` are the tests' own already."""
        if tag == "callback":
            return self._functions[inner[0]]
        if tag == "own":
            return self._own_errors[inner]
        if tag not in ("object", "error") or not self._objects:
            raise ValueError(f"no such tag: {tag}")
        if tag == "error":
            self.give(paths)
            return self._error(inner)
        number, *about = inner
        if passed and number in passed:
            return passed[number]
        return self._object(int(number), about, paths, is_attribute=is_attribute)

    def _object(self, number: int, about: list[Any], paths: Paths, *, is_attribute: bool) -> RemoteObject:
        """The proxy of an object: the one that the tests hold, where it may come by these paths too."""
        known, may_give = self._made.get(number), self._may_give(paths)
        if known is not None and is_proven(known) and may_give:
            self.give(paths)
            add_paths(known, paths)
            return known
        # One that is not looked at does no harm: most of what attributes give are methods, to be called.
        is_given = may_give and not is_attribute
        if is_given:
            self.give(paths)
        if known is not None and not is_proven(known) and not is_given and paths_of(known) == paths:
            return known
        kind_number, kind_name, data = about
        kind = self._kinds.setdefault(int(kind_number), make_kind(str(kind_name)))
        made = kind(self, {"object": number}, paths, str(data), is_proven=is_given, is_attribute=is_attribute)
        if known is None or not is_proven(known):
            self._made[number] = made
        return made

    def _guarded(self, make: Callable[[], Any]) -> Any:
        """What comes of an answer; one that makes no sense was forged."""
        try:
            return make()
        except wire.Closed:
            raise
        except Exception as error:
            raise self._stopped("crash", f"its answer makes no sense ({type(error).__name__})") from error

    def _refused(self, detail: str) -> Stop:
        return self._stopped("invalid_test", f"the tests give the program what cannot be given: {detail}")

    def _stopped(self, verdict: str, detail: str) -> Stop:
        self.stop = Stop(verdict, detail)
        return self.stop


_NOTHING = object()


def _changeable(value: Any) -> Any:
    """An argument that a program may have given back. Raises ValueError for what it would have told of otherwise."""
    if not is_mutable(value):
        raise ValueError("no value that could be given back as it is")
    return value


async def awaited(value: Any) -> Any:
    """A value that tests await; the program has done so already."""
    return value


def _asynchronous(function: RemoteFunction) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    call.__name__ = function.__name__
    return call


def _read_input(how: str, prompt: str | None) -> str:
    if how == "input":
        return input() if prompt is None else input(str(prompt))
    return sys.stdin.read() if how == "read" else sys.stdin.readline()
