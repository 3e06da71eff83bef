"""Slices of an A/B test: the categories one by one, and where tuned loses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tunecheck.checks.ab_decision import anytime_p_of, win_rate_of
from tunecheck.checks.ab_rows import UnitScores
from tunecheck.core import Estimate, Measure, Unscored
from tunecheck.stats import holm, mcnemar

LARGEST_SLICE_P = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The units of one category; p_holm is corrected over all categories."""

    tuned_wins: int
    base_wins: int
    ties: int
    win_rate: Estimate | Unscored
    p_holm: float

    @property
    def loses(self) -> bool:
        """True where base is better beyond chance."""
        lower = isinstance(self.win_rate, Estimate) and self.win_rate.value < 0.5
        return lower and self.base_wins > self.tuned_wins and self.p_holm <= LARGEST_SLICE_P

    def measures(self) -> dict[str, Measure]:
        """The numbers by name."""
        return {
            "tuned_wins": self.tuned_wins,
            "base_wins": self.base_wins,
            "ties": self.ties,
            "win_rate": self.win_rate,
            "p_holm": self.p_holm,
        }


def slices_of(units: UnitScores, *, uses_plan: bool) -> Mapping[str, Slice]:
    """Each category by name, where there are two or more; by the test that decides for all units together."""
    names = sorted(set(units.categories) - {""})
    if len(names) < 2:
        return {}
    places: dict[str, list[int]] = {name: [] for name in names}
    for place, name in enumerate(units.categories):
        if name:
            places[name].append(place)
    parts = {name: units.take(own) for name, own in places.items()}
    wins = {
        name: (int(np.count_nonzero(one.scores > 0)), int(np.count_nonzero(one.scores < 0)))
        for name, one in parts.items()
    }
    corrected = holm([mcnemar(*wins[name]) if uses_plan else anytime_p_of(parts[name]) for name in names])
    return {
        name: Slice(
            tuned_wins=wins[name][0],
            base_wins=wins[name][1],
            ties=len(parts[name]) - sum(wins[name]),
            win_rate=win_rate_of(parts[name]),
            p_holm=p_holm,
        )
        for name, p_holm in zip(names, corrected, strict=True)
    }
