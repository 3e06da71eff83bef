"""Code: is the tuned model better at writing programs that pass their tests than its base?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunecheck.checks.code_comparison import MCNEMAR, compare_code
from tunecheck.checks.code_findings import TIERS, code_findings, too_broken, too_few, verdicts
from tunecheck.checks.code_rows import code_exhibits, code_items
from tunecheck.checks.code_shares import MEASURES, Side, Solved, differences, shares, solved
from tunecheck.checks.phrases import count, number, whole
from tunecheck.checks.task import Task
from tunecheck.checks.task_comparison import Comparison
from tunecheck.checks.task_findings import guards, outcomes
from tunecheck.core import CheckResult, CodeFacts, Estimate, Finding, Measure, Status, TaskFacts, TaskSpec, Unscored


def check_code(
    facts: CodeFacts, *, signature: str = "", findings: Sequence[Finding] = (), adjusted: float | None = None
) -> CheckResult:
    """pass@k of both sides over the problems that count, and whether tuned is better at pass@1.

    Problems that are excluded count nowhere, samples that say nothing about the model stay outside the denominator,
    and a problem without samples is unscored, not failed. The status follows from pass@1 as for every other task; it
    is unknown where fewer than half of the problems count, and where over 1% of the samples say nothing unless tuned
    is worse. ``findings`` were made elsewhere; ``adjusted`` is the p of pass@1 after Holm over all that decides beside
    it, and without it the p stands alone.
    """
    found = _sides(facts)
    sides = tuple(found)
    head = compare_code(found["tuned"], found.get("base"))
    p_value = head.p_value if adjusted is None else adjusted
    few = too_few(facts, sides)
    judged = [] if few else outcomes(_task(facts, head), [head], {} if p_value is None else {head.name: p_value})
    told = [*judged, *guards(_task(facts, head), [head]), *code_findings(facts, sides), *findings]
    doubt = few or too_broken(facts, sides)
    status = _status(head, told, doubt)
    with_base = "base" in sides
    return CheckResult(
        check=f"tasks.{facts.title}",
        status=status,
        summary=_summary(facts, found, head, p_value)
        + (f" Nothing is concluded: {doubt}." if status == "unknown" and doubt else ""),
        measures=_measures(facts, found, head, p_value),
        findings=tuple(told),
        signature=signature or facts.settings,
        exhibits=code_exhibits(facts.problems, with_base=with_base),
        items=code_items(facts.problems, with_base=with_base),
    )


def code_p_value(facts: CodeFacts) -> float | None:
    """The p of pass@1 before any correction; None without a base to compare with."""
    found = _sides(facts)
    return compare_code(found["tuned"], found.get("base")).p_value


def _sides(facts: CodeFacts) -> dict[Side, Solved]:
    sides: tuple[Side, ...] = ("tuned", "base") if any(one.base is not None for one in facts.problems) else ("tuned",)
    return {side: solved(facts.problems, side) for side in sides}


def _task(facts: CodeFacts, head: Comparison) -> Task:
    """The same as a task with one measure, so that it is judged like all others."""
    spec = TaskSpec(name="code", options={} if facts.at_least is None else {"at_least": str(facts.at_least)})
    measured = TaskFacts(spec=spec, title=facts.title, why="", settings=facts.settings, measured=(head.measured,))
    return Task(facts=measured, rows=(), pooled={}, noun="problem")


def _status(head: Comparison, findings: Sequence[Finding], doubt: str) -> Status:
    severities = {finding.severity for finding in findings}
    if "fail" in severities:
        return "fail"
    is_gated = any(finding.code == "tasks.reached" for finding in findings)
    is_compared = head.p_value is not None and isinstance(head.difference, Estimate)
    if doubt or isinstance(head.tuned, Unscored) or not (is_compared or is_gated):
        return "unknown"
    return "warn" if "warn" in severities else "pass"


def _measures(
    facts: CodeFacts, found: Mapping[Side, Solved], head: Comparison, p_value: float | None
) -> dict[str, Measure]:
    k = sorted({1, *facts.k})
    counted = [one for one in facts.problems if not one.excluded]
    measures: dict[str, Measure] = {}
    for side, own in found.items():
        values: dict[str, Measure] = {name: shares(own, k, of) for name, of in MEASURES.items()}
        measures[side] = {
            **values,
            "verdicts": {str(verdict): n for verdict, n in verdicts(counted, side).most_common()},
        }
    if "base" in found:
        tuned, base = found["tuned"], found["base"]
        measures["paired"] = {name: differences(tuned, base, k, of) for name, of in MEASURES.items()}
    if head.p_value is not None:
        measures["mcnemar_p" if head.test == MCNEMAR else "p_value"] = head.p_value
        measures["p_values_adjusted"] = {head.name: p_value}
    measures |= {"sandbox_tier": facts.tier, "sandbox_layers": facts.layers}
    n_sampled = len(found["tuned"].sampled.ids)
    measures |= {"n_problems": n_sampled, "n_excluded": len(facts.problems) - len(counted)}
    measures |= {"n_unscored": len(counted) - n_sampled}
    return measures | {"n_samples": {side: _n_samples(own) for side, own in found.items()}}


def _n_samples(side: Solved) -> Measure:
    """How many samples that count the problems have."""
    own = side.sampled.n
    return {"least": min(own), "most": max(own)} if own else Unscored(reason="there is no sample that counts")


def _summary(facts: CodeFacts, found: Mapping[Side, Solved], head: Comparison, p_value: float | None) -> str:
    counted = _counted(facts, found)
    if isinstance(head.tuned, Unscored):
        return f"{head.name} has no value: {head.tuned.reason}; {counted}."
    if "base" not in found:
        return f"{head.name} of the tuned model is {whole(head.tuned)}; {counted}. No base to compare with."
    if isinstance(head.base, Unscored) or isinstance(head.difference, Unscored):
        absent = head.base if isinstance(head.base, Unscored) else head.difference
        reason = absent.reason if isinstance(absent, Unscored) else ""
        return (
            f"{head.name} of the tuned model is {whole(head.tuned)}; {counted}. Not compared with the base: {reason}."
        )
    is_less = head.difference.n < max(head.tuned.n, head.base.n)
    paired = f" over the {count(head.difference.n, 'problem')} with samples of both" if is_less else ""
    p_told = f", p {number(p_value)}" if p_value is not None else ""
    return (
        f"{head.name} is {_brief(head.tuned)} for tuned and {_brief(head.base)} for base, a difference of "
        f"{whole(head.difference)}{p_told}{paired}; {counted}."
    )


def _brief(estimate: Estimate) -> str:
    return f"{number(estimate.value)} [{number(estimate.low)}, {number(estimate.high)}]"


def _counted(facts: CodeFacts, found: Mapping[Side, Solved]) -> str:
    """How many problems count, and how well the programs were shut in."""
    own = found["tuned"]
    parts = [f"{count(len(own.sampled.ids), 'problem')} counted"]
    n_excluded, n_unscored = len(facts.problems) - len(own.ids), len(own.ids) - len(own.sampled.ids)
    parts += [f"{n_excluded:,} excluded"] if n_excluded else []
    parts += [f"{n_unscored:,} without samples"] if n_unscored else []
    return f"{', '.join(parts)}; tier {facts.tier}, {TIERS[facts.tier]}"
