"""The judgement of a review: its status from the means of the axes, and what they leave to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tunecheck.checks.phrases import count, listed, number
from tunecheck.checks.review_means import HIGH, SideMeans, side_means
from tunecheck.checks.review_rows import RatedRows
from tunecheck.core import Estimate, Finding, ReviewStudy, Status, Unscored

# With fewer items rated by one and the same person a verdict would be a guess.
ITEMS_NEEDED = 20
LARGEST_P = 0.05
SERVE = "tunecheck serve RUN"
CREATE = "tunecheck review create RUN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rows of some raters say: the status, the sentence, the means, and the findings that decide."""

    status: Status
    summary: str
    axes: Mapping[str, SideMeans]
    overall: SideMeans
    n_items: int
    findings: tuple[Finding, ...]

    @property
    def n_missing(self) -> int:
        """Items that are still to be rated before there is a verdict."""
        return max(0, ITEMS_NEEDED - self.n_items)


def judge(rows: RatedRows, rng: np.random.Generator) -> Judgement:
    """Judge the tuned answers: unknown below 20 whole items, fail where worse than base or below the bar, else pass."""
    axes, overall = side_means(rows, rng)
    n_items = rows.whole_items()
    is_known = n_items >= ITEMS_NEEDED and isinstance(overall.tuned, Estimate)
    findings = tuple(_deciding(rows.study, axes)) if is_known else ()
    severities = {finding.severity for finding in findings}
    status: Status = "unknown"
    if is_known:
        status = "fail" if "fail" in severities else "warn" if "warn" in severities else "pass"
    summary = _known(rows, overall, n_items) if is_known else _unknown(rows.study, overall, n_items)
    return Judgement(status=status, summary=summary, axes=axes, overall=overall, n_items=n_items, findings=findings)


def points(estimate: Estimate, *, signed: bool = False) -> str:
    """A mean or a difference on the scale, with its interval.

    >>> points(Estimate(value=0.92, low=0.61, high=1.23, n=50, method="t"), signed=True)
    '+0.92 [0.61, 1.23]'
    """
    sign = "+" if signed else ""
    # What rounds to nothing has no sign.
    value, low, high = (round(end, 2) + 0.0 for end in (estimate.value, estimate.low, estimate.high))
    return f"{value:{sign}.2f} [{low:.2f}, {high:.2f}]"


def told(overall: SideMeans) -> str:
    """The means of all axes together in a sentence's words."""
    if isinstance(overall.tuned, Unscored):
        return f"tuned has no mean: {overall.tuned.reason}"
    if isinstance(overall.base, Unscored):
        return f"tuned {points(overall.tuned)} of {HIGH}"
    if isinstance(overall.difference, Unscored):
        return f"tuned {overall.tuned.value:.2f} against base {overall.base.value:.2f} of {HIGH}"
    return (
        f"tuned {overall.tuned.value:.2f} against base {overall.base.value:.2f} of {HIGH}, "
        f"{points(overall.difference, signed=True)}"
    )


def _known(rows: RatedRows, overall: SideMeans, n_items: int) -> str:
    people = "1 person" if rows.n_raters == 1 else f"{rows.n_raters:,} people"
    return f"rated by {people} on {count(n_items, 'item')}: {told(overall)}"


def _unknown(study: ReviewStudy, overall: SideMeans, n_items: int) -> str:
    n_all = len(study.items)
    if n_all < ITEMS_NEEDED:
        return (
            f"the sheet has {count(n_all, 'item')} and a verdict needs {ITEMS_NEEDED}, so it cannot lead to one: "
            f"make a larger one ({CREATE})"
        )
    if n_items < ITEMS_NEEDED:
        n_missing = ITEMS_NEEDED - n_items
        verbs = "is" if n_items == 1 else "are", "is" if n_missing == 1 else "are"
        have = f"{n_items} of the {ITEMS_NEEDED} items that a verdict needs {verbs[0]} rated"
        return f"{have}: {n_missing} {verbs[1]} missing ({SERVE})"
    return told(overall)


def _deciding(study: ReviewStudy, axes: Mapping[str, SideMeans]) -> Iterator[Finding]:
    worse = [
        name
        for name, one in axes.items()
        if isinstance(one.difference, Estimate)
        and one.difference.value < 0
        and isinstance(one.p_holm, float)
        and one.p_holm < LARGEST_P
    ]
    if worse:
        yield _worse(worse, axes)
    tuned = {name: one.tuned for name, one in axes.items() if isinstance(one.tuned, Estimate)}
    below = {name: one for name, one in tuned.items() if one.high < study.bar}
    near = {name: one for name, one in tuned.items() if one.value < study.bar and name not in below}
    bar = number(study.bar)
    if below:
        yield Finding(
            code="review.below_bar",
            severity="fail",
            message=f"people rate tuned below {bar} of {HIGH} on {_means(below)}",
            evidence={"bar": study.bar, **{f"mean_{name}": one.value for name, one in below.items()}},
            hint="read the answers that were rated lowest; what they lack has to be in the training rows",
        )
    if near:
        yield Finding(
            code="review.near_bar",
            severity="warn",
            message=f"the mean of tuned is below {bar} of {HIGH}, but its interval is not, on {_means(near)}",
            evidence={"bar": study.bar, **{f"mean_{name}": one.value for name, one in near.items()}},
            hint=f"more items settle it: {CREATE}",
        )


def _worse(names: Sequence[str], axes: Mapping[str, SideMeans]) -> Finding:
    parts, evidence = [], dict[str, str | int | float | None]()
    for name in names:
        one = axes[name]
        assert isinstance(one.difference, Estimate)
        assert isinstance(one.p_holm, float)
        parts.append(f"{name} ({points(one.difference, signed=True)}, p {number(one.p_holm)})")
        evidence |= {f"difference_{name}": one.difference.value, f"p_holm_{name}": one.p_holm}
    return Finding(
        code="review.worse",
        severity="fail",
        message=f"people rate tuned lower than base on {listed(parts)}",
        evidence=evidence,
        hint="read the items where tuned loses most: the training rows may teach what people did not like",
    )


def _means(found: Mapping[str, Estimate]) -> str:
    return listed([f"{name} ({points(one)})" for name, one in found.items()])
