"""Newton's method: the tops of many functions at once, from far away as well."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
import scipy.special

from tunecheck.stats.newton import highest_points
from tunecheck.stats.ratios import Floats


def test_each_function_has_its_own_top() -> None:
    tops = np.array([[1.0, -2.0], [30.0, 4.0]])
    shape = np.array([[2.0, 0.5], [0.5, 1.0]])

    def terms(points: Floats) -> tuple[Floats, Floats, Floats]:
        away = points - tops
        return -np.einsum("di,ij,dj->d", away, shape, away), -2 * away @ shape, 2 * np.stack((shape, shape))

    assert highest_points(terms, np.zeros((2, 2))) == pytest.approx(tops)


@pytest.mark.parametrize("start", [0.0, -40.0, 40.0, 400.0])
@pytest.mark.parametrize("n_wins", [0, 1, 700, 1000])
def test_a_logistic_top_is_found_from_where_a_whole_step_overshoots(start: float, n_wins: int) -> None:
    def terms(points: Floats) -> tuple[Floats, Floats, Floats]:
        chance = scipy.special.expit(points)
        value = n_wins * points - 1000 * np.logaddexp(0, points) - 0.005 * points**2
        hessian = 1000 * chance * (1 - chance) + 0.01
        return value[:, 0], n_wins - 1000 * chance - 0.01 * points, hessian[:, :, None]

    found = highest_points(terms, np.array([[start]]))[0, 0]
    theirs = scipy.optimize.brentq(lambda x: n_wins - 1000 / (1 + np.exp(-x)) - 0.01 * x, -50, 50, xtol=1e-13)
    assert found == pytest.approx(theirs, abs=1e-7)
