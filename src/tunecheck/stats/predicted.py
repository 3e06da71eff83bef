"""Predicted: a mean from a few items that people scored and many that a judge alone did, which the judge cannot bias."""

from __future__ import annotations

import math

import numpy as np

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.ratios import Floats, Values, t_quantile


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

    With y the scores by people on n items, f those of the judge on the same items and g on N others, it is

        mean(y) - λ (mean(f) - mean(g)),   variance  var(y - λ f) / n + λ² var(g) / N

    the prediction-powered mean PPI++ (Angelopoulos, Duchi and Zrnic 2023, "PPI++: Efficient prediction-powered
    inference"). λ makes the variance least: cov(y, f) / (var(f) + var(g) n / N), kept within 0 and 1, so a judge who
    says nothing about people's scores gets no weight, and the variance is never above that of people alone. For large n
    it is theirs, (1 + n / N) times the pooled variance below cov(y, f). A judge's bias is the same in f and g and
    cancels. The interval is Student's with n - 1 degrees of freedom, one fewer where λ was fitted, and is cut off at
    ``at_least`` and ``at_most``. ``n`` counts the items of people, for these are what it rests on; without others it is
    the t interval of people's mean.

    Assumes independent items, and that chance alone decided which of them people scored: where people took the easy
    ones, the bias does not cancel. Raises ValueError where ``human`` and ``judged_with_human`` differ in length.
    Unscored with fewer than three items of people, where people gave all items one score, for then their spread is not
    known, and with values that are not finite.

    >>> from math import sin
    >>> y, f, g = [sin(i) for i in range(20)], [sin(i) + 0.5 for i in range(20)], [sin(i) + 0.5 for i in range(200)]
    >>> str(prediction_powered_mean(y, f, g))
    '0.004506 [-0.096, 0.105]'
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
    weight = _weight(y, f, g)
    value, variance, freedom = float(y.mean()), float((y - weight * f).var(ddof=1)) / len(y), len(y) - 1
    method = "t over the items of people"
    if weight:
        value += weight * float(g.mean() - f.mean())
        # The fitted λ takes a degree of freedom as a slope does; residuals of a perfect judge leave nothing else.
        variance = variance * freedom / (freedom - 1) + weight**2 * float(g.var(ddof=1)) / len(g)
        freedom -= 1
        method = f"PPI++ with {len(g)} items of a judge alone, lambda {weight:.2f}, t"
    half = t_quantile((1 + confidence) / 2, freedom) * math.sqrt(variance)
    return Estimate(
        value=min(max(value, at_least), at_most),
        low=min(max(value - half, at_least), at_most),
        high=min(max(value + half, at_least), at_most),
        n=len(y),
        method=method,
        confidence=confidence,
    )


def _weight(human: Floats, judged: Floats, alone: Floats) -> float:
    """λ: how far the judge's scores are followed."""
    if len(alone) < 2:
        return 0.0
    together = float((human - human.mean()) @ (judged - judged.mean())) / (len(human) - 1)
    spread = float(judged.var(ddof=1)) + float(alone.var(ddof=1)) * len(human) / len(alone)
    return min(1.0, max(0.0, together / spread)) if spread else 0.0


def _problem(human: Floats, judged: Floats, alone: Floats) -> str:
    if len(human) < 3:
        return f"judges count only beside people, who scored {len(human)} items here, and it takes at least 3"
    n_bad = sum(int(np.count_nonzero(~np.isfinite(values))) for values in (human, judged, alone))
    if n_bad:
        return f"{n_bad} scores are not finite numbers"
    if human.min() == human.max():
        return f"people gave all {len(human)} items the same score, so its spread is not known"
    return ""
