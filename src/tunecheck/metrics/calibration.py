"""Calibration: whether a model that says 80 % is right in 80 % of cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecheck.core import Unscored
from tunecheck.errors import DataError

# Guo et al. (2017, "On calibration of modern neural networks") and nearly all after them.
N_BINS = 15

_SUM_TOLERANCE = 1e-6

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Items whose top probability lies in (low, high], of which there is at least one.

    confidence  mean top probability
    accuracy    share whose top label is right
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def checked_probabilities(probabilities: Floats, references: Codes) -> None:
    """Raise unless these are probabilities of labels, shape (n, K), and codes of references, shape (n), 0 to K - 1.

    DataError names the first bad row (the first is row 1) and what is wrong with it: NaN, below 0, or a sum other than
    1 by more than 1e-6. ValueError for other shapes and codes.
    """
    if probabilities.ndim != 2 or references.shape != probabilities.shape[:1]:
        raise ValueError(f"shapes {probabilities.shape} and {references.shape} are not (n, K) and (n)")
    if ((references < 0) | (references >= probabilities.shape[1])).any():
        raise ValueError(f"codes of references must be 0 to {probabilities.shape[1] - 1}")
    sums = probabilities.sum(1)
    # Written so that NaN is bad too.
    good = (probabilities >= 0).all(1) & (np.abs(sums - 1) <= _SUM_TOLERANCE)
    if good.all():
        return
    row = int(np.argmin(good))
    bad = probabilities[row][~(probabilities[row] >= 0)]
    what = f"hold {bad[0]:.6g}" if len(bad) else f"sum to {sums[row]:.9g}, not 1"
    raise DataError(
        f"probabilities of row {row + 1} {what} ({np.count_nonzero(~good)} of {len(good)} rows are bad)",
        hint="give one probability per label that sum to 1 in each row, such as a softmax of the label scores",
    )


def reliability(probabilities: Floats, references: Codes, *, n_bins: int = N_BINS) -> tuple[Bin, ...]:
    """The bars of a reliability diagram: bins of equal width by top probability; those without items are left out.

    Of equal top probabilities the first label counts. Errors are those of ``checked_probabilities``.
    """
    checked_probabilities(probabilities, references)
    top = probabilities.argmax(1)
    confidence = probabilities[np.arange(len(top)), top]
    right = top == references
    place = np.clip(np.ceil(confidence * n_bins).astype(np.int64) - 1, 0, n_bins - 1)
    return tuple(
        Bin(
            low=at / n_bins,
            high=(at + 1) / n_bins,
            n=int(np.count_nonzero(place == at)),
            confidence=float(confidence[place == at].mean()),
            accuracy=float(right[place == at].mean()),
        )
        for at in np.unique(place).tolist()
    )


def expected_calibration_error(probabilities: Floats, references: Codes, *, n_bins: int = N_BINS) -> float | Unscored:
    """How far confidence and accuracy lie apart on average: the sum over bins of n_b / n |accuracy - confidence|.

    Of the top label, with bins of equal width (Guo et al. 2017). It is biased upwards for few items. From 0 to 1, less
    is better; errors are those of ``checked_probabilities``.

    >>> expected_calibration_error(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1]))
    0.4
    """
    bins = reliability(probabilities, references, n_bins=n_bins)
    if not bins:
        return Unscored(reason="there are no items")
    return sum(one.n * abs(one.accuracy - one.confidence) for one in bins) / len(references)


def brier_items(probabilities: Floats, references: Codes) -> Floats:
    """Shape (n): the squared distance of each item's probabilities from the truth, 0 to 2; the mean is Brier's score.

    The original score of Brier (1950), summed over labels: twice what is usual for two labels. Less is better; errors
    are those of ``checked_probabilities``.

    >>> brier_items(np.array([[0.8, 0.2]]), np.array([0])).round(3).tolist()
    [0.08]
    """
    checked_probabilities(probabilities, references)
    truth = references[:, None] == np.arange(probabilities.shape[1])
    squares: Floats = ((probabilities - truth) ** 2).sum(1)
    return squares


def log_loss_items(probabilities: Floats, references: Codes) -> Floats:
    """Shape (n): minus the natural logarithm of the probability of each reference; the mean is the log loss, in nats.

    A probability of 0 counts as 2.2e-16, so that one item costs at most 36 nats. Less is better; errors are those of
    ``checked_probabilities``.

    >>> log_loss_items(np.array([[0.5, 0.5]]), np.array([0])).round(3).tolist()
    [0.693]
    """
    checked_probabilities(probabilities, references)
    of_reference = probabilities[np.arange(len(references)), references]
    losses: Floats = -np.log(np.clip(of_reference, np.finfo(np.float64).eps, 1.0))
    return losses
