"""Runs whose loss is no likelihood: preferences and reinforcement."""

from __future__ import annotations

import numpy as np
import pytest

from tests.checks.curves import Floats, falling, history, series
from tests.checks.parts import codes, finding
from tunecheck.checks.curve import check_curve
from tunecheck.core import CheckResult, Series

N_RUNS = 100


def preference(*more: Series) -> CheckResult:
    return check_curve(history(None, falling(30, 0.69, 0.3), more=more, loss_kind="preference"))


def lengths(rng: np.random.Generator, n: int) -> Floats:
    """Log-probabilities of whole answers in batches: mostly a matter of how long the answers are."""
    return -300 + 40 * rng.standard_normal(n)


def test_chosen_answers_of_differing_length_are_no_displacement() -> None:
    rng = np.random.default_rng(7)
    found = [preference(series("logps/chosen", lengths(rng, 30))) for _ in range(N_RUNS)]
    assert sum("curve.displacement" in codes(check) for check in found) < 0.05 * N_RUNS


def test_a_clear_fall_of_the_chosen_is_found_through_the_same_noise() -> None:
    rng = np.random.default_rng(8)
    fall = np.linspace(0, -250, 50)
    found = [preference(series("logps/chosen", lengths(rng, 50) + fall)) for _ in range(N_RUNS)]
    assert sum("curve.displacement" in codes(check) for check in found) > 0.9 * N_RUNS


def test_chosen_answers_that_gained_on_the_reference_are_not_displaced() -> None:
    chosen = series("logps/chosen", np.linspace(-100, -180, 20))
    assert "curve.displacement" in codes(preference(chosen, series("rewards/chosen", np.linspace(0, -2, 20))))
    assert "curve.displacement" not in codes(preference(chosen, series("rewards/chosen", np.linspace(0, 2, 20))))


def test_evaluation_pairs_outrank_those_of_the_training() -> None:
    train = series("logps/chosen", np.linspace(-100, -180, 20))
    held_out = series("logps/chosen", [-120.0, -120.1, -119.9, -120.0, -120.1], split="eval")
    assert "curve.displacement" not in codes(preference(train, held_out))
    fell = series("logps/chosen", [-120.0, -130.0, -140.0, -150.0, -160.0], split="eval")
    assert "over the evaluation pairs" in finding(preference(fell), "curve.displacement").message


@pytest.mark.parametrize("n", [3, 20])
def test_a_reinforcement_run_is_told_apart_from_preferences(n: int) -> None:
    check = preference(series("reward", np.linspace(0.2, 0.8, n)), series("reward_std", np.full(n, 0.1)))
    assert check.summary.startswith("The loss of this reinforcement run is no likelihood")
    assert "curve.preference" not in codes(check)
    message = finding(check, "curve.reinforcement").message
    assert ("its mean reward went from 0.247 to 0.753" in message) == (n == 20)
