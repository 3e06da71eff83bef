"""Length control: against scipy, in simulation, at separations, and what has no win rate at equal length."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
import scipy.optimize

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.length_control import RIDGE, length_controlled_win_rate

Floats = npt.NDArray[np.float64]


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def estimated(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def reason(found: Estimate | Unscored) -> str:
    assert isinstance(found, Unscored), found
    return found.reason


def draw(rng: np.random.Generator, n: int, better: float, by_length: float, longer: float) -> tuple[Floats, Floats]:
    lengths = rng.standard_normal(n) + longer
    logits = better + by_length * np.tanh(lengths / math.sqrt(1 + longer**2))
    return np.where(rng.random(n) < 1 / (1 + np.exp(-logits)), 1.0, -1.0), 200 * lengths


@pytest.mark.parametrize("seed", range(5))
def test_the_value_is_where_scipy_finds_the_fit_written_out(seed: int) -> None:
    rng = chance(seed)
    lengths, scores = rng.normal(50, 300, 40), rng.choice([-1, -1 / 3, 0, 1 / 3, 1], 40)
    column = np.tanh(lengths / math.sqrt(np.mean(lengths**2)))

    def loss(point: Floats) -> float:
        chances = 1 / (1 + np.exp(-point[0] - point[1] * column))
        hits = (1 + scores) / 2 * np.log(chances) + (1 - scores) / 2 * np.log(1 - chances)
        return float(-hits.sum() + RIDGE / 2 * point @ point)

    theirs = scipy.optimize.minimize(loss, np.zeros(2), method="BFGS", options={"gtol": 1e-9}).x[0]
    found = estimated(length_controlled_win_rate(scores, lengths, rng, n_draws=50))
    assert found.value == pytest.approx(1 / (1 + math.exp(-theirs)), abs=1e-6)
    assert found.low <= found.value <= found.high
    assert found.n == 40


@pytest.mark.parametrize(
    ("n", "better", "by_length", "longer"),
    [(30, 0.0, 0.0, 0.3), (50, 0.0, 1.0, 0.5), (50, 0.6, 2.0, 1.0), (100, 0.8, -1.0, 0.0), (50, 2.5, 0.0, 0.5)],
)
def test_it_covers_the_win_rate_at_equal_length(n: int, better: float, by_length: float, longer: float) -> None:
    rng, truth = chance(n), 1 / (1 + math.exp(-better))
    found = [
        estimated(length_controlled_win_rate(*draw(rng, n, better, by_length, longer), rng, n_draws=300))
        for _ in range(250)
    ]
    assert 0.91 <= np.mean([one.low <= truth <= one.high for one in found]) <= 1
    assert abs(np.mean([one.value for one in found]) - truth) < 0.02


def test_a_model_that_wins_by_length_alone_is_no_better_at_equal_length() -> None:
    scores, lengths = draw(chance(1), 2000, 0.0, 2.0, 1.0)
    found = estimated(length_controlled_win_rate(scores, lengths, chance()))
    assert (1 + scores.mean()) / 2 > 0.65
    assert found.low < 0.5 < found.high


def test_where_length_does_not_matter_it_is_the_win_rate() -> None:
    scores, lengths = draw(chance(2), 2000, 0.7, 0.0, 0.2)
    found = estimated(length_controlled_win_rate(scores, lengths, chance()))
    assert found.value == pytest.approx((1 + scores.mean()) / 2, abs=0.01)


def test_the_unit_of_length_changes_nothing_and_swapping_the_models_mirrors_the_value() -> None:
    scores, lengths = draw(chance(3), 60, 0.5, 1.0, 0.3)
    found = estimated(length_controlled_win_rate(scores, lengths, chance()))
    for unit in (1e-9, 1e200):
        other = estimated(length_controlled_win_rate(scores, lengths * unit, chance()))
        assert (other.value, other.low, other.high) == pytest.approx((found.value, found.low, found.high))
    swapped = estimated(length_controlled_win_rate(-scores, -lengths, chance()))
    assert swapped.value == pytest.approx(1 - found.value)
    assert (swapped.low, swapped.high) == pytest.approx((1 - found.high, 1 - found.low), abs=0.05)


def test_one_huge_answer_does_not_decide() -> None:
    scores, lengths = draw(chance(4), 100, 0.5, 0.0, 0.0)
    found = estimated(length_controlled_win_rate(scores, lengths, chance()))
    lengths[0] *= 1000
    assert estimated(length_controlled_win_rate(scores, lengths, chance())).value == pytest.approx(found.value, abs=0.1)


def test_a_model_that_wins_every_item_has_room_to_lose() -> None:
    for n in (20, 10, 6):
        found = estimated(length_controlled_win_rate([1.0] * n, np.linspace(-1, 2, n), chance()))
        assert 0.85 < found.value < found.high < 1
        assert found.low < found.value - 0.04


def test_where_the_longer_answer_always_wins_equal_length_is_open() -> None:
    lengths = np.linspace(-1, 1, 30)
    found = estimated(length_controlled_win_rate(np.sign(lengths), lengths, chance()))
    assert found.value == pytest.approx(0.5)
    assert found.low < 0.35
    assert found.high > 0.65


def test_what_has_no_value_has_a_reason() -> None:
    assert reason(length_controlled_win_rate([1, -1, 0], [0, 0, 0], chance())) == (
        "the two answers to each prompt have the same length, so there is nothing to control"
    )
    assert reason(length_controlled_win_rate([1, -1, 0], [5, 9, 1], chance())) == (
        "the tuned answer is the longer one of all 3 items, so none of them shows equal length"
    )
    assert reason(length_controlled_win_rate([1, -1], [-5, -9], chance())) == (
        "the base answer is the longer one of all 2 items, so none of them shows equal length"
    )
    assert reason(length_controlled_win_rate([1, 0], [math.nan, 9], chance())) == "1 of 2 items are not finite numbers"
    assert (
        reason(length_controlled_win_rate([1], [3], chance())) == "an interval needs at least 2 items, and there is 1"
    )
    assert reason(length_controlled_win_rate([], [], chance())).endswith("there are none")


def test_what_is_no_score_and_no_pair_is_refused() -> None:
    with pytest.raises(ValueError) as lengths:
        length_controlled_win_rate([1, 0], [3], chance())
    assert str(lengths.value) == "an item has a score and a length, and these have shapes (2,) and (1,)"
    with pytest.raises(ValueError) as beyond:
        length_controlled_win_rate([2, 0], [3, -1], chance())
    assert str(beyond.value) == "scores lie between -1 and 1, and here they reach from 0 to 2"
