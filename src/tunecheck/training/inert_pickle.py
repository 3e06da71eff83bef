"""The plain values inside a pickle, read without making, importing or calling anything.

A pickle is a program: loading one runs what it names. This reader walks its instructions (``pickletools.genops`` only
decodes them), keeps strings, numbers and dictionaries with string keys, and puts a placeholder where the program would
import a class or call one. Even an unpickler that refuses every import can be kept busy for ever, by hashing tuples
that hold themselves many times over; here nothing is hashed but strings and memo numbers, so that the time is bounded
by the number of instructions.
"""

from __future__ import annotations

import io
import pickletools
from typing import Any

MAX_OPCODES = 200_000
"""More than any file of settings needs; a pickle with more is refused."""

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}

# What pickletools calls the values that stand in the pickle itself.
_PLAIN = {"int", "int_or_bool", "float", "str", "bytes", "bytes_or_str"}


class Opaque:
    """Stands where the pickle would have an object; ``state`` holds the plain attributes that it would be given."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}


def plain_values(stream: io.BytesIO) -> dict[str, Any]:
    """Attributes of the object (or entries of the dictionary) in the next pickle of ``stream``; {} for anything else.

    A value that is no string, number, bytes, boolean, None or dictionary of these is an ``Opaque``. Raises ValueError,
    IndexError, KeyError or OverflowError when the pickle is damaged or too long.
    """
    machine = _Machine()
    for n_done, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
        if n_done >= MAX_OPCODES:
            raise ValueError(f"a pickle of more than {MAX_OPCODES} instructions")
        if opcode.name == "STOP":
            break
        machine.do(opcode, argument)
    root = machine.stack.pop()
    return root.state if isinstance(root, Opaque) else root if isinstance(root, dict) else {}


class _Machine:
    """The stack and the memo of a pickle; ``do`` follows the effect on the stack that pickletools documents."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def do(self, opcode: pickletools.OpcodeInfo, argument: Any) -> None:
        """Follow one instruction."""
        match opcode.name:
            case name if name in _CONSTANTS:
                self.stack.append(_CONSTANTS[name])
            case "MARK":
                self.stack.append(pickletools.markobject)
            case "EMPTY_DICT":
                self.stack.append({})
            case "DUP":
                self.stack.append(self.stack[-1])
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                self.memo[int(argument)] = self.stack[-1]
            case "MEMOIZE":
                self.memo[len(self.memo)] = self.stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                self.stack.append(self.memo[int(argument)])
            case "DICT":
                self.stack.append(_update({}, self._pop_to_mark()))
            case "SETITEMS":
                entries = self._pop_to_mark()
                _update(self.stack[-1], entries)
            case "SETITEM":
                value, key = self.stack.pop(), self.stack.pop()
                _update(self.stack[-1], [key, value])
            case "BUILD":
                _set_state(state=self.stack.pop(), target=self.stack[-1])
            case _:
                self._other(opcode, argument)

    def _other(self, opcode: pickletools.OpcodeInfo, argument: Any) -> None:
        """A number, a text, or anything that would make an object."""
        if any(kind.name in _PLAIN for kind in opcode.stack_after):
            self.stack.append(argument)
            return
        takes = opcode.stack_before
        if pickletools.markobject in takes:
            self._pop_to_mark()
            takes = takes[: takes.index(pickletools.markobject)]
        for _ in takes:
            self.stack.pop()
        self.stack.extend(Opaque() for _ in opcode.stack_after)

    def _pop_to_mark(self) -> list[Any]:
        popped: list[Any] = []
        while (top := self.stack.pop()) is not pickletools.markobject:
            popped.append(top)
        return popped[::-1]


def _update(target: Any, entries: list[Any]) -> Any:
    """Put the entries with a string for a key into a dictionary; any other target stays as it is."""
    if isinstance(target, dict):
        target.update((key, value) for key, value in zip(entries[::2], entries[1::2], strict=True) if type(key) is str)
    return target


def _set_state(*, state: Any, target: Any) -> None:
    """Give an object its attributes, which are a dictionary."""
    if isinstance(target, Opaque) and isinstance(state, dict):
        target.state = state
