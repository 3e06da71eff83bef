"""A share: Wilson's interval against scipy, and by unit how often it holds the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.proportions import share

rows_of_units = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40).filter(
    lambda rows: len({unit for _, unit in rows}) > 1
)


def estimated(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def reason(found: object) -> str:
    assert isinstance(found, Unscored)
    return found.reason


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 20), (7, 20), (20, 20), (83, 164), (999, 1000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_with_one_row_a_unit_the_interval_is_scipys_wilson(k: int, n: int, confidence: float) -> None:
    found = estimated(share(np.arange(n) < k, range(n), confidence=confidence))
    theirs = scipy.stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert (found.value, found.n, found.method) == (k / n, n, "Wilson over items")


def test_by_unit_it_is_wilson_at_the_effective_sample_size_written_out() -> None:
    """Five units of two rows with the means 1, 1, 1/2, 1/2, 0: V = Σ (m - 0.6)² / (5 · 4), and a t of 4 degrees."""
    found = estimated(share([1, 1, 1, 1, 1, 0, 0, 1, 0, 0], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]))
    variance = (2 * 0.4**2 + 2 * 0.1**2 + 0.6**2) / 20
    z = scipy.stats.norm.ppf(0.975)
    n = 0.24 / variance * (z / scipy.stats.t.ppf(0.975, 4)) ** 2
    half = z / (1 + z * z / n) * math.sqrt(0.24 / n + z * z / (4 * n * n))
    middle = (0.6 + z * z / (2 * n)) / (1 + z * z / n)
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half))
    assert (found.value, found.n) == (0.6, 5)
    assert found.method == "Wilson at the effective sample size over groups"


@pytest.mark.parametrize(
    ("n_units", "size", "truth", "alike", "unequal"),
    [(40, 5, 0.8, 0.5, False), (100, 4, 0.9, 0.2, False), (20, 5, 0.8, 0.3, False), (200, 5, 0.95, 0.3, True)],
)
def test_the_interval_of_groups_covers_nineteen_times_in_twenty(
    n_units: int, size: int, truth: float, alike: float, unequal: bool
) -> None:
    """Beta-binomial units: ``alike`` is the correlation of two rows of a unit."""
    rng = np.random.default_rng(n_units)
    hits, repetitions, prior = 0, 800, 1 / alike - 1
    for _ in range(repetitions):
        sizes = rng.integers(1, 2 * size, n_units) if unequal else np.full(n_units, size)
        units = np.repeat(np.arange(n_units), sizes)
        chances = rng.beta(truth * prior, (1 - truth) * prior, n_units)[units]
        found = estimated(share(rng.random(len(units)) < chances, units))
        hits += found.low <= truth <= found.high
    assert 0.93 <= hits / repetitions <= 0.97


def test_where_all_rows_succeed_those_of_a_unit_are_copies() -> None:
    found = estimated(share([1] * 12, np.arange(12) // 4))
    theirs = scipy.stats.binomtest(3, 3).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, 1.0))


def test_units_of_one_share_are_no_better_than_their_rows() -> None:
    found = estimated(share([1, 0] * 200, np.arange(400) // 2))
    theirs = scipy.stats.binomtest(200, 400).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-3)


@given(rows_of_units)
@settings(max_examples=80, deadline=None)
def test_failures_mirror_successes_and_order_changes_nothing(rows: list[tuple[bool, int]]) -> None:
    values, units = np.array([float(won) for won, _ in rows]), [unit for _, unit in rows]
    found, mirrored = estimated(share(values, units)), estimated(share(1 - values, units))
    again = estimated(share(values[::-1], units[::-1]))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-9)
    assert (again.low, again.high) == pytest.approx((found.low, found.high), abs=1e-9)


@given(st.lists(st.booleans(), min_size=2, max_size=30), st.integers(2, 4))
@settings(max_examples=40, deadline=None)
def test_copies_inside_a_unit_never_narrow_the_interval(won: list[bool], copies: int) -> None:
    once = estimated(share(won, range(len(won))))
    more = estimated(share(np.repeat(won, copies), np.repeat(np.arange(len(won)), copies)))
    assert more.n == once.n
    assert more.low <= once.low + 1e-9
    assert more.high >= once.high - 1e-9


def test_what_has_no_share_has_a_reason() -> None:
    assert reason(share([], [])) == "there are no rows to take a share of"
    assert reason(share([1.0, math.nan], "ab")) == "1 of 2 rows are not finite numbers"
    assert reason(share([1, 0], "aa")) == "an interval needs at least 2 items or groups, and there is 1"


def test_values_that_are_no_successes_are_refused() -> None:
    with pytest.raises(ValueError) as beyond:
        share([0.0, 2.0], "ab")
    assert str(beyond.value) == "successes lie between 0 and 1, and these reach from 0 to 2"
    with pytest.raises(ValueError) as lengths:
        share([0.0, 1.0], "abc")
    assert str(lengths.value) == "3 unit labels do not fit successes of shape (2,)"
