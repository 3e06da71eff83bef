"""Metric: what scores one prediction against its references; and one whose corpus score is no mean of item scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tunecheck.core import Unscored

Values = Mapping[str, float | Unscored]
"""The measures of one item by name; a measure that this item cannot have is Unscored with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One prediction beside what it should have been.

    references  acceptable answers, at least one
    prompt      what was asked: the source of a summary, the question of an answer; "" where nobody knows
    """

    prediction: str
    references: tuple[str, ...]
    prompt: str = ""


class Metric(Protocol):
    """Scores one item at a time, on the scale that the field uses for it.

    measures    the names of what ``score`` returns; the first one decides
    lower_is_better  those of them where less is better
    signature   all settings that could change a value, on one line
    """

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures, the deciding one first."""
        ...

    @property
    def lower_is_better(self) -> frozenset[str]:
        """Measures where less is better."""
        ...

    @property
    def signature(self) -> str:
        """Settings on one line."""
        ...

    def score(self, case: Case) -> Values:
        """Every measure of one item; never raises for any text."""
        ...


@runtime_checkable
class PooledMetric(Metric, Protocol):
    """A metric of one measure whose value over many items follows from summed totals, as BLEU's does."""

    def totals(self, case: Case) -> NDArray[np.float64]:
        """What is summed over items, shape (k)."""
        ...

    def pooled(self, totals: NDArray[np.float64]) -> float:
        """The value that summed totals give, shape (k) to a number."""
        ...
