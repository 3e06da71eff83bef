"""Candidate: the process that holds one program and nothing else; it does what the tests ask over a socket.

Nothing here is trusted: the program can change all of it. What it cannot do is more than answer, for the tests, what
they expect and the verdict are in another process.
"""

from __future__ import annotations

import builtins
import collections
import json
import random
import socket
import sys
import threading
import types
import warnings
from typing import Any

from . import wire
from .changes import is_mutable
from .exceptions import Classes, Message, kind_of, text_of, told_of
from .operations import operate
from .standard import Asked, Printed, as_input, as_output
from .values import CannotCross, decode, encode, plain, plain_type

PROGRAM = "<program>"
_MOST_TEXT = 500
_ASYNCHRONOUS = 0x80
# A program is called from within some functions of ours, and goes as deep as it would by itself.
_OWN_DEPTH = 40
_OWN_NUMBER = "_tunecheck_own"
# A larger one is hardly what the tests mean.
_LARGEST_GLOBAL, _MOST_IN_GLOBAL = 1 << 22, 100_000


def serve(channel: socket.socket) -> None:
    """Answer the tests until they go away."""
    server = _Server(wire.Wire(channel))
    sys.stdout, sys.stderr = as_output(server.printed), as_output(server.errors)
    sys.stdin = as_input(Asked(server.ask_input))
    builtins.input = server.input
    sys.setrecursionlimit(sys.getrecursionlimit() + _OWN_DEPTH)
    warnings.simplefilter("ignore")
    random.seed(0)
    while True:
        try:
            message = server.channel.receive()
        except (wire.Closed, wire.Malformed):
            return
        server.answer(message)


class _Callback:
    """A function of the tests."""

    def __init__(self, server: _Server, inner: list[Any]) -> None:
        self.server, self.inner = server, inner
        self.__name__ = self.__qualname__ = inner[1]
        self.__doc__ = inner[2] or None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given = [self.server.encode(one) for one in (*args, *kwargs.values())]
        return self.server.call_back({"callback": self.inner[0], "args": given, "names": list(kwargs)})


class _Server:
    """One program and the objects of it that the tests hold."""

    def __init__(self, channel: wire.Wire) -> None:
        self.channel = channel
        self.printed, self.errors = Printed(), Printed()
        self.module = types.ModuleType("program")
        self.has_objects = False
        self.objects: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.callbacks: dict[int, _Callback] = {}
        self.kinds = Classes()
        self.loop: Any = None
        self.asking = threading.RLock()

    def answer(self, message: Message) -> None:
        """Do one thing and tell how it went."""
        args: list[Any] = []
        try:
            args = [self._decode(one) for one in message.get("args", ())]
            told = self._do(message, args)
        except CannotCross as error:
            told = {"cannot_cross": str(error)}
        except BaseException as error:  # noqa: BLE001 (a program raises what it likes)
            told = {"raised": self._raised(error), "line": _line(error)}
        if changed := self._changed(args, message.get("args", ())):
            told["changed"] = changed
        try:
            self.channel.send(told | self._printed())
        except wire.Malformed as error:
            self.channel.send({"cannot_cross": f"it is too large: {error}"})

    def _printed(self) -> Message:
        taken = {"printed": self.printed.take(), "errors": self.errors.take()}
        return {name: text for name, text in taken.items() if text}

    def ask_input(self, how: str) -> str:
        """A line or the rest of what the tests put on standard input."""
        return str(self.call_back({"input": how}))

    def input(self, *prompt: Any) -> str:
        """input(), as the tests have it."""
        return str(self.call_back({"input": "input", **({"prompt": str(prompt[0])} if prompt else {})}))

    def _do(self, message: Message, args: list[Any]) -> Message:
        if "load" in message:
            return self._load(message)
        target = self._decode(message["target"])
        objects = bool(message.get("objects"))
        if "value" in message:
            return self._global(target, objects=objects)
        if "call" in message:
            n_plain = len(args) - len(message["names"])
            value = target(*args[:n_plain], **dict(zip(message["names"], args[n_plain:], strict=True)))
            return self._given(value, args, objects=objects, is_awaited=isinstance(value, types.CoroutineType))
        if "operate" in message:
            name = message["operate"]
            value, is_awaited = operate(target, name, args), name in ("anext", "aenter", "aexit")
            return self._given(value, args, objects=objects, is_awaited=is_awaited)
        return {"value": self.encode(self._asked(message, target, args), objects=objects)}

    def _asked(self, message: Message, target: Any, args: list[Any]) -> Any:
        if "get" in message:
            return getattr(target, message["get"])
        if "set" in message:
            return setattr(target, message["set"], args[0])
        if "delete" in message:
            return delattr(target, message["delete"])
        if "plain" in message:
            return plain(target)
        return isinstance(args[0], target) if "isinstance" in message else issubclass(args[0], target)

    def _given(self, value: Any, args: list[Any], *, objects: bool, is_awaited: bool) -> Message:
        """What a call gave. The event loop of the tests is in another process, so it is awaited here."""
        if is_awaited and hasattr(type(value), "__await__"):
            value = self._awaited(value)
        told: Message = {"awaited": True} if is_awaited else {}
        for place, one in enumerate(args):
            if value is one and is_mutable(one):
                return {"same": place, **told}
        return {"value": self.encode(value, objects=objects), **told}

    def _awaited(self, value: Any) -> Any:
        if self.loop is None:
            import asyncio

            # One for all, for locks and generators stay with the loop that they met first.
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)

        async def wait() -> Any:
            return await value

        return self.loop.run_until_complete(wait())

    def _global(self, value: Any, *, objects: bool) -> Message:
        """A value that the program holds under a name; one that cannot cross may be nothing that the tests mean."""
        if hasattr(value, "__next__") and not self.has_objects:
            return {"nothing": True}  # To look at it would use it up.
        if isinstance(value, list | tuple | dict | set | str | bytes) and len(value) > _MOST_IN_GLOBAL:
            return {"nothing": True}
        try:
            content = self.encode(value, objects=objects)
            return {"value": content} if len(json.dumps(content)) < _LARGEST_GLOBAL else {"nothing": True}
        except Exception:  # noqa: BLE001
            return {"nothing": True}

    def _changed(self, args: list[Any], given: list[Any]) -> Message:
        """The arguments, by place, that the program left otherwise than they were."""
        changed: Message = {}
        for place, (one, was) in enumerate(zip(args, given, strict=False)):
            # To look at an iterator would use it up.
            if isinstance(was, list) or (isinstance(was, dict) and "iterator" not in was):
                try:
                    now = self.encode(one)
                except CannotCross:
                    continue
                if now != was:
                    changed[str(place)] = now
        return changed

    def _load(self, message: Message) -> Message:
        self.has_objects = bool(message["objects"])
        sys.modules["program"] = self.module
        try:
            code = compile(message["load"], PROGRAM, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            line = error.lineno if isinstance(error, SyntaxError) else None
            text = text_of(error.msg if isinstance(error, SyntaxError) else error)
            return {"syntax": text[:_MOST_TEXT], "line": line}
        exec(code, self.module.__dict__)  # noqa: S102 (this is what the sandbox is for)
        names = [(name, value) for name, value in list(vars(self.module).items()) if type(name) is str]
        return {"names": {name: _kind(name, value) for name, value in names if not name.startswith("__")}}

    def encode(self, value: Any, *, objects: bool = True) -> Any:
        """A value for the tests, plain if it can be where they want no ``objects``. Raises CannotCross."""
        if self.has_objects and not objects:
            try:
                return encode(value, self._own_reference)
            except CannotCross:
                pass
        return encode(value, self._reference)

    def _own_reference(self, value: Any) -> dict[str, Any] | None:
        """The tests' own number for a function or an exception of theirs."""
        if type(value) is _Callback:
            return {"callback": value.inner}
        if issubclass(type(value), BaseException) and _OWN_NUMBER in vars(value):
            return {"own": vars(value)[_OWN_NUMBER]}
        return None

    def _reference(self, value: Any) -> dict[str, Any] | None:
        """The same, and a number for an object that the tests may hold."""
        kind = type(value)
        if (own := self._own_reference(value)) is not None:
            return own
        if not self.has_objects or isinstance(value, types.CodeType | types.FrameType | collections.UserDict):
            return None
        if issubclass(kind, BaseException):
            return {"error": {**told_of(value, self.encode), "number": self._number(value)}}
        held = plain_type(kind)
        return {"object": [self._number(value), self._number(kind), str(kind.__name__), held.__name__ if held else ""]}

    def _number(self, value: Any) -> int:
        # What is kept in objects keeps its id.
        if id(value) not in self.numbers:
            self.numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        return self.numbers[id(value)]

    def _raised(self, error: BaseException) -> Message:
        if _OWN_NUMBER in vars(error):
            return {"own": vars(error)[_OWN_NUMBER]}
        told = told_of(error, self.encode)
        return {**told, "number": self._number(error)} if self.has_objects and vars(error) else told

    def _own(self, message: Message) -> BaseException:
        """An exception of the tests."""
        error = self.kinds.make(message, self._decode)
        if "own" in message:
            vars(error)[_OWN_NUMBER] = message["own"]
        return error

    def _decode(self, content: Any) -> Any:
        return decode(content, self._referred)

    def _referred(self, tag: str, inner: Any) -> Any:
        if tag == "name":
            return vars(self.module)[inner]
        if tag == "object":
            return self.objects[inner]
        if tag == "callback":
            return self.callbacks.setdefault(inner[0], _Callback(self, inner))
        if tag == "error":
            return self._own(inner)
        if tag == "error class":
            return self.kinds.find(inner)
        raise ValueError(f"no such tag: {tag}")

    def call_back(self, message: Message) -> Any:
        """Have the tests do something, which may ask for more on the way, and give what came of it."""
        depth = sys.getrecursionlimit()
        # A program may have threads, and each waits for its own answer.
        with self.asking:
            sys.setrecursionlimit(depth + _OWN_DEPTH)
            try:
                self.channel.send(message | self._printed())
                while not {"returned", "raised"} & (told := self.channel.receive()).keys():
                    self.answer(told)
            finally:
                sys.setrecursionlimit(depth)
        if "raised" in told:
            raise self._own(told["raised"])
        return self._decode(told["returned"])


def _kind(name: str, value: Any) -> Any:
    """What a name of the program stands for; its value crosses when the tests use it."""
    if isinstance(value, types.FunctionType) and value.__code__.co_flags & _ASYNCHRONOUS:
        return {"async": name}
    if isinstance(value, type) and issubclass(value, BaseException) and value.__module__ == "program":
        return {"exception": kind_of(value)}
    if isinstance(value, type):
        return {"class": name}
    if isinstance(value, types.ModuleType):
        return {"hidden": name}
    return {"function": name} if callable(value) else {"value": name}


def _line(error: BaseException) -> int | None:
    """The line of the program where an exception came from."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == PROGRAM:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
