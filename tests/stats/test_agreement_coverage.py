"""How often the intervals of alpha and kappa hold the truth, for raters who know the right value or answer by chance.

A rater knows the value of an item with the chance q and else draws one from the distribution that the values come from.
Two ratings of an item are then equal if both know, and two independent draws if not: alpha, Fleiss' kappa and Cohen's
kappa of the population are q² at every level.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.chance import beyond_chance
from tunecheck.stats.kappa import fleiss_kappa, pairwise_kappa
from tunecheck.stats.krippendorff import krippendorff_alpha
from tunecheck.stats.ratings import RatingLevel, Ratings, number_ratings

Floats = npt.NDArray[np.float64]
Statistic = Callable[[Ratings, np.random.Generator], Estimate | Unscored]

REPETITIONS, N_DRAWS = 200, 300
BELL, SKEWED, EVEN, RARE = (0.1, 0.2, 0.4, 0.2, 0.1), (0.05, 0.05, 0.1, 0.3, 0.5), (0.5, 0.5), (0.9, 0.1)
LEVELS: tuple[RatingLevel, ...] = ("nominal", "ordinal", "interval", "ratio")


def rated(
    rng: np.random.Generator,
    n_items: int,
    n_raters: int,
    q: float,
    values: tuple[float, ...],
    level: RatingLevel,
    gaps: float,
) -> Ratings:
    truth = rng.choice(len(values), (n_items, 1), p=values)
    guess = rng.choice(len(values), (n_items, n_raters), p=values)
    given = np.where(rng.random(guess.shape) < q, truth, guess) + 1.0
    items, raters = np.nonzero(rng.random(guess.shape) >= gaps)
    return number_ratings(items, raters, given[items, raters], level)


def alpha(ratings: Ratings, rng: np.random.Generator) -> Estimate | Unscored:
    return krippendorff_alpha(ratings, rng, n_draws=N_DRAWS)


def fleiss(ratings: Ratings, rng: np.random.Generator) -> Estimate | Unscored:
    return fleiss_kappa(ratings, rng, n_draws=N_DRAWS)


def cohen(ratings: Ratings, rng: np.random.Generator) -> Estimate | Unscored:
    return pairwise_kappa(ratings, rng, n_draws=N_DRAWS)[0, 1]


def covered(
    statistic: Statistic,
    n_items: int,
    n_raters: int,
    q: float,
    values: tuple[float, ...],
    level: RatingLevel,
    gaps: float = 0.0,
) -> float:
    """The share of simulated panels whose interval holds q², among those that have one."""
    rng, held = np.random.default_rng(1000 * n_items + n_raters), []
    for _ in range(REPETITIONS):
        found = statistic(rated(rng, n_items, n_raters, q, values, level, gaps), rng)
        if isinstance(found, Estimate):
            held.append(found.low <= q * q <= found.high)
    assert len(held) > 0.9 * REPETITIONS
    return sum(held) / len(held)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("n_items", "n_raters", "gaps"), [(10, 3, 0.0), (30, 4, 0.4)])
@pytest.mark.parametrize("q", [0.0, 0.5, 0.95])
def test_the_interval_of_alpha_covers_nineteen_times_in_twenty(
    level: RatingLevel, n_items: int, n_raters: int, gaps: float, q: float
) -> None:
    assert covered(alpha, n_items, n_raters, q, BELL, level, gaps) >= 0.9


@pytest.mark.parametrize("level", ["ordinal", "interval"])
@pytest.mark.parametrize("q", [0.0, 0.5, 0.95])
def test_skewed_ratings_are_covered_as_often_by_three_raters(level: RatingLevel, q: float) -> None:
    assert covered(alpha, 30, 3, q, SKEWED, level) >= 0.9


def test_rare_extremes_of_two_raters_who_nearly_agree_are_covered_less() -> None:
    assert 0.75 < covered(alpha, 100, 2, 0.95, SKEWED, "interval") < 0.92


@pytest.mark.parametrize("statistic", [fleiss, cohen])
@pytest.mark.parametrize(("n_items", "level"), [(10, "nominal"), (100, "nominal"), (30, "interval")])
@pytest.mark.parametrize(("values", "q"), [(EVEN, 0.0), (EVEN, 0.95), (BELL, 0.5)])
def test_the_intervals_of_kappa_cover_nineteen_times_in_twenty(
    statistic: Statistic, n_items: int, level: RatingLevel, values: tuple[float, ...], q: float
) -> None:
    assert covered(statistic, n_items, 2, q, values, level) >= 0.89


def test_different_habits_of_two_raters_are_covered_too() -> None:
    """One of them knows less and says the third value more often; kappa of the population from the joint chances."""
    values, guesses, known = np.array(BELL), (np.array(BELL), np.array([0.1, 0.1, 0.6, 0.1, 0.1])), (0.9, 0.6)
    sides = [q * np.eye(5) + (1 - q) * guess for q, guess in zip(known, guesses, strict=True)]
    joint = np.einsum("t,ta,tb->ab", values, *sides)
    apart = (np.arange(5)[:, None] - np.arange(5)) ** 2
    truth = 1 - (joint * apart).sum() / (np.outer(joint.sum(1), joint.sum(0)) * apart).sum()
    rng, hits = np.random.default_rng(0), 0
    for _ in range(REPETITIONS):
        cells = rng.choice(25, 40, p=joint.ravel())
        given = np.column_stack(np.divmod(cells, 5)).ravel()
        ratings = number_ratings(np.repeat(np.arange(40), 2), np.tile([0, 1], 40), given, "interval")
        found = cohen(ratings, rng)
        assert isinstance(found, Estimate)
        hits += found.low <= truth <= found.high
    assert hits / REPETITIONS >= 0.9


def test_rare_values_are_the_weak_spot() -> None:
    """What the docstring owns up to: nine in ten ratings have one value."""
    assert 0.5 < covered(alpha, 100, 2, 0.0, RARE, "nominal") < 0.85
    assert 0.65 < covered(alpha, 30, 2, 0.5, RARE, "nominal") < 0.9
    assert covered(alpha, 100, 5, 0.8, RARE, "nominal") >= 0.87


def test_without_the_two_added_items_the_interval_of_few_misses_every_other_time() -> None:
    """Why they are added: twenty items, two raters who nearly agree."""
    rng, added, plain = np.random.default_rng(3), 0, 0
    for _ in range(REPETITIONS):
        ratings = rated(rng, 20, 2, 0.97, BELL, "nominal", 0.0)
        found = alpha(ratings, rng)
        assert isinstance(found, Estimate)
        added += found.low <= 0.97**2 <= found.high
        draws = [krippendorff_value(ratings, rng.integers(0, 20, 20)) for _ in range(100)]
        low, high = np.quantile(draws, [0.025, 0.975])
        plain += bool(low <= 0.97**2 <= high)
    assert added / REPETITIONS > 0.93
    assert plain / REPETITIONS < 0.7


def krippendorff_value(ratings: Ratings, drawn: npt.NDArray[np.int64]) -> float:
    """Nominal alpha of two raters without gaps, of drawn items."""
    pairs = ratings.values.reshape(-1, 2)[drawn]
    shares = np.bincount(pairs.ravel()) / pairs.size
    expected = (1 - shares @ shares) * pairs.size / (pairs.size - 1)
    return float(1 - np.mean(pairs[:, 0] != pairs[:, 1]) / expected)


def test_draws_without_a_value_count_against_both_ends() -> None:
    def some_without(part: float) -> Callable[[Floats], Floats]:
        def coefficient(weights: Floats) -> Floats:
            found = weights[:, 0] / 100
            if len(found) > 1:
                found[: round(part * len(found))] = np.nan
            return found

        return coefficient

    found = [
        beyond_chance(some_without(part), np.array([50, 50]), 2, np.random.default_rng(0)) for part in (0.0, 0.02, 0.03)
    ]
    assert isinstance(found[0], Estimate)
    assert isinstance(found[1], Estimate)
    assert found[1].low < found[0].low < 0.5 < found[0].high < found[1].high
    assert found[2] == Unscored(reason="nearly all values are equal: in 3% of the resamples of items, all are")
