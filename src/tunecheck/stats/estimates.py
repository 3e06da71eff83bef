"""Estimates made from ratios: means over tokens, differences of two samples, and the share that transfers."""

from __future__ import annotations

import math

import numpy as np

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.ratios import Ratio, Units, Values, difference, ratio

NOT_LEARNED = "not learned: the interval of the gain on training text includes zero, so it has no share that transfers"


def interval(
    found: Ratio | Unscored, *, confidence: float = 0.95, at_least: float = -np.inf, at_most: float = np.inf
) -> Estimate | Unscored:
    """The t interval of a ratio; the reason passes through where there is none.

    >>> str(interval(Ratio(value=2.0, standard_error=0.1, degrees_of_freedom=20, n_units=21, grouped=False)))
    '2 [1.791, 2.209]'
    """
    if isinstance(found, Unscored):
        return found
    return found.interval(confidence=confidence, at_least=at_least, at_most=at_most)


def ratio_of_sums(
    numerator: Values,
    denominator: Values,
    units: Units,
    *,
    confidence: float = 0.95,
    at_least: float = -np.inf,
    at_most: float = np.inf,
) -> Estimate | Unscored:
    """What is the mean per token (or byte)? Σ numerator / Σ denominator with a cluster-robust t interval.

    Formula, assumptions and errors are those of ``tunecheck.stats.ratio``; ``n`` counts the units.

    >>> ratio_of_sums([2.0, 4.0, 6.0], [1, 1, 1], ["a", "b", "c"]).value
    4.0
    """
    return interval(ratio(numerator, denominator, units), confidence=confidence, at_least=at_least, at_most=at_most)


def difference_of_ratios(
    first: Ratio | Unscored, second: Ratio | Unscored, *, confidence: float = 0.95
) -> Estimate | Unscored:
    """How far apart are two independent samples? First less second, Welch's t interval; ``n`` counts all units.

    >>> a = Ratio(value=3.0, standard_error=0.3, degrees_of_freedom=9, n_units=10, grouped=False)
    >>> b = Ratio(value=1.0, standard_error=0.4, degrees_of_freedom=9, n_units=10, grouped=False)
    >>> str(difference_of_ratios(a, b))
    '2 [0.9436, 3.056]'
    """
    apart = difference(first, second)
    if isinstance(apart, Unscored):
        return apart
    return apart.interval(
        confidence=confidence, how=f"cluster-robust delta method over {apart.noun}s of two samples, Welch t"
    )


def transfer_ratio(
    validation: Ratio | Unscored, train: Ratio | Unscored, *, confidence: float = 0.95
) -> Estimate | Unscored:
    """Which share of the gain on training text also shows on validation text? Validation gain / train gain.

    The interval is Fieller's, each side with its own t quantile (the MOVER form of Zou and Donner 2008): all r with
    (v - r t)² <= h_v² + r² h_t², where h are the half-widths. It is bounded exactly when the train interval leaves out
    zero; otherwise the answer is Unscored. In simulation it covers better than the percentile bootstrap where samples
    are small (tests/stats/test_coverage.py). Assumes independent samples.

    >>> v = Ratio(value=0.4, standard_error=0.02, degrees_of_freedom=100, n_units=101, grouped=False)
    >>> t = Ratio(value=0.5, standard_error=0.02, degrees_of_freedom=100, n_units=101, grouped=False)
    >>> str(transfer_ratio(v, t))
    '0.8 [0.703, 0.9071]'
    """
    if isinstance(train, Unscored):
        return train
    if isinstance(validation, Unscored):
        return validation
    half_v, half_t = validation.half_width(confidence), train.half_width(confidence)
    if abs(train.value) <= half_t:
        return Unscored(reason=NOT_LEARNED)
    scale = train.value**2 - half_t**2
    middle = validation.value * train.value / scale
    reach = math.sqrt(validation.value**2 * half_t**2 + half_v**2 * scale) / scale
    return Estimate(
        value=validation.value / train.value,
        low=middle - reach,
        high=middle + reach,
        n=validation.n_units + train.n_units,
        method=f"Fieller over {'group' if validation.grouped or train.grouped else 'item'}s of two samples, t",
        confidence=confidence,
    )
