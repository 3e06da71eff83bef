"""Predicted: a mean from few items that people scored and many that only a judge did, whose bias does not count."""

from __future__ import annotations

import math

import numpy as np

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.ratios import Floats, Values, t_quantile

# Judge's scores that vary by less than this share of their squares are all alike but for rounding.
NEARLY_ALIKE = 1e-12


def prediction_powered_mean(
    human: Values,
    judged_with_human: Values,
    judged_alone: Values,
    *,
    confidence: float = 0.95,
    at_least: float = -np.inf,
    at_most: float = np.inf,
) -> Estimate | Unscored:
    """What would people say on average of all items, if a judge scored all and people a random part of them?

    With y the scores by people on n items, f those of the judge on the same items and g on N others, it is the
    prediction-powered mean PPI++ (Angelopoulos, Duchi and Zrnic 2023, "PPI++: Efficient prediction-powered inference"):

        mean(y - λ f) + λ mean(g),   variance  var(y - λ f) / n + λ² var(g) / N,   λ = cov(y, f) / (var(f) (1 + n / N))

    A judge's bias is the same in f and g and cancels. This λ makes the variance least; it is kept within 0 and 1, so a
    judge who says nothing about people's scores gets no weight. Unlike theirs, the λ of an item is fitted on the other
    items of people alone: then the answer is unbiased for any n, where one λ for all is pulled by skewed scores, and
    the variance knows that λ was fitted. The interval is Student's with n - 1 degrees of freedom, cut off at
    ``at_least`` and ``at_most``. ``n`` counts the items of people, for these are what it rests on; without others it is
    the t interval of people's mean.

    Assumes independent items, and that chance alone decided which of them people scored: where people took the easy
    ones, the bias does not cancel. Raises ValueError where ``human`` and ``judged_with_human`` differ in length.
    Unscored with fewer than three items of people, where people gave all items one score, for then their spread is not
    known, and with values that are not finite.

    >>> from math import sin
    >>> y, f, g = [sin(i) for i in range(20)], [sin(i) + 0.5 for i in range(20)], [sin(i) + 0.5 for i in range(200)]
    >>> str(prediction_powered_mean(y, f, g))
    '0.004506 [-0.09537, 0.1044]'
    """
    y, f, g = (np.asarray(values, dtype=np.float64) for values in (human, judged_with_human, judged_alone))
    if y.ndim != 1 or y.shape != f.shape or g.ndim != 1:
        raise ValueError(
            f"people and the judge score the same items, and these have the shapes {y.shape} and {f.shape}; "
            f"the judge's other scores have {g.shape}"
        )
    problem = _problem(y, f, g)
    if problem:
        return Unscored(reason=problem)
    weights = _weights(y, f, len(g))
    # About the mean of the others, so that a bias does not meet the spread of λ.
    scores = y - weights * (f - g.mean()) if len(g) else y
    value, variance = float(scores.mean()), float(scores.var(ddof=1)) / len(y)
    method, weight = "t over the items of people", float(weights.mean())
    if weight:
        variance += weight**2 * float(g.var(ddof=1)) / len(g)
        method = f"PPI++ with {len(g)} items of a judge alone, lambda {weight:.2f}, t"
    half = t_quantile((1 + confidence) / 2, len(y) - 1) * math.sqrt(variance)
    return Estimate(
        value=min(max(value, at_least), at_most),
        low=min(max(value - half, at_least), at_most),
        high=min(max(value + half, at_least), at_most),
        n=len(y),
        method=method,
        confidence=confidence,
    )


def _weights(human: Floats, judged: Floats, n_alone: int) -> Floats:
    """λ of each item: how far the judge's scores are followed, by what the other items show."""
    n = len(human)
    if n_alone < 2:
        return np.zeros(n)
    from_mean_y, from_mean_f = human - human.mean(), judged - judged.mean()
    # Sums about the mean without the item itself.
    left_out = n / (n - 1)
    together = from_mean_y @ from_mean_f - left_out * from_mean_y * from_mean_f
    spread = from_mean_f @ from_mean_f - left_out * from_mean_f**2
    told = spread > NEARLY_ALIKE * float(judged @ judged)
    best: Floats = np.divide(together, spread * (1 + n / n_alone), out=np.zeros(n), where=told)
    return np.clip(best, 0.0, 1.0)


def _problem(human: Floats, judged: Floats, alone: Floats) -> str:
    if len(human) < 3:
        return f"judges count only beside people, who scored {len(human)} items here, and it takes at least 3"
    n_bad = sum(int(np.count_nonzero(~np.isfinite(values))) for values in (human, judged, alone))
    if n_bad:
        return f"{n_bad} scores are not finite numbers"
    if human.min() == human.max():
        return f"people gave all {len(human)} items the same score, so its spread is not known"
    return ""
