"""What the numbers of a task mean: better or worse than base, short of what was asked for, or less than they seem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunecheck.checks.phrases import count, number, percent, whole
from tunecheck.checks.task import Task, title_of
from tunecheck.checks.task_comparison import Comparison
from tunecheck.checks.task_rows import counted
from tunecheck.core import Estimate, Finding, Scores, Unscored

# Below so many rows a difference that matters is seen by luck only.
FEW_ROWS = 30
ALPHA = 0.05
# Shares of answers without a word, and lengths over those of the references, that are told.
MOST_EMPTY = 0.05
LENGTHS = (0.5, 2.0)


def is_better(comparison: Comparison, adjusted: Mapping[str, float]) -> bool | None:
    """Whether tuned is better (True) or worse (False) beyond chance; None where nothing is shown."""
    p_value = adjusted.get(comparison.name)
    if p_value is None or p_value >= ALPHA or comparison.gain == 0:
        return None
    return comparison.gain > 0


def outcomes(task: Task, deciding: Sequence[Comparison], adjusted: Mapping[str, float]) -> list[Finding]:
    """What the comparison with the base, and with what was asked for, says."""
    found = [one for one in (_against_base(task, one, adjusted) for one in deciding) if one is not None]
    limit = task.facts.spec.options.get("at_least")
    if limit is not None:
        found.append(_against_limit(task, deciding[0], float(limit)))
    return found


def _against_base(task: Task, one: Comparison, adjusted: Mapping[str, float]) -> Finding | None:
    if one.p_value is None or isinstance(one.difference, Unscored):
        return None
    better = is_better(one, adjusted)
    told = (
        f"{title_of(one.name)}: tuned less base is {whole(one.difference)}, p {number(adjusted[one.name])} ({one.test})"
    )
    evidence = {"difference": one.difference.value, "p_value": one.p_value, "p_value_adjusted": adjusted[one.name]}
    if better is False:
        return Finding(
            code="tasks.worse",
            severity="fail",
            message=f"the tuned model is worse than its base at {task.facts.title}. {told}",
            evidence=evidence,
            hint=f"read the {task.noun}s where it lost; if the base does this task well already, train less or leave "
            "it out",
        )
    if better is True:
        return Finding(code="tasks.better", severity="info", message=told, evidence=evidence)
    few = f" {count(one.difference.n, task.noun)} show large differences only." if one.difference.n < FEW_ROWS else ""
    return Finding(
        code="tasks.no_difference",
        severity="warn",
        message=f"no difference between tuned and base at {task.facts.title} is shown. {told}.{few}",
        evidence=evidence,
        hint=f"give more {task.noun}s, or read some answers of both sides: this metric may not see what changed",
    )


def _against_limit(task: Task, one: Comparison, limit: float) -> Finding:
    """What was asked for with ``at_least`` (for a measure where less is better: at most)."""
    name, word = title_of(one.name), "at most" if one.measured.lower_is_better else "at least"
    if isinstance(one.tuned, Unscored):
        return Finding(
            code="tasks.not_reached",
            severity="fail",
            message=f"{name} has no value, and {word} {number(limit)} was asked for: {one.tuned.reason}",
        )
    reached = one.tuned.value <= limit if one.measured.lower_is_better else one.tuned.value >= limit
    surely = one.tuned.high <= limit if one.measured.lower_is_better else one.tuned.low >= limit
    told = f"{name} is {whole(one.tuned)}, and {word} {number(limit)} was asked for"
    if not reached:
        return Finding(code="tasks.not_reached", severity="fail", message=told, hint=f"read the worst {task.noun}s")
    doubt = "" if surely else f"; the interval goes beyond it, so another sample of {task.noun}s may not reach it"
    return Finding(code="tasks.reached", severity="info" if surely else "warn", message=f"{told}{doubt}")


def guards(task: Task, comparisons: Sequence[Comparison]) -> list[Finding]:
    """What makes a value say less than it seems to."""
    found = []
    for side, scores in _sides(comparisons):
        lost = [value for value in scores.values if isinstance(value, Unscored)]
        if lost:
            found.append(
                Finding(
                    code="tasks.unscored",
                    severity="warn" if side == "tuned" else "info",
                    message=f"{side}: {counted(scores)}. The values are those of the scored {task.noun}s alone",
                    evidence={"n_unscored": len(lost), "n_rows": len(scores.values)},
                    hint=f"if the {task.noun}s without a score are the hard ones, the value is too good",
                )
            )
    found += [finding for one in comparisons if (finding := _of_answers(one)) is not None]
    baselines = [one for one in comparisons if one.is_below_baseline]
    if baselines:
        names = ", ".join(title_of(one.name) for one in baselines)
        found.append(
            Finding(
                code="tasks.below_baseline",
                severity="warn",
                message=f"{names}: the tuned model is below {task.facts.baseline}, which needs no model",
                evidence={one.name: _value(one.baseline) for one in baselines},
                hint="read some answers: is the reference of another kind than what was asked for?",
            )
        )
    return found


def _of_answers(one: Comparison) -> Finding | None:
    """What the lengths of the answers say about a metric of words."""
    if isinstance(one.tuned, Unscored):
        return None
    value = one.tuned.value
    if one.name == "is_empty" and value > MOST_EMPTY:
        return Finding(
            code="tasks.empty",
            severity="warn",
            message=f"{percent(value)} of the answers of tuned have no word",
            evidence={"empty": value},
            hint="read their prompts: does the model end at once, or was the answer cut away?",
        )
    if one.name == "length_ratio" and not LENGTHS[0] < value < LENGTHS[1]:
        return Finding(
            code="tasks.length",
            severity="warn",
            message=f"the answers of tuned have {number(value)} times as many words as their references",
            evidence={"length_ratio": value},
            hint="metrics of shared words say more about length than about content here",
        )
    return None


def _value(estimate: Estimate | Unscored | None) -> float | str:
    return estimate.value if isinstance(estimate, Estimate) else str(estimate)


def _sides(comparisons: Sequence[Comparison]) -> list[tuple[str, Scores]]:
    head = next(one.measured for one in comparisons if one.measured.decides)
    return [("tuned", head.tuned), *([("base", head.base)] if head.base is not None else [])]
