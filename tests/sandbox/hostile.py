"""Hostile: a program, or tests, that would cheat or do harm, and the verdict that is right for it in each tier."""

from __future__ import annotations

import platform
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from tunecheck.core import CodeJob, CodeProblem

TESTS = ("assert add(1, 2) == 3", "assert add(5, 6) == 11")

MARK = "tunecheck-hostile"
"""In the name of whatever a program leaves anywhere, so that it is found."""

SECRET, SECRET_VALUE = "TUNECHECK_HOSTILE_SECRET", "whisper of the walrus"
"""A variable in the environment of the harness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A program that would have what it must not have.

    isolated   its verdict at tier A; several where the machine decides
    confined   its verdict at tier B
    why        what it stands for
    source     with @BAIT@, @PORT@, @PID@ where it needs the folder of bait, an open port, and the harness
    machine    the only kind of machine that it is made for, or ""
    """

    name: str
    isolated: tuple[str, ...]
    confined: tuple[str, ...]
    why: str
    source: str
    tests: tuple[str, ...]
    setup: str
    reference: str
    objects: tuple[str, ...]
    timeout_s: float
    machine: str

    def expected(self, tier: str) -> tuple[str, ...]:
        """The verdicts that are right."""
        return self.isolated if tier == "A" else self.confined

    def job(self, known: Mapping[str, str]) -> CodeJob:
        """The job that runs it, with what is ``known`` of this machine put in."""
        source, tests = self.source, self.tests
        for name, value in known.items():
            source, tests = source.replace(name, value), tuple(test.replace(name, value) for test in tests)
        problem = CodeProblem(id=self.name, prompt="", tests=tests, setup=self.setup, reference=self.reference)
        return CodeJob(problem=problem, kind="program", text=source, objects=self.objects, timeout_s=self.timeout_s)


def hostile(
    name: str,
    verdict: str,
    why: str,
    source: str,
    *,
    confined: str = "",
    tests: str | tuple[str, ...] = TESTS,
    setup: str = "",
    reference: str = "",
    objects: tuple[str, ...] = (),
    timeout_s: float = 20.0,
    machine: str = "",
) -> Hostile:
    """One line of a table; verdicts are separated by "|", and ``confined`` is said where tier B has another."""
    return Hostile(
        name=name,
        isolated=tuple(verdict.split("|")),
        confined=tuple((confined or verdict).split("|")),
        why=why,
        source=textwrap.dedent(source).strip("\n"),
        tests=tuple(textwrap.dedent(test).strip() for test in ((tests,) if isinstance(tests, str) else tests)),
        setup=setup,
        reference=textwrap.dedent(reference),
        objects=objects,
        timeout_s=timeout_s,
        machine=machine,
    )


def attack(name: str, why: str, source: str, *, confined: str = "wrong", machine: str = "") -> Hostile:
    """A program that gives the right answer only where its ``attack()`` works: it must be wrong.

    One that is to work in a tier is told so, for there is nothing to protect there.
    """
    return hostile(
        name, "wrong", why, f"{ATTACK}\n{textwrap.dedent(source)}\n{_ANSWER}", confined=confined, machine=machine
    )


def here(programs: tuple[Hostile, ...]) -> tuple[Hostile, ...]:
    """Those that are made for this kind of machine."""
    return tuple(one for one in programs if one.machine in ("", platform.machine()))


ATTACK = """
import ctypes, errno, mmap, os, signal, socket, stat, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
MACHINE = ("x86_64", "aarch64").index(os.uname().machine)

def came_through(result):
    # Whatever the kernel then said of the arguments: it was reached.
    return result != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS, errno.EACCES)

def call(numbers, *args):
    ctypes.set_errno(0)
    number = numbers[MACHINE] if isinstance(numbers, tuple) else numbers
    return came_through(libc.syscall(ctypes.c_long(number), *(ctypes.c_long(one) for one in args)))

def tried(do):
    try:
        do()
    except OSError:
        return False
    return True
"""
_ANSWER = """
def add(a, b):
    try:
        return a + b if attack() else None
    except OSError:
        return None
"""

WIRE = """
import json, os, stat, struct

def is_socket(descriptor):
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False

CHANNEL = next(filter(is_socket, range(3, 64)))

def send(content):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    os.write(CHANNEL, struct.pack(">I", len(text)) + text)
"""
"""The channel to the tests, as a program finds it."""

SERVER = """
import sys

def find_server():
    frame = sys._getframe()
    while not hasattr(frame.f_locals.get("self"), "channel"):
        frame = frame.f_back
    return frame.f_locals["self"]

def answer_otherwise(change):
    channel = find_server().channel
    send = channel.send
    channel.send = lambda told: send(change(told))
"""
"""What serves the tests, changed at will."""
