"""Unimodal fits against scipy, by brute force, and how often noise is taken for a turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from tunecheck.checks.curve_fit import falling_errors, falling_fit, unimodal

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=25).map(np.array)


@given(VALUES)
@settings(max_examples=60, deadline=None)
def test_the_falling_fit_is_that_of_scipy(values: np.ndarray) -> None:
    assert falling_fit(values) == pytest.approx(isotonic_regression(values, increasing=False).x, rel=1e-9, abs=1e-6)


@given(VALUES)
@settings(max_examples=40, deadline=None)
def test_errors_of_prefixes_are_those_of_fits_to_them(values: np.ndarray) -> None:
    scale = 1e-9 * (1 + float((values**2).sum()))
    expected = [((falling_fit(values[:n]) - values[:n]) ** 2).sum() for n in range(1, len(values) + 1)]
    assert falling_errors(values) == pytest.approx(np.array(expected), abs=scale)


@given(VALUES)
@settings(max_examples=40, deadline=None)
def test_no_turn_fits_better_than_the_one_found(values: np.ndarray) -> None:
    found = float(((unimodal(values).values - values) ** 2).sum())
    for turn in range(1, len(values) + 1):
        fitted = np.concatenate([falling_fit(values[:turn]), falling_fit(values[turn:][::-1])[::-1]])
        assert found <= float(((fitted - values) ** 2).sum()) + 1e-9 * (1 + float((values**2).sum()))


@pytest.mark.parametrize("n", [6, 10, 20, 60])
def test_noise_about_a_constant_or_a_fall_is_rarely_taken_for_a_rise(n: int) -> None:
    rng = np.random.default_rng(n)
    falls = 10 + np.exp(-3 * np.arange(n) / n)
    for smooth in (np.full(n, 10.0), falls):
        shown = [unimodal(smooth + 0.1 * rng.standard_normal(n)).rise_is_shown for _ in range(300)]
        assert np.mean(shown) < 0.05


def test_a_constant_shows_neither_fall_nor_rise() -> None:
    fit = unimodal(np.full(8, 2.5))
    assert not fit.rise_is_shown
    assert not fit.fall_is_shown
