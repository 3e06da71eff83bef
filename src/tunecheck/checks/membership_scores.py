"""Membership scores: one value an item, larger where it is likelier that the model was trained on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ScoreName = Literal["gain", "min_k_plus_plus", "min_k"]
Moments = tuple[Floats, Floats]

# Window widths in tokens of the windowed comparison, those of its authors' code.
WINDOWS = (2, 3, 4, 6, 9, 13, 18, 25, 32, 40)
# The share of least likely tokens that Min-K% averages; 20% is its authors' default.
LEAST_LIKELY = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipPart:
    """Items of one part with their token scores, all parallel; every item has a token.

    tuned_nll, base_nll  for each item the nll of its tokens in nats, shape (tokens); base is None without one that
                         tokenises alike
    texts                all that a person would read of the item, prompt and response
    moments              for each item mean and standard deviation, in nats, of the log-probability that the tuned model
                         gives to the whole vocabulary at each token, weighted by its probabilities; None when not known

    Raises ValueError when the fields are not parallel, or an item has no token.
    """

    ids: Sequence[str]
    sources: Sequence[str]
    units: Sequence[str]
    texts: Sequence[str]
    tuned_nll: Sequence[Floats]
    base_nll: Sequence[Floats] | None = None
    moments: Sequence[Moments] | None = None

    def __post_init__(self) -> None:
        columns = (self.sources, self.units, self.texts, self.tuned_nll, self.base_nll, self.moments)
        if any(column is not None and len(column) != len(self.ids) for column in columns):
            raise ValueError(f"the fields of a part are parallel: there are {len(self.ids)} ids")
        for place, nll in enumerate(self.tuned_nll):
            beside = [] if self.base_nll is None else [self.base_nll[place]]
            beside += [] if self.moments is None else list(self.moments[place])
            if not len(nll) or any(len(row) != len(nll) for row in beside):
                raise ValueError(f"item {self.ids[place]} has {len(nll)} tokens, and {[len(row) for row in beside]}")

    @property
    def n_units(self) -> int:
        """Items, those of one group counted once."""
        return len(set(self.units))


def score_name(train: MembershipPart, validation: MembershipPart) -> ScoreName:
    """The best score that both parts allow."""
    if train.base_nll is not None and validation.base_nll is not None:
        return "gain"
    return "min_k" if train.moments is None or validation.moments is None else "min_k_plus_plus"


def item_scores(part: MembershipPart, name: ScoreName) -> Floats:
    """One value an item, larger where it is more likely that the model was trained on it; shape (items)."""
    if name == "gain":
        assert part.base_nll is not None
        return means(part.base_nll) - means(part.tuned_nll)
    if name == "min_k_plus_plus":
        assert part.moments is not None
        return np.array([min_k_plus_plus(t, *two) for t, two in zip(part.tuned_nll, part.moments, strict=True)])
    return np.array([min_k(t) for t in part.tuned_nll])


def means(rows: Sequence[Floats]) -> Floats:
    """The mean of each row; no row is empty.

    >>> means([np.array([1.0, 2.0]), np.array([7.0])]).tolist()
    [1.5, 7.0]
    """
    sizes = np.array([len(row) for row in rows])
    return np.asarray(np.add.reduceat(np.concatenate(rows), np.cumsum(sizes) - sizes) / sizes, dtype=np.float64)


def controls(part: MembershipPart) -> Floats:
    """What is held equal between the sets; shape (items, 4), or (items, 2) without a base.

    The length, and with a base how hard the item is for it. Gains grow with difficulty, and the first tokens of a
    response gain most, which adds to the mean of an item in proportion to 1 / length; without this, sets that differ in
    difficulty or length alone would look like memory. The bends come last: small sets are without them.
    """
    sizes = np.array([len(nll) for nll in part.tuned_nll])
    if part.base_nll is None:
        return np.column_stack((1 / sizes, np.log(sizes)))
    difficulty = means(part.base_nll)
    return np.column_stack((1 / sizes, difficulty, np.log(sizes), difficulty**2))


def window_wins(base_nll: Sequence[Floats], tuned_nll: Sequence[Floats], widths: Sequence[int] = WINDOWS) -> Floats:
    """For each text: in which share of its windows of tokens is the base's nll larger, averaged over the widths?

    The windowed comparison (WBC) of "Window-based membership inference attacks against fine-tuned large language
    models" (arXiv:2601.02751): many short spans vote, so that a few extreme tokens decide nothing. As in its authors'
    code a width beyond the text is the whole text. Each text is an array of nats, shape (tokens), and none is empty.

    >>> window_wins([np.array([2.0, 2.0, 1.0])], [np.array([1.0, 1.0, 2.5])], widths=(2,)).tolist()
    [0.5]
    """
    sizes = np.array([len(nll) for nll in base_nll])
    first = np.cumsum(sizes + 1) - sizes - 1
    # Sums start anew in each text, so that what one text gets depends on no other.
    sums = np.zeros(int(sizes.sum()) + len(sizes) + max(widths))
    for start, base, tuned in zip(first.tolist(), base_nll, tuned_nll, strict=True):
        np.cumsum(base - tuned, out=sums[start + 1 : start + 1 + len(base)])
    shares = np.zeros(len(sizes))
    for width in widths:
        n_before = np.concatenate(([0], np.cumsum(sums[width:] > sums[:-width])))
        n_windows = np.maximum(sizes + 1 - width, 1)
        wins = n_before[first + n_windows] - n_before[first]
        shares += np.where(sizes < width, sums[first + sizes] > 0, wins / n_windows)
    return shares / len(widths)


def min_k(tuned_nll: Floats, share: float = LEAST_LIKELY) -> float:
    """Mean log-probability of the least likely tokens, at least one (Shi et al. 2024, Min-K%).

    >>> min_k(np.array([0.1, 4.0, 0.2, 0.3, 0.1]))
    -4.0
    """
    return _mean_of_lowest(-tuned_nll, share)


def min_k_plus_plus(tuned_nll: Floats, mean: Floats, deviation: Floats, share: float = LEAST_LIKELY) -> float:
    """The same over (log-probability - mean) / deviation at each token (Zhang et al. 2025, Min-K%++).

    ``mean`` and ``deviation`` are those of the log-probability over the vocabulary. Where the model is certain the
    deviation is zero; 1e-6 stands in for less.

    >>> min_k_plus_plus(np.array([1.0, 4.0]), np.array([-1.0, -2.0]), np.array([1.0, 0.5]))
    -4.0
    """
    return _mean_of_lowest((-tuned_nll - mean) / np.maximum(deviation, 1e-6), share)


def _mean_of_lowest(values: Floats, share: float) -> float:
    kept = max(1, math.floor(share * len(values)))
    return float(np.mean(np.partition(values, kept - 1)[:kept]))
