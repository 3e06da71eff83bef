"""Sides: did the place of an answer sway the votes, and did raters know which model they read?"""

from __future__ import annotations

import numpy as np

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.auc import wilson
from tunecheck.stats.credit import credit_difference


def side_bias(left: int, right: int, *, confidence: float = 0.95) -> Estimate | Unscored:
    """How often did the answer on the left win? Share of the decisive votes for the left, with Wilson's interval.

    The counts are votes and not items, ties left out: the side is drawn anew for each vote, so a rater without a side
    bias votes left with the chance 1/2 whichever answer is better, and the draw of the sides alone makes ``mcnemar``
    of the same two counts an exact test of that (Fisher 1935, 21: the test that randomisation itself justifies). An
    item's votes are alike in quality, not in side. Sides that are balanced over an item's raters only make the interval
    too wide. The interval is Wilson's (1927) for left + right draws; ``n`` counts the votes.

    Assumes sides that were drawn for each vote. Where all raters of an item saw the same sides, their votes are copies
    of each other: count items then. Raises ValueError for a negative count. Unscored without a decisive vote.

    >>> str(side_bias(30, 20))
    '0.6 [0.4618, 0.7239]'
    """
    _check(left=left, right=right)
    n = left + right
    if not n:
        return Unscored(reason="no vote was for one of the two sides")
    low, high = wilson(left / n, n, confidence)
    return Estimate(value=left / n, low=low, high=high, n=n, method="Wilson over votes", confidence=confidence)


def blinding_index(correct: int, incorrect: int, dont_know: int, *, confidence: float = 0.95) -> Estimate | Unscored:
    """Did a rater know which answer was the tuned model's? 0 is blind, 1 knew always, below 0 guessed the wrong way.

    (correct - incorrect) / (correct + incorrect + dont_know), the index of one arm of Bang, Ni and Davis (2004,
    "Assessment of blinding in clinical trials"): the share of guesses by knowledge, if those who do not know guess
    evenly. Theirs is a normal interval, which closes where all guesses are right; the interval here is that of
    ``credit_difference``, for the index is the paired difference of being right and being wrong. ``n`` counts the
    guesses.

    Assumes independent guesses on sides that were drawn: take it for one rater at a time, or over raters of one guess
    each. Raises ValueError for a negative count. Unscored with fewer than two guesses.

    >>> str(blinding_index(12, 8, 10))
    '0.1333 [-0.1659, 0.424]'
    """
    _check(correct=correct, incorrect=incorrect, dont_know=dont_know)
    counts = [correct, incorrect, dont_know]
    if sum(counts) < 2:
        n = sum(counts)
        return Unscored(reason=f"an interval needs at least 2 guesses, and there {'is 1' if n else 'are none'}")
    right, wrong = np.repeat([1.0, 0.0, 0.0], counts), np.repeat([0.0, 1.0, 0.0], counts)
    return credit_difference(right, wrong, confidence=confidence)


def _check(**counts: int) -> None:
    for name, count in counts.items():
        if count < 0:
            raise ValueError(f"{name} is a count and not negative: {count}")
