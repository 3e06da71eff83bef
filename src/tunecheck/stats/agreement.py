"""Agreement: how often ratings of the same item are equal, between raters and of one rater who is asked again."""

from __future__ import annotations

import numpy as np

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.credit import mean_credit
from tunecheck.stats.ratings import Marks, Ratings, agreeing_shares
from tunecheck.stats.ratios import Floats, Units, Values, unit_codes


def observed_agreement(ratings: Ratings, *, confidence: float = 0.95) -> Estimate | Unscored:
    """Which share of the pairs of ratings of an item are equal? Its mean over items with two or more, from 0 to 1.

    That is percent agreement as Fleiss (1971) has it: every item counts once, however many rated it. Krippendorff's
    observed agreement lets an item of m ratings count m times; the two are one where all items have as many. Chance is
    not taken off. The interval is that of ``mean_credit`` with the disjoint pairs of an item as its trials: Wilson's
    where two raters rated each item, and like it never closed. ``n`` counts the items.

    Assumes independent items. Unscored where no item has two ratings.

    >>> from tunecheck.stats.ratings import number_ratings
    >>> str(observed_agreement(number_ratings([1, 1, 2, 2, 3, 3, 4, 4], [0, 1] * 4, "aabbabaa", "nominal")))
    '0.75 [0.3006, 0.9544]'
    """
    paired = ratings.paired()
    if not paired.n_items:
        return Unscored(reason="no item has ratings of two raters")
    return mean_credit(agreeing_shares(paired), np.maximum(1, paired.sizes / 2), confidence=confidence)


def repeat_agreement(items: Units, first: Marks, again: Marks, *, confidence: float = 0.95) -> Estimate | Unscored:
    """How often does a rater who sees an item again give the same value? The mean over items of the share of repeats.

    Rows are parallel: an item, the value given first and the value given again. Of one rater, or of several together:
    then an item may have several rows. The interval is that of ``mean_credit`` with the rows of an item as its trials,
    Wilson's for one row an item. ``n`` counts the items. Assumes independent items. Raises ValueError for lengths that
    differ. Unscored without rows.

    >>> str(repeat_agreement([1, 2, 3, 4], [5, 4, 3, 3], [5, 4, 3, 4]))
    '0.75 [0.3006, 0.9544]'
    """
    _same_length(len(items), len(first), len(again))
    if not len(items):
        return Unscored(reason="no item was rated twice by the same rater")
    equal = np.fromiter((one == two for one, two in zip(first, again, strict=True)), dtype=np.float64, count=len(items))
    return mean_credit(*_by_item(items, equal), confidence=confidence)


def repeat_difference(
    items: Units, first: Values, again: Values, *, scale: tuple[float, float], confidence: float = 0.95
) -> Estimate | Unscored:
    """How far apart are the two values of a rater who sees an item again? The mean over items of |first - again|.

    ``scale`` holds the lowest and the highest value there is, such as (1, 5). Rows as for ``repeat_agreement``. The
    difference as a part of the width of the scale is a credit from 0 to 1, and the interval is that of ``mean_credit``
    times the width: it does not close at 0 where all repeats happen to be equal. Assumes independent items. Raises
    ValueError for lengths that differ, a scale without width and values outside of it. Unscored without rows.

    >>> str(repeat_difference([1, 2, 3, 4], [5, 4, 3, 3], [5, 4, 3, 4], scale=(1, 5)))
    '0.25 [0.01449, 2.2]'
    """
    _same_length(len(items), len(first), len(again))
    low, high = scale
    if not 0 < high - low < np.inf:
        raise ValueError(f"a scale reaches from its lowest value to its highest, not from {low:g} to {high:g}")
    one, two = np.asarray(first, dtype=np.float64), np.asarray(again, dtype=np.float64)
    n_bad = int(np.count_nonzero(~((one >= low) & (one <= high) & (two >= low) & (two <= high))))
    if n_bad:
        raise ValueError(f"{n_bad} of {len(one)} repeats have a value outside the scale from {low:g} to {high:g}")
    if not len(items):
        return Unscored(reason="no item was rated twice by the same rater")
    part = mean_credit(*_by_item(items, np.abs(one - two) / (high - low)), confidence=confidence)
    if isinstance(part, Unscored):
        return part
    value, low_end, high_end = ((high - low) * end for end in (part.value, part.low, part.high))
    return Estimate(value=value, low=low_end, high=high_end, n=part.n, method=part.method, confidence=part.confidence)


def _by_item(items: Units, rows: Floats) -> tuple[Floats, Floats]:
    """The mean of each item's rows, and how many they are."""
    codes = unit_codes(items)
    n_rows = np.bincount(codes).astype(np.float64)
    return np.asarray(np.bincount(codes, rows) / n_rows), n_rows


def _same_length(n_items: int, n_first: int, n_again: int) -> None:
    if not n_items == n_first == n_again:
        raise ValueError(f"{n_items} items, {n_first} first values and {n_again} repeats are not parallel rows")
