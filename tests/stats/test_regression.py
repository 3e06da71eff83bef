"""Weighted regression with errors that know units: against matrices, and by how often its interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.regression import slope


def sandwich(y: np.ndarray, x: np.ndarray, w: np.ndarray, units: np.ndarray) -> tuple[float, float]:
    """Slope and half-width by (X'WX)^-1 (sum over units of s s') (X'WX)^-1, the matrices written out."""
    bread = np.linalg.inv(x.T @ np.diag(w) @ x)
    beta = bread @ x.T @ np.diag(w) @ y
    meat = np.zeros_like(bread)
    for unit in np.unique(units):
        own = units == unit
        total = x[own].T @ (w[own] * (y - x @ beta)[own])
        meat += np.outer(total, total)
    n_units, n_rows, n_columns = len(np.unique(units)), len(y), x.shape[1]
    scale = n_units / (n_units - 1) * (n_rows - 1) / (n_rows - n_columns)
    error = np.sqrt(scale * (bread @ meat @ bread)[1, 1])
    return float(beta[1]), float(stats.t.ppf(0.975, n_units - 1) * error)


@given(seed=st.integers(0, 10**6), n=st.integers(8, 60), n_beside=st.integers(0, 3), group_size=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_it_is_the_sandwich_of_the_textbook(seed: int, n: int, n_beside: int, group_size: int) -> None:
    dice = np.random.default_rng(seed)
    units = np.arange(n) // group_size
    of, w = dice.normal(size=n), dice.uniform(0.1, 5, n)
    beside = [dice.normal(size=n) + 0.5 * of for _ in range(n_beside)]
    y = dice.normal(size=n) + of
    found = slope(y, of, beside=beside, weights=w, units=units)
    if len(np.unique(units)) <= 2 + n_beside:
        assert isinstance(found, Unscored)
        return
    assert isinstance(found, Estimate)
    value, half = sandwich(y, np.column_stack((np.ones(n), of, *beside)), w, units)
    assert (found.value, found.high - found.value) == pytest.approx((value, half), rel=1e-6, abs=1e-9)
    assert found.n == len(np.unique(units))


@given(seed=st.integers(0, 10**6), add=st.floats(-5, 5), times=st.floats(0.1, 10))
@settings(max_examples=25, deadline=None)
def test_shifts_leave_it_and_scales_scale_it(seed: int, add: float, times: float) -> None:
    dice = np.random.default_rng(seed)
    y, of, other, w = dice.normal(size=30), dice.normal(size=30), dice.normal(size=30), dice.uniform(1, 2, 30)
    one = slope(y, of, beside=[other], weights=w, units=np.arange(30))
    two = slope(times * y + add + 3 * other, of + add, beside=[other * 2 - add], weights=w * times, units=np.arange(30))
    assert isinstance(one, Estimate)
    assert isinstance(two, Estimate)
    assert (two.value, two.low) == pytest.approx((times * one.value, times * one.low), rel=1e-6, abs=1e-8)


def test_the_interval_holds_the_truth_nineteen_times_in_twenty() -> None:
    dice, held = np.random.default_rng(0), 0
    for _ in range(400):
        units = np.repeat(np.arange(50), 4)
        of, other = np.repeat(dice.normal(size=50), 4), dice.normal(size=200)
        y = 2 * of - other + np.repeat(dice.normal(size=50), 4) + dice.normal(size=200)
        found = slope(y, of, beside=[other], weights=dice.uniform(0.5, 1.5, 200), units=units)
        assert isinstance(found, Estimate)
        held += found.low <= 2 <= found.high
    assert 0.91 <= held / 400 <= 0.98


def test_rows_of_no_weight_are_left_out() -> None:
    y, of, units = [1.0, 3.0, 5.0, 7.5, 99.0], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]
    assert slope(y, of, weights=[1, 1, 1, 1, 0], units=units) == slope(y[:4], of[:4], weights=[1] * 4, units=units[:4])


def test_what_cannot_be_fitted_is_unscored_with_the_reason() -> None:
    four = np.arange(4.0)
    assert slope([1.0, 2.0], [0.0, 1.0], weights=[1, 1], units=[0, 1]) == Unscored(
        reason="2 coefficients need more than 2 items or groups, and there are 2"
    )
    constant = Unscored(reason="it does not vary beside the other columns of the regression")
    assert slope(four, np.ones(4), weights=np.ones(4), units=four.astype(np.int64)) == constant
    assert slope(four, four, beside=[2 * four + 1], weights=np.ones(4), units=four.astype(np.int64)) == constant
    assert slope([], [], weights=[], units=np.zeros(0, dtype=np.int64)) == Unscored(
        reason="2 coefficients need more than 2 items or groups, and there are 0"
    )
    assert slope([np.nan, 1, 2, 3], four, weights=np.ones(4), units=[0, 1, 2, 3]) == Unscored(
        reason="some rows are not finite numbers"
    )


def test_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="3 rows need as many weights and units, not 2 and 3"):
        slope([1, 2, 3], [1, 2, 3], weights=[1, 1], units=[0, 1, 2])
    with pytest.raises(ValueError, match="the least is -1"):
        slope([1, 2, 3], [1, 2, 3], weights=[1, 1, -1], units=[0, 1, 2])
