"""Resampling: intervals and tests for values that follow from summed totals, such as corpus BLEU and macro F1.

Whole units are drawn or swapped, so rows that share one stay together. What is drawn depends on the units and the
generator alone: equally seeded generators draw the same units, whatever is computed from them and in whatever portions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.paired_tests import coin_bytes
from tunecheck.stats.ratios import Codes, Floats, Units, t_quantile, unit_codes

Pooled = Callable[[Floats], float]

# Differences of two pooled values that differ by rounding alone are tied. As a share of the two values.
TIED = 1e-9
_CELLS = 1 << 20


def unit_counts(units: Units, n_draws: int, rng: np.random.Generator) -> Iterator[Codes]:
    """How often is each unit in each bootstrap draw? Portions of shape (draws, units), each row summing to the units.

    A draw takes as many units as there are, with replacement and equal chance (Efron 1979; by unit, Davison and Hinkley
    1997, 3.8). A portion takes about 8 MiB. Raises ValueError without units and
    for ``n_draws`` below 1.

    >>> next(unit_counts(["a", "b", "b", "c"], 2, np.random.default_rng(0))).sum(axis=1).tolist()
    [3, 3]
    """
    yield from _drawn(unit_codes(units), n_draws, rng, width=0)


def resampled_totals(totals: Floats, units: Units, rng: np.random.Generator, n_draws: int = 1000) -> Floats:
    """The summed totals of each bootstrap draw of units: shape (rows, k) to (n_draws, k).

    For a value that is computed for all draws at once; ``resampled`` takes one that is not. Raises ValueError when the
    lengths differ, there are no rows, or ``n_draws`` is below 1.

    >>> resampled_totals(np.array([[2.0], [2.0]]), ["a", "b"], np.random.default_rng(0), 3).tolist()
    [[4.0], [4.0], [4.0]]
    """
    sums = _unit_sums(totals, units)
    return np.concatenate([counts.astype(np.float64) @ sums for counts in unit_counts(units, n_draws, rng)])


def resampled_counts(codes: Codes, n_codes: int, units: Units, rng: np.random.Generator, n_draws: int = 1000) -> Codes:
    """How often is each code in each bootstrap draw of units? Shape (rows) to (n_draws, n_codes).

    It is ``resampled_totals`` of one-hot rows without making them: a code is a cell of a confusion matrix. Where most
    cells are empty, number those that occur, for the answer takes 8 bytes a draw and a code. Equally seeded generators
    pair the draws of two models. Raises ValueError when the lengths differ, there are no rows, or a code is not within
    0 to n_codes - 1.

    >>> resampled_counts(np.array([1, 1, 2]), 4, ["a", "a", "a"], np.random.default_rng(0), 2).tolist()
    [[0, 2, 1, 0], [0, 2, 1, 0]]
    """
    if codes.ndim != 1 or len(units) != len(codes):
        raise ValueError(f"{len(units)} unit labels do not fit codes of shape {codes.shape}")
    if len(codes) and not 0 <= codes.min() <= codes.max() < n_codes:
        raise ValueError(f"codes lie within 0 to {n_codes - 1}, and these reach from {codes.min()} to {codes.max()}")
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    unit_of_row = unit_codes(units)[order]
    found, done = np.zeros((n_draws, n_codes), dtype=np.int64), 0
    for counts in _drawn(unit_of_row, n_draws, rng, width=len(codes)):
        found[done : done + len(counts), present] = np.add.reduceat(counts[:, unit_of_row], starts, axis=1)
        done += len(counts)
    return found


def resampled(totals: Floats, units: Units, pooled: Pooled, rng: np.random.Generator, n_draws: int = 1000) -> Floats:
    """Which values would other samples of units have given? One for each bootstrap draw, shape (n_draws).

    ``totals`` has shape (rows, k), and ``pooled`` turns summed totals, shape (k), into the value. Errors as for
    ``resampled_totals``.

    >>> totals = np.array([[1.0, 2.0], [3.0, 6.0]])
    >>> resampled(totals, ["a", "b"], lambda t: t[0] / t[1], np.random.default_rng(0), 3).tolist()
    [0.5, 0.5, 0.5]
    """
    return _values(resampled_totals(totals, units, rng, n_draws), pooled)


def paired_resampled(
    first_totals: Floats,
    second_totals: Floats,
    units: Units,
    pooled: Pooled,
    rng: np.random.Generator,
    n_draws: int = 1000,
) -> Floats:
    """First value less second on the same bootstrap draws, shape (n_draws) (Koehn 2004).

    What makes a unit hard for both models cancels. Both totals have shape (rows, k). Swapping them negates the answer.
    Errors as for ``resampled_totals``.

    >>> totals = np.array([[1.0], [5.0]])
    >>> paired_resampled(totals + 1, totals, ["a", "b"], lambda t: t[0], np.random.default_rng(0), 3).tolist()
    [2.0, 2.0, 2.0]
    """
    _same_shape(first_totals, second_totals)
    both = resampled_totals(np.hstack((first_totals, second_totals)), units, rng, n_draws)
    k = first_totals.shape[1]
    return _values(both[:, :k], pooled) - _values(both[:, k:], pooled)


def percentile_interval(
    value: float, draws: Floats, n: int, *, confidence: float = 0.95, method: str
) -> Estimate | Unscored:
    """Between which values do the draws lie? The percentile interval of the bootstrap, expanded for few units.

    The bootstrap spreads too little by the factor √((n - 1) / n) and knows no t, so the percentiles taken are those
    where the normal distribution has √(n / (n - 1)) times the t quantile of n - 1 degrees of freedom (Hesterberg 2015,
    "What teachers should know about the bootstrap"). It covers 95% of the time or a little less at 50 units, for a
    mean, a skewed mean and a ratio (tests/stats/test_resampling.py); few draws cut the ends off where n is below ten.
    The interval holds the value also where the bootstrap is biased. ``n`` counts the units and ``method`` names the
    draws. Unscored with fewer than two units, without draws, or where a draw has no finite value.

    >>> str(percentile_interval(5.0, np.arange(11.0), 1000, confidence=0.8, method="bootstrap over items"))
    '5 [0.9974, 9.003]'
    """
    if n < 2:
        return Unscored(reason=f"an interval needs at least 2 items or groups, and there {'is 1' if n else 'are none'}")
    if not len(draws):
        return Unscored(reason="there are no bootstrap draws")
    n_bad = int(np.count_nonzero(~np.isfinite(draws)))
    if n_bad:
        return Unscored(reason=f"{n_bad} of {len(draws)} bootstrap draws have no value")
    if not math.isfinite(value):
        return Unscored(reason=f"the value is {value}")
    from scipy.special import ndtr  # a slow import, so the first interval pays for it

    tail = float(ndtr(-math.sqrt(n / (n - 1)) * t_quantile((1 + confidence) / 2, n - 1)))
    low, high = np.quantile(draws, [tail, 1 - tail]).tolist()
    return Estimate(value=value, low=min(low, value), high=max(high, value), n=n, method=method, confidence=confidence)


def swap_test(
    first_totals: Floats,
    second_totals: Floats,
    units: Units,
    pooled: Pooled,
    rng: np.random.Generator,
    n_swaps: int = 2000,
) -> float:
    """Do two models differ in a pooled value? Two-sided p of approximate randomisation.

    If the models were alike, it would be chance which of them gave which output of a unit. A fair coin for each unit
    swaps the two; p is (1 + swaps whose difference is no smaller) / (1 + n_swaps), never zero (Noreen 1989; Riezler and
    Maxwell 2005; Phipson and Smyth 2010). Both totals have shape (rows, k). Units whose totals agree change nothing; if
    all do, p is 1. A swap without a finite value counts as no smaller. Assumes independent units. Raises ValueError
    when lengths or shapes differ, and for ``n_swaps`` below 1.

    >>> totals = np.arange(20.0)[:, None]
    >>> swap_test(totals + 1, totals, range(20), lambda t: t[0], np.random.default_rng(0), 99)
    0.01
    """
    _same_shape(first_totals, second_totals)
    if n_swaps < 1:
        raise ValueError(f"n_swaps is at least 1, not {n_swaps}")
    first, second = _unit_sums(first_totals, units), _unit_sums(second_totals, units)
    moved = (second - first)[(first != second).any(axis=1)]
    if not len(moved):
        return 1.0
    whole_1, whole_2 = first.sum(axis=0), second.sum(axis=0)
    value_1, value_2 = pooled(whole_1), pooled(whole_2)
    least = abs(value_1 - value_2) - TIED * (abs(value_1) + abs(value_2))
    n_smaller = 0
    for size in _portions(n_swaps, len(moved)):
        coins = np.unpackbits(coin_bytes(size, len(moved), rng), axis=1, count=len(moved))
        shift = coins.astype(np.float64) @ moved
        apart = _values(whole_1 + shift, pooled) - _values(whole_2 - shift, pooled)
        n_smaller += int(np.count_nonzero(np.abs(apart) < least))
    return (1 + n_swaps - n_smaller) / (1 + n_swaps)


def _drawn(codes: Codes, n_draws: int, rng: np.random.Generator, *, width: int) -> Iterator[Codes]:
    """``unit_counts`` in portions that still fit in memory when each draw is spread over ``width`` cells."""
    n_units = int(codes.max(initial=-1)) + 1
    if not n_units:
        raise ValueError("there are no units to draw from")
    if n_draws < 1:
        raise ValueError(f"n_draws is at least 1, not {n_draws}")
    for size in _portions(n_draws, max(n_units, width)):
        drawn = rng.integers(0, n_units, (size, n_units)) + n_units * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * n_units).reshape(size, n_units)


def _portions(n: int, width: int) -> Iterator[int]:
    """Sizes that sum to n, so that a portion has about as many cells of this width as memory should hold."""
    size = max(1, _CELLS // width)
    yield from (min(size, n - start) for start in range(0, n, size))


def _values(totals: Floats, pooled: Pooled) -> Floats:
    return np.fromiter(map(pooled, totals), dtype=np.float64, count=len(totals))


def _same_shape(first: Floats, second: Floats) -> None:
    if first.shape != second.shape:
        raise ValueError(f"totals of one model have shape {first.shape}, those of the other {second.shape}")


def _unit_sums(totals: Floats, units: Units) -> Floats:
    """The totals of each unit, shape (units, k)."""
    if totals.ndim != 2 or len(units) != len(totals):
        raise ValueError(f"{len(units)} unit labels do not fit totals of shape {totals.shape}")
    codes = unit_codes(units)
    sums: npt.NDArray[np.float64] = np.zeros((int(codes.max(initial=-1)) + 1, totals.shape[1]))
    np.add.at(sums, codes, totals)
    return sums
