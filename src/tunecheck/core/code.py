"""Code: problems whose answer is a program, what running one showed, and the port of whoever runs it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, Protocol

from tunecheck.core.predictions import Answered

CodeVerdict = Literal[
    "pass",
    "wrong",
    "exception",
    "timeout",
    "memory",
    "crash",
    "no_code",
    "syntax_error",
    "missing_entry",
    "bad_return_type",
    "invalid_test",
    "sandbox_error",
]
OUTSIDE: tuple[CodeVerdict, ...] = ("invalid_test", "sandbox_error")
"""Verdicts that say nothing about a sample: they stay outside the denominator."""

Tier = Literal["A", "B", "C"]
"""How well code is shut in: A isolated (own namespaces and all layers), B confined (no namespaces), C not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeProblem:
    """One problem with the tests that decide whether a program solves it.

    id           what the file calls it
    prompt       what a model is asked
    is_prefix    the prompt is the beginning of the program (HumanEval), not a text about it
    tests        Python, each one test; they run in this order in one namespace, after setup
    setup        Python that runs before the tests
    entry_point  the name under test; "" is looked for in the tests
    reference    a whole program that solves it, or ""
    source       where it came from, for people: "problems.jsonl line 12"
    """

    id: str
    prompt: str
    is_prefix: bool = False
    tests: tuple[str, ...]
    setup: str = ""
    entry_point: str = ""
    reference: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeProblems:
    """The problems of a file in its order, and how they were read; ids are distinct."""

    name: str
    problems: tuple[CodeProblem, ...]
    evidence: str = ""
    skipped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.problems)

    def __iter__(self) -> Iterator[CodeProblem]:
        return iter(self.problems)

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides a verdict, in order."""
        digest = hashlib.blake2b(digest_size=8)
        for one in self.problems:
            digest.update(json.dumps({**asdict(one), "source": ""}, ensure_ascii=True).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSamples:
    """What a model wrote for each problem, by the problem's id and in the order of the file; and how it was read."""

    name: str
    by_problem: Mapping[str, tuple[Answered, ...]]
    evidence: str = ""
    skipped: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Hash of all samples."""
        digest = hashlib.blake2b(digest_size=8)
        for problem_id, texts in self.by_problem.items():
            digest.update(json.dumps([problem_id, *map(str, texts)], ensure_ascii=True).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeJob:
    """One program to run against the tests of a problem.

    kind       reply: what a model wrote, with code somewhere in it; program: Python as it is; stub: no text, every
               function under test gives None
    objects    functions, methods and operators of the program that may give the tests objects (instances, iterators,
               functions); () where only plain values may cross, "*" stands for all
    min_calls  so often the tests have to reach the program before a pass counts
    timeout_s  wall clock for all tests together
    """

    problem: CodeProblem
    kind: Literal["reply", "program", "stub"]
    text: str = ""
    objects: tuple[str, ...] = ()
    min_calls: int = 1
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOutcome:
    """What one job showed.

    detail      one line for people: the exception, why there is no code, what ended it
    method      how the code was found in a reply, or ""
    code        the program that was run
    code_line   the line of ``code`` where it failed, from 1
    test        the test that failed, as its source
    test_line   the line of ``test`` that failed, from 1
    called      the last call of the program and what it gave: "add(1, 2) -> 4"
    n_passed    tests that passed, of n_tests
    n_calls     how often the tests reached the program
    gave        functions, methods and operators of the program that gave the tests objects
    duration_s  wall clock of the tests; None where none ran
    """

    verdict: CodeVerdict
    detail: str = ""
    method: str = ""
    code: str = ""
    code_line: int | None = None
    test: str = ""
    test_line: int | None = None
    called: str = ""
    n_passed: int = 0
    n_tests: int = 0
    n_calls: int = 0
    gave: tuple[str, ...] = ()
    duration_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedProblem:
    """One problem with what was found about it and about every sample.

    excluded  why it is not counted, or ""
    objects   what may give the tests objects of the program, as the reference showed
    limit_s   the time limit of a sample; None where none was run
    tuned     of each sample in its order; an answer that is not there is no_code
    base      the same of the base, or None
    """

    problem: CodeProblem
    excluded: str = ""
    objects: tuple[str, ...] = ()
    limit_s: float | None = None
    tuned: tuple[CodeOutcome, ...]
    base: tuple[CodeOutcome, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFacts:
    """A code task before any statistics.

    title     what its check is called after ``tasks.``
    tier      how well the code was shut in, as observed
    layers    what that consisted of
    k         of pass@k, ascending
    settings  all that could change a verdict, on one line
    at_least  the limit below which pass@1 fails, or None
    notes     for people: what was left out while reading
    """

    title: str
    problems: tuple[JudgedProblem, ...]
    tier: Tier
    layers: tuple[str, ...]
    k: tuple[int, ...]
    settings: str
    at_least: float | None = None
    notes: tuple[str, ...] = field(default=())


class CodeRunner(Protocol):
    """Whoever runs programs, shut in."""

    @property
    def tier(self) -> Tier:
        """How well programs are shut in, as observed."""
        ...

    @property
    def layers(self) -> tuple[str, ...]:
        """What that consists of, outer to inner."""
        ...

    @property
    def engine(self) -> str:
        """All else that could change a verdict: interpreter, limits."""
        ...

    def run(
        self, jobs: Sequence[CodeJob], *, alone: bool = False, on_done: Callable[[], object] = ...
    ) -> list[CodeOutcome]:
        """The outcome of each job, in order; one after the other when ``alone``. ``on_done`` hears of each."""
        ...
