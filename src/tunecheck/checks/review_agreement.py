"""Agreement in a review: of raters with each other, and of each with himself when an answer comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from tunecheck.checks.review_means import HIGH, LOW
from tunecheck.checks.review_rows import RatedRows, Replay
from tunecheck.core import Estimate, Measure, Unscored
from tunecheck.stats import (
    Ratings,
    krippendorff_alpha,
    number_ratings,
    pairwise_kappa,
    repeat_agreement,
    repeat_difference,
)

ONE_RATER = Unscored(reason="agreement needs two raters of the same answers")
# Pairs grow with the square of the raters; of more, those who rated most are paired.
MOST_PAIRED = 6
PAIR = "{}|{}"
# Draws of items for an interval; of many ratings fewer, for each draw costs in proportion and the ends hardly move.
MOST_DRAWS, FEWEST_DRAWS = 1000, 200
PAIR_DRAWS = 500
_DRAWN_RATINGS = 5_000_000

Repeat = tuple[int, int, int]
"""The number of the answer, the value given first and the value given again."""


def alphas(rows: RatedRows, rng: np.random.Generator) -> dict[str, Estimate | Unscored]:
    """Krippendorff's alpha, ordinal, of each axis; the answer is the item."""
    return {
        axis.name: krippendorff_alpha(_ratings(rows, column), rng, n_draws=_n_draws(rows))
        if rows.n_raters > 1
        else ONE_RATER
        for column, axis in enumerate(rows.study.axes)
    }


def kappas(rows: RatedRows, rng: np.random.Generator) -> dict[str, Mapping[str, Estimate | Unscored]]:
    """Weighted kappa of each pair of the six raters who rated most, by axis and "first|second"."""
    n_rated = np.bincount(rows.raters, minlength=len(rows.names))
    most = np.sort(np.argsort(-n_rated, kind="stable")[:MOST_PAIRED])
    kept = rows.without([name for place, name in enumerate(rows.names) if place not in most])
    found: dict[str, Mapping[str, Estimate | Unscored]] = {}
    for column, axis in enumerate(rows.study.axes):
        by_pair = pairwise_kappa(_ratings(kept, column), rng, n_draws=PAIR_DRAWS)
        found[axis.name] = {
            PAIR.format(rows.names[one], rows.names[two]): by_pair[one, two]
            for one, two in combinations(most.tolist(), 2)
            if (one, two) in by_pair
        }
    return found


def repeats(replayed: Replay) -> dict[str, Measure]:
    """How each rater and all together agree with themselves where an answer was shown again; no rater without one."""
    by_rater = {name: own for name in replayed.said if (own := _repeats(replayed, name))}
    together = [one for own in by_rater.values() for one in own]
    return {"overall": _of(together), "raters": {name: _of(own) for name, own in by_rater.items()}}


def _of(found: Sequence[Repeat]) -> dict[str, Measure]:
    entries, first, again = ([one[column] for one in found] for column in range(3))
    return {
        "equal": repeat_agreement(entries, first, again),
        "difference": repeat_difference(entries, first, again, scale=(LOW, HIGH)),
    }


def _repeats(replayed: Replay, name: str) -> list[Repeat]:
    said, axes = replayed.said[name], replayed.rows.study.axes
    return [
        (entry, first.scores[axis], value)
        for (entry, again), one in said.items()
        if again and one.counts(axes) and (first := said.get((entry, False))) is not None and first.counts(axes)
        for axis, value in one.scores.items()
        if axis in first.scores
    ]


def _n_draws(rows: RatedRows) -> int:
    return min(MOST_DRAWS, max(FEWEST_DRAWS, _DRAWN_RATINGS // max(1, len(rows.entries))))


def _ratings(rows: RatedRows, column: int) -> Ratings:
    there = np.isfinite(rows.scores[:, column])
    return number_ratings(rows.entries[there], rows.raters[there], rows.scores[there, column], "ordinal")
