"""Tester: the process that holds the tests of a problem, runs them against a program in another, and gives the verdict.

It alone knows what the tests expect, and it alone has the channel on which a verdict is given.
"""

from __future__ import annotations

import builtins
import io
import random
import socket
import sys
import time
import types
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from . import wire
from .discovery import Test, defined_tests, ended
from .extraction import extract
from .names import PROGRAMS, classes_of, defined, expected_names, helpers, imports, stub, words
from .program import Hidden, Program, ProgramExit, Stop

_MOST_TEXT, _MOST_SOURCE = 500, 200_000
_BUILTINS = frozenset(dir(builtins))
_DOES_NOT_HOLD = "an assertion does not hold"

Job = dict[str, Any]
Record = dict[str, Any]


def run(channel: socket.socket, program: socket.socket) -> None:
    """One job from ``channel``: first what will be run is told there, then how it went."""
    told = wire.Wire(channel, longest_received=LONGEST_JOB)
    job = told.receive()
    sys.stdout = sys.stderr = io.StringIO()
    sys.stdin = io.StringIO()
    warnings.simplefilter("ignore")
    random.seed(0)
    names = expected_names(job["tests"], job["setup"], entry_point=job["entry_point"], reference=job["reference"])
    found = _program_of(job, names)
    if job["kind"] == "reply":
        # Told before it runs, so that a program that runs out of time is known.
        told.send({"nonce": job["nonce"], **found, "code": found["code"][:_MOST_SOURCE]})
    if "verdict" not in found:
        told.send({"nonce": job["nonce"], **_Trial(job, names, program).record(found["code"])})


LONGEST_JOB = 64 << 20
"""Bytes of a job, which holds a reply and tests."""


def _program_of(job: Job, names: tuple[str, ...]) -> Record:
    """The code to run and how it was found; or the verdict where there is none."""
    if job["kind"] == "stub":
        return {"code": stub(names, classes_of(job["reference"]) if job["reference"] else None), "method": "stub"}
    if job["kind"] == "program":
        return {"code": job["text"], "method": "program"}
    found = extract(job["text"], prompt=job["prompt"], entry_points=names)
    told = {"code": found.code, "method": found.method}
    return {**told, "verdict": found.problem, "detail": found.detail[:_MOST_TEXT]} if found.problem else told


class _Failure(NamedTuple):
    """How a test went wrong."""

    verdict: str
    detail: str
    line: int | None = None
    code_line: int | None = None


class _Trial:
    """The tests of one problem against one program."""

    def __init__(self, job: Job, names: tuple[str, ...], channel: socket.socket) -> None:
        self.job, self.names = job, names
        self.program = Program(channel, job["objects"])
        self.n_passed = self.n_tests = 0
        self.failed = ""
        # As the main module, so that unittest.main() finds the tests there.
        self.module = sys.modules["__main__"] = types.ModuleType("__main__")
        for name in PROGRAMS:
            sys.modules[name] = self.module

    def record(self, code: str) -> Record:
        """The verdict on a program, with all that people want to know of it."""
        begun_s = time.monotonic()
        failure = self._load(code) or self._run_tests()
        told: Record = {"verdict": "pass", "detail": ""}
        if failure is not None:
            told = {"verdict": failure.verdict, "detail": failure.detail[:_MOST_TEXT]}
            told |= {"test": self.failed[:_MOST_SOURCE], "test_line": failure.line, "code_line": failure.code_line}
            told["called"] = self._last_call()
        elif self.program.n_calls < self.job["min_calls"] or not self.n_tests:
            told = {"verdict": "invalid_test", "detail": "the tests ended without a call of the program"}
        counts = {"n_passed": self.n_passed, "n_tests": self.n_tests, "n_calls": self.program.n_calls}
        return {**told, **counts, "gave": sorted(self.program.gave), "duration_s": time.monotonic() - begun_s}

    def _load(self, code: str) -> _Failure | None:
        """Run the program, and put what stands for its names where the tests look for them."""
        job = self.job
        wanted = self._wanted()
        found: dict[str, Any] = {}

        def load() -> None:
            found.update(self.program.load(code, wanted))

        if (failure := self._tried(load)) is not None:
            return failure
        shown = {name: value for name, value in found.items() if name in wanted and value is not Hidden}
        # An exception where a function is wanted would be made here, without a word from the program.
        missing = [name for name in self.names if isinstance(shown.get(name, type), type) and not name[:1].isupper()]
        missing += [name for name in self.names if name not in shown and name not in missing]
        if missing:
            return _Failure("missing_entry", f"the program defines no {' and no '.join(missing)}")
        vars(self.module).update(shown)
        if job["entry_point"]:
            vars(self.module)["candidate"] = shown[job["entry_point"]]
        return None

    def _wanted(self) -> set[str]:
        """Which names of the program the tests are to see: of those that they speak of, what the reference defines.

        Without one, what is no name of Python's own. So no all() or math of the program stands for another.
        """
        job = self.job
        spoken = words(job["setup"], *job["tests"])
        if job["reference"]:
            return set(self.names) | (spoken & defined(job["reference"]))
        own = _BUILTINS | sys.stdlib_module_names
        return set(self.names) | {name for name in spoken - own if not name.startswith("__")}

    def _run_tests(self) -> _Failure | None:
        job = self.job
        tree = helpers(job["prompt"], job["entry_point"]) if job["prompt"] else None
        # Tests may rely on what the reference imports, which another right program need not.
        used = words(job["setup"], *job["tests"]) - set(self.names)
        imported = imports(job["reference"], used) if job["reference"] else None
        for source, name in ((imported, "<imports>"), (tree, "<prompt>"), (job["setup"], "<setup>")):
            if source and (failure := self._tried(self._compiled(source, name))) is not None:
                verdict = failure.verdict if self.program.n_calls else "invalid_test"
                return failure._replace(verdict=verdict, detail=f"before the tests: {failure.detail}")
        for number, source in enumerate(job["tests"]):
            before = dict(vars(self.module))
            if (failure := self._one(Test(source, self._compiled(source, f"<test {number}>")))) is not None:
                return failure
            # By what they are, not by name: a program may have had the name of a test.
            new = {name: value for name, value in vars(self.module).items() if before.get(name) is not value}
            for test in defined_tests(source, new, vars(self.module), entry_point=job["entry_point"]):
                if (failure := self._one(test)) is not None:
                    return failure
        return None

    def _compiled(self, source: Any, name: str) -> Callable[[], object]:
        def do() -> None:
            try:
                # Not optimised, whatever the interpreter was told: a test is an assert.
                code = compile(source, name, "exec", dont_inherit=True, optimize=0)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                raise _Unparsable(error) from None
            exec(code, vars(self.module))  # noqa: S102

        return do

    def _one(self, test: Test) -> _Failure | None:
        self.n_tests += 1
        failure = self._tried(lambda: ended(test.run()))
        if failure is None:
            self.n_passed += 1
        else:
            self.failed = test.source
            if failure.detail == _DOES_NOT_HOLD and failure.line is not None:
                line = (test.source.splitlines() or [""])[failure.line - 1 : failure.line]
                failure = failure._replace(detail=f"does not hold: {''.join(line).strip()}")
        return failure

    def _tried(self, do: Callable[[], object]) -> _Failure | None:
        """What went wrong in doing something, or None."""
        try:
            do()
        except Stop:
            pass
        except ProgramExit as error:
            return self._judged(error)
        except SystemExit as error:
            if error.code and self.program.stop is None:
                return _Failure("wrong", f"the tests ended with {error.code!r}", self._line(error))
        except BaseException as error:  # noqa: BLE001 (tests raise what they like)
            return self._judged(error)
        if (stop := self.program.stop) is not None:
            return _Failure(stop.verdict, stop.detail, code_line=self.program.raised_line)
        return None

    def _judged(self, error: BaseException) -> _Failure:
        line = self._line(error)
        if (stop := self.program.stop) is not None:
            return _Failure(stop.verdict, stop.detail, line, self.program.raised_line)
        if error is self.program.raised:
            verdict = "memory" if isinstance(error, MemoryError) else "exception"
            told = f"it called sys.exit({error})" if isinstance(error, ProgramExit) else _told(error)
            return _Failure(verdict, told, line, self.program.raised_line)
        if isinstance(error, _Unparsable):
            return _Failure("invalid_test", f"the tests do not parse: {_told(error.cause)}")
        if type(error).__name__ == "SkipTest":
            return _Failure("invalid_test", f"a test was skipped: {_told(error)}", line)
        if isinstance(error, ModuleNotFoundError):
            return _Failure("invalid_test", f"the tests import what is not here: {error}", line)
        told = _told(error).removeprefix("AssertionError").removeprefix(": ")
        return _Failure("wrong", told or _DOES_NOT_HOLD, line)

    def _line(self, error: BaseException) -> int | None:
        """The line of the test that failed."""
        line, trace = None, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.startswith("<test "):
                line = trace.tb_lineno
            trace = trace.tb_next
        return line

    def _last_call(self) -> str:
        """What was last asked of the program, which may be gone by now."""
        try:
            return self.program.last_call()
        except BaseException:  # noqa: BLE001 (for people; a verdict stands without it)
            return ""


class _Unparsable(Exception):
    """The tests are not Python."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _told(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 (an object of the program may be in it)
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
