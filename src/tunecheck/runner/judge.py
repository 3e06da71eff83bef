"""Judge: run samples against the tests of problems whose tests have shown that they can be believed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tunecheck.core import CodeJob, CodeOutcome, CodeProblem, CodeRunner, JudgedProblem, Unscored
from tunecheck.core.predictions import Answered
from tunecheck.runner.progress import Progress

# A reference may take so long; a sample ten times what the reference took here, and no less than the floor.
REFERENCE_LIMIT_S, FLOOR_S, TIMES_REFERENCE = 30.0, 2.0, 10.0
# Without a reference there is nothing to go by.
UNCHECKED_LIMIT_S = 10.0
# Timeouts are tried again alone, until so many in a row came to the same.
MOST_SAME_AGAIN = 16
_NO_CALL = "its tests never reach the program"
_CLASS_CALL = re.compile(r"(?<![\w.\"'])(_*[A-Z]\w*)\(")
_OWN_NAME = re.compile(r"(?:\bclass|\bimport|\bas|,)\s+(\w+)")
_BUILTIN = re.compile(r"\w+(?:Error|Exception|Warning|Iteration|Exit)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trust:
    """What is known of a problem before any sample runs."""

    excluded: str = ""
    objects: tuple[str, ...] = ()
    limit_s: float = UNCHECKED_LIMIT_S


def judge(
    problems: Sequence[CodeProblem],
    samples: Mapping[str, Mapping[str, Sequence[Answered]]],
    runner: CodeRunner,
    progress: Progress,
    *,
    timeout_s: float | None = None,
) -> tuple[JudgedProblem, ...]:
    """Every problem with the outcome of each sample of each side; ``samples`` by side (tuned, base) and problem id.

    A problem counts when its reference passes its tests and an empty function does not. ``timeout_s`` stands in for
    the limit that follows from the reference. An absent answer is left out; identical ones are run once.
    """
    trusted = _check(problems, runner, progress, timeout_s)
    wanted = {
        (problem.id, text): _job(problem, trusted[problem.id], "reply", text)
        for problem in problems
        if not trusted[problem.id].excluded
        for by_problem in samples.values()
        for text in by_problem.get(problem.id, ())
        if not isinstance(text, Unscored)
    }
    ran = map(_said, _run(list(wanted.values()), runner, progress, "running samples"))
    outcomes = dict(zip(wanted, ran, strict=True))
    return tuple(_judged(problem, trusted[problem.id], samples, outcomes) for problem in problems)


def _said(outcome: CodeOutcome) -> CodeOutcome:
    """A sample cannot make believed tests invalid, and so leave the denominator: they did not hold for it."""
    return replace(outcome, verdict="wrong") if outcome.verdict == "invalid_test" else outcome


def _judged(
    problem: CodeProblem,
    trust: _Trust,
    samples: Mapping[str, Mapping[str, Sequence[Answered]]],
    outcomes: Mapping[tuple[str, str], CodeOutcome],
) -> JudgedProblem:
    not_run = CodeOutcome(verdict="invalid_test", detail=trust.excluded)
    sides = {
        side: tuple(
            outcomes.get((problem.id, text), not_run)
            for text in by_problem.get(problem.id, ())
            if not isinstance(text, Unscored)
        )
        for side, by_problem in samples.items()
    }
    return JudgedProblem(
        problem=problem,
        excluded=trust.excluded,
        objects=trust.objects,
        limit_s=None if trust.excluded else trust.limit_s,
        tuned=sides["tuned"],
        base=sides.get("base"),
    )


def _check(
    problems: Sequence[CodeProblem], runner: CodeRunner, progress: Progress, timeout_s: float | None
) -> dict[str, _Trust]:
    """Of each problem, by id, whether its tests can be believed: its reference passes, an empty function does not."""
    trusted = {problem.id: _Trust(objects=_classes_called(problem)) for problem in problems}
    with_reference = [problem for problem in problems if problem.reference]
    for objects in ((), ("*",)):
        # Objects of the program are let in only where the reference gave them, never because a sample would.
        asked = [one for one in with_reference if not objects or trusted[one.id].excluded]
        trust = _Trust(objects=objects, limit_s=REFERENCE_LIMIT_S if timeout_s is None else timeout_s)
        jobs = [_job(problem, trust, "program", problem.reference) for problem in asked]
        found = _run(jobs, runner, progress, "checking the problems' references")
        for problem, outcome in zip(asked, found, strict=True):
            # What plain values were too little for is told as it went with objects.
            was_plain = "bad_return_type" not in trusted[problem.id].excluded
            if not objects or outcome.verdict == "pass" or not was_plain:
                trusted[problem.id] = _trust(outcome)
    _confirm(with_reference, trusted, runner, progress)
    if timeout_s is not None:
        trusted = {name: replace(trust, limit_s=timeout_s) for name, trust in trusted.items()}
    able = [problem for problem in problems if not trusted[problem.id].excluded]
    jobs = [_job(problem, trusted[problem.id], "stub") for problem in able]
    for problem, outcome in zip(able, _run(jobs, runner, progress, "checking that empty functions fail"), strict=True):
        if reason := _believed_too_much(outcome):
            trusted[problem.id] = replace(trusted[problem.id], excluded=reason)
    return trusted


def _confirm(
    problems: Sequence[CodeProblem], trusted: dict[str, _Trust], runner: CodeRunner, progress: Progress
) -> None:
    """Where objects are let in, the reference passes once more with no others than it gave."""
    asked = [problem for problem in problems if trusted[problem.id].objects]
    jobs = [_job(problem, replace(trusted[problem.id], limit_s=REFERENCE_LIMIT_S), "program", problem.reference)
            for problem in asked]  # fmt: skip
    found = _run(jobs, runner, progress, "checking references that give objects")
    for problem, outcome in zip(asked, found, strict=True):
        if outcome.verdict != "pass":
            trusted[problem.id] = _trust(outcome)


def _trust(reference: CodeOutcome) -> _Trust:
    if reference.verdict != "pass":
        detail = f" ({reference.detail})" if reference.detail else ""
        return _Trust(excluded=f"its reference does not pass: {reference.verdict}{detail}")
    limit_s = max(FLOOR_S, TIMES_REFERENCE * (reference.duration_s or 0.0))
    return _Trust(objects=reference.gave, limit_s=limit_s)


def _believed_too_much(stub: CodeOutcome) -> str:
    """Why a problem's tests say nothing, as an empty function showed; or ""."""
    if stub.verdict == "pass":
        return "an empty function passes its tests"
    if stub.verdict == "invalid_test":
        return stub.detail or _NO_CALL
    return ""


def _job(problem: CodeProblem, trust: _Trust, kind: Literal["reply", "program", "stub"], text: str = "") -> CodeJob:
    return CodeJob(problem=problem, kind=kind, text=text, objects=trust.objects, timeout_s=trust.limit_s)


def _run(jobs: list[CodeJob], runner: CodeRunner, progress: Progress, label: str) -> list[CodeOutcome]:
    """The outcome of each job; what ran out of time among others is tried again alone, for they may have slowed it."""
    if not jobs:
        return []
    progress.start(label, len(jobs), "programs")
    outcomes = runner.run(jobs, on_done=lambda: progress.advance(1))
    progress.finish()
    late = [place for place, outcome in enumerate(outcomes) if outcome.verdict == "timeout"]
    if late:
        progress.start("trying alone what ran out of time", len(late), "programs")
    n_same = 0
    for place in late:
        if n_same == MOST_SAME_AGAIN:
            break
        (outcomes[place],) = runner.run([jobs[place]], alone=True)
        n_same = n_same + 1 if outcomes[place].verdict == "timeout" else 0
        progress.advance(1)
    if late:
        progress.finish()
    return outcomes


def _classes_called(problem: CodeProblem) -> tuple[str, ...]:
    """What may give objects where no reference tells: all, if tests call classes, by the convention of their names.

    The tests are not parsed here: that is done inside of the sandbox alone.
    """
    own = set(_OWN_NAME.findall("\n".join((problem.setup, *problem.tests))))
    called = {name for test in problem.tests for name in _CLASS_CALL.findall(test)}
    # Without a reference nothing tells which of them give objects further on.
    return ("*",) if any(name not in own and not _BUILTIN.match(name) for name in called) else ()
