"""Weighted regression whose errors know that rows of one unit belong together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.ratios import Floats, Units, Values, t_quantile, unit_codes

# A column that keeps less than this share of its length beside the other columns cannot be told from them.
NEARLY_COLLINEAR = 1e-9


def slope(
    outcome: Values,
    of: Values,
    *,
    beside: Sequence[Values] = (),
    weights: Values,
    units: Units,
    confidence: float = 0.95,
) -> Estimate | Unscored:
    """By how much does the outcome rise with ``of``, other columns held equal? Weighted least squares with a constant.

    The model is outcome ~ a + b of + c1 beside1 + ..., fitted with ``weights`` (0 leaves a row out); the answer is b.
    By the theorem of Frisch, Waugh and Lovell b = Σ w r y / Σ w r², where r is what ``of`` keeps beside the other
    columns, and its cluster-robust variance (Liang and Zeger 1986) is

        Σ_u (Σ_{i in u} w_i r_i e_i)² / (Σ w r²)² · G / (G - 1) · (N - 1) / (N - K)

    with G units, N rows, K coefficients and residuals e. The interval is Student's with G - 1 degrees of freedom, as in
    Stata and in statsmodels. ``n`` counts the units.

    Assumes independent units, and more of them than coefficients by far: with under 30 units the interval is too
    narrow. Raises ValueError when lengths differ or a weight is negative. Unscored with no more units than
    coefficients, with values that are not finite, and where ``of`` does not vary beside the other columns.

    >>> found = slope([1.0, 3.0, 5.0, 7.5], [0, 1, 2, 3], weights=[1, 1, 1, 1], units=[0, 1, 2, 3])
    >>> round(found.value, 6), round(found.low, 3), round(found.high, 3)
    (2.15, 1.89, 2.41)
    """
    rows = np.column_stack([np.asarray(column, dtype=np.float64) for column in (outcome, of, *beside)])
    weight = np.asarray(weights, dtype=np.float64)
    if len(weight) != len(rows) or len(units) != len(rows):
        raise ValueError(f"{len(rows)} rows need as many weights and units, not {len(weight)} and {len(units)}")
    if not (np.isfinite(rows).all() and np.isfinite(weight).all()):
        return Unscored(reason="some rows are not finite numbers")
    if (weight < 0).any():
        raise ValueError(f"weights are not negative, and the least is {weight.min()}")
    kept, codes = weight > 0, unit_codes(units)
    return _slope(rows[kept], weight[kept], unit_codes(codes[kept]), confidence)


def _slope(rows: Floats, weight: Floats, codes: npt.NDArray[np.int64], confidence: float) -> Estimate | Unscored:
    n_units = int(codes.max()) + 1 if len(codes) else 0
    n_rows, n_coefficients = rows.shape
    if n_units <= n_coefficients:
        return Unscored(
            reason=f"{n_coefficients} coefficients need more than {n_coefficients} items or groups, and there are "
            f"{n_units}"
        )
    root = np.sqrt(weight)[:, None]
    others = np.column_stack((np.ones(n_rows), rows[:, 2:])) * root
    left, residuals = (_beside(column * root[:, 0], others) for column in (rows[:, 1], rows[:, 0]))
    length = float(left @ left)
    if length <= NEARLY_COLLINEAR * float(np.sum(weight * (rows[:, 1] - np.average(rows[:, 1], weights=weight)) ** 2)):
        return Unscored(reason="it does not vary beside the other columns of the regression")
    value = float(left @ residuals) / length
    influence = np.bincount(codes, weights=left * (residuals - value * left)) / length
    correction = n_units / (n_units - 1) * (n_rows - 1) / (n_rows - n_coefficients)
    half = t_quantile((1 + confidence) / 2, n_units - 1) * float(np.sqrt(correction * np.sum(influence**2)))
    noun = "groups" if n_units < n_rows else "items"
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        n=n_units,
        method=f"weighted least squares, cluster-robust over {noun}, t",
        confidence=confidence,
    )


def _beside(column: Floats, others: Floats) -> Floats:
    """What a column keeps when the other columns have explained what they can."""
    fitted: Floats = others @ np.linalg.lstsq(others, column, rcond=None)[0]
    return column - fitted
