"""Chance: coefficients of agreement beyond it, 1 less observed over expected disagreement, and their interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.ratios import Codes, Floats
from tunecheck.stats.resampling import percentile_interval

Coefficient = Callable[[Floats], Floats]

METHOD = "bootstrap over items and two added, percentiles"
ALL_EQUAL = "all values are equal, so ratings by chance would not differ either"
_CELLS = 1 << 20


def beyond_chance(
    coefficient: Coefficient,
    times: Codes,
    n_ratings: int,
    rng: np.random.Generator,
    *,
    n_draws: int = 1000,
    confidence: float = 0.95,
) -> Estimate | Unscored:
    """What is the coefficient, and between which values would it lie for other items? Percentiles over draws of items.

    Items that were rated alike stand together: ``times`` counts the items of each kind, and ``n_ratings`` the ratings
    of one item of each. ``coefficient`` takes how often each kind is drawn, shape (draws, kinds + 2), and gives the
    value of each draw, NaN where a draw has one value only. The last two kinds are two items that are added to those
    that are drawn from, both with the mean number of ratings and their distribution of values: one is rated by chance,
    on the other all agree. Without them the interval closes where the items at hand happen to agree, and that of 10 or
    20 items that nearly agree holds the truth half of the time. The idea is that of Agresti and Min (2005), here in a
    bootstrap (Efron 1979). The two do not enter the value. The ends are those of ``percentile_interval`` over items. A
    draw without a value counts against both ends; where those are more than one tail holds, the answer is Unscored.

    Assumes independent items. How often the intervals hold the truth is in tests/stats/test_agreement_coverage.py.
    Raises ValueError for ``n_draws`` below 1.

    >>> apart = np.array([0.0, 0.3, 0.5, 0.0])  # disagreement by kind: three items of none, one, chance, agreement
    >>> beyond_chance(lambda w: 1 - w @ apart / w.sum(1) / 0.5, np.array([3, 1]), 4, np.random.default_rng(0)).value
    0.85
    """
    if n_draws < 1:
        raise ValueError(f"n_draws is at least 1, not {n_draws}")
    value, n_items = float(coefficient(np.append(times, [0.0, 0.0])[None])[0]), int(times.sum())
    chances, portion = np.append(times, [1, 1]) / (n_items + 2), max(1, _CELLS // max(1, n_ratings))
    draws = np.concatenate(
        [
            coefficient(rng.multinomial(n_items + 2, chances, min(portion, n_draws - start)).astype(np.float64))
            for start in range(0, n_draws, portion)
        ]
    )
    bad = np.isnan(draws)
    if bad.mean() > (1 - confidence) / 2:
        return Unscored(reason=f"nearly all values are equal: in {bad.mean():.0%} of the resamples of items, all are")
    ends = []
    for worst in (np.nanmin(draws), np.nanmax(draws)):
        end = percentile_interval(value, np.where(bad, worst, draws), n_items, confidence=confidence, method=METHOD)
        if isinstance(end, Unscored):
            return end
        ends.append(end)
    return replace(ends[0], high=ends[1].high)


def less_chance(observed: Floats, expected: Floats, counts: Floats) -> Floats:
    """1 - observed / expected disagreement of each draw; NaN where its counts have one value only.

    >>> less_chance(np.array([0.1, 0.0]), np.array([0.5, 1e-17]), np.array([[1.0, 1.0], [0.0, 3.0]])).tolist()
    [0.8, nan]
    """
    several = (np.count_nonzero(counts, axis=1) > 1) & (expected > 0)
    found = np.full(len(counts), np.nan)
    # Agreement is at most 1: a sum of what differs that is zero may come out below it.
    found[several] = 1 - np.maximum(observed[several], 0) / expected[several]
    return found
