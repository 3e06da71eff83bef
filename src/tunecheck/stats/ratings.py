"""Ratings: who gave which value to which item, checked and numbered once for every statistic of agreement."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from tunecheck.stats.ratios import Codes, Floats, Units

RatingLevel = Literal["nominal", "ordinal", "interval", "ratio"]
Labels = tuple[str, ...] | tuple[int, ...]
Marks = Sequence[Hashable] | npt.NDArray[Any]

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ratings:
    """Ratings in the order of their items and, within an item, of their raters; made by ``number_ratings``.

    items, raters  of each rating, numbered from 0 in the order of the labels
    values         of each rating: its place in ``scale``
    scale          the distinct values: from low to high, or for nominal ones as they first came
    labels         the raters' labels, sorted
    """

    items: Codes
    raters: Codes
    values: Codes
    scale: tuple[Hashable, ...]
    labels: Labels
    n_items: int
    level: RatingLevel

    @property
    def n_missing(self) -> int:
        """How many ratings would be there in addition if every rater had rated every item."""
        return self.n_items * len(self.labels) - len(self.items)

    @property
    def sizes(self) -> Codes:
        """How many ratings each item has."""
        return np.bincount(self.items, minlength=self.n_items)

    @property
    def numbers(self) -> Floats:
        """The scale about its middle, from -1 to 1: differences of huge or far-off values stay exact and finite."""
        scale = np.array(self.scale, dtype=np.float64)
        centred = scale - (scale[0] / 2 + scale[-1] / 2)
        return np.asarray(centred / (centred[-1] or 1.0))

    def paired(self) -> Ratings:
        """Those of items that at least two raters rated."""
        return self.of_items(np.flatnonzero(self.sizes >= 2))

    def kinds(self) -> tuple[Ratings, Codes]:
        """One item of each set of values that occurs, and how many items have that set. Every item has a rating."""
        values, sizes = self.values[np.lexsort((self.values, self.items))], self.sizes
        starts, kept, times = np.cumsum(sizes) - sizes, [], []
        for size in np.unique(sizes).tolist():
            of_size = np.flatnonzero(sizes == size)
            rows = values[starts[of_size, None] + np.arange(size)]
            _, first, n = np.unique(rows, axis=0, return_index=True, return_counts=True)
            kept.append(of_size[first])
            times.append(n)
        return self.of_items(np.concatenate(kept)), np.concatenate(times)

    def of_items(self, kept: Codes) -> Ratings:
        """Those of some items, which come in the order of ``kept``; items and scale are numbered anew."""
        place = np.full(self.n_items, len(kept))
        place[kept] = np.arange(len(kept))
        rows = np.argsort(place[self.items], kind="stable")[: int(self.sizes[kept].sum())]
        scale, values = np.unique(self.values[rows], return_inverse=True)
        return Ratings(
            items=place[self.items[rows]],
            raters=self.raters[rows],
            values=values.astype(np.int64),
            scale=tuple(self.scale[code] for code in scale.tolist()),
            labels=self.labels,
            n_items=len(kept),
            level=self.level,
        )


def number_ratings(items: Units, raters: Units, values: Marks, level: RatingLevel) -> Ratings:
    """Check and number parallel rows: the item, the rater and the value of each rating. A missing rating has no row.

    Nominal values are labels of any kind; the others are finite numbers, those of a ratio scale not negative. The order
    of the rows does not matter to anything that is made from the answer. Raises ValueError for lengths that differ, an
    unknown level, values that do not fit it, and a rater with two values for one item.

    >>> rated = number_ratings(["q2", "q1", "q1"], ["Ann", "Bob", "Ann"], [5, 4, 4], "ordinal")
    >>> rated.scale, rated.n_missing, rated.values.tolist()
    ((4.0, 5.0), 1, [0, 0, 1])
    """
    if level not in get_args(RatingLevel):
        raise ValueError(f"a level is one of {', '.join(get_args(RatingLevel))}, not {level!r}")
    if not len(items) == len(raters) == len(values):
        raise ValueError(f"{len(items)} items, {len(raters)} raters and {len(values)} values are not parallel rows")
    scale, value_codes = _marks(values) if level == "nominal" else _scale(values, level)
    item_labels, item_codes = _labels(items)
    labels, rater_codes = _labels(raters)
    order = np.lexsort((rater_codes, item_codes))
    item_codes, rater_codes = item_codes[order], rater_codes[order]
    again = np.flatnonzero((np.diff(item_codes) == 0) & (np.diff(rater_codes) == 0))
    if len(again):
        pairs = dict.fromkeys((labels[rater_codes[at]], item_labels[item_codes[at]]) for at in again)
        shown = [f"{rater!r} on item {item!r}" for rater, item in list(pairs)[:_SHOWN]]
        more = f" and {len(pairs) - _SHOWN} more" if len(pairs) > _SHOWN else ""
        raise ValueError(f"one value a rater and item, but there are several of {', '.join(shown)}{more}")
    return Ratings(
        items=item_codes,
        raters=rater_codes,
        values=value_codes[order],
        scale=scale,
        labels=labels,
        n_items=len(item_labels),
        level=level,
    )


def agreeing_shares(ratings: Ratings) -> Floats:
    """Which share of the pairs of ratings of each item are equal? Every item has at least two ratings.

    >>> agreeing_shares(number_ratings([1, 1, 1, 2, 2], [0, 1, 2, 0, 1], "aabbb", "nominal")).round(4).tolist()
    [0.3333, 1.0]
    """
    cells, counts = np.unique(ratings.items * len(ratings.scale) + ratings.values, return_counts=True)
    equal = np.bincount(cells // len(ratings.scale), counts * (counts - 1), ratings.n_items)
    return np.asarray(equal / (ratings.sizes * (ratings.sizes - 1)), dtype=np.float64)


def value_counter(codes: Codes, n_codes: int, items: Codes) -> Callable[[Floats], Floats]:
    """What counts each code under weights of the items: shape (draws, items) to (draws, n_codes).

    >>> value_counter(np.array([0, 2, 2]), 3, np.array([0, 0, 1]))(np.array([[1.0, 1.0], [0.0, 2.0]])).tolist()
    [[1.0, 0.0, 2.0], [0.0, 0.0, 2.0]]
    """
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    item_of_row = items[order]

    def counted(weights: Floats) -> Floats:
        found = np.zeros((len(weights), n_codes))
        found[:, present] = np.add.reduceat(weights[:, item_of_row], starts, axis=1)
        return found

    return counted


def _labels(labels: Units) -> tuple[Labels, Codes]:
    if isinstance(labels, np.ndarray):
        distinct, codes = np.unique(labels, return_inverse=True)
        return tuple(distinct.tolist()), codes.astype(np.int64)
    ordered: list[Any] = sorted(set(labels))
    place = {label: code for code, label in enumerate(ordered)}
    return tuple(ordered), np.fromiter((place[label] for label in labels), dtype=np.int64, count=len(labels))


def _marks(values: Marks) -> tuple[tuple[Hashable, ...], Codes]:
    marks: list[Hashable] = values.tolist() if isinstance(values, np.ndarray) else list(values)
    n_bad = sum(mark is None or mark != mark for mark in marks)
    if n_bad:
        raise ValueError(f"{n_bad} of {len(marks)} values are None or NaN; a missing rating has no row")
    place: dict[Hashable, int] = {}
    codes = np.fromiter((place.setdefault(mark, len(place)) for mark in marks), dtype=np.int64, count=len(marks))
    return tuple(place), codes


def _scale(values: Marks, level: RatingLevel) -> tuple[tuple[float, ...], Codes]:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1:
        raise ValueError(f"values are one a rating, not of shape {numbers.shape}")
    n_bad = int(np.count_nonzero(~np.isfinite(numbers)))
    if n_bad:
        raise ValueError(f"{n_bad} of {len(numbers)} values are not finite numbers; a missing rating has no row")
    if level == "ratio" and numbers.min(initial=0.0) < 0:
        raise ValueError(f"values of a ratio scale are not negative, and the lowest is {numbers.min():g}")
    scale, codes = np.unique(numbers, return_inverse=True)
    return tuple(scale.tolist()), codes.astype(np.int64)
