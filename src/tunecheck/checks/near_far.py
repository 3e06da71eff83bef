"""Near and far: is the tuned model as good on validation text unlike its training text as on text like it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunecheck.checks.phrases import whole
from tunecheck.checks.scored import NO_BASE, TOKENISERS_DIFFER, Floats, ScoredPart, Table
from tunecheck.checks.statuses import worst
from tunecheck.core import Estimate, Finding, ItemComparison, Measure, Severity, Status, Unscored
from tunecheck.stats import Ratio, difference, interval, paired_difference, ratio, transfer_ratio, unit_codes
from tunecheck.stats.regression import slope

# At this similarity a validation item is a copy of a training item, and says nothing of other text. Heuristic, for the
# cosine of metrics.nearest_by_words.
DUPLICATE = 0.95
# Thirds of the items where each has so many units; else halves, where each has the second number. Heuristic: below 30 a
# t interval leans on a mean that may not be normal, and below 20 it tells nothing but large differences.
LEAST_IN_THIRD, LEAST_IN_HALF = 30, 20
# Far text should keep this share of the gain on near text. Heuristic.
FAR_SHARE = 0.5
LISTED_ITEMS = 10

NATS = " nats per token"
HINT = "add training rows of the kind that the farthest items have, or train for fewer epochs"

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearFar:
    """Gain by distance: measures, findings, their status, and the far items that lost the most, the worst first."""

    measures: dict[str, Measure]
    findings: tuple[Finding, ...]
    status: Status
    items: tuple[ItemComparison, ...] = ()


def check_near_far(
    validation: ScoredPart,
    similarity: Sequence[float] | Floats,
    *,
    task_scores: Mapping[str, float] | None = None,
) -> NearFar:
    """The gain over the base on validation items that are like training items, and on those that are not.

    ``similarity[k]`` is that of ``validation.items[k]`` to the training item it is most like, 0 to 1. Copies (0.95 and
    above) stand apart; the others are ordered by the mean similarity of their unit and cut in thirds, or in halves
    where thirds are small; equal similarities stay together. ``similarity_slope_nats`` is b in gain ~ a + b similarity
    + c base nll, by tokens: what likeness brings at equal difficulty. ``task_scores`` has the task score of tuned less
    base by item id, in any unit; items without one are left out of those measures. Raises ValueError when items and
    similarities are not parallel, a similarity is outside 0 to 1, or a task score is not a finite number.
    """
    alike = np.asarray(similarity, dtype=np.float64)
    if alike.shape != (len(validation.items),):
        raise ValueError(f"{len(validation.items)} items need as many similarities, not of shape {alike.shape}")
    if not ((alike >= 0) & (alike <= 1)).all():
        raise ValueError(f"similarities lie in 0 to 1, not in {alike.min()} to {alike.max()}")
    table = validation.table()
    if table.base is None or not table.same_tokens:
        return _unknown(NO_BASE if table.base is None else TOKENISERS_DIFFER)
    scored = (table.base.n_tokens > 0) & (table.tuned.n_tokens > 0)
    copies = alike >= DUPLICATE
    buckets, problem = cut(alike, table.units, table.tuned.n_tokens, scored & ~copies)
    measures = _measures(table, alike, scored, copies, buckets, problem)
    if task_scores is not None:
        measures |= _task_measures(validation, buckets, task_scores, problem)
    findings = tuple(_findings(measures))
    known = isinstance(measures["far_gain_nats"], Estimate) and isinstance(measures["near_gain_nats"], Estimate)
    statuses: list[Status] = [finding.severity for finding in findings if finding.severity != "info"]
    return NearFar(
        measures=measures,
        findings=findings,
        status=worst([*statuses, "pass" if known else "unknown"]),
        items=_worst_items(validation, buckets),
    )


def cut(similarity: Floats, units: Codes, tokens: Floats, wanted: npt.NDArray[np.bool_]) -> tuple[Codes, str]:
    """The bucket of each item: 0 far, 1 between, 2 near, -1 none; and why there are no buckets, or "".

    Whole units go into a bucket, by the mean similarity of their tokens; of halves none is between.
    """
    none = np.full(len(similarity), -1, dtype=np.int64)
    names, codes = np.unique(units[wanted], return_inverse=True)
    n_units = len(names)
    if n_units < 2 * LEAST_IN_HALF:
        return none, f"two halves need {2 * LEAST_IN_HALF} items or groups that are no copies, and there are {n_units}"
    weight = np.bincount(codes, weights=tokens[wanted])
    mean = np.bincount(codes, weights=tokens[wanted] * similarity[wanted]) / weight
    for thirds, least in ((True, LEAST_IN_THIRD), (False, LEAST_IN_HALF)):
        low, high = np.quantile(mean, (1 / 3, 2 / 3) if thirds else (0.5, 0.5))
        bucket = np.where(mean >= high, 2, np.where(mean <= low, 0, 1)) if low < high else _halves(mean, low)
        sizes = np.bincount(bucket, minlength=3)
        if sizes[0] >= least and sizes[2] >= least:
            none[wanted] = bucket[codes]
            return none, ""
    return none, f"too many of the {n_units:,} items or groups are equally like the training set to tell near from far"


def _halves(mean: Floats, middle: float) -> Codes:
    """Below the middle and above; what is equal to it goes to the smaller side."""
    below, above = int((mean < middle).sum()), int((mean > middle).sum())
    return np.where(mean > middle, 2, np.where(mean < middle, 0, 0 if below < above else 2))


def _unknown(reason: str) -> NearFar:
    names = ("near_gain_nats", "far_gain_nats", "near_less_far_nats", "far_share", "similarity_slope_nats")
    measures: dict[str, Measure] = dict.fromkeys(names, Unscored(reason=reason))
    return NearFar(measures=measures, findings=(), status="unknown")


def _measures(
    table: Table,
    alike: Floats,
    scored: npt.NDArray[np.bool_],
    copies: npt.NDArray[np.bool_],
    buckets: Codes,
    problem: str,
) -> dict[str, Measure]:
    near, far = (Unscored(reason=problem) if problem else _gain(table, buckets == which) for which in (2, 0))
    between = {"mid_gain_nats": interval(_gain(table, buckets == 1))} if (buckets == 1).any() else {}
    apart = difference(near, far)
    return {
        "near_gain_nats": interval(near),
        "far_gain_nats": interval(far),
        **between,
        "near_less_far_nats": interval(apart),
        "far_share": _far_share(far, near),
        "similarity_slope_nats": _slope(table, alike, scored & ~copies),
        "duplicate_gain_nats": interval(_gain(table, copies & scored)),
        "n_duplicates": int((copies & scored).sum()),
        "n_near": int((buckets == 2).sum()),
        "n_far": int((buckets == 0).sum()),
        "near_similarity": _mean(alike[buckets == 2]),
        "far_similarity": _mean(alike[buckets == 0]),
    }


def _task_measures(
    validation: ScoredPart, buckets: Codes, task_scores: Mapping[str, float], problem: str
) -> dict[str, Measure]:
    """The mean over items of the task score, tuned less base, near and far, and how far apart they are."""
    given = np.array([item.id in task_scores for item in validation.items], dtype=np.bool_)
    scores = np.array([task_scores.get(item.id, 0.0) for item in validation.items], dtype=np.float64)
    if not np.isfinite(scores).all():
        at = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise ValueError(f"the task score of {validation.items[at].id} is {scores[at]}, which is no finite number")
    units = unit_codes([item.unit for item in validation.items])

    def mean(which: int) -> Ratio | Unscored:
        wanted = given & (buckets == which)
        return Unscored(reason=problem) if problem else ratio(scores[wanted], np.ones(wanted.sum()), units[wanted])

    near, far = mean(2), mean(0)
    return {
        "near_task_gain": interval(near),
        "far_task_gain": interval(far),
        "near_less_far_task_gain": interval(difference(near, far)),
    }


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _gain(table: Table, wanted: npt.NDArray[np.bool_]) -> Ratio | Unscored:
    base, tuned = table.base, table.tuned
    assert base is not None, "asked for before"
    return paired_difference(
        (base.nll_nats[wanted], base.n_tokens[wanted]),
        (tuned.nll_nats[wanted], tuned.n_tokens[wanted]),
        table.units[wanted],
    )


def _far_share(far: Ratio | Unscored, near: Ratio | Unscored) -> Measure:
    share = transfer_ratio(far, near)
    if isinstance(share, Unscored) and isinstance(near, Ratio) and isinstance(far, Ratio):
        return Unscored(reason="no gain on near text is shown, so it has no share that far text keeps")
    return share


def _slope(table: Table, alike: Floats, wanted: npt.NDArray[np.bool_]) -> Estimate | Unscored:
    assert table.base is not None, "asked for before"
    tokens = table.base.n_tokens[wanted]
    base, tuned = table.base.nll_nats[wanted] / tokens, table.tuned.nll_nats[wanted] / tokens
    return slope(base - tuned, alike[wanted], beside=[base], weights=tokens, units=table.units[wanted])


def _findings(measures: dict[str, Measure]) -> Iterator[Finding]:
    near, far, apart, share, rise = (
        measures[name]
        for name in ("near_gain_nats", "far_gain_nats", "near_less_far_nats", "far_share", "similarity_slope_nats")
    )
    if not (isinstance(near, Estimate) and isinstance(far, Estimate) and isinstance(apart, Estimate)):
        return
    yield from _task_findings(measures)
    severity, said = _ruling(near, far, apart, share)
    if not severity:
        return
    if severity == "warn" and isinstance(rise, Estimate) and rise.low <= 0:
        severity = "info"
        said += ", but at equal difficulty the gain is not shown to rise with likeness"
    yield Finding(
        code="overfit.far",
        severity=severity,
        message=f"{said}: {whole(far, NATS)} on the text least like the training text, {whole(near, NATS)} on the most",
        evidence={
            "near_gain_nats": near.value,
            "far_gain_nats": far.value,
            "far_high": far.high,
            "similarity_slope_nats": rise.value if isinstance(rise, Estimate) else None,
        },
        hint=HINT if severity != "info" else "",
    )


def _task_findings(measures: dict[str, Measure]) -> Iterator[Finding]:
    """warn where far from the training text the task is done worse than by the base, and near it is not."""
    near, far, apart = (measures.get(name) for name in ("near_task_gain", "far_task_gain", "near_less_far_task_gain"))
    if not (isinstance(near, Estimate) and isinstance(far, Estimate) and isinstance(apart, Estimate)):
        return
    if far.high < 0 < apart.low:
        yield Finding(
            code="overfit.far_task",
            severity="warn",
            message="far from its training text the tuned model does the task worse than its base: score "
            f"{whole(far)} on the text least like the training text, {whole(near)} on the most",
            evidence={"near_task_gain": near.value, "far_task_gain": far.value, "far_high": far.high},
            hint=HINT,
        )


def _ruling(near: Estimate, far: Estimate, apart: Estimate, share: Measure) -> tuple[Severity | None, str]:
    """fail: far text is worse than under the base. warn: it gains less than near text, and nothing or below half."""
    if far.high < 0:
        where = "near and far" if near.high < 0 else "far"
        return "fail", f"{where} from its training text the tuned model is worse than its base"
    if near.low <= 0:
        return None, ""
    less = apart.low > 0
    if far.low <= 0:
        return ("warn" if less else "info"), "no gain is shown far from the training text"
    if less and isinstance(share, Estimate) and share.value < FAR_SHARE:
        return "warn", "far from the training text less than half of the gain is left"
    return None, ""


def _worst_items(validation: ScoredPart, buckets: Codes) -> tuple[ItemComparison, ...]:
    far = [item for item, bucket in zip(validation.comparisons(), buckets, strict=True) if bucket == 0]
    return tuple(sorted(far, key=lambda item: item.gain_nats_per_token or 0.0)[:LISTED_ITEMS])
