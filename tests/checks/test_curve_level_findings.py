"""Losses that are too high, or sums."""

from __future__ import annotations

import numpy as np
import pytest

from tests.checks.curves import falling, history, series
from tests.checks.parts import codes, finding
from tunecheck.checks.curve import check_curve
from tunecheck.core import History

HIGH = [9.5, 9.2, 9.0, 8.9, 8.85, 8.83]
LOW = [2.0, 1.6, 1.4, 1.3, 1.25, 1.225]


def test_a_model_that_ends_near_chance_does_not_pass() -> None:
    check = check_curve(history(HIGH))
    assert check.status == "warn"
    assert finding(check, "curve.high_loss").message == (
        "the evaluation loss ends at 8.83: if it is a mean over tokens, the model does no better than picking evenly "
        "among 6,836 of them, and has hardly learned any language"
    )


def test_without_evaluations_a_high_loss_is_told_and_may_be_a_sum() -> None:
    found = finding(check_curve(history(None, falling(30, 11, 9))), "curve.high_loss")
    assert found.severity == "info"
    assert "gradient accumulation" in found.message


@pytest.mark.parametrize(
    "found",
    [
        history(LOW),
        history([x * 3 for x in HIGH]),
        history(HIGH, loss_kind="other"),
        history(HIGH, format="CSV"),
        history([9.5, 9.5, 14.0, 19.0], np.linspace(2, 20, 30)),
    ],
)
def test_other_levels_and_losses_that_may_be_of_no_tokens_are_left_alone(found: History) -> None:
    assert "curve.high_loss" not in codes(check_curve(found))


def summed(times: float, noise: float) -> History:
    rng = np.random.default_rng(3)
    train = np.interp(np.arange(1, 31) / 5, np.arange(1, 7), LOW) * times * (1 + noise * rng.standard_normal(30))
    return history(
        None, more=[series("loss", LOW, split="eval", every=100.0), series("loss", train, every=20.0)], train=[]
    )


@pytest.mark.parametrize("times", [2, 4, 16])
def test_a_training_loss_that_is_a_multiple_of_the_other_was_summed(times: int) -> None:
    found = finding(check_curve(summed(times, 0.005)), "curve.summed_loss")
    assert found.severity == "info"
    assert f"is {times} times the evaluation loss" in found.message


@pytest.mark.parametrize(("times", "noise"), [(1.0, 0.005), (1.5, 0.005), (2.0, 0.2), (0.5, 0.005)])
def test_a_ratio_that_is_no_whole_number_or_wanders_is_not_told(times: float, noise: float) -> None:
    assert "curve.summed_loss" not in codes(check_curve(summed(times, noise)))
