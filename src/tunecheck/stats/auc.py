"""AUC: how well a score tells two sets apart, with intervals that count units and not rows.

Why DeLong by unit and not a bootstrap: the variance has a closed form that treats rows of one unit as one draw
(Obuchowski 1997, "Nonparametric analysis of clustered ROC curve data"), it needs no chance and no thousands of
resamples, and with few units its t interval on the logit scale covers better than percentiles do
(tests/stats/test_auc.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.ratios import Codes, Ratio, Units, difference, ratio, t_quantile, unit_codes

Floats = npt.NDArray[np.float64]

# With fewer rows in a set than this for each column, slopes are mostly noise; see adjusted_auc.
ROWS_PER_COLUMN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One of the two sets: a value for each row, and the unit that it belongs to.

    columns  shape (rows, columns): what the comparison should hold equal between the sets; none by default
    """

    values: Floats
    units: Units
    columns: Floats | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or len(self.units) != len(self.values):
            raise ValueError(f"{len(self.units)} units do not fit values of shape {self.values.shape}")
        if self.columns is not None and (self.columns.ndim != 2 or len(self.columns) != len(self.values)):
            raise ValueError(f"columns of shape {self.columns.shape} do not fit {len(self.values)} values")

    @property
    def effective_n(self) -> float:
        """Kish's (Σ size)² / Σ size² over units: rows as if those of one unit were copies of each other."""
        sizes = np.bincount(unit_codes(self.units))
        return float(sizes.sum() ** 2 / (sizes @ sizes))


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedAuc:
    """An AUC after the columns were held equal, and the values that it compares: what the columns do not explain."""

    estimate: Estimate | Unscored
    positives: Floats
    negatives: Floats


def auc(positives: Sample, negatives: Sample, *, confidence: float = 0.95) -> Estimate | Unscored:
    """How often does a positive row score above a negative one, ties as halves (Mann-Whitney)?

    The variance is DeLong's (1988) with rows summed by unit (Obuchowski 1997) and the CR2 factor of ``ratio``; units in
    both sets are allowed. The interval is a t interval on the logit scale, with Welch's degrees of freedom. Where
    the sets do not overlap, or all is tied, that variance is zero, and the interval is the score interval of Newcombe
    (2006, "Confidence intervals for an effect size measure based on the Mann-Whitney statistic", method 5) over units.
    ``n`` counts the units. Columns are ignored. Unscored with fewer than two units on a side, or with values that are
    not finite.

    >>> sets = [Sample(values=np.array(x), units=range(3)) for x in ([3.0, 2.0, 5.0], [1.0, 2.0, 4.0])]
    >>> auc(*sets).value.__round__(4)
    0.7222
    """
    return _estimate(positives, negatives, np.zeros(len(positives.values) + len(negatives.values)), confidence)


def adjusted_auc(positives: Sample, negatives: Sample, *, confidence: float = 0.95) -> AdjustedAuc:
    """The AUC of what the columns do not explain: a difference between the sets in them does not count.

    The values are regressed on the columns within both sets together (one slope each, a level of its own for each set),
    and the residuals are compared. That is the AUC under the shift model of Janes and Pepe (2009, "Adjusting for
    covariate effects on classification accuracy"). The influence of each unit on the slopes, times the slope of the
    AUC in them, is added to its influence on the AUC; what that adds to the error is put beside the interval of ``auc``
    by the MOVER rule of Zou and Donner (2008), so that it also holds the doubt about the slopes.
    Columns are used from the first on, one for each ten rows of the smaller set; those without spread are left out.
    """
    blocks, values = [_block(positives), _block(negatives)], np.concatenate((positives.values, negatives.values))
    if not (np.isfinite(values).all() and all(np.isfinite(block).all() for block in blocks)):
        unscored = Unscored(reason="some values are not finite numbers")
        return AdjustedAuc(estimate=unscored, positives=positives.values, negatives=negatives.values)
    n_columns = min(min(len(block), ROWS_PER_COLUMN * block.shape[1]) // ROWS_PER_COLUMN for block in blocks)
    columns = np.concatenate([block[:, :n_columns] for block in blocks])
    within = np.concatenate([block[:, :n_columns] - block[:, :n_columns].mean(axis=0) for block in blocks])
    scale = np.sqrt(np.mean(within**2, axis=0))
    used = scale > 1e-9 * (1 + np.abs(columns).max(axis=0, initial=0.0))
    if not used.any():
        plain = auc(positives, negatives, confidence=confidence)
        return AdjustedAuc(estimate=plain, positives=positives.values, negatives=negatives.values)
    columns, within = columns[:, used] / scale[used], within[:, used] / scale[used]
    n = len(positives.values)
    centred = np.concatenate([side - side.mean() for side in (values[:n], values[n:])])
    inverse = np.linalg.pinv(within.T @ within)
    slopes = inverse @ within.T @ centred
    left = values - (columns - columns.mean(axis=0)) @ slopes
    freedom = math.sqrt(len(values) / max(1, len(values) - 2 - len(slopes)))
    on_slopes = freedom * (within * (centred - within @ slopes)[:, None]) @ inverse
    influence = on_slopes @ _gradient(left, columns, on_slopes, n)
    first = Sample(values=left[:n], units=positives.units)
    second = Sample(values=left[n:], units=negatives.units)
    return AdjustedAuc(estimate=_estimate(first, second, influence, confidence), positives=left[:n], negatives=left[n:])


def tpr_at_fpr(positives: Sample, negatives: Sample, *, rate: float, confidence: float = 0.95) -> Estimate | Unscored:
    """Which share of the positive rows lies above a threshold that at most ``rate`` of negative rows pass?

    The threshold is the k-th largest negative value, k = ⌊rate (n + 1)⌋, above which a new negative row lies with
    probability k / (n + 1). The interval joins two doubts by the MOVER rule of Zou and Donner (2008): Wilson's interval
    of the share, and the shares at the order statistics between which the true threshold lies. Both count Kish's
    effective number of rows, as if the rows of a unit were copies of each other, so that it is wide rather than narrow.
    ``n`` counts the positive units. Unscored where ``rate`` of the negative rows is less than one row.

    >>> sets = [Sample(values=np.array(x), units=range(len(x))) for x in ([0.5, 9, 9, 9], list(range(9)))]
    >>> tpr_at_fpr(*sets, rate=0.1).value
    0.75
    """
    if not (np.isfinite(positives.values).all() and np.isfinite(negatives.values).all()):
        return Unscored(reason="some values are not finite numbers")
    n = len(negatives.values)
    k = math.floor(rate * (n + 1) + 1e-9)
    if k < 1 or len(positives.values) == 0:
        return Unscored(reason=f"{100 * rate:g}% of {n} rows is less than one")
    falling, rising = -np.sort(-negatives.values), np.sort(positives.values)

    def share(place: int) -> float:
        if place < 1:
            return 0.0
        return 1.0 if place > n else 1 - float(np.searchsorted(rising, falling[place - 1], "right")) / len(rising)

    value = share(k)
    few, many = _order_statistics(n, negatives.effective_n, rate, confidence)
    lowest, highest = wilson(value, positives.effective_n, confidence)
    return Estimate(
        value=value,
        low=max(0.0, value - math.hypot(value - lowest, value - min(value, share(few)))),
        high=min(1.0, value + math.hypot(highest - value, max(value, share(many + 1)) - value)),
        n=len(np.unique(unit_codes(positives.units))),
        method="Wilson with order statistics of the threshold (MOVER)",
        confidence=confidence,
    )


def wilson(share: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's (1927) score interval of a share of ``n`` independent rows; ``n`` may be a fraction.

    >>> [round(end, 4) for end in wilson(0.0, 10)]
    [0.0, 0.2775]
    """
    z = t_quantile((1 + confidence) / 2, math.inf)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def placements(values: Floats, others: Floats) -> Floats:
    """For each value the share of ``others`` below it, ties as halves.

    >>> placements(np.array([2.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [0.375, 1.0]
    """
    rising = np.sort(others)
    below = np.searchsorted(rising, values, "left") + np.searchsorted(rising, values, "right")
    return np.asarray(below / (2 * len(rising)), dtype=np.float64)


def _estimate(positives: Sample, negatives: Sample, influence: Floats, confidence: float) -> Estimate | Unscored:
    """The AUC with its interval; ``influence`` of the rows of both sets on it comes on top of DeLong's."""
    if not len(positives.values) or not len(negatives.values):
        return Unscored(reason="one of the two sets has no rows")
    if not (np.isfinite(positives.values).all() and np.isfinite(negatives.values).all()):
        return Unscored(reason="some values are not finite numbers")
    above = placements(positives.values, negatives.values)
    below = 1 - placements(negatives.values, positives.values)
    spread = difference(
        ratio(above, np.ones(len(above)), positives.units), ratio(below, np.ones(len(below)), negatives.units)
    )
    if isinstance(spread, Unscored):
        return spread
    value = float(above.mean())
    codes = unit_codes([*list(positives.units), *list(negatives.units)])
    alone, whole = (_error(above - value, below - value, part, codes) for part in (np.zeros_like(influence), influence))
    low, high = _interval(value, min(alone, whole), spread, (positives, negatives), confidence)
    # The slopes' own doubt comes on top by the MOVER rule. On the logit scale it would be divided by value (1 - value),
    # and where the sets hardly overlap the interval of an AUC of 0.999 would reach down to nothing.
    beside = t_quantile((1 + confidence) / 2, spread.degrees_of_freedom) * math.sqrt(max(0.0, whole**2 - alone**2))
    return Estimate(
        value=value,
        low=max(0.0, value - math.hypot(value - low, beside)),
        high=min(1.0, value + math.hypot(high - value, beside)),
        n=int(codes.max()) + 1,
        method=f"DeLong over {spread.noun}s, t on the logit scale",
        confidence=confidence,
    )


def _error(above: Floats, below: Floats, influence: Floats, codes: Codes) -> float:
    """The root of the summed squares of what each unit adds to the AUC, those of both sets with the CR2 factor."""
    total, n = np.zeros(int(codes.max()) + 1), len(above)
    for rows, part, of_side in ((above, influence[:n], codes[:n]), (below, influence[n:], codes[n:])):
        size = np.bincount(of_side, minlength=len(total)) / len(rows)
        total += np.bincount(of_side, rows / len(rows) + part, len(total)) / np.sqrt(1 - size)
    return float(np.sqrt(total @ total))


def _interval(
    value: float, error: float, spread: Ratio, sides: tuple[Sample, Sample], confidence: float
) -> tuple[float, float]:
    """A t interval on the logit scale, or Newcombe's where there is no error to make it from."""
    if not 0 < value < 1 or error < 1e-12:
        first, second = (len(np.unique(unit_codes(side.units))) for side in sides)
        return _score_end(value, 0.0, first, second, confidence), _score_end(value, 1.0, first, second, confidence)
    half = t_quantile((1 + confidence) / 2, spread.degrees_of_freedom) * error / (value * (1 - value))
    middle = math.log(value / (1 - value))
    return 0.5 * (1 + math.tanh((middle - half) / 2)), 0.5 * (1 + math.tanh((middle + half) / 2))


def _score_end(value: float, end: float, n_first: int, n_second: int, confidence: float) -> float:
    """The AUC nearest to ``end`` from which sets so large still give this value: (value - A)² = z² V(A), by bisection.

    V is the variance of Hanley and McNeil (1982) as Newcombe's method 5 uses it, with the mean size on both sides.
    """
    z, mean = t_quantile((1 + confidence) / 2, math.inf), (n_first + n_second) / 2 - 1
    inside, outside = value, end
    for _ in range(60):
        a = (inside + outside) / 2
        variance = a * (1 - a) * (1 + mean * (1 - a) / (2 - a) + mean * a / (1 + a)) / (n_first * n_second)
        inside, outside = (a, outside) if (value - a) ** 2 <= z * z * variance else (inside, a)
    return inside


def _order_statistics(n: int, effective_n: float, rate: float, confidence: float) -> tuple[int, int]:
    """How many of n rows lie above the true threshold, at least and at most, at this confidence."""
    from scipy.special import bdtr

    size = max(1, math.floor(effective_n))
    below = bdtr(np.arange(size + 1), size, rate)
    few, many = (int(np.searchsorted(below, tail)) for tail in ((1 - confidence) / 2, (1 + confidence) / 2))
    return math.floor(few * n / size), min(n, math.ceil(many * n / size))


def _block(sample: Sample) -> Floats:
    return np.zeros((len(sample.values), 0)) if sample.columns is None else sample.columns


def _gradient(left: Floats, columns: Floats, on_slopes: Floats, n: int) -> Floats:
    """How the AUC moves with each slope, over one standard error to either side."""
    errors = np.sqrt(np.sum(on_slopes**2, axis=0))
    moved = np.zeros(len(errors))
    for place, error in enumerate(errors.tolist()):
        if error > 0:
            ends = [left - sign * error * columns[:, place] for sign in (-1, 1)]
            one, other = (float(placements(end[:n], end[n:]).mean()) for end in ends)
            moved[place] = (other - one) / (2 * error)
    return moved
