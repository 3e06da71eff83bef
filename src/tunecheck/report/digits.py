"""Numbers as people read them: as many digits as the interval supports, thousands grouped, a real minus sign."""

from __future__ import annotations

import math

from tunecheck.core import Estimate

_MOST_DECIMALS = 4


def number(value: float, decimals: int | None = None) -> str:
    """``value`` with ``decimals`` places, or with four significant digits.

    >>> number(-1234.5678, 1), number(0.012345)
    ('−1,234.6', '0.01235')
    """
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if isinstance(value, int):
        text = f"{value:,}"
    elif decimals is None:
        text = f"{value:,.4g}" if 1e-4 <= abs(value) < 1e4 or value == 0 else _large_or_small(value)
    else:
        text = f"{value:,.{decimals}f}"
    if set(text) <= set("-0."):
        text = text.lstrip("-")
    return text.replace("-", "−")


def _large_or_small(value: float) -> str:
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.3g}"


def decimals_of(estimate: Estimate) -> int | None:
    """Decimal places that show two digits of the interval's width; None where the interval has none."""
    width = estimate.high - estimate.low
    if not math.isfinite(width) or width <= 0:
        return None
    places = math.ceil(-math.log10(width)) + 1
    return None if places > _MOST_DECIMALS else max(0, places)


def value_and_interval(estimate: Estimate) -> tuple[str, str]:
    """The value and ``[low, high]``, to the same number of decimal places.

    >>> value_and_interval(Estimate(value=8.5213, low=8.311, high=8.739, n=500, method="bootstrap"))
    ('8.52', '[8.31, 8.74]')
    """
    places = decimals_of(estimate)
    low, high = number(float(estimate.low), places), number(float(estimate.high), places)
    return number(float(estimate.value), places), f"[{low}, {high}]"


def whole(estimate: Estimate, unit: str = "") -> str:
    """An estimate in one line: value, interval, unit, n.

    >>> whole(Estimate(value=8.5213, low=8.311, high=8.739, n=500, method="bootstrap"))
    '8.52 [8.31, 8.74], n 500'
    """
    value, interval = value_and_interval(estimate)
    return f"{value} {interval}{unit and ' ' + unit}, n {estimate.n:,}"
