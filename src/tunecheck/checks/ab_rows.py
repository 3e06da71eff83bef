"""The rows of an A/B test: the votes that count, and the score of each unit from -1 to 1."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunecheck.core import PairVote

Floats = npt.NDArray[np.float64]

SCORES = {"tuned": 1.0, "base": -1.0, "tie": 0.0, "both_bad": 0.0, "skip": 0.0}
# Sums of thirds leave dust that has a sign.
_DUST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledVotes:
    """The last vote of each rater on each item: ``first`` showings, and ``again`` those with the sides swapped."""

    first: Mapping[tuple[str, str], PairVote]
    again: Mapping[tuple[str, str], PairVote]

    @property
    def votes(self) -> tuple[PairVote, ...]:
        """The votes that count."""
        return tuple(self.first.values())

    @property
    def judged(self) -> tuple[PairVote, ...]:
        """The votes that count and are no skips."""
        return tuple(vote for vote in self.first.values() if vote.outcome != "skip")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitScores:
    """What the statistics see: one score a unit, above 0 where it prefers tuned, and the votes behind it.

    Units stand in the order that was planned, and then ``is_planned``; else in that of a hash of their names, which
    knows nothing of the votes: a file may be sorted by winner.

    extra_characters  by how much the tuned answer is longer, a mean over items; NaN where lengths are not known
    """

    units: tuple[str, ...]
    scores: Floats
    n_votes: Floats
    categories: tuple[str, ...]
    extra_characters: Floats
    is_planned: bool = False

    def __len__(self) -> int:
        return len(self.units)

    def take(self, places: Sequence[int]) -> UnitScores:
        """The units at these places."""
        return UnitScores(
            units=tuple(self.units[place] for place in places),
            scores=self.scores[list(places)],
            n_votes=self.n_votes[list(places)],
            categories=tuple(self.categories[place] for place in places),
            extra_characters=self.extra_characters[list(places)],
            is_planned=self.is_planned,
        )


def settle(votes: Sequence[PairVote]) -> SettledVotes:
    """The votes that count, of votes in the order in which they were given."""
    settled: dict[bool, dict[tuple[str, str], PairVote]] = {False: {}, True: {}}
    for vote in votes:
        settled[vote.again][vote.item, vote.rater] = vote
    return SettledVotes(first=settled[False], again=settled[True])


def unit_scores(votes: Iterable[PairVote], *, order: Sequence[str] | None = None) -> UnitScores:
    """The mean of the votes on each item, then of the items of each unit. A unit has the category of its first vote.

    ``order`` has the units in the order that was planned before the first vote, where it was.

    >>> one = PairVote(item="q1", rater="Ann", outcome="tuned", unit="q1")
    >>> two = PairVote(item="q1", rater="Bob", outcome="tie", unit="q1")
    >>> unit_scores([one, two]).scores.tolist()
    [0.5]
    """
    items: dict[tuple[str, str], list[float]] = {}
    categories: dict[str, str] = {}
    extra: dict[tuple[str, str], float] = {}
    for vote in votes:
        items.setdefault((vote.unit, vote.item), []).append(SCORES[vote.outcome])
        categories.setdefault(vote.unit, vote.category)
        if vote.tuned_characters is not None and vote.base_characters is not None:
            extra[vote.unit, vote.item] = float(vote.tuned_characters - vote.base_characters)
    means: dict[str, list[float]] = {}
    n_votes: dict[str, int] = dict.fromkeys(categories, 0)
    longer: dict[str, list[float]] = {}
    for (unit, item), given in items.items():
        means.setdefault(unit, []).append(sum(given) / len(given))
        n_votes[unit] += len(given)
        longer.setdefault(unit, []).append(extra.get((unit, item), np.nan))
    planned = {} if order is None else {unit: place for place, unit in enumerate(order)}
    units = tuple(sorted(means, key=_place if order is None else planned.__getitem__))
    scores = np.array([sum(means[unit]) / len(means[unit]) for unit in units], dtype=np.float64)
    return UnitScores(
        units=units,
        scores=np.where(np.abs(scores) < _DUST, 0.0, scores),
        n_votes=np.array([n_votes[unit] for unit in units], dtype=np.float64),
        categories=tuple(categories[unit] for unit in units),
        extra_characters=np.array([sum(longer[unit]) / len(longer[unit]) for unit in units], dtype=np.float64),
        is_planned=order is not None,
    )


def _place(unit: str) -> bytes:
    return hashlib.blake2b(unit.encode("utf-8", "replace"), digest_size=16).digest() + unit.encode("utf-8", "replace")
