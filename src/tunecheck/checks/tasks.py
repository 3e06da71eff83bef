"""Tasks: is the tuned model better at what was asked than its base? Every task with its numbers, tests and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunecheck.checks.classification import (
    accuracy_of,
    classification_findings,
    classification_measures,
    flips,
    label_items,
    majority_sentence,
    without_model,
)
from tunecheck.checks.code import check_code, code_p_value
from tunecheck.checks.code_comparison import DECIDING
from tunecheck.checks.phrases import number, whole
from tunecheck.checks.task import Task, title_of
from tunecheck.checks.task_comparison import Comparison, compare
from tunecheck.checks.task_findings import guards, outcomes
from tunecheck.checks.task_rows import counted, item_rows, n_paired, n_scored, regressions
from tunecheck.core import CheckResult, CodeFacts, Finding, Measure, Status, Unscored
from tunecheck.stats import holm


def check_measures(task: Task, comparisons: Sequence[Comparison], adjusted: Mapping[str, float]) -> CheckResult:
    """A task that is scored by metrics; ``adjusted`` are the p-values of its deciding measures after Holm."""
    deciding = [one for one in comparisons if one.measured.decides]
    findings = [*outcomes(task, deciding, adjusted), *guards(task, comparisons), *task.findings]
    status = _status(deciding, findings)
    head = deciding[0]
    return CheckResult(
        check=f"tasks.{task.facts.title}",
        status=status,
        summary=_summary(head, adjusted),
        measures=_measures(task, comparisons, adjusted),
        findings=tuple(findings),
        signature=task.facts.settings,
        exhibits=regressions(task.rows, head.measured),
        items=item_rows(task.rows, task.facts.measured),
    )


def adjust(p_values: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """Holm's correction over all measures that decide, by task and measure."""
    return dict(zip(p_values, holm(list(p_values.values())), strict=True)) if p_values else {}


def _measures(task: Task, comparisons: Sequence[Comparison], adjusted: Mapping[str, float]) -> dict[str, Measure]:
    measures: dict[str, Measure] = {"tuned": {one.name: one.tuned for one in comparisons}}
    if any(one.measured.base is not None for one in comparisons):
        measures["base"] = {one.name: one.base for one in comparisons}
        measures["paired"] = {one.name: one.difference for one in comparisons}
        measures["p_values"] = {one.name: one.p_value for one in comparisons if one.p_value is not None}
        measures["p_values_adjusted"] = dict(adjusted)
    if any(one.baseline is not None for one in comparisons):
        measures["baseline"] = {one.name: one.baseline for one in comparisons if one.baseline is not None}
    head = next(one for one in task.facts.measured if one.decides)
    measures |= {"n_items": len(task.rows), "n_unscored": len(task.rows) - n_scored(head.tuned)}
    return measures


def _summary(head: Comparison, adjusted: Mapping[str, float]) -> str:
    name = title_of(head.name)
    name = name if name == "chrF" else name[0].upper() + name[1:]
    scored = counted(head.measured.tuned)
    if isinstance(head.tuned, Unscored):
        return f"{name} has no value: {head.tuned.reason} ({scored})."
    if head.measured.base is None:
        return f"{name} of the tuned model is {whole(head.tuned)}; {scored}. No base to compare with."
    if isinstance(head.base, Unscored) or isinstance(head.difference, Unscored):
        reason = head.base if isinstance(head.base, Unscored) else head.difference
        return f"{name} of the tuned model is {whole(head.tuned)}; {scored}. Not compared with the base: {reason}."
    p_value = adjusted.get(head.name)
    p_told = f", p {number(p_value)}" if p_value is not None else ""
    n_less = len(head.measured.tuned.values) - n_paired(head.measured)
    paired = f" over the {n_paired(head.measured):,} rows that both have" if n_less else ""
    return (
        f"{name} is {number(head.tuned.value)} for tuned and {number(head.base.value)} for base, a difference of "
        f"{whole(head.difference)}{p_told}{paired}; {scored}."
    )


def _status(deciding: Sequence[Comparison], findings: Sequence[Finding]) -> Status:
    severities = {finding.severity for finding in findings}
    if "fail" in severities:
        return "fail"
    if all(isinstance(one.tuned, Unscored) for one in deciding):
        return "unknown"
    is_gated = any(finding.code == "tasks.reached" for finding in findings)
    compared = [one for one in deciding if one.p_value is not None]
    if not compared and not is_gated:
        return "unknown"
    return "warn" if "warn" in severities else "pass"


def check_tasks(tasks: Sequence[Task], code: Sequence[CodeFacts] = ()) -> dict[str, CheckResult]:
    """Every task as a check, by its name; measures that decide are corrected together (Holm), those of code too."""
    compared = {task.facts.title: _compared(task) for task in tasks}
    raw = {
        (title, one.name): one.p_value
        for title, comparisons in compared.items()
        for one in comparisons
        if one.measured.decides and one.p_value is not None
    }
    of_code = {(one.title, DECIDING): p_value for one in code if (p_value := code_p_value(one)) is not None}
    adjusted = adjust(raw | of_code)
    checks = {}
    for task in tasks:
        own = {name: p_value for (title, name), p_value in adjusted.items() if title == task.facts.title}
        check = (_check_labels if task.facts.labels is not None else check_measures)(
            task, compared[task.facts.title], own
        )
        checks[check.check] = check
    checked = (check_code(one, adjusted=adjusted.get((one.title, DECIDING))) for one in code)
    return checks | {check.check: check for check in checked}


def _compared(task: Task) -> list[Comparison]:
    measured = task.facts.measured if task.facts.labels is None else (accuracy_of(task.facts.labels),)
    units = [row.unit for row in task.rows]
    return [compare(one, units, task.pooled) for one in measured]


def _check_labels(task: Task, comparisons: Sequence[Comparison], adjusted: Mapping[str, float]) -> CheckResult:
    facts = task.facts.labels
    assert facts is not None
    (head,) = comparisons
    findings = [
        *outcomes(task, comparisons, adjusted),
        *classification_findings(facts, head.tuned),
        *guards(task, comparisons),
        *task.findings,
    ]
    own = without_model(facts)
    return CheckResult(
        check=f"tasks.{task.facts.title}",
        status=_status(comparisons, findings),
        summary=f"{_summary(head, adjusted)} {majority_sentence(facts)}",
        measures=_label_measures(task, head, adjusted, own),
        findings=tuple(findings),
        signature=task.facts.settings,
        exhibits=flips(task.rows, facts),
        items=label_items(task.rows, facts),
    )


def _label_measures(
    task: Task, head: Comparison, adjusted: Mapping[str, float], own: Mapping[str, Measure]
) -> dict[str, Measure]:
    facts = task.facts.labels
    assert facts is not None
    measures: dict[str, Measure] = {}
    sides = {"tuned": head.tuned, "base": head.base, "paired": head.difference}
    for side, found in classification_measures(facts, [row.unit for row in task.rows]).items():
        measures[side] = {"accuracy": sides[side], **found}
    if head.p_value is not None:
        measures["mcnemar_p"] = (
            head.p_value
            if "McNemar" in head.test
            else Unscored(reason=f"some rows belong together, so the test is a {head.test}: see p_values")
        )
        measures["p_values"] = {head.name: head.p_value}
        measures["p_values_adjusted"] = dict(adjusted)
    measures |= {"baselines": dict(own), "labels": facts.labels}
    return measures | {"n_items": len(task.rows), "n_unscored": len(task.rows) - n_scored(head.measured.tuned)}
