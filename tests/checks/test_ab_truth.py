"""The A/B check on simulated raters: it does not find winners between models that are alike."""

from __future__ import annotations

import numpy as np
import pytest

from tests.checks.ab_votes import codes, drawn, swayed
from tunecheck.checks import check_ab
from tunecheck.checks.ab_decision import LARGEST_EARLY_P, LARGEST_PLANNED_P, anytime_p_of, win_rate_of
from tunecheck.checks.ab_rows import UnitScores, unit_scores
from tunecheck.core import Estimate
from tunecheck.stats import capital, mcnemar

RUNS = 800
# Three standard errors of a share of 5% above it.
AT_MOST = 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)


def sign_p(units: UnitScores) -> float:
    return mcnemar(int(np.count_nonzero(units.scores > 0)), int(np.count_nonzero(units.scores < 0)))


def test_items_hold_five_percent_where_pooled_votes_reject_twelve() -> None:
    rng = np.random.default_rng(1)
    by_item = pooled = at_any_time = 0
    for _ in range(RUNS):
        given = drawn(rng, n_items=50, n_raters=3, ties=0.25)
        units = unit_scores(given)
        by_item += sign_p(units) <= 0.05
        at_any_time += anytime_p_of(units) <= 0.05
        outcomes = [vote.outcome for vote in given]
        pooled += mcnemar(outcomes.count("tuned"), outcomes.count("base")) <= 0.05
    assert by_item / RUNS <= AT_MOST
    assert at_any_time / RUNS <= AT_MOST
    assert 0.09 <= pooled / RUNS <= 0.2


@pytest.mark.parametrize(("n_items", "n_raters", "ties"), [(50, 1, 0.0), (65, 1, 0.0), (50, 3, 0.25), (50, 5, 0.25)])
def test_a_plan_that_is_looked_at_after_every_item_is_wrong_at_most_once_in_twenty(
    n_items: int, n_raters: int, ties: float
) -> None:
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in range(RUNS):
        units = unit_scores(drawn(rng, n_items=n_items, n_raters=n_raters, ties=ties))
        looks = 1 / capital(units.scores)
        wrong += bool(looks.min() <= LARGEST_EARLY_P or sign_p(units) <= LARGEST_PLANNED_P)
    assert wrong / RUNS <= AT_MOST


def test_a_side_that_raters_like_makes_no_winner_where_sides_are_drawn() -> None:
    rng = np.random.default_rng(3)
    drawn_wrong = fixed_wrong = 0
    for _ in range(RUNS):
        drawn_wrong += sign_p(unit_scores(swayed(rng, n_items=50, tuned_left=0.5, for_left=0.65))) <= 0.05
        fixed_wrong += sign_p(unit_scores(swayed(rng, n_items=50, tuned_left=1.0, for_left=0.65))) <= 0.05
    assert drawn_wrong / RUNS <= AT_MOST
    assert fixed_wrong / RUNS >= 0.4
    assert "ab.uneven_sides" in codes(check_ab(swayed(rng, n_items=50, tuned_left=1.0, for_left=0.65)))


@pytest.mark.parametrize("n_raters", [1, 3])
@pytest.mark.parametrize("ties", [0.0, 0.25])
def test_the_interval_of_the_win_rate_covers_the_truth(n_raters: int, ties: float) -> None:
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(RUNS):
        found = win_rate_of(unit_scores(drawn(rng, n_items=50, n_raters=n_raters, ties=ties)))
        assert isinstance(found, Estimate)
        covered += found.low <= 0.5 <= found.high
    # Wilson's own coverage of 1/2 by 50 items without ties is 93.5%.
    assert 0.91 <= covered / RUNS <= 0.985
