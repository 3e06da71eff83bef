"""Near and far: a gain that does not reach is found; chance, difficulty and copies are not taken for it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.parts import made_items, made_part
from tunecheck.checks import ScoredPart
from tunecheck.checks.near_far import NearFar, check_near_far, cut
from tunecheck.core import Estimate, Unscored


def estimate(result: NearFar, name: str) -> Estimate:
    found = result.measures[name]
    assert isinstance(found, Estimate), found
    return found


def simulated(
    seed: int, n: int = 150, *, gain: float = 0.4, rise: float = 0.0, by_difficulty: float = 0.0, group_size: int = 1
) -> tuple[ScoredPart, np.ndarray]:
    """A gain that rises with likeness, or with difficulty, which goes along with likeness."""
    dice = np.random.default_rng(seed)
    alike = dice.uniform(0, 0.9, n)
    base = 2.0 + alike + dice.normal(0, 0.3, n)
    of_group = np.repeat(dice.normal(0, 0.05, n), group_size)[:n] if group_size > 1 else np.zeros(n)
    made = gain + rise * (alike - 0.45) + by_difficulty * (base - 2.45) + of_group + dice.normal(0, 0.15, n)
    tokens = dice.integers(20, 200, n).tolist()
    return made_part(base - made, base, tokens=tokens, items=made_items("v", n, group_size=group_size)), alike


def test_a_gain_that_reaches_far_text_passes() -> None:
    result = check_near_far(*simulated(0))
    assert (result.status, result.findings) == ("pass", ())
    assert estimate(result, "near_gain_nats").value == pytest.approx(0.4, abs=0.08)
    assert estimate(result, "far_gain_nats").value == pytest.approx(0.4, abs=0.08)
    assert estimate(result, "far_share").value == pytest.approx(1, abs=0.25)
    assert (result.measures["n_near"], result.measures["n_far"]) == (50, 50)


def test_a_gain_that_is_near_only_warns() -> None:
    result = check_near_far(*simulated(1, gain=0.3, rise=0.8))
    assert (result.status, [one.code for one in result.findings]) == ("warn", ["overfit.far"])
    assert estimate(result, "near_less_far_nats").low > 0
    assert estimate(result, "similarity_slope_nats").value == pytest.approx(0.8, abs=0.2)
    assert len(result.items) == 10


def test_far_text_that_is_worse_than_under_the_base_fails() -> None:
    result = check_near_far(*simulated(2, gain=0.2, rise=1.2))
    assert result.status == "fail"
    assert result.findings[0].message.startswith("far from its training text the tuned model is worse than its base: ")
    gains = [item.gain_nats_per_token for item in result.items]
    assert gains == sorted(gains, key=lambda gain: gain or 0.0)
    assert (gains[0] or 0.0) < 0


def test_a_model_that_is_worse_everywhere_is_said_to_be() -> None:
    result = check_near_far(*simulated(3, gain=-0.3))
    assert result.status == "fail"
    assert result.findings[0].message.startswith("near and far from its training text")


def test_a_gain_that_rises_with_difficulty_is_told_and_not_counted() -> None:
    result = check_near_far(*simulated(4, 400, gain=0.3, by_difficulty=0.7))
    assert estimate(result, "near_less_far_nats").low > 0
    assert abs(estimate(result, "similarity_slope_nats").value) < 0.2
    assert result.status == "pass"
    assert [one.severity for one in result.findings] in ([], ["info"])


def test_copies_stand_apart() -> None:
    part, alike = simulated(5)
    alike[:20] = 1.0
    result = check_near_far(part, alike)
    assert result.measures["n_duplicates"] == 20
    assert estimate(result, "duplicate_gain_nats").n == 20
    assert (result.measures["n_near"], result.measures["n_far"]) == (44, 44)


def test_fewer_units_make_halves_and_still_fewer_none() -> None:
    halves = check_near_far(*simulated(6, 60))
    assert (halves.measures["n_near"], halves.measures["n_far"], "mid_gain_nats" in halves.measures) == (30, 30, False)
    few = check_near_far(*simulated(6, 39))
    assert few.status == "unknown"
    assert few.measures["far_gain_nats"] == Unscored(
        reason="two halves need 40 items or groups that are no copies, and there are 39"
    )


def test_groups_are_not_torn_apart() -> None:
    part, alike = simulated(7, 300, group_size=3)
    assert estimate(check_near_far(part, alike), "far_gain_nats").n == 34


def test_equal_similarities_are_neither_near_nor_far() -> None:
    part, _ = simulated(8)
    result = check_near_far(part, np.zeros(150))
    assert result.status == "unknown"
    assert "equally like the training set" in str(result.measures["near_gain_nats"])


def test_without_a_base_or_with_another_tokeniser_nothing_is_known() -> None:
    part, alike = simulated(9, 50)
    bare = ScoredPart(part="validation", items=part.items, tuned=part.tuned, base=None)
    assert check_near_far(bare, alike).status == "unknown"
    other = ScoredPart(part="validation", items=part.items, tuned=part.tuned, base=part.base, same_tokens=False)
    assert "tokenise differently" in str(check_near_far(other, alike).measures["far_gain_nats"])


def test_no_items_are_unknown() -> None:
    assert check_near_far(made_part([], []), []).status == "unknown"


def test_items_without_tokens_are_left_out() -> None:
    dice = np.random.default_rng(10)
    part = made_part(np.full(80, 1.0), np.full(80, 1.5), tokens=[0] * 20 + [50] * 60)
    result = check_near_far(part, dice.uniform(0, 0.9, 80))
    assert (result.measures["n_near"], result.measures["n_far"]) == (30, 30)


def test_similarities_that_do_not_fit_are_refused() -> None:
    part, alike = simulated(11, 50)
    with pytest.raises(ValueError, match="50 items need as many similarities"):
        check_near_far(part, alike[:-1])
    with pytest.raises(ValueError, match="similarities lie in 0 to 1"):
        check_near_far(part, alike + 1)


def test_task_scores_are_compared_near_and_far() -> None:
    part, alike = simulated(12)
    dice = np.random.default_rng(12)
    noise = dice.normal(0, 0.2, 150)
    scores = {item.id: float(0.8 * (a - 0.45) + e) for item, a, e in zip(part.items, alike, noise, strict=True)}
    result = check_near_far(part, alike, task_scores=scores)
    assert estimate(result, "far_task_gain").high < 0 < estimate(result, "near_task_gain").low
    assert (result.status, [one.code for one in result.findings]) == ("warn", ["overfit.far_task"])
    some = dict(list(scores.items())[:75])
    assert estimate(check_near_far(part, alike, task_scores=some), "far_task_gain").n < 50
    assert isinstance(check_near_far(part, alike, task_scores={}).measures["far_task_gain"], Unscored)
    with pytest.raises(ValueError, match="is no finite number"):
        check_near_far(part, alike, task_scores={part.items[0].id: float("nan")})


@given(seed=st.integers(0, 10**6), n=st.integers(0, 150), group_size=st.integers(1, 3), distinct=st.integers(1, 40))
@settings(max_examples=50, deadline=None)
def test_near_units_are_more_alike_than_far_ones(seed: int, n: int, group_size: int, distinct: int) -> None:
    dice = np.random.default_rng(seed)
    alike, units = dice.integers(0, distinct, n) / distinct, np.arange(n) // group_size
    tokens, wanted = dice.integers(1, 50, n).astype(np.float64), dice.random(n) < 0.9
    buckets, problem = cut(alike, units, tokens, wanted)
    assert (buckets[~wanted] == -1).all()
    if problem:
        assert (buckets == -1).all()
        return
    means = {
        unit: np.average(alike[own], weights=tokens[own])
        for unit in np.unique(units[wanted])
        for own in [(units == unit) & wanted]
    }
    of_unit = {unit: set(buckets[(units == unit) & wanted].tolist()) for unit in means}
    assert all(len(found) == 1 for found in of_unit.values())
    near, far = ([means[unit] for unit, found in of_unit.items() if found == {which}] for which in (2, 0))
    assert min(len(near), len(far)) >= 20
    assert min(near) > max(far)


def test_likeness_that_means_nothing_is_accused_in_at_most_one_of_twenty_cases() -> None:
    """No gain, some gain, gain by difficulty, groups; 30 to 400 items; 1,000 cases of a wider kind gave 0.4%."""
    statuses = [
        check_near_far(*simulated(seed, n, gain=gain, by_difficulty=by, group_size=size)).status
        for seed in range(10)
        for n in (30, 100, 400)
        for gain, by, size in ((0.0, 0.0, 1), (0.05, 0.0, 1), (0.3, 0.3, 1), (0.3, 0.0, 4))
    ]
    assert sum(status in ("warn", "fail") for status in statuses) <= 0.05 * len(statuses)
