"""Ratio: a quotient of two sums over units, with its linearised standard error and the freedom of that error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tunecheck.core import Estimate, Unscored

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Values = Sequence[float] | Floats
Units = Sequence[str] | Sequence[int] | Codes

# z(0.80): beyond the half-width of the interval, a true value needs so many standard errors to be found four times in
# five. With many units that makes 1.96 + 0.84 = 2.8 standard errors in all.
POWER_STANDARD_ERRORS = 0.8416

# One unit with so large a share leaves one degree of freedom, and the closed form would cancel to nothing.
NEARLY_ALL = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """What intervals are made from: a value, its standard error, and the degrees of freedom of that error.

    ``n_units`` counts the units behind it; ``grouped`` is true when some unit holds several rows.
    """

    value: float
    standard_error: float
    degrees_of_freedom: float
    n_units: int
    grouped: bool

    @property
    def noun(self) -> Literal["item", "group"]:
        """What a unit is called."""
        return "group" if self.grouped else "item"

    @property
    def detectable(self) -> float:
        """The smallest true value that units like these would tell from zero four times in five: about 2.8 errors."""
        return self.half_width() + POWER_STANDARD_ERRORS * self.standard_error

    def half_width(self, confidence: float = 0.95) -> float:
        """Half of the width of the Student t interval."""
        return t_quantile((1 + confidence) / 2, self.degrees_of_freedom) * self.standard_error

    def interval(
        self, *, confidence: float = 0.95, at_least: float = -np.inf, at_most: float = np.inf, how: str = ""
    ) -> Estimate:
        """The value with its Student t interval; bounds that the quantity cannot pass cut the interval off."""
        half = self.half_width(confidence)
        return Estimate(
            value=self.value,
            low=max(self.value - half, min(self.value, at_least)),
            high=min(self.value + half, max(self.value, at_most)),
            n=self.n_units,
            method=how or f"cluster-robust delta method over {self.noun}s, t",
            confidence=confidence,
        )


def t_quantile(probability: float, degrees_of_freedom: float) -> float:
    """The quantile of Student's t; the degrees of freedom may be a fraction.

    >>> round(t_quantile(0.975, 10), 4)
    2.2281
    """
    # scipy.special takes longer to import than all the rest of this package, so the first interval pays for it.
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, probability))


def unit_codes(units: Units) -> Codes:
    """Number the units 0, 1, 2...: equal labels get equal numbers, and no number is left out.

    >>> unit_codes(["b", "a", "b"]).tolist()
    [0, 1, 0]
    """
    if isinstance(units, np.ndarray):
        return np.unique(units, return_inverse=True)[1].astype(np.int64)
    index: dict[str | int, int] = {}
    return np.fromiter((index.setdefault(label, len(index)) for label in units), dtype=np.int64, count=len(units))


def ratio(numerator: Values, denominator: Values, units: Units) -> Ratio | Unscored:
    """Σ numerator / Σ denominator over rows, for example nats over tokens, with units as the independent draws.

    Rows of one unit (a conversation, copies of a row) are summed first, so they count as one draw. The variance is the
    linearised one (delta method, Cochran 1977, 6.4) with the CR2 correction e_u² / (1 - w_u), where w_u is the share
    of the denominator in unit u, and the degrees of freedom are those of Bell and McCaffrey (2002). With equal shares
    these are the factor G/(G-1) and the G-1 of the t test. With unequal ones, as token counts are, the plain factors
    cover too little: 89% instead of 95% for 30 units whose token counts are lognormal with sigma 1.

    Assumes independent units; unit means of equal variance for the degrees of freedom alone. Raises ValueError when the
    lengths differ. Unscored with fewer than two units.

    >>> found = ratio([2.0, 4.0, 6.0], [1, 1, 1], ["a", "b", "c"])
    >>> found.value, round(found.standard_error, 4), round(found.degrees_of_freedom, 6)
    (4.0, 1.1547, 2.0)
    """
    rows = _rows(numerator, denominator)
    codes = _codes(units, rows[0])
    problem = _problem(rows, codes)
    if problem:
        return Unscored(reason=problem)
    value, influence, shares = _linearised(*rows, codes)
    return _ratio(value, influence, shares, codes)


def paired_difference(first: tuple[Values, Values], second: tuple[Values, Values], units: Units) -> Ratio | Unscored:
    """First ratio less second ratio, both (numerator, denominator) over the same rows.

    Base nats per token less tuned nats per token is the gain of the tuned model. The units are paired, so what makes a
    row hard for both models cancels. Swapping the two negates the value and keeps the error. Method, assumptions and
    errors as for ``ratio``.

    >>> paired_difference(([3.0, 5.0], [1, 1]), ([2.0, 3.0], [1, 1]), ["a", "b"]).value
    1.5
    """
    rows_1, rows_2 = _rows(*first), _rows(*second)
    codes = _codes(units, rows_1[0])
    problem = _problem(rows_1, codes) or _problem(rows_2, codes)
    if problem:
        return Unscored(reason=problem)
    value_1, influence_1, shares_1 = _linearised(*rows_1, codes)
    value_2, influence_2, shares_2 = _linearised(*rows_2, codes)
    return _ratio(value_1 - value_2, influence_1 - influence_2, (shares_1 + shares_2) / 2, codes)


def difference(first: Ratio | Unscored, second: Ratio | Unscored) -> Ratio | Unscored:
    """First less second for two independent samples, with the degrees of freedom of Welch and Satterthwaite.

    >>> a = Ratio(value=3.0, standard_error=0.3, degrees_of_freedom=9, n_units=10, grouped=False)
    >>> b = Ratio(value=1.0, standard_error=0.4, degrees_of_freedom=9, n_units=10, grouped=False)
    >>> difference(a, b).standard_error
    0.5
    """
    if isinstance(first, Unscored):
        return first
    if isinstance(second, Unscored):
        return second
    one, two = first.standard_error**2, second.standard_error**2
    spread = one**2 / first.degrees_of_freedom + two**2 / second.degrees_of_freedom
    return Ratio(
        value=first.value - second.value,
        standard_error=float(np.sqrt(one + two)),
        degrees_of_freedom=(one + two) ** 2 / spread if spread else first.degrees_of_freedom,
        n_units=first.n_units + second.n_units,
        grouped=first.grouped or second.grouped,
    )


def _rows(numerator: Values, denominator: Values) -> tuple[Floats, Floats]:
    above, below = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    if above.shape != below.shape or above.ndim != 1:
        raise ValueError(f"numerator and denominator are parallel rows, not of shapes {above.shape} and {below.shape}")
    return above, below


def _codes(units: Units, rows: Floats) -> Codes:
    if len(units) != len(rows):
        raise ValueError(f"{len(rows)} rows need {len(rows)} unit labels, not {len(units)}")
    return unit_codes(units)


def _problem(rows: tuple[Floats, Floats], codes: Codes) -> str:
    n_units = int(codes.max()) + 1 if len(codes) else 0
    if n_units < 2:
        return f"an interval needs at least 2 items or groups, and there {'is 1' if n_units == 1 else 'are none'}"
    n_bad = int(np.count_nonzero(~(np.isfinite(rows[0]) & np.isfinite(rows[1]))))
    if n_bad:
        return f"{n_bad} of {len(codes)} rows are not finite numbers"
    sizes = np.bincount(codes, weights=rows[1])
    if sizes.min() < 0 or np.count_nonzero(sizes) < 2:
        return "fewer than 2 items or groups have anything to divide by"
    return ""


def _linearised(numerator: Floats, denominator: Floats, codes: Codes) -> tuple[float, Floats, Floats]:
    """The ratio, the influence of each unit on it, and each unit's share of the denominator."""
    above, below = np.bincount(codes, weights=numerator), np.bincount(codes, weights=denominator)
    total = below.sum()
    value = float(above.sum() / total)
    return value, (above - value * below) / total, below / total


def _ratio(value: float, influence: Floats, shares: Floats, codes: Codes) -> Ratio:
    return Ratio(
        value=value,
        standard_error=float(np.sqrt(np.sum(influence**2 / (1 - shares)))),
        degrees_of_freedom=_degrees_of_freedom(shares),
        n_units=len(shares),
        grouped=len(codes) > len(shares),
    )


def _degrees_of_freedom(shares: Floats) -> float:
    """Bell and McCaffrey's tr(M)² / tr(M²), where the variance estimate is the quadratic form xᵀMx of the unit means.

    M = (I - w1ᵀ) diag(a) (I - 1wᵀ) with a = w² / (1 - w) has rank two beside its diagonal: both traces cost O(units).
    """
    if shares.max() > NEARLY_ALL:
        return 1.0
    factors = shares**2 / (1 - shares)
    total, cross = factors.sum(), factors @ shares
    squares, powers = shares @ shares, factors @ factors
    trace = total - 2 * cross + total * squares
    update = np.array([[total, -1.0], [-1.0, 0.0]]) @ np.array([[squares, cross], [cross, powers]])
    beside = total * shares**2 - 2 * shares * factors
    trace_of_square = powers + 2 * (factors @ beside) + np.trace(update @ update)
    return min(max(1.0, float(trace**2 / trace_of_square)), len(shares) - 1.0)
