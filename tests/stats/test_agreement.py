"""Agreement: the share of equal ratings, and raters who are asked again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stats.test_krippendorff import few_values, of_items
from tunecheck.core import Estimate, Unscored
from tunecheck.stats.agreement import observed_agreement, repeat_agreement, repeat_difference
from tunecheck.stats.proportions import share
from tunecheck.stats.ratings import number_ratings

repeats = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=20)


def estimate(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


@given(few_values)
@settings(max_examples=60, deadline=None)
def test_it_is_the_mean_over_items_of_the_share_of_equal_pairs(items: list[list[int]]) -> None:
    found = estimate(observed_agreement(of_items([*items, [7]], "nominal")))
    shares = [np.mean([x == y for at, x in enumerate(row) for to, y in enumerate(row) if at != to]) for row in items]
    assert found.value == pytest.approx(np.mean(shares))
    assert found.n == len(items)
    assert found.low <= found.value <= found.high


def test_of_two_raters_it_is_the_share_of_equal_items() -> None:
    equal = np.random.default_rng(0).random(40) < 0.7
    found = estimate(observed_agreement(of_items([[1, 1] if same else [1, 2] for same in equal], "ordinal")))
    expected = estimate(share(equal, range(40)))
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


def test_an_item_counts_once_however_many_rated_it() -> None:
    assert estimate(observed_agreement(of_items([[1] * 20, [1, 2]], "nominal"))).value == 0.5


def test_full_agreement_leaves_room_for_other_items() -> None:
    found = estimate(observed_agreement(of_items([[1, 1]] * 20, "nominal")))
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.839, abs=0.001)


def test_ratings_that_do_not_meet_have_no_agreement() -> None:
    nothing = Unscored(reason="no item has ratings of two raters")
    assert observed_agreement(of_items([[1], [2]], "nominal")) == nothing
    assert observed_agreement(number_ratings([], [], [], "nominal")) == nothing


@given(repeats)
@settings(max_examples=60, deadline=None)
def test_repeats_are_means_over_items_whichever_came_first(rows: list[tuple[int, int, int]]) -> None:
    items, first, again = zip(*rows, strict=True)
    by_item = [[(a, b) for item, a, b in rows if item == one] for one in set(items)]
    same = estimate(repeat_agreement(items, first, again))
    assert same.value == pytest.approx(np.mean([np.mean([a == b for a, b in some]) for some in by_item]))
    apart = estimate(repeat_difference(items, first, again, scale=(1, 5)))
    assert apart.value == pytest.approx(np.mean([np.mean([abs(a - b) for a, b in some]) for some in by_item]))
    assert 0 <= apart.low <= apart.value <= apart.high <= 4
    assert apart.n == same.n == len(by_item)
    exchanged = repeat_difference(items, again, first, scale=(1, 5))
    assert estimate(exchanged) == apart


def test_labels_repeat_as_numbers_do() -> None:
    assert estimate(repeat_agreement("abcd", ["A", "tie", "B", "A"], ["A", "tie", "A", "A"])).value == 0.75


def test_equal_repeats_leave_room_for_a_difference() -> None:
    items, values = range(20), [3.0] * 20
    assert estimate(repeat_agreement(items, values, values)).low == pytest.approx(0.839, abs=0.001)
    found = estimate(repeat_difference(items, values, values, scale=(1, 5)))
    assert (found.value, found.low) == (0, 0)
    assert 0.3 < found.high < 0.7


@pytest.mark.parametrize("n_items", [15, 60])
@pytest.mark.parametrize("steady", [0.5, 0.8, 0.95])
def test_the_interval_of_the_difference_covers_nineteen_times_in_twenty(n_items: int, steady: float) -> None:
    rng, hits, repetitions = np.random.default_rng(n_items), 0, 600
    truth = (1 - steady) * (0.8 * 1 + 0.2 * 2)
    for _ in range(repetitions):
        step = np.where(rng.random(n_items) < steady, 0, rng.choice([1, 2], n_items, p=[0.8, 0.2]))
        first = np.full(n_items, 3)
        found = estimate(repeat_difference(range(n_items), first, first - step, scale=(1, 5)))
        hits += found.low <= truth <= found.high
    assert hits / repetitions >= 0.93


def test_what_does_not_fit_is_refused_and_nothing_has_a_reason() -> None:
    nothing = Unscored(reason="no item was rated twice by the same rater")
    assert repeat_agreement([], [], []) == nothing
    assert repeat_difference([], [], [], scale=(1, 5)) == nothing
    with pytest.raises(ValueError, match="2 items, 1 first values and 2 repeats are not parallel rows"):
        repeat_agreement([1, 2], [1], [1, 2])
    with pytest.raises(ValueError, match="2 of 3 repeats have a value outside the scale from 1 to 5"):
        repeat_difference([1, 2, 3], [1, 2, 6], [float("nan"), 2, 3], scale=(1, 5))
    with pytest.raises(ValueError, match="from its lowest value to its highest, not from 5 to 1"):
        repeat_difference([1], [1], [1], scale=(5, 1))
