"""Betting: a test of a mean that stays honest when people look after every item and stop when they like.

Under the hypothesis no bet on the next item has a gain in the mean, so the capital of a gambler who starts with 1 is a
nonnegative martingale, and exceeds 1 / α at any time with a chance of at most α (Ville 1939; Waudby-Smith and Ramdas
2024, "Estimating means of bounded random variables by betting").
"""

from __future__ import annotations

import math

import numpy as np

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.ratios import Floats, Values

# Shares of the capital that are bet on each side; the capital is spread evenly over all of these gamblers at the start.
_STAKES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9)
STAKES = np.array([sign * stake for stake in _STAKES for sign in (1.0, -1.0)])
# Means that the confidence sequence tries, from -1 to 1.
_N_MEANS = 801


def capital(scores: Values) -> Floats:
    """How strong is the evidence after each item that the mean is not 0? The gambler's capital, shape (items,).

    ``scores`` are from -1 to 1, one an item in the order in which they were planned: 1 where all votes on it are for
    the tuned model, 0 for a tie. E_t is the mean over stakes λ of Π (1 + λ s_i). A tie leaves it as it is, and any
    number of votes may be behind a score. Assumes that, were the models alike, the mean of each score given the ones
    before it would be 0: so items come in an order that does not depend on the votes. Raises ValueError for scores
    beyond -1 to 1.

    >>> capital([1.0, 0.0, 1.0]).round(3).tolist()
    [1.0, 1.0, 1.254]
    """
    return np.asarray(np.exp(_log_mean(np.cumsum(np.log1p(np.outer(_checked(scores), STAKES)), axis=0))))


def anytime_p(scores: Values) -> float:
    """Is the mean other than 0, however often one looked? 1 over the largest capital so far, at most 1.

    Valid at every item at once: stopping at the first p of at most α is wrong with a chance of at most α. Larger than
    the p of a test at a size that was fixed before, which is the price. Without items 1. Assumes what ``capital`` does.

    >>> anytime_p([1.0] * 10) < 0.05 < anytime_p([1.0, -1.0] * 10)
    True
    """
    found = capital(scores)
    return float(min(1.0, 1.0 / found.max())) if len(found) else 1.0


def confidence_sequence(scores: Values, *, confidence: float = 0.95, in_order: bool = True) -> Estimate | Unscored:
    """Where does the mean of the scores lie, at every item at once? The means that no gambler has disproved so far.

    A mean m is tried as 0 is in ``capital``, on s - m, with stakes over 1 + m for it and over 1 - m against it, so that
    no capital falls below 0; it is disproved for good at 1 / (1 - confidence). The ends are widened by a step of the
    801 means that are tried. It covers the true mean at all times together with the given confidence, so it is wider
    than an interval for a fixed size. ``value`` is the mean so far. Assumes what ``capital`` does, of s - m. Unscored
    without items.

    Scores whose order is not that in which they came are ``in_order`` False: then a mean is disproved by the capital
    after all of them alone, which needs no order. Any order of their own, looked at for the largest capital after each
    new item, would be wrong 15 times in a hundred (tests/stats/test_betting.py).

    >>> found = confidence_sequence([1.0] * 30)
    >>> round(found.low, 2), found.high
    (0.65, 1.0)
    """
    given = _checked(scores)
    if not len(given):
        return Unscored(reason="there are no items to take a mean of")
    means = np.linspace(-1.0, 1.0, _N_MEANS)
    left = _never_disproved(given, means, -math.log(1 - confidence), for_good=in_order)
    value, step = float(given.mean()), 2.0 / (_N_MEANS - 1)
    left = left if len(left) else np.array([value])
    return Estimate(
        value=value,
        low=max(-1.0, min(value, float(left.min()) - step)),
        high=min(1.0, max(value, float(left.max()) + step)),
        n=len(given),
        method="confidence sequence by betting over items",
        confidence=confidence,
    )


def items_still_needed(scores: Values, *, alpha: float = 0.05) -> int | None:
    """How many more items would settle it, if they went on like these? None where these give no hope of it.

    The capital of the best single stake grows by its mean of log(1 + λ s) an item; the rest of the way to 1 / α, and
    the log of the number of stakes that share the capital, at that pace. A rough guess, not a promise: it is told to
    people who wonder whether to go on. 0 where the capital is there already.

    >>> items_still_needed([1.0, -1.0, 1.0, 1.0] * 5)
    25
    """
    given = _checked(scores)
    if not len(given):
        return None
    if float(capital(given).max()) >= 1 / alpha:
        return 0
    logs = np.log1p(np.outer(given, STAKES))
    pace = float(logs.mean(axis=0).max())
    if pace <= 0:
        return None
    best = float(logs.sum(axis=0).max())
    return max(1, math.ceil((math.log(len(STAKES) / alpha) - best) / pace))


def _never_disproved(scores: Floats, means: Floats, bound: float, *, for_good: bool) -> Floats:
    """The means under which the log of the capital has never reached ``bound``, or is not there in the end."""
    # A mean at an end is that of scores which are all there.
    means = means[(np.abs(means) < 1) | (means == scores.min()) & (scores.min() == scores.max())]
    room = np.where(STAKES[None, :] > 0, 1.0 + means[:, None], 1.0 - means[:, None])
    stakes = np.divide(STAKES[None, :], room, out=np.zeros_like(room), where=room > 0)
    log_capital, kept = np.zeros_like(stakes), np.ones(len(means), dtype=bool)
    for score in scores:
        log_capital += np.log1p(stakes * (score - means)[:, None])
        if not for_good:
            continue
        kept &= _log_mean(log_capital) < bound
        if 2 * np.count_nonzero(kept) < len(kept):
            # What is disproved stays so, and costs no more time.
            means, stakes, log_capital = means[kept], stakes[kept], log_capital[kept]
            kept = np.ones(len(means), dtype=bool)
        if not len(means):
            break
    return means[kept] if for_good else means[_log_mean(log_capital) < bound]


def _log_mean(log_capital: Floats) -> Floats:
    """The log of the mean over the last axis, without overflow."""
    top = log_capital.max(axis=-1, keepdims=True)
    return np.asarray(top[..., 0] + np.log(np.exp(log_capital - top).mean(axis=-1)))


def _checked(scores: Values) -> Floats:
    given = np.asarray(scores, dtype=np.float64)
    if given.ndim != 1:
        raise ValueError(f"scores are one an item, not of shape {given.shape}")
    if len(given) and not (given.min() >= -1 and given.max() <= 1):
        raise ValueError(f"scores lie between -1 and 1, and here they reach from {given.min():g} to {given.max():g}")
    return given
