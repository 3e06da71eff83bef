"""Estimate and Unscored: a number with its doubt, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number that knows how sure it is.

    ``low`` and ``high`` bound it at ``confidence``; ``n`` counts the units (items or groups) behind it and
    ``method`` names the interval. It formats like a float, so that ``f"{estimate:.2f}"`` prints the value.
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    confidence: float = 0.95

    def __float__(self) -> float:
        return self.value

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """The reason why a number is absent. It is never a zero, a NaN or a dropped row."""

    reason: str

    def __str__(self) -> str:
        return f"unscored: {self.reason}"
