"""Kappa: agreement beyond chance of two raters (Cohen), weighted on scales, and of a panel of one size (Fleiss)."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.chance import ALL_EQUAL, beyond_chance, less_chance
from tunecheck.stats.ratings import Ratings, agreeing_shares, value_counter
from tunecheck.stats.ratios import Codes, Floats

Pair = tuple[str, str] | tuple[int, int]


def pairwise_kappa(
    ratings: Ratings, rng: np.random.Generator, *, n_draws: int = 1000, confidence: float = 0.95
) -> dict[Pair, Estimate | Unscored]:
    """Do two raters agree more than their own habits would make them? Cohen's κ of every pair, by sorted labels.

    κ = 1 - D_o / D_e over the items that both rated: D_o is the mean disagreement, D_e that of every value of the one
    with every value of the other. A disagreement counts 1 for nominal values (Cohen 1960), and the squared difference
    of the values on all scales (Cohen 1968, "Weighted kappa: nominal scale agreement with provision for scaled
    disagreement or partial credit"); on an ordinal scale that takes 1 to 5 for equal steps, as quadratic weights do.
    The interval is that of ``beyond_chance``; ``n`` counts the items that both rated. It holds the truth about as often
    as that of ``krippendorff_alpha`` does, and has its weak spots.

    Assumes independent items. A pair is Unscored where both rated fewer than two items, and where all of their values
    are equal or nearly all. The pairs are many where raters are: 20 raters make 190.

    >>> from tunecheck.stats.ratings import number_ratings
    >>> rated = number_ratings([1, 1, 2, 2, 3, 3, 4, 4], ["Ann", "Bob"] * 4, [1, 1, 2, 3, 3, 3, 1, 1], "ordinal")
    >>> {pair: round(kappa.value, 4) for pair, kappa in pairwise_kappa(rated, np.random.default_rng(0)).items()}
    {('Ann', 'Bob'): 0.8571}
    """
    rows = [np.flatnonzero(ratings.raters == rater) for rater in range(len(ratings.labels))]
    found: dict[Pair, Estimate | Unscored] = {}
    for first, second in combinations(range(len(rows)), 2):
        _, at_first, at_second = np.intersect1d(
            ratings.items[rows[first]], ratings.items[rows[second]], assume_unique=True, return_indices=True
        )
        values = ratings.values[rows[first][at_first]], ratings.values[rows[second][at_second]]
        pair: Pair = ratings.labels[first], ratings.labels[second]  # type: ignore[assignment]
        found[pair] = _cohen(*values, ratings, rng, n_draws, confidence)
    return found


def fleiss_kappa(
    ratings: Ratings, rng: np.random.Generator, *, n_draws: int = 1000, confidence: float = 0.95
) -> Estimate | Unscored:
    """Does a panel agree on categories more than chance would make it? Fleiss' κ = (P - P_e) / (1 - P_e).

    P is the mean over items of the share of agreeing pairs of ratings, P_e the sum of the squared shares of the values
    (Fleiss 1971, "Measuring nominal scale agreement among many raters"). Values count as categories, equal or not,
    whatever their level. The raters of one item may be others than those of the next. The interval is that of
    ``beyond_chance``, with the weak spots told at ``krippendorff_alpha``; ``n`` counts the items.

    Assumes independent items. Unscored where items differ in how many ratings they have, where none has two, where all
    values are equal or nearly all, and for one item.

    >>> from tunecheck.stats.ratings import number_ratings
    >>> rated = number_ratings([1, 1, 2, 2, 3, 3, 4, 4], [0, 1] * 4, "aabbabaa", "nominal")
    >>> round(fleiss_kappa(rated, np.random.default_rng(0)).value, 4)
    0.4667
    """
    sizes = ratings.sizes
    if not len(sizes) or sizes.max() < 2:
        return Unscored(reason="no item has ratings of two raters")
    if sizes.min() != sizes.max():
        few, many = int(sizes.min()), int(sizes.max())
        return Unscored(reason=f"items have {few} to {many} ratings, and Fleiss' kappa wants the same number of each")
    if len(ratings.scale) == 1:
        return Unscored(reason=ALL_EQUAL)
    kinds, times = ratings.kinds()
    counted = value_counter(kinds.values, len(kinds.scale), kinds.items)
    shares = counted(times[None].astype(np.float64)) / len(ratings.items)
    apart = np.append(1 - agreeing_shares(kinds), [1 - float(np.sum(shares**2)), 0.0])

    def kappa(weights: Floats) -> Floats:
        part = counted(weights[:, :-2]) / sizes[0] + weights[:, -2:].sum(axis=1, keepdims=True) * shares
        part /= weights.sum(axis=1, keepdims=True)
        return less_chance(weights @ apart / weights.sum(axis=1), 1 - (part**2).sum(axis=1), part)

    return beyond_chance(kappa, times, len(kinds.items), rng, n_draws=n_draws, confidence=confidence)


def _cohen(
    first: Codes, second: Codes, ratings: Ratings, rng: np.random.Generator, n_draws: int, confidence: float
) -> Estimate | Unscored:
    """κ of two raters from the values that they gave to the same items."""
    if not len(first):
        return Unscored(reason="no item was rated by both")
    scale, codes = np.unique(np.concatenate((first, second)), return_inverse=True)
    if len(scale) == 1:
        return Unscored(reason=ALL_EQUAL)
    numbers = None if ratings.level == "nominal" else ratings.numbers[scale]
    cells, times = np.unique(codes[: len(first)] * len(scale) + codes[len(first) :], return_counts=True)
    sides = np.divmod(cells, len(scale))
    counted = [value_counter(side, len(scale), np.arange(len(cells))) for side in sides]
    # The two added items have the habits of both raters.
    habits = [count(times[None].astype(np.float64)) / len(first) for count in counted]
    differ = sides[0] != sides[1] if numbers is None else (numbers[sides[0]] - numbers[sides[1]]) ** 2
    apart = np.concatenate((differ, _by_habit(habits[0], habits[1], numbers), np.zeros(1)))

    def kappa(weights: Floats) -> Floats:
        n_drawn, added = weights.sum(axis=1, keepdims=True), weights[:, -2:].sum(axis=1, keepdims=True)
        one, two = (
            (count(weights[:, :-2]) + added * habit) / n_drawn for count, habit in zip(counted, habits, strict=True)
        )
        return less_chance(weights @ apart / n_drawn[:, 0], _by_habit(one, two, numbers), one + two)

    return beyond_chance(kappa, times, len(cells), rng, n_draws=n_draws, confidence=confidence)


def _by_habit(first: Floats, second: Floats, numbers: Floats | None) -> Floats:
    """The mean disagreement of every value of the one with every value of the other, from the shares of the values."""
    if numbers is None:
        return np.asarray(1 - (first * second).sum(axis=1))
    means = [(shares * numbers).sum(axis=1) for shares in (first, second)]
    spreads = [
        (shares * (numbers - mean[:, None]) ** 2).sum(axis=1)
        for shares, mean in zip((first, second), means, strict=True)
    ]
    return np.asarray(spreads[0] + spreads[1] + (means[0] - means[1]) ** 2)
