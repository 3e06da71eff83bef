"""Phrases: how checks say numbers, intervals and counts in their sentences."""

from __future__ import annotations

from tunecheck.core import Estimate


def count(n: int, noun: str) -> str:
    """A number of things with the right plural.

    >>> count(1, "item"), count(1280, "group")
    ('1 item', '1,280 groups')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def number(value: float) -> str:
    """Three significant digits, without an exponent for sizes that people read.

    >>> number(0.01234), number(1234.5), number(-0.00001)
    ('0.0123', '1,234', '-1e-05')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.3g}"


def percent(share: float) -> str:
    """A share as percent with one decimal, or one digit where that would read as nothing.

    >>> percent(0.25), percent(0.1234), percent(-0.00003), percent(52.0)
    ('25%', '12.3%', '-0.003%', '5,200%')
    """
    value = 100 * share
    if 0 < abs(value) < 0.05:
        return f"{value:.1g}%"
    return f"{value:,.1f}".removesuffix(".0") + "%"


def span(estimate: Estimate, unit: str = "") -> str:
    """The interval of an estimate.

    >>> span(Estimate(value=2.0, low=1.0, high=3.0, n=9, method="t"))
    '95% interval 1 to 3'
    """
    return f"{percent(estimate.confidence)} interval {number(estimate.low)} to {number(estimate.high)}{unit}"


def whole(estimate: Estimate, unit: str = "") -> str:
    """Value and interval.

    >>> whole(Estimate(value=2.0, low=1.0, high=3.0, n=9, method="t"), " nats per token")
    '2 nats per token (95% interval 1 to 3)'
    """
    return f"{number(estimate.value)}{unit} ({span(estimate)})"


def listed(names: list[str]) -> str:
    """Names as a list in a sentence.

    >>> listed(["epochs"]), listed(["epochs", "rank", "dropout"])
    ('epochs', 'epochs, rank and dropout')
    """
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
