"""Share: how large a part of the rows succeeded, with an interval that counts units and not rows."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.auc import wilson
from tunecheck.stats.ratios import Codes, Floats, Units, Values, ratio, t_quantile, unit_codes


def share(successes: Values | npt.NDArray[np.bool_], units: Units, *, confidence: float = 0.95) -> Estimate | Unscored:
    """Which share of the rows succeeded? Wilson's score interval, at the effective sample size where rows share a unit.

    Successes are 0 or 1, or credit in between: Wilson takes the variance p (1 - p), which credit cannot exceed. With
    one row a unit the interval is Wilson's (1927) for n rows. With several, n is p (1 - p) / V, at most the rows, where
    V is the cluster-robust variance of ``ratio``, and times (z / t)² for the degrees of freedom of V: the effective
    sample size of Korn and Graubard (1998, "Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data"), put into Wilson's formula as in Dean and Pagano (2015). Where all rows
    succeed, or none, V says nothing, and rows of one unit count as copies: n = (Σ size)² / Σ size². ``Estimate.n``
    counts the units.

    Assumes independent units. Raises ValueError for lengths that differ and values outside 0 to 1. Unscored without
    rows, with values that are not finite, and for one unit of several rows.

    >>> str(share([1, 1, 0, 1], ["a", "b", "c", "d"]))
    '0.75 [0.3006, 0.9544]'
    """
    rows = np.asarray(successes, dtype=np.float64)
    if rows.ndim != 1 or len(units) != len(rows):
        raise ValueError(f"{len(units)} unit labels do not fit successes of shape {rows.shape}")
    if not len(rows):
        return Unscored(reason="there are no rows to take a share of")
    n_bad = int(np.count_nonzero(~np.isfinite(rows)))
    if n_bad:
        return Unscored(reason=f"{n_bad} of {len(rows)} rows are not finite numbers")
    if rows.min() < 0 or rows.max() > 1:
        raise ValueError(f"successes lie between 0 and 1, and these reach from {rows.min():g} to {rows.max():g}")
    codes = unit_codes(units)
    n_units = int(codes.max()) + 1
    effective_n = float(len(rows)) if n_units == len(rows) else _effective_n(rows, codes, confidence)
    if isinstance(effective_n, Unscored):
        return effective_n
    value = float(rows.mean())
    low, high = wilson(value, effective_n, confidence)
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=n_units,
        method="Wilson over items" if n_units == len(rows) else "Wilson at the effective sample size over groups",
        confidence=confidence,
    )


def _effective_n(rows: Floats, codes: Codes, confidence: float) -> float | Unscored:
    found = ratio(rows, np.ones(len(rows)), codes)
    if isinstance(found, Unscored):
        return found
    if not 0 < found.value < 1:
        sizes = np.bincount(codes)
        return float(len(rows) ** 2 / (sizes @ sizes))
    spread = found.value * (1 - found.value)
    # The bound by the rows also serves units that all have the same share, where the variance is zero.
    n = spread / max(found.standard_error**2, spread / len(rows))
    tail = (1 + confidence) / 2
    return n * (t_quantile(tail, math.inf) / t_quantile(tail, found.degrees_of_freedom)) ** 2
