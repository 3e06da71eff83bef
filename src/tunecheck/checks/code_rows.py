"""Rows of a code task: every sample for scripts, and the problems for people where tuned fails and base does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunecheck.checks.code_shares import outcomes_of, saying
from tunecheck.checks.phrases import number
from tunecheck.core import CodeOutcome, CodeText, Exhibit, ExhibitList, JudgedProblem, Measure, Unscored

MOST_EXHIBITS = 8


def code_items(problems: Sequence[JudgedProblem], *, with_base: bool) -> tuple[Mapping[str, Measure], ...]:
    """One object for each problem and sample, in order; where a side has none, the verdict says so."""
    found: list[Mapping[str, Measure]] = []
    for one in problems:
        base = outcomes_of(one, "base")
        for place in range(max(len(one.tuned), len(base), 1)):
            item: dict[str, Measure] = {"task_id": one.problem.id, "sample": place + 1}
            item |= _sample(one.tuned, place)
            if with_base:
                item["base"] = _sample(base, place)
            if one.excluded:
                item["excluded"] = one.excluded
            found.append(item)
    return tuple(found)


def _sample(outcomes: Sequence[CodeOutcome], place: int) -> dict[str, Measure]:
    if place >= len(outcomes):
        return {"verdict": Unscored(reason="there is no such sample")}
    one = outcomes[place]
    found: dict[str, Measure] = {
        "verdict": one.verdict,
        "detail": one.detail,
        "method": one.method,
        "n_passed": one.n_passed,
        "n_tests": one.n_tests,
    }
    where = {"called": one.called, "test": one.test, "test_line": one.test_line, "code_line": one.code_line}
    return found | {name: value for name, value in where.items() if value}


def code_exhibits(problems: Sequence[JudgedProblem], *, with_base: bool) -> tuple[ExhibitList, ...]:
    """The problems where tuned passes less often than base, the worst first; without a base those it fails most."""
    ranked = sorted(
        ((_loss(one, with_base=with_base), place) for place, one in enumerate(problems) if not one.excluded),
        key=lambda pair: (-pair[0], pair[1]),
    )
    lost = [problems[place] for loss, place in ranked if loss > 0]
    if not lost:
        return ()
    shown = tuple(_exhibit(one) for one in lost[:MOST_EXHIBITS])
    return (
        ExhibitList(
            heading="Where tuned fails and base passes" if with_base else "Where tuned fails",
            note=f"{len(shown)} of {number(len(lost))} problems, the worst first",
            exhibits=shown,
        ),
    )


def _loss(problem: JudgedProblem, *, with_base: bool) -> float:
    """How much less often tuned passes than base, or than always; 0 where a side has no sample that says something."""
    tuned, base = saying(problem.tuned), saying(outcomes_of(problem, "base"))
    if not tuned or (with_base and not base):
        return 0.0
    return (_passing(base) if with_base else 1.0) - _passing(tuned)


def _passing(outcomes: Sequence[CodeOutcome]) -> float:
    return sum(one.verdict == "pass" for one in outcomes) / len(outcomes)


def _exhibit(problem: JudgedProblem) -> Exhibit:
    asked = problem.problem
    failed = next(one for one in saying(problem.tuned) if one.verdict != "pass")
    passed = next((one for one in saying(outcomes_of(problem, "base")) if one.verdict == "pass"), None)
    programs = [CodeText(name="Tuned", text=failed.code, line=failed.code_line, note=_said(failed))]
    if failed.test:
        called = f"last call: {failed.called}" if failed.called else ""
        programs.append(CodeText(name="The test that failed", text=failed.test, line=failed.test_line, note=called))
    if passed is not None:
        programs.append(CodeText(name="Base", text=passed.code, note=_said(passed)))
    if asked.is_prefix and not failed.code.startswith(asked.prompt):
        programs.append(CodeText(name="Prompt", text=asked.prompt))
    return Exhibit(
        where=f"{asked.id} ({asked.source})" if asked.source else asked.id,
        headline=_headline(problem),
        texts=() if asked.is_prefix else (("Prompt", asked.prompt),),
        programs=tuple(programs),
    )


def _said(outcome: CodeOutcome) -> str:
    """The verdict of a sample with what led to it."""
    tests = f"{outcome.n_passed} of {outcome.n_tests} tests" if outcome.n_tests else ""
    told = [outcome.verdict.replace("_", " "), outcome.detail, tests]
    return " · ".join(part for part in told if part)


def _headline(problem: JudgedProblem) -> str:
    """How often each side passes."""
    sides = (("tuned", saying(problem.tuned)), ("base", saying(outcomes_of(problem, "base"))))
    told = []
    for side, outcomes in sides:
        n_right = sum(one.verdict == "pass" for one in outcomes)
        if len(outcomes) == 1:
            told.append(f"{side} {'passes' if n_right else 'fails'}")
        elif outcomes:
            told.append(f"{side} passes {n_right} of {len(outcomes)} samples")
    return ", ".join(told)
