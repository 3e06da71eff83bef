"""What a chart is made of: rows of intervals and bars of a histogram, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tunecheck.core import Estimate

Tone = Literal["before", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRow:
    """A labelled estimate, and optionally single items as (label, value) marks below it."""

    label: str
    estimate: Estimate
    tone: Tone
    strip: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A bar of a histogram: from ``low`` to ``high``, with ``count`` items; ``label`` is what hovering says."""

    low: float
    high: float
    count: int
    label: str
