"""The A/B check on simulated raters: it does not find winners between models that are alike, and finds real ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from tests.checks.ab_votes import codes, drawn, swayed
from tests.checks.test_ab_study import PEOPLE
from tests.comparisons import pair_study, voted
from tunecheck.checks import check_ab, check_study_ab, study_votes
from tunecheck.checks.ab_decision import (
    LARGEST_EARLY_P,
    LARGEST_P,
    LARGEST_PLANNED_P,
    AbTerms,
    anytime_p_of,
    win_rate_of,
)
from tunecheck.checks.ab_rows import UnitScores, unit_scores
from tunecheck.core import Estimate
from tunecheck.stats import anytime_p, capital, confidence_sequence, mcnemar, sign_test_power

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


@pytest.mark.parametrize("n_raters", [1, 3, 5])
@pytest.mark.parametrize("n_items", [50, 65])
def test_a_plan_that_is_looked_at_after_every_item_is_wrong_at_most_once_in_twenty(n_items: int, n_raters: int) -> None:
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in range(RUNS):
        units = unit_scores(drawn(rng, n_items=n_items, n_raters=n_raters, ties=0.25 * (n_raters > 1)))
        looks = 1 / capital(units.scores)
        wrong += bool(looks.min() <= LARGEST_EARLY_P or sign_p(units) <= LARGEST_PLANNED_P)
    assert wrong / RUNS <= AT_MOST


@pytest.mark.parametrize("n_raters", [1, 3, 5])
def test_without_a_plan_looking_after_every_item_of_three_hundred_is_wrong_at_most_once_in_twenty(
    n_raters: int,
) -> None:
    """As many looks with the p of the sign test would be wrong far more often."""
    rng = np.random.default_rng(6)
    wrong = by_sign = 0
    for _ in range(RUNS // 2):
        scores = scores_of(rng, n_items=300, n_raters=n_raters, rate=0.5)
        wrong += anytime_p(scores) <= LARGEST_P
        by_sign += any(
            mcnemar(int((scores[:n] > 0).sum()), int((scores[:n] < 0).sum())) <= 0.05 for n in range(20, 301, 5)
        )
    assert wrong / (RUNS // 2) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / (RUNS // 2))
    assert by_sign / (RUNS // 2) > 0.15


def scores_of(
    rng: np.random.Generator, *, n_items: int, n_raters: int, rate: float, ties: float = 0.25
) -> npt.NDArray[np.float64]:
    """Means of votes on items that differ much: most lean to one of the models, and tuned wins at ``rate`` over all."""
    chance = rng.beta(rate, 1 - rate, n_items)[:, None]
    votes = np.where(rng.random((n_items, n_raters)) < chance, 1.0, -1.0)
    return np.asarray(np.where(rng.random((n_items, n_raters)) < ties, 0.0, votes).mean(axis=1))


def test_the_confidence_sequence_holds_at_all_looks_together() -> None:
    """It never takes back what it left out, so the last look has missed the truth wherever one has."""
    rng = np.random.default_rng(7)
    missed = 0
    for _ in range(80):
        found = confidence_sequence(scores_of(rng, n_items=100, n_raters=3, rate=0.7, ties=0.0))
        assert isinstance(found, Estimate)
        missed += not found.low <= 0.4 <= found.high
    assert missed / 80 <= 0.05


@pytest.mark.parametrize(
    ("rate", "at_most_100", "at_most_50", "whole_50"),
    [(0.65, 0.73, 0.37, 0.60), (0.7, 0.96, 0.67, 0.85), (0.75, 1.0, 0.89, 0.97)],
)
def test_three_raters_find_real_winners_as_often_as_the_table_says(
    rate: float, at_most_100: float, at_most_50: float, whole_50: float
) -> None:
    """Stopped early at any time, of 100 and of 50 items, and by the sign test at 50: a quarter of votes are ties."""
    rng = np.random.default_rng(8)
    found = np.zeros(3)
    for _ in range(RUNS):
        scores = scores_of(rng, n_items=100, n_raters=3, rate=rate)
        wins, losses = int((scores[:50] > 0).sum()), int((scores[:50] < 0).sum())
        found += [anytime_p(scores) <= LARGEST_P, anytime_p(scores[:50]) <= LARGEST_P, mcnemar(wins, losses) <= 0.05]
    assert found / RUNS == pytest.approx([at_most_100, at_most_50, whole_50], abs=0.05)


@pytest.mark.parametrize(
    ("n", "powers"),
    [(30, (0.18, 0.36, 0.59)), (50, (0.24, 0.51, 0.78)), (100, (0.46, 0.83, 0.98)), (200, (0.79, 0.99, 1))],
)
def test_the_sign_test_has_the_power_of_the_table(n: int, powers: tuple[float, ...]) -> None:
    found = [sign_test_power(n, rate) for rate in (0.6, 0.65, 0.7)]
    assert found == pytest.approx(powers, abs=0.012)


@pytest.mark.parametrize("n_raters", [1, 3])
def test_a_stored_test_of_equal_models_is_rarely_decided_at_any_look(n_raters: int) -> None:
    """Half of the votes are for the left, whatever stands there; sides are drawn, so that makes no winner."""
    runs, wrong = 40, 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        study = pair_study(50, n_raters=n_raters, secret=f"{seed + 1:064x}")
        leans, sure = rng.choice(["tuned", "base"], 50), rng.random((n_raters, 50)) < 0.5
        votes = [
            vote
            for rater in range(n_raters)
            for vote in voted(
                study,
                rater,
                lambda slot, leans=leans, own=sure[rater]: str(leans[slot.entry]) if own[slot.entry] else "left",  # type: ignore[misc]
            )
        ]
        read = study_votes(study, votes, PEOPLE)
        terms = AbTerms(planned_items=50, order=read.units)
        places = {unit: place for place, unit in enumerate(read.units)}
        wrong += any(
            terms.decide([vote for vote in read.votes if places[vote.unit] < n]).word != "undecided"
            for n in (*range(20, 50, 5), 50)
        )
    assert wrong <= 0.05 * runs + 3 * np.sqrt(0.05 * 0.95 * runs)


def test_a_side_that_raters_like_makes_no_winner_where_sides_are_drawn() -> None:
    rng = np.random.default_rng(3)
    drawn_wrong = fixed_wrong = 0
    for _ in range(RUNS):
        drawn_wrong += sign_p(unit_scores(swayed(rng, n_items=50, tuned_left=0.5, for_left=0.65))) <= 0.05
        fixed_wrong += sign_p(unit_scores(swayed(rng, n_items=50, tuned_left=1.0, for_left=0.65))) <= 0.05
    assert drawn_wrong / RUNS <= AT_MOST
    assert fixed_wrong / RUNS >= 0.4
    assert "ab.uneven_sides" in codes(check_ab(swayed(rng, n_items=50, tuned_left=1.0, for_left=0.65)))


@pytest.mark.parametrize("n_raters", [1, 2, 3])
def test_raters_who_always_take_one_side_of_a_stored_test_make_no_winner(n_raters: int) -> None:
    """The study balances sides, so whoever looks at nothing votes as often for tuned as for base."""
    for seed in range(20):
        study = pair_study(50, n_raters=n_raters, secret=f"{seed + 1:064x}")
        ratings = [one for rater in range(n_raters) for one in voted(study, rater, lambda slot: "left")]
        outcomes = [vote.outcome for vote in study_votes(study, ratings, PEOPLE).votes]
        assert abs(outcomes.count("tuned") - outcomes.count("base")) <= n_raters
        assert check_study_ab(study, ratings, PEOPLE).status == "unknown"


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


def test_averaged_over_win_rates_the_interval_covers_94_to_96_percent() -> None:
    """Votes are whole numbers, so coverage jumps from rate to rate about its mean: that is what a nominal 95% is of."""
    rng = np.random.default_rng(9)
    covered, n = 0, 3000
    for _ in range(n):
        rate = rng.uniform(0.3, 0.7)
        leans = np.where(rng.random(60) < rate, 1.0, -1.0)
        votes = np.where(rng.random((60, 3)) < 0.9, leans[:, None], -leans[:, None])
        scores = votes.mean(axis=1)
        units = UnitScores(
            units=tuple(map(str, range(60))), scores=scores, n_votes=np.full(60, 3.0), categories=("",) * 60,
            extra_characters=np.full(60, np.nan),
        )  # fmt: skip
        found = win_rate_of(units)
        assert isinstance(found, Estimate)
        truth = 0.5 + 0.8 * (rate - 0.5)
        covered += found.low <= truth <= found.high
    assert 0.94 <= covered / n <= 0.96
