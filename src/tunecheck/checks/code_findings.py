"""What makes the numbers of a code task say less than they seem to: problems left out, samples without a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tunecheck.checks.code_shares import Side, outcomes_of
from tunecheck.checks.phrases import count, listed, number, percent
from tunecheck.core import OUTSIDE, CodeFacts, CodeVerdict, Finding, JudgedProblem

MOST_NAMED = 8
# Beyond this share of samples that say nothing the sandbox, not the model, may be what was measured.
MOST_OUTSIDE = 0.01
# So many samples without a program to run make the headline one about form rather than skill.
MOST_FORM = 0.05
FORM: tuple[CodeVerdict, ...] = ("no_code", "syntax_error", "missing_entry")
STOPPED: tuple[CodeVerdict, ...] = ("timeout", "memory", "crash")
TIERS = {"A": "isolated", "B": "confined", "C": "not shut in"}
_TEXT_CHARACTERS = 80


def code_findings(facts: CodeFacts, sides: Sequence[Side]) -> list[Finding]:
    """Everything to know beside the comparison, the gravest first."""
    counted = [one for one in facts.problems if not one.excluded]
    found = [_few(facts, sides), _excluded(facts), _outside(counted, sides), _form(counted, sides), _tier(facts)]
    found += [_stopped(counted, sides), _unchecked(counted)]
    notes = [Finding(code="tasks.code_note", severity="info", message=note) for note in facts.notes]
    return [*(one for one in found if one is not None), *notes]


def verdicts(problems: Sequence[JudgedProblem], side: Side) -> Counter[CodeVerdict]:
    """How often each verdict was given to a sample of one side."""
    return Counter(one.verdict for problem in problems for one in outcomes_of(problem, side))


def too_few(facts: CodeFacts, sides: Sequence[Side]) -> str:
    """That fewer than half of the problems count, or ""."""
    n_counting = _n_counting(facts, sides)
    is_few = 2 * n_counting < len(facts.problems)
    return f"only {n_counting:,} of {count(len(facts.problems), 'problem')} count" if is_few else ""


def too_broken(facts: CodeFacts, sides: Sequence[Side]) -> str:
    """That too many samples of a side say nothing about the model, or ""."""
    counted = [one for one in facts.problems if not one.excluded]
    for side in sides:
        found = verdicts(counted, side)
        n_outside = sum(found[one] for one in OUTSIDE)
        if n_outside > MOST_OUTSIDE * found.total():
            return f"{percent(n_outside / found.total())} of the samples of {side} say nothing"
    return ""


def _n_counting(facts: CodeFacts, sides: Sequence[Side]) -> int:
    """Problems that are not excluded and have, on every side, a sample that says something."""
    return sum(
        not one.excluded
        and all(any(outcome.verdict not in OUTSIDE for outcome in outcomes_of(one, side)) for side in sides)
        for one in facts.problems
    )


def _few(facts: CodeFacts, sides: Sequence[Side]) -> Finding | None:
    few = too_few(facts, sides)
    if not few:
        return None
    return Finding(
        code="tasks.code_few",
        severity="warn",
        message=f"{few}, so nothing is concluded",
        evidence={"n_counting": _n_counting(facts, sides), "n_problems": len(facts.problems)},
        hint="give samples of every problem, and repair the problems that are left out",
    )


def _excluded(facts: CodeFacts) -> Finding | None:
    left_out = {one.problem.id: one.excluded for one in facts.problems if one.excluded}
    if not left_out:
        return None
    verb = "is" if len(left_out) == 1 else "are"
    hint = "repair their tests or references, or take them out of the file: the shares are those of the others"
    if any("No module named" in reason for reason in left_out.values()):
        hint = "let programs import what is installed here: --packages; else " + hint
    return Finding(
        code="tasks.code_excluded",
        severity="warn",
        message=f"{len(left_out):,} of {count(len(facts.problems), 'problem')} {verb} not counted: {_named(left_out)}",
        evidence={"n_excluded": len(left_out), "n_problems": len(facts.problems)},
        hint=hint,
    )


def _outside(counted: Sequence[JudgedProblem], sides: Sequence[Side]) -> Finding | None:
    told, details, evidence = [], dict[str, str](), dict[str, str | int | float | None]()
    for side in sides:
        found = verdicts(counted, side)
        kinds = {one: found[one] for one in OUTSIDE if found[one]}
        if kinds:
            told.append(f"{sum(kinds.values()):,} of {count(found.total(), 'sample')} of {side} ({_kinds(kinds)})")
            evidence |= {f"{side}_{kind}": n for kind, n in kinds.items()}
        for one in counted:
            said = [outcome for outcome in outcomes_of(one, side) if outcome.verdict in OUTSIDE]
            if said:
                details.setdefault(one.problem.id, said[0].detail or said[0].verdict)
    if not told:
        return None
    return Finding(
        code="tasks.code_sandbox_errors",
        severity="warn",
        message=f"samples that say nothing about the model and are not counted: {listed(told)}: {_named(details)}",
        evidence=evidence,
        hint=f"run again; above {percent(MOST_OUTSIDE)} of a side nothing is concluded: tunecheck doctor",
    )


def _form(counted: Sequence[JudgedProblem], sides: Sequence[Side]) -> Finding | None:
    rates, kinds = dict[Side, float](), dict[Side, Mapping[CodeVerdict, int]]()
    for side in sides:
        found = verdicts(counted, side)
        kinds[side] = {one: found[one] for one in FORM if found[one]}
        n = found.total() - sum(found[one] for one in OUTSIDE)
        rates[side] = sum(kinds[side].values()) / n if n else 0.0
    if all(rate <= MOST_FORM for rate in rates.values()):
        return None
    is_tuned = rates["tuned"] > MOST_FORM
    told = [
        f"{percent(rate)} of {side}" + (f" ({_kinds(kinds[side])})" if rate else "") for side, rate in rates.items()
    ]
    what = "a low value may be about form" if is_tuned else "what tuned gained may be form"
    return Finding(
        code="tasks.code_form",
        severity="warn" if is_tuned else "info",
        message=f"samples without a program to run: {listed(told)}. They count as failed, so {what} and not skill",
        evidence={f"{side}_share": rate for side, rate in rates.items()},
        hint="read some of them: was the answer cut off, or is code not what the prompt asks for?",
    )


def _tier(facts: CodeFacts) -> Finding | None:
    layers = f": {listed(list(facts.layers))}" if facts.layers else ""
    match facts.tier:
        case "A":
            return None
        case "B":
            return Finding(
                code="tasks.code_tier",
                severity="info",
                message=f"programs ran confined (tier B){layers}. The kernel denied them files, network and other "
                "processes by rule, but they had no namespaces of their own to hide these from them",
                evidence={"tier": "B"},
                hint="for models that nobody trusts use a machine where tunecheck doctor shows tier A",
            )
        case "C":
            return Finding(
                code="tasks.code_tier",
                severity="warn",
                message=f"programs were not shut in (tier C){layers}: they could read and change what you can",
                evidence={"tier": "C"},
                hint="look at what they did, and run on a machine where tunecheck doctor shows tier A or B",
            )


def _stopped(counted: Sequence[JudgedProblem], sides: Sequence[Side]) -> Finding | None:
    told, evidence = [], dict[str, str | int | float | None]()
    for side in sides:
        found = verdicts(counted, side)
        kinds = {one: found[one] for one in STOPPED if found[one]}
        if kinds:
            told.append(f"{sum(kinds.values()):,} of {count(found.total(), 'sample')} of {side} ({_kinds(kinds)})")
            evidence |= {f"{side}_{kind}": n for kind, n in kinds.items()}
    if not told:
        return None
    limits = [one.limit_s for one in counted if one.limit_s is not None]
    within = f"; the limit was {_range(min(limits), max(limits))} s" if limits else ""
    return Finding(
        code="tasks.code_stopped",
        severity="info",
        message=f"programs that did not end by themselves: {listed(told)}. They count as failed{within}",
        evidence=evidence,
    )


def _unchecked(counted: Sequence[JudgedProblem]) -> Finding | None:
    names = [one.problem.id for one in counted if not one.problem.reference]
    if not names:
        return None
    return Finding(
        code="tasks.code_unchecked",
        severity="info",
        message=f"{len(names):,} of {count(len(counted), 'problem')} have no reference, so nothing shows that their "
        "tests can be passed",
        evidence={"n_unchecked": len(names), "n_problems": len(counted)},
        hint="give reference solutions, or read the problems that no sample solves",
    )


def _named(reasons: Mapping[str, str]) -> str:
    """The first names, each with why."""
    return f"{'; '.join(_told(reasons))}{_more(len(reasons))}"


def _told(reasons: Mapping[str, str]) -> Iterator[str]:
    for name, why in list(reasons.items())[:MOST_NAMED]:
        yield f"{name[:_TEXT_CHARACTERS]} ({why[:_TEXT_CHARACTERS]})"


def _more(n: int) -> str:
    return f"; and {n - MOST_NAMED:,} more" if n > MOST_NAMED else ""


def _kinds(kinds: Mapping[CodeVerdict, int]) -> str:
    return ", ".join(f"{kind.replace('_', ' ')} ×{n:,}" for kind, n in kinds.items())


def _range(low: float, high: float) -> str:
    return number(low) if low == high else f"{number(low)} to {number(high)}"
