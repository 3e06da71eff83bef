"""Comparison: one measure of a task on base and tuned, paired by row, with its interval and test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tunecheck.core import Estimate, Measured, Scores, Unscored
from tunecheck.stats import (
    mcnemar,
    paired_resampled,
    percentile_interval,
    ratio_of_sums,
    resampled,
    share,
    sign_flip,
    swap_test,
)

Pooled = Callable[[NDArray[np.float64]], float]
NO_BASE = Unscored(reason="there is no base to compare with")
N_DRAWS = 1000
_SEED = 42
OVER_ONE = frozenset({"length_ratio", "density"})
UP_TO_ONE = frozenset(
    {
        *("rouge1", "rouge2", "rougeL", "rougeLsum", "f1", "copied_share", "coverage", "fields", "arguments"),
        *("samples_f1", "jaccard", "hamming_loss"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What one measure says of both sides.

    difference  tuned less base over the rows that both have; Unscored without a base
    p_value     two-sided, of no difference; None without a base
    test        which test gave it
    baseline    of answers that need no model, and how far tuned is above them; None where there are none
    """

    measured: Measured
    tuned: Estimate | Unscored
    base: Estimate | Unscored = NO_BASE
    difference: Estimate | Unscored = NO_BASE
    p_value: float | None = None
    test: str = ""
    baseline: Estimate | Unscored | None = None
    over_baseline: Estimate | Unscored | None = None

    @property
    def name(self) -> str:
        """The measure."""
        return self.measured.name

    @property
    def is_below_baseline(self) -> bool:
        """Whether tuned is beyond doubt worse than what needs no model."""
        over = self.over_baseline
        if not isinstance(over, Estimate):
            return False
        return over.low > 0 if self.measured.lower_is_better else over.high < 0

    @property
    def gain(self) -> float:
        """How much better tuned is than base in the middle of the interval; 0 without both."""
        if isinstance(self.difference, Unscored):
            return 0.0
        return -self.difference.value if self.measured.lower_is_better else self.difference.value


def compare(measured: Measured, units: Sequence[str], pooled: Mapping[str, Pooled]) -> Comparison:
    """Both sides of a measure over rows whose ``units`` are the draws of the statistics.

    A measure whose values are all 0 or 1 is a share: Wilson's interval, and McNemar's exact test where each unit has
    one row. Any other mean has a cluster-robust t interval and a permutation test that flips signs by unit. A measure
    in ``pooled`` follows from summed totals: bootstrap over units and approximate randomisation.
    """
    if measured.name in pooled:
        return _pooled(measured, units, pooled[measured.name])
    found = _means(measured, units)
    if measured.baseline is None:
        return found
    first, second, shared = _both(measured.tuned, measured.baseline, units)
    over = ratio_of_sums(first - second, np.ones(len(first)), shared)
    return replace(found, baseline=_mean(measured.baseline, units, _bounds(measured.name)), over_baseline=over)


def _means(measured: Measured, units: Sequence[str]) -> Comparison:
    tuned = _mean(measured.tuned, units, _bounds(measured.name))
    if measured.base is None:
        return Comparison(measured=measured, tuned=tuned)
    first, second, shared = _both(measured.tuned, measured.base, units)
    rng = np.random.default_rng(_SEED)
    is_share = _is_share(np.concatenate([first, second]))
    reach = 1.0 if is_share or measured.name in UP_TO_ONE else np.inf
    if is_share and len(set(shared)) == len(shared):
        better, worse = int((first > second).sum()), int((first < second).sum())
        p_value, test = mcnemar(better, worse), "McNemar, exact"
    else:
        p_value, test = sign_flip(first - second, shared, rng), "permutation of signs by unit"
    return Comparison(
        measured=measured,
        tuned=tuned,
        base=_mean(measured.base, units, _bounds(measured.name)),
        difference=ratio_of_sums(first - second, np.ones(len(first)), shared, at_least=-reach, at_most=reach),
        p_value=p_value if len(first) else None,
        test=test,
    )


def _mean(scores: Scores, units: Sequence[str], bounds: tuple[float, float]) -> Estimate | Unscored:
    kept = [(value, unit) for value, unit in zip(scores.values, units, strict=True) if not isinstance(value, Unscored)]
    if not kept:
        return Unscored(reason=_why_none(scores))
    values = np.array([value for value, _ in kept])
    own = [unit for _, unit in kept]
    if _is_share(values):
        return share(values, own)
    low, high = bounds
    return ratio_of_sums(values, np.ones(len(values)), own, at_least=low, at_most=high)


def _bounds(name: str) -> tuple[float, float]:
    """What the values of a measure cannot pass, which an interval should not either; nobody knows of a user's own."""
    if name in OVER_ONE:
        return 0.0, np.inf
    return (0.0, 1.0) if name in UP_TO_ONE else (-np.inf, np.inf)


def _why_none(scores: Scores) -> str:
    reasons = [value.reason for value in scores.values if isinstance(value, Unscored)]
    return reasons[0] if reasons else "there is no row"


def _is_share(values: NDArray[np.float64]) -> bool:
    return bool(np.isin(values, (0.0, 1.0)).all())


def _both(
    tuned: Scores, base: Scores, units: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """Values and units of the rows that both sides have."""
    kept = [
        (first, second, unit)
        for first, second, unit in zip(tuned.values, base.values, units, strict=True)
        if not isinstance(first, Unscored) and not isinstance(second, Unscored)
    ]
    values = np.array([(first, second) for first, second, _ in kept], dtype=np.float64).reshape(-1, 2)
    return values[:, 0], values[:, 1], [unit for _, _, unit in kept]


def _pooled(measured: Measured, units: Sequence[str], pooled: Pooled) -> Comparison:
    tuned = _of_totals(measured.tuned, units, pooled)
    if measured.base is None:
        return Comparison(measured=measured, tuned=tuned)
    both = [
        (first, second, unit)
        for first, second, unit in zip(measured.tuned.totals, measured.base.totals, units, strict=True)
        if first and second
    ]
    base = _of_totals(measured.base, units, pooled)
    if len({unit for _, _, unit in both}) < 2:
        return Comparison(measured=measured, tuned=tuned, base=base)
    first, second = (np.array([row[side] for row in both], dtype=np.float64) for side in (0, 1))
    shared = [unit for _, _, unit in both]
    draws = paired_resampled(first, second, shared, pooled, np.random.default_rng(_SEED), n_draws=N_DRAWS)
    value = pooled(first.sum(axis=0)) - pooled(second.sum(axis=0))
    return Comparison(
        measured=measured,
        tuned=tuned,
        base=base,
        difference=percentile_interval(value, draws, len(set(shared)), method="paired bootstrap over items"),
        p_value=swap_test(first, second, shared, pooled, np.random.default_rng(_SEED), n_swaps=N_DRAWS),
        test="approximate randomisation by unit",
    )


def _of_totals(scores: Scores, units: Sequence[str], pooled: Pooled) -> Estimate | Unscored:
    kept = [(totals, unit) for totals, unit in zip(scores.totals, units, strict=True) if totals]
    if not kept:
        return Unscored(reason=_why_none(scores))
    totals = np.array([row for row, _ in kept], dtype=np.float64)
    own = [unit for _, unit in kept]
    if len(set(own)) < 2:
        return Unscored(reason="one item shows no spread, so there is no interval")
    draws = resampled(totals, own, pooled, np.random.default_rng(_SEED), n_draws=N_DRAWS)
    value = pooled(totals.sum(axis=0))
    return percentile_interval(value, draws, len(set(own)), method="bootstrap over items")
