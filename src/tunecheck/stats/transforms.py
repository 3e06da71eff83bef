"""Monotone maps of an Estimate: the ends of the interval go where the map sends them, so its coverage stays."""

from __future__ import annotations

import math
from collections.abc import Callable

from tunecheck.core import Estimate, Unscored


def transform(estimate: Estimate | Unscored, function: Callable[[float], float]) -> Estimate | Unscored:
    """Send value, low and high through a function that only rises or only falls; a reason passes through.

    Unscored when a result is beyond the range of floating point.

    >>> grams = Estimate(value=2.0, low=1.0, high=3.0, n=9, method="t")
    >>> str(transform(grams, lambda g: -g / 2))
    '-1 [-1.5, -0.5]'
    """
    if isinstance(estimate, Unscored):
        return estimate
    try:
        value, one, other = (function(x) for x in (estimate.value, estimate.low, estimate.high))
    except OverflowError:
        return Unscored(reason=f"beyond floating point: made from {estimate}")
    return Estimate(
        value=value,
        low=min(one, other),
        high=max(one, other),
        n=estimate.n,
        method=estimate.method,
        confidence=estimate.confidence,
    )


def perplexity(nll_nats: Estimate | Unscored) -> Estimate | Unscored:
    """exp of the mean nll in nats per token.

    >>> str(perplexity(Estimate(value=0.0, low=0.0, high=1.0, n=5, method="t")))
    '1 [1, 2.718]'
    """
    return transform(nll_nats, math.exp)


def perplexity_ratio(gain_nats: Estimate | Unscored) -> Estimate | Unscored:
    """Tuned perplexity over base perplexity, exp(-gain): below 1 the tuned model is better.

    >>> str(perplexity_ratio(Estimate(value=0.0, low=0.0, high=1.0, n=5, method="t")))
    '1 [0.3679, 1]'
    """
    return transform(gain_nats, lambda gain: math.exp(-gain))


def improvement_percent(gain_nats: Estimate | Unscored) -> Estimate | Unscored:
    """By how many percent the tuned perplexity is lower than the base's, 100 (1 - exp(-gain)); negative when higher.

    >>> str(improvement_percent(Estimate(value=0.0, low=-0.1, high=0.1, n=5, method="t")))
    '0 [-10.52, 9.516]'
    """
    return transform(gain_nats, lambda gain: -100 * math.expm1(-gain))


def bits(nats: Estimate | Unscored) -> Estimate | Unscored:
    """Nats as bits: nats per byte become bits per byte.

    >>> str(bits(Estimate(value=math.log(2), low=0.0, high=math.log(4), n=5, method="t")))
    '1 [0, 2]'
    """
    return transform(nats, lambda amount: amount / math.log(2))
