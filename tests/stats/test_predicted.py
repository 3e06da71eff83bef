"""Prediction-powered mean: unbiased whatever the judge, covering, and no wider than people alone."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.predicted import prediction_powered_mean
from tunecheck.stats.ratios import t_quantile

Floats = npt.NDArray[np.float64]

scores = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=4, max_size=25)


def estimated(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def reason(found: Estimate | Unscored) -> str:
    assert isinstance(found, Unscored), found
    return found.reason


def draw(rng: np.random.Generator, n: int, noise: float, bias: float) -> tuple[Floats, Floats]:
    """What people and a judge say of n items, as -1, 0 and 1; a judge with a bias sees more in the tuned model."""
    quality = rng.normal(0.3, 1, n)
    judged = quality + bias + noise * rng.standard_normal(n)
    return np.clip(np.round(quality), -1, 1), np.clip(np.round(judged), -1, 1)


TRUTH = float(draw(np.random.default_rng(0), 2_000_000, 0, 0)[0].mean())


@pytest.mark.parametrize(
    ("n", "n_alone", "noise", "bias", "narrower"),
    [
        (20, 200, 0.5, 0.5, 0.80),
        (50, 500, 0.5, 0.5, 0.75),
        (50, 500, 2.0, 0.5, 0.98),
        (50, 50, 0.1, 1.0, 0.90),
        (30, 300, 0.1, 0.0, 0.50),
        (100, 1000, 0.5, -1.0, 0.82),
        (20, 200, 9.0, 0.0, 1.02),
    ],
)
def test_it_covers_is_unbiased_and_narrower_the_better_the_judge(
    n: int, n_alone: int, noise: float, bias: float, narrower: float
) -> None:
    rng, n_runs = np.random.default_rng(n), 2000
    found, alone = [], []
    for _ in range(n_runs):
        people, judged = draw(rng, n, noise, bias)
        found.append(estimated(prediction_powered_mean(people, judged, draw(rng, n_alone, noise, bias)[1])))
        alone.append(estimated(prediction_powered_mean(people, judged, [])))
    # Two standard errors of 2,000 runs beside the 94 to 96%.
    assert 0.93 <= np.mean([one.low <= TRUTH <= one.high for one in found]) <= 0.97
    values = np.array([one.value for one in found])
    assert abs(values.mean() - TRUTH) < 3.5 * values.std() / math.sqrt(n_runs)
    widths = np.array([[one.high - one.low for one in many] for many in (found, alone)])
    assert widths[0].mean() < narrower * widths[1].mean()
    assert np.quantile(widths[0] / widths[1], 0.99) < 1.1


def test_the_judge_alone_would_be_far_off() -> None:
    rng = np.random.default_rng(1)
    people, judged = draw(rng, 200, 0.5, 1.0)
    others = draw(rng, 5000, 0.5, 1.0)[1]
    found = estimated(prediction_powered_mean(people, judged, others))
    assert found.low <= TRUTH <= found.high
    assert others.mean() > found.high + 0.2


def test_for_many_items_it_is_ppi_with_its_own_weight() -> None:
    rng = np.random.default_rng(2)
    people, judged = draw(rng, 5000, 0.5, 0.3)
    others = draw(rng, 20_000, 0.5, 0.3)[1]
    found = estimated(prediction_powered_mean(people, judged, others))
    pooled = np.var(np.concatenate((judged, others)), ddof=1)
    weight = np.cov(people, judged)[0, 1] / ((1 + 5000 / 20_000) * pooled)
    value = people.mean() + weight * (others.mean() - judged.mean())
    error = math.sqrt((people - weight * judged).var() / 5000 + weight**2 * others.var() / 20_000)
    assert found.value == pytest.approx(value, abs=1e-3)
    assert (found.low, found.high) == pytest.approx((value - 1.96 * error, value + 1.96 * error), abs=1e-3)
    assert found.method == f"PPI++ with 20000 items of a judge alone, lambda {weight:.2f}, t"
    assert found.n == 5000


def test_without_other_items_it_is_the_t_interval_of_people() -> None:
    people = np.array([1.0, 0.0, -1.0, 1.0, 1.0])
    for others in ([], [1.0]):
        found = estimated(prediction_powered_mean(people, people, others))
        half = t_quantile(0.975, 4) * people.std(ddof=1) / math.sqrt(5)
        assert (found.value, found.low, found.high) == pytest.approx((0.4, 0.4 - half, 0.4 + half))
        assert (found.n, found.method) == (5, "t over the items of people")


@pytest.mark.parametrize("judged", [[1.0] * 6, [-1.0, 1.0, -1.0, -1.0, 1.0, 1.0]])
def test_a_judge_who_says_one_thing_only_or_the_opposite_gets_no_weight(judged: list[float]) -> None:
    people = [1.0, -1.0, 1.0, 1.0, -1.0, -1.0]
    assert prediction_powered_mean(people, judged, judged * 5) == prediction_powered_mean(people, judged, [])


@given(scores, st.data())
@settings(max_examples=80, deadline=None)
def test_swapping_the_models_mirrors_the_interval_and_a_constant_bias_changes_nothing(
    people: list[float], data: st.DataObject
) -> None:
    same = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=len(people), max_size=len(people))
    judged, others = np.array(data.draw(same)), np.array(data.draw(scores))
    y = np.array(people)
    one, other = prediction_powered_mean(y, judged, others), prediction_powered_mean(-y, -judged, -others)
    if isinstance(one, Unscored) or isinstance(other, Unscored):
        assert one == other
        assert len(set(people)) == 1
        return
    assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low))
    biased = estimated(prediction_powered_mean(y, judged + 0.25, others + 0.25))
    assert (biased.value, biased.low, biased.high) == pytest.approx((one.value, one.low, one.high))


def test_bounds_cut_the_interval_off_and_hold_the_value() -> None:
    people, judged = [1.0] * 9 + [0.5], [1.0] * 9 + [0.5]
    found = estimated(prediction_powered_mean(people, judged, [2.0] * 50, at_most=1.0))
    assert found.low <= found.value == found.high == 1.0


def test_what_has_no_value_has_a_reason() -> None:
    few = reason(prediction_powered_mean([1.0, 0.0], [1.0, 0.0], [1.0] * 50))
    assert few == "judges count only beside people, who scored 2 items here, and it takes at least 3"
    alike = reason(prediction_powered_mean([1.0] * 9, [1.0, 0.0] * 4 + [1.0], [1.0] * 50))
    assert alike == "people gave all 9 items the same score, so its spread is not known"
    assert reason(prediction_powered_mean([1.0, 0.0, math.nan], [1.0] * 3, [math.inf])) == (
        "2 scores are not finite numbers"
    )


def test_scores_of_other_items_than_peoples_are_refused() -> None:
    with pytest.raises(ValueError) as lengths:
        prediction_powered_mean([1.0, 0.0], [1.0], [1.0])
    assert str(lengths.value) == (
        "people and the judge score the same items, and these have the shapes (2,) and (1,); "
        "the judge's other scores have (1,)"
    )
