"""Seccomp: the filters on system calls that a process puts on itself before it runs anything of others.

A list of what is denied, for programs need most calls; what is denied answers EPERM, as it would without rights. See
seccomp(2); the program is classic BPF over struct seccomp_data.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable
from functools import cache

from .linux import call_prctl, machine
from .syscalls import DENIED, FILTERED, FIRST_UNKNOWN

_ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_PLACES = {"x86_64": 0, "aarch64": 1}
# On x86-64 numbers with this bit are the calls of the x32 interface, which would go around every rule.
_X32 = 0x40000000

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_JUMP, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT = 0x05, 0x15, 0x35, 0x45

_LANDLOCK = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")
_CLONE_THREAD = 0x10000
_PR_SET_PDEATHSIG = 1
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPES = 1, 1, 0xF
# Who gets the signals of a file descriptor, and which: F_SETOWN, F_SETSIG, F_SETOWN_EX.
_FCNTL_OWNERS = (8, 10, 15)
# Typing into a terminal: TIOCSTI, TIOCLINUX.
_IOCTL_TYPING = (0x5412, 0x541C)
# All that is asked of sockets by ioctl: who gets their signals, and the machine's network interfaces.
_IOCTL_SOCKETS, _IOCTL_KIND = 0x8900, 0xFFFFFF00

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand."""


@cache
def compile_common(name: str = "") -> bytes:
    """The BPF program of what no process in the sandbox may do, the zygote included.

    ``name`` is the machine's, by default this one's. Raises KeyError for a machine without a table.
    """
    name = name or machine()
    place = _PLACES[name]
    rules = {number: _answer(_EPERM) for numbers in DENIED.values() if (number := numbers[place]) is not None}
    rules |= {FILTERED[call][place]: body for call, body in _COMMON.items()}
    beyond = _when(_JUMP_AT_LEAST, _X32, [(_RETURN, 0, 0, _KILL)]) if name == "x86_64" else []
    beyond += _when(_JUMP_AT_LEAST, FIRST_UNKNOWN, _answer(_ENOSYS))
    return _packed([*_start(name), *beyond, *_searched(sorted(rules.items()))])


def compile_own(pid: int, name: str = "") -> bytes:
    """The same for what only the zygote needs: a child may signal itself and nobody else, and start nothing.

    ``pid`` is the process's own id, and the program is short, for each child has to have it compiled by the kernel.
    """
    own, any_pid = struct.pack("I", pid), struct.pack("I", _ANY_PID)
    return _compile_any(name or machine()).replace(any_pid, own)


# Stands for the id of a process that is not there yet; none is as large.
_ANY_PID = 0x7EADBEEF


@cache
def _compile_any(name: str) -> bytes:
    place = _PLACES[name]
    rules = {FILTERED[call][place]: body for call, body in _own(_ANY_PID).items()}
    return _packed([*_start(name), *_searched(sorted(rules.items()))])


def restrict(program: bytes) -> None:
    """Put a compiled filter on this process; it cannot be taken off, and children have it too. Raises OSError."""
    code = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    call_prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(header))


def _own(pid: int) -> dict[str, list[Instruction]]:
    """What is asked of the arguments of each call that the zygote needs; every body ends in an answer."""
    own = _only(0, (pid,))
    return {
        # glibc tries clone3 first, whose flags lie in memory that a filter cannot read, and falls back on clone.
        "clone3": _answer(_ENOSYS),
        "clone": [_load(0), (_JUMP_ANY_BIT, 0, 1, _CLONE_THREAD), (_RETURN, 0, 0, _ALLOW), *_answer(_EPERM)],
        "kill": own,
        "tgkill": own,
        "prlimit64": _only(0, (0, pid)),
        "pidfd_open": _answer(_EPERM),
        # Its rules are memory of the kernel that no limit counts; they are on by now.
        **dict.fromkeys(_LANDLOCK, _answer(_EPERM)),
        # Without it, a program would outlive a harness that is killed.
        "prctl": _never(0, (_PR_SET_PDEATHSIG,)),
    }


def _start(name: str) -> list[Instruction]:
    """Nobody speaks another machine's language; then the number of the call."""
    return [
        (_LOAD, 0, 0, _ARCH),
        (_JUMP_EQUAL, 1, 0, _ARCHES[name]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]


def _searched(rules: list[tuple[int, list[Instruction]]]) -> list[Instruction]:
    """Halve the numbers until one is left: the kernel runs a filter for every call there is when it takes it."""
    if len(rules) == 1:
        ((number, body),) = rules
        return [*_when(_JUMP_EQUAL, number, body), (_RETURN, 0, 0, _ALLOW)]
    middle = len(rules) // 2
    low, high = _searched(rules[:middle]), _searched(rules[middle:])
    # A jump on a condition reaches 255 instructions, an unconditional one any number.
    return [(_JUMP_AT_LEAST, 0, 1, rules[middle][0]), (_JUMP, 0, 0, len(low)), *low, *high]


def _packed(program: list[Instruction]) -> bytes:
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def _when(jump: int, operand: int, body: list[Instruction]) -> list[Instruction]:
    return [(jump, 0, len(body), operand), *body]


def _answer(error: int) -> list[Instruction]:
    return [(_RETURN, 0, 0, _ERRNO | error)]


def _load(argument: int) -> Instruction:
    # The low half: these arguments are ints, of which the kernel reads no more (both machines are little-endian).
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * argument)


def _only(argument: int, values: Iterable[int]) -> list[Instruction]:
    tests = [one for value in values for one in _when(_JUMP_EQUAL, value, [(_RETURN, 0, 0, _ALLOW)])]
    return [_load(argument), *tests, *_answer(_EPERM)]


def _never(argument: int, values: Iterable[int]) -> list[Instruction]:
    tests = [one for value in values for one in _when(_JUMP_EQUAL, value, _answer(_EPERM))]
    return [_load(argument), *tests, (_RETURN, 0, 0, _ALLOW)]


_COMMON: dict[str, list[Instruction]] = {
    # A datagram socket of a pair can send to any address; a stream cannot. asyncio wants a pair.
    "socketpair": [
        _load(0), (_JUMP_EQUAL, 1, 0, _AF_UNIX), *_answer(_EPERM),
        _load(1), (_AND, 0, 0, _SOCK_TYPES), (_JUMP_EQUAL, 1, 0, _SOCK_STREAM), *_answer(_EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ],
    "fcntl": _never(1, _FCNTL_OWNERS),
    "ioctl": [
        _load(1), (_AND, 0, 0, _IOCTL_KIND), *_when(_JUMP_EQUAL, _IOCTL_SOCKETS, _answer(_EPERM)),
        *_never(1, _IOCTL_TYPING),
    ],
}  # fmt: skip
