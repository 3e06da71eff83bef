"""Sides: the share of votes for the left, its exact test, and the blinding index with its interval."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.paired_tests import mcnemar
from tunecheck.stats.sides import blinding_index, side_bias

counts = st.integers(0, 60)


def estimated(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def reason(found: Estimate | Unscored) -> str:
    assert isinstance(found, Unscored), found
    return found.reason


@pytest.mark.parametrize(("left", "right"), [(1, 0), (0, 9), (30, 20), (41, 17), (500, 500)])
def test_the_interval_is_scipys_wilson_and_the_test_scipys_binomial(left: int, right: int) -> None:
    found, theirs = estimated(side_bias(left, right)), scipy.stats.binomtest(left, left + right)
    ends = theirs.proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), abs=1e-12)
    assert (found.value, found.n, found.method) == (left / (left + right), left + right, "Wilson over votes")
    assert mcnemar(left, right) == pytest.approx(theirs.pvalue)


@given(counts, counts.filter(bool))
@settings(max_examples=60, deadline=None)
def test_right_mirrors_left(left: int, right: int) -> None:
    one, other = estimated(side_bias(left, right)), estimated(side_bias(right, left))
    assert (other.value, other.low, other.high) == pytest.approx((1 - one.value, 1 - one.high, 1 - one.low))


@pytest.mark.parametrize("balanced", [False, True])
def test_sides_drawn_for_each_vote_raise_no_false_alarm_however_unequal_the_answers(balanced: bool) -> None:
    """Four raters agree on nearly every item, so votes are copies in quality; sides are coins, or two left of four."""
    rng = np.random.default_rng(int(balanced))
    n_runs, n_items = 4000, 40
    better = rng.random((n_runs, n_items, 1)) < 0.8
    for_tuned = better ^ (rng.random((n_runs, n_items, 4)) < 0.03)
    coins = rng.random(for_tuned.shape)
    on_left = coins.argsort(axis=2).argsort(axis=2) < 2 if balanced else coins < 0.5
    n_left = (for_tuned == on_left).sum(axis=(1, 2))
    alarms = [mcnemar(int(left), n_items * 4 - int(left)) <= 0.05 for left in n_left]
    assert np.mean(alarms) <= 0.05
    found = [estimated(side_bias(int(left), n_items * 4 - int(left))) for left in n_left]
    assert np.mean([one.low <= 0.5 <= one.high for one in found]) >= 0.94


def test_a_rater_who_likes_the_left_is_found() -> None:
    found = estimated(side_bias(39, 17))
    assert found.low > 0.5
    assert mcnemar(39, 17) < 0.01


@pytest.mark.parametrize(
    ("correct", "incorrect", "dont_know", "index"),
    [(10, 10, 5, 0.0), (25, 0, 0, 1.0), (0, 8, 2, -0.8), (12, 8, 10, 2 / 15)],
)
def test_the_index_is_bangs(correct: int, incorrect: int, dont_know: int, index: float) -> None:
    found = estimated(blinding_index(correct, incorrect, dont_know))
    assert found.value == pytest.approx(index)
    assert found.n == correct + incorrect + dont_know


def test_with_many_guesses_the_interval_is_that_of_bang_ni_and_davis() -> None:
    n, shares = 3000, (0.45, 0.25)
    found = estimated(blinding_index(1350, 750, 900))
    error = np.sqrt((shares[0] * (1 - shares[0]) + shares[1] * (1 - shares[1]) + 2 * shares[0] * shares[1]) / n)
    assert (found.low, found.high) == pytest.approx((0.2 - 1.96 * error, 0.2 + 1.96 * error), abs=1e-3)


@given(counts, counts, counts)
@settings(max_examples=80, deadline=None)
def test_exchanging_right_and_wrong_negates_the_index(correct: int, incorrect: int, dont_know: int) -> None:
    one, other = blinding_index(correct, incorrect, dont_know), blinding_index(incorrect, correct, dont_know)
    if isinstance(one, Estimate) and isinstance(other, Estimate):
        assert -1 <= one.low <= one.value <= one.high <= 1
        assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low))
    else:
        assert correct + incorrect + dont_know < 2


@pytest.mark.parametrize(("n", "chances"), [(20, (0.3, 0.3, 0.4)), (10, (0.6, 0.2, 0.2)), (40, (0.9, 0.05, 0.05))])
def test_the_interval_of_the_index_covers_nineteen_times_in_twenty(n: int, chances: tuple[float, ...]) -> None:
    rng, truth = np.random.default_rng(n), chances[0] - chances[1]
    found = [estimated(blinding_index(*map(int, guesses))) for guesses in rng.multinomial(n, chances, 1500)]
    assert 0.93 <= np.mean([one.low - 1e-12 <= truth <= one.high + 1e-12 for one in found]) <= 0.99


def test_what_has_no_value_has_a_reason() -> None:
    assert reason(side_bias(0, 0)) == "no vote was for one of the two sides"
    assert reason(blinding_index(1, 0, 0)) == "an interval needs at least 2 guesses, and there is 1"
    assert reason(blinding_index(0, 0, 0)) == "an interval needs at least 2 guesses, and there are none"


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError) as left:
        side_bias(-1, 3)
    assert str(left.value) == "left is a count and not negative: -1"
    with pytest.raises(ValueError) as unknown:
        blinding_index(1, 3, -2)
    assert str(unknown.value) == "dont_know is a count and not negative: -2"
