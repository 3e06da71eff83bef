"""Rows of a review: the whole ratings of first showings as arrays, and what else holds after all that was said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecheck.core import Rater, Rating, ReviewStudy
from tunecheck.study import Place, Standing, by_rater, standings

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Said = Mapping[Place, Standing]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatedRows:
    """Whole ratings of first showings: a row for each rater and answer.

    raters   of each row, the place of the rater in ``names``
    entries  of each row, the number of the answer
    scores   shape (rows, axes): 1 to 5, NaN where an axis does not apply; no row has NaN alone
    """

    study: ReviewStudy
    names: tuple[str, ...]
    raters: Codes
    entries: Codes
    scores: Floats

    @property
    def n_raters(self) -> int:
        """How many raters have a row."""
        return len(np.unique(self.raters))

    @property
    def overall(self) -> Floats:
        """The mean of each row over the axes that apply."""
        return np.asarray(np.nanmean(self.scores, axis=1)) if len(self.scores) else np.zeros(0)

    def without(self, names: Sequence[str]) -> RatedRows:
        """The rows of all other raters."""
        kept = ~np.isin(self.raters, [self.names.index(name) for name in names])
        return RatedRows(
            study=self.study,
            names=self.names,
            raters=self.raters[kept],
            entries=self.entries[kept],
            scores=self.scores[kept],
        )

    def whole_items(self) -> int:
        """How many items have all of their answers rated by one and the same rater."""
        places = {item: place for place, item in enumerate(self.study.items)}
        items = np.array([places[answer.item] for answer in self.study.answers], dtype=np.int64)
        rated = np.zeros((len(self.names), len(places)), dtype=np.int64)
        np.add.at(rated, (self.raters, items[self.entries]), 1)
        return int((rated == np.bincount(items, minlength=len(places))).any(axis=0).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What raters who began say now, of each by name.

    said     all standings
    whole    whole ratings of first showings, by the number of the answer; ``rows`` are made from them
    numbers  the numbers of the raters
    """

    said: Mapping[str, Said]
    whole: Mapping[str, Mapping[int, Standing]]
    numbers: Mapping[str, int]
    rows: RatedRows


def replay(study: ReviewStudy, ratings: Sequence[Rating], raters: Sequence[Rater]) -> Replay:
    """Replay all ratings of a study. A rater began with the first thing that he said and did not take back."""
    said = {number: standings(own) for number, own in sorted(by_rater(ratings).items())}
    begun = {number: own for number, own in said.items() if any(one.n_changes for one in own.values())}
    names = rater_names(list(begun), raters)
    by_name = dict(zip(names, begun.values(), strict=True))
    whole = {
        name: {entry: one for (entry, again), one in own.items() if not again and one.counts(study.axes)}
        for name, own in by_name.items()
    }
    return Replay(
        said=by_name, whole=whole, numbers=dict(zip(names, begun, strict=True)), rows=_rows(study, names, whole)
    )


def rater_names(numbers: Sequence[int], raters: Sequence[Rater]) -> tuple[str, ...]:
    """What each rater is called; with the number where there is no name, or several have it."""
    known = {rater.number: rater.name for rater in raters}
    times = Counter(known.get(number, "") for number in numbers)
    return tuple(
        name if (name := known.get(number, "")) and times[name] == 1 else f"{name or 'rater'} {number}"
        for number in numbers
    )


def _rows(study: ReviewStudy, names: tuple[str, ...], whole: Mapping[str, Mapping[int, Standing]]) -> RatedRows:
    axes = [axis.name for axis in study.axes]
    scores = [[one.scores.get(axis, np.nan) for axis in axes] for own in whole.values() for one in own.values()]
    return RatedRows(
        study=study,
        names=names,
        raters=np.repeat(np.arange(len(names)), [len(whole[name]) for name in names]).astype(np.int64),
        entries=np.array([entry for own in whole.values() for entry in own], dtype=np.int64),
        scores=np.array(scores, dtype=np.float64).reshape(-1, len(axes)),
    )


def group_means(values: Floats, groups: NDArray[Any], n_groups: int) -> Floats:
    """The mean of each column over the rows of each group that have a value; NaN where none has.

    >>> group_means(np.array([[1.0, np.nan], [3.0, 2.0]]), np.array([0, 0]), 2).tolist()
    [[2.0, 2.0], [nan, nan]]
    """
    means = np.full((n_groups, values.shape[1]), np.nan)
    for column in range(values.shape[1]):
        there = np.isfinite(values[:, column])
        counts = np.bincount(groups[there], minlength=n_groups)
        sums = np.bincount(groups[there], values[there, column], minlength=n_groups)
        means[counts > 0, column] = sums[counts > 0] / counts[counts > 0]
    return means
