"""Length control: would the tuned model still win if its answers were as long as those of the base?"""

from __future__ import annotations

import numpy as np

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.newton import highest_points
from tunecheck.stats.ratios import Floats, Values
from tunecheck.stats.resampling import percentile_interval, unit_counts

METHOD = "logistic regression on length, bootstrap over items and two added, percentiles"
# What the squares of the two coefficients cost: too little to move dozens of items, enough to keep a separation finite.
RIDGE = 0.1


def length_controlled_win_rate(
    scores: Values,
    length_differences: Values,
    rng: np.random.Generator,
    *,
    n_draws: int = 1000,
    confidence: float = 0.95,
) -> Estimate | Unscored:
    """How often would the tuned answer win if both were equally long? From 0 to 1.

    ``scores`` are from -1 to 1, one an item as for ``capital``, and ``length_differences`` tuned less base in any unit.
    The outcome (1 + s) / 2, a tie one half, is fitted by σ(a + b tanh(d / sd(d))), and the answer is σ(a), what it says
    of d = 0: the length term of Dubois, Galambosi, Liang and Hashimoto (2024, "Length-controlled AlpacaEval"), without
    the one for the hardness of the prompt. sd is the root mean square, for 0 is where lengths are equal. A ridge of 0.1
    (a² + b²) / 2 keeps both finite where one model always wins, or the longer answer does. The interval is that of
    ``percentile_interval`` over draws of the items and two more, a win and a loss at equal length, without which it
    would close where one model wins all. ``n`` counts the items.

    Assumes independent items and that length matters as the curve says; it takes all of the effect of length for a
    bias, also where the longer answer won because it said more. Raises ValueError for lengths that differ and scores
    beyond -1 to 1. Unscored with fewer than two items, with values that are not finite, where lengths never differ, and
    where one model's answer is the longer one of all items, so that equal length was never near.

    >>> found = length_controlled_win_rate([1, 1, 1, 1, -1, -1], [90, 80, 70, 60, -10, -50], np.random.default_rng(0))
    >>> round(found.value, 3)
    0.41
    """
    rows, lengths = np.asarray(scores, dtype=np.float64), np.asarray(length_differences, dtype=np.float64)
    if rows.ndim != 1 or rows.shape != lengths.shape:
        raise ValueError(f"an item has a score and a length, and these have shapes {rows.shape} and {lengths.shape}")
    problem = _problem(rows, lengths)
    if problem:
        return Unscored(reason=problem)
    if rows.min() < -1 or rows.max() > 1:
        raise ValueError(f"scores lie between -1 and 1, and here they reach from {rows.min():g} to {rows.max():g}")
    largest = np.abs(lengths).max()
    scaled = lengths / largest
    longer = np.tanh(scaled / np.sqrt(np.mean(scaled**2)))
    outcomes = np.append((1 + rows) / 2, [1.0, 0.0])
    columns = np.column_stack((np.ones(len(rows) + 2), np.append(longer, [0.0, 0.0])))
    value = _rates(np.append(np.ones(len(rows)), [0.0, 0.0])[None], columns, outcomes)
    draws = [
        _rates(counts.astype(np.float64), columns, outcomes)
        for counts in unit_counts(range(len(rows) + 2), n_draws, rng)
    ]
    return percentile_interval(float(value[0]), np.concatenate(draws), len(rows), confidence=confidence, method=METHOD)


def _rates(counts: Floats, columns: Floats, outcomes: Floats) -> Floats:
    """The win rate at equal length of each draw; shape (draws, items) to (draws)."""
    products = columns[:, :, None] * columns[:, None, :]

    def terms(points: Floats) -> tuple[Floats, Floats, Floats]:
        logits = points @ columns.T
        # log(1 + e^x), without overflow.
        values = (counts * (outcomes * logits - np.logaddexp(0.0, logits))).sum(axis=1)
        expected = 1 / (1 + np.exp(-np.clip(logits, -500, 500)))
        gradients = (counts * (outcomes - expected)) @ columns - RIDGE * points
        spread = np.tensordot(counts * expected * (1 - expected), products, axes=1)
        return values - RIDGE / 2 * (points**2).sum(axis=1), gradients, spread + RIDGE * np.eye(2)

    return np.asarray(1 / (1 + np.exp(-highest_points(terms, np.zeros((len(counts), 2)))[:, 0])))


def _problem(scores: Floats, lengths: Floats) -> str:
    n = len(scores)
    if n < 2:
        return f"an interval needs at least 2 items, and there {'is 1' if n else 'are none'}"
    n_bad = int(np.count_nonzero(~(np.isfinite(scores) & np.isfinite(lengths))))
    if n_bad:
        return f"{n_bad} of {n} items are not finite numbers"
    if not lengths.any():
        return "the two answers to each prompt have the same length, so there is nothing to control"
    if lengths.min() > 0 or lengths.max() < 0:
        longer = "tuned" if lengths.min() > 0 else "base"
        return f"the {longer} answer is the longer one of all {n} items, so none of them shows equal length"
    return ""
