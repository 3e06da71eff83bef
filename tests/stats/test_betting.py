"""Betting: a martingale by counting, false positives with peeking, power, and the sequence of intervals."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.betting import STAKES, anytime_p, capital, confidence_sequence, items_still_needed

Floats = npt.NDArray[np.float64]

some_scores = st.lists(st.sampled_from([-1.0, -0.5, -1 / 3, 0.0, 1 / 3, 0.5, 1.0]), min_size=1, max_size=40)

# Log-odds of an item's votes spread by so much: most items are nearly settled before anybody votes.
STRONG = 3.0


def estimated(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def capitals(scores: Floats) -> Floats:
    """``capital`` of many runs at once, shape (runs, items)."""
    return np.asarray(np.exp(np.log1p(scores[..., None] * STAKES).cumsum(axis=1)).mean(axis=-1))


def votes(rng: np.random.Generator, n_runs: int, n_items: int, n_raters: int, win_rate: float) -> Floats:
    """Item means of votes with 25% ties, where an item pulls all of its raters the same way."""
    effects = STRONG * rng.standard_normal(100_001)
    middles = np.linspace(0, 12, 400)
    shares = [np.mean(1 / (1 + np.exp(-middle - effects))) for middle in middles]
    middle = 0.0 if win_rate == 0.5 else float(np.interp(win_rate, shares, middles))
    chances = 1 / (1 + np.exp(-middle - STRONG * rng.standard_normal((n_runs, n_items, 1))))
    wins = np.where(rng.random((n_runs, n_items, n_raters)) < chances, 1.0, -1.0)
    return np.asarray((wins * (rng.random(wins.shape) >= 0.25)).mean(axis=2))


@pytest.mark.parametrize("size", [1.0, 0.5])
def test_the_mean_capital_over_all_sign_sequences_is_one(size: float) -> None:
    found = np.array([capital(np.array(signs)) for signs in product([size, -size], repeat=10)])
    assert found.mean(axis=0) == pytest.approx(np.ones(10), abs=1e-12)


def test_it_stays_one_where_the_next_size_depends_on_what_was_seen() -> None:
    """A martingale needs no equal items: here an item after a win counts a third, and one after two wins is a tie."""
    found = []
    for signs in product([1.0, -1.0], repeat=8):
        sizes = [1.0, *(1.0 if won < 0 else 1 / 3 for won in signs[:-1])]
        sizes = [0.0 if signs[max(0, at - 2) : at] == (1.0, 1.0) else size for at, size in enumerate(sizes)]
        found.append(capital(np.array(signs) * sizes)[-1])
    assert np.mean(found) == pytest.approx(1.0, abs=1e-12)


def test_many_runs_at_once_are_the_capital_of_each() -> None:
    scores = votes(np.random.default_rng(0), 5, 60, 3, 0.7)
    for run, found in zip(scores, capitals(scores), strict=True):
        assert capital(run) == pytest.approx(found)


@given(some_scores)
@settings(max_examples=60, deadline=None)
def test_swapping_the_models_mirrors_the_interval_and_keeps_the_evidence(scores: list[float]) -> None:
    swapped = [-score for score in scores]
    assert capital(swapped) == pytest.approx(capital(scores))
    assert anytime_p(swapped) == pytest.approx(anytime_p(scores))
    assert items_still_needed(swapped) == items_still_needed(scores)
    one, other = estimated(confidence_sequence(scores)), estimated(confidence_sequence(swapped))
    assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low), abs=1e-9)


@given(some_scores, st.data())
@settings(max_examples=60, deadline=None)
def test_ties_change_nothing(scores: list[float], data: st.DataObject) -> None:
    with_ties = list(scores)
    for _ in range(data.draw(st.integers(1, 5))):
        with_ties.insert(data.draw(st.integers(0, len(with_ties))), 0.0)
    assert capital(with_ties)[-1] == pytest.approx(capital(scores)[-1])
    assert anytime_p(with_ties) == pytest.approx(anytime_p(scores))


@pytest.mark.parametrize("n_raters", [1, 3, 5])
def test_peeking_after_every_item_is_wrong_at_most_one_time_in_twenty(n_raters: int) -> None:
    rng = np.random.default_rng(n_raters)
    alarms = (capitals(votes(rng, 1500, 200, n_raters, 0.5)) >= 20).any(axis=1)
    assert alarms.mean() <= 0.05


def test_the_same_is_true_of_models_that_differ_from_item_to_item_in_turn() -> None:
    """Even items are all but won, odd ones all but lost, and which comes first is drawn: no order helps."""
    rng = np.random.default_rng(9)
    turns = np.where(rng.random((1500, 1)) < 0.5, 1.0, -1.0) * np.where(np.arange(100) % 2, 1.0, -1.0)
    scores = turns * np.where(rng.random((1500, 100)) < 0.98, 1.0, -1.0)
    assert (capitals(scores) >= 20).any(axis=1).mean() <= 0.05


@pytest.mark.parametrize(
    ("n_items", "win_rate", "power"),
    [(50, 0.65, 0.37), (50, 0.70, 0.67), (50, 0.75, 0.89), (50, 0.80, 0.98), (100, 0.65, 0.73), (100, 0.70, 0.96)],
)
def test_with_three_raters_the_better_model_is_found_so_often(n_items: int, win_rate: float, power: float) -> None:
    found = capitals(votes(np.random.default_rng(7), 3000, n_items, 3, win_rate))
    assert (found >= 20).any(axis=1).mean() == pytest.approx(power, abs=0.03)


def test_stopping_early_saves_items_the_more_the_better_the_model() -> None:
    for win_rate, n_used in [(0.65, 43), (0.70, 37), (0.75, 29), (0.80, 22)]:
        found = capitals(votes(np.random.default_rng(8), 2000, 50, 3, win_rate)) >= 20
        stops = np.where(found.any(axis=1), found.argmax(axis=1) + 1, 50)
        assert stops.mean() == pytest.approx(n_used, abs=1.5)


def test_the_anytime_p_is_one_over_the_largest_capital_and_never_rises_again() -> None:
    scores = [1.0] * 12 + [-1.0] * 30
    found = [anytime_p(scores[:n]) for n in range(len(scores) + 1)]
    assert found[0] == 1.0
    assert all(later <= earlier for earlier, later in pairwise(found))
    assert found[-1] == pytest.approx(1 / capital(scores).max())


def never_disproved(scores: Floats, mean: float) -> npt.NDArray[np.bool_]:
    """Whether the bets against a mean never made twenty times the capital, for each run."""
    stakes = STAKES / np.where(STAKES > 0, 1 + mean, 1 - mean)
    return np.asarray(
        (np.exp(np.log1p(stakes * (scores - mean)[..., None]).cumsum(axis=1)).mean(axis=-1) < 20).all(axis=1)
    )


@pytest.mark.parametrize(("n_raters", "win_rate"), [(1, 0.5), (1, 0.8), (3, 0.65), (5, 0.9)])
def test_the_sequence_covers_at_all_times_together_nineteen_times_in_twenty(n_raters: int, win_rate: float) -> None:
    """Being within the last interval is being within all: a mean that was disproved once stays out."""
    rng = np.random.default_rng(3)
    truth = float(votes(np.random.default_rng(4), 4000, 100, n_raters, win_rate).mean())
    runs = votes(rng, 2000, 100, n_raters, win_rate)
    kept = never_disproved(runs, truth)
    assert kept.mean() >= 0.95
    for run, held in zip(runs[:12], kept, strict=False):
        found = estimated(confidence_sequence(run))
        assert found.low <= found.value <= found.high
        assert found.low <= truth <= found.high or not held


@given(some_scores)
@settings(max_examples=40, deadline=None)
def test_the_interval_leaves_out_zero_only_where_the_test_does(scores: list[float]) -> None:
    found = estimated(confidence_sequence(scores))
    assert found.low <= found.value <= found.high
    assert found.n == len(scores)
    if not found.low <= 0 <= found.high:
        assert anytime_p(scores) <= 0.05


def test_more_items_narrow_it() -> None:
    widths = [
        found.high - found.low for found in (estimated(confidence_sequence([1.0, -1.0] * n)) for n in (5, 20, 80))
    ]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.6


def test_the_guess_of_items_still_needed_is_about_right() -> None:
    rng = np.random.default_rng(5)
    guesses, needed = [], []
    for run in votes(rng, 400, 400, 3, 0.75):
        guess = items_still_needed(run[:30])
        if guess:
            hits = capital(run)[30:] >= 20
            guesses.append(guess)
            needed.append(int(hits.argmax()) + 1 if hits.any() else 400)
    assert len(guesses) > 80
    assert 0.5 < np.median(guesses) / np.median(needed) < 2.5


def test_nothing_more_is_needed_where_it_is_settled_and_no_number_gives_hope_to_ties() -> None:
    assert items_still_needed([1.0] * 20) == 0
    assert items_still_needed([0.0] * 20) is None
    assert items_still_needed([1.0, -1.0] * 20) is None
    assert items_still_needed([]) is None


def test_one_look_at_no_items_says_nothing() -> None:
    assert anytime_p([]) == 1.0
    assert len(capital([])) == 0
    found = confidence_sequence([])
    assert isinstance(found, Unscored)
    assert found.reason == "there are no items to take a mean of"


@pytest.mark.parametrize("statistic", [capital, anytime_p, confidence_sequence, items_still_needed])
def test_scores_that_are_none_are_refused(statistic: object) -> None:
    assert callable(statistic)
    with pytest.raises(ValueError) as beyond:
        statistic([0.0, 2.0])
    assert str(beyond.value) == "scores lie between -1 and 1, and here they reach from 0 to 2"
    with pytest.raises(ValueError) as shape:
        statistic(np.zeros((2, 2)))
    assert str(shape.value) == "scores are one an item, not of shape (2, 2)"
    with pytest.raises(ValueError, match="scores lie between -1 and 1"):
        statistic([0.0, float("nan")])


def test_scores_without_the_order_in_which_they_came_are_judged_by_the_last_capital_alone() -> None:
    """Looked at after each new item: an order of their own, with the largest capital, is wrong far more than 5%."""
    rng, n_runs, n_items = np.random.default_rng(11), 300, 100
    by_largest = by_last = 0
    for _ in range(n_runs):
        scores, places = rng.choice([-1.0, 1.0], n_items), rng.random(n_items)
        mixed = [scores[:n][np.argsort(places[:n])] for n in range(5, n_items + 1)]
        by_largest += any(capital(one).max() >= 20 for one in mixed)
        by_last += any(capital(one)[-1] >= 20 for one in mixed)
    assert by_largest / n_runs > 0.1
    assert by_last / n_runs <= 0.05


@settings(max_examples=20, deadline=None)
@given(some_scores)
def test_without_an_order_the_sequence_knows_none_and_is_no_narrower(scores: list[float]) -> None:
    mixed = sorted(scores)
    one = estimated(confidence_sequence(scores, in_order=False))
    other = estimated(confidence_sequence(mixed, in_order=False))
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-9)
    ordered = estimated(confidence_sequence(scores))
    assert one.low <= ordered.low + 1e-9
    assert ordered.high <= one.high + 1e-9
