"""The decision of an A/B test: tuned, base, not worse or undecided, and the numbers that it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tunecheck.checks.ab_rows import UnitScores, unit_scores
from tunecheck.core import Estimate, Measure, PairVote, Unscored
from tunecheck.stats import capital, confidence_sequence, items_still_needed, mcnemar, mean_credit

AbWord = Literal["tuned", "base", "not_worse", "undecided"]

# With fewer items a decision would be a guess.
ITEMS_NEEDED = 20
# How small the p must be that decides. A plan looks twice, at any time and at its size, and the two together must be
# wrong with a chance of at most 0.05; without one there is only the look at any time.
LARGEST_P = 0.05
LARGEST_PLANNED_P = 0.04
LARGEST_EARLY_P = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class AbDecision:
    """What scores of units say. ``uses_plan`` is true where the sign test decides, at the size that was planned.

    tuned_wins, base_wins, ties   units by the sign of their score
    win_rate                      mean of (1 + score) / 2, so a tie is half a win; for this size
    difference                    mean score, from -1 to 1; at any time
    largest_anytime_p             the largest anytime-valid p that decides
    """

    n_units: int
    tuned_wins: int
    base_wins: int
    ties: int
    win_rate: Estimate | Unscored
    difference: Estimate | Unscored
    p_value: float
    anytime_p: float
    largest_anytime_p: float
    uses_plan: bool
    word: AbWord
    items_still_needed: int | Unscored
    prefers_base: bool

    @property
    def is_by_sign_test(self) -> bool:
        """True at the planned size, unless only the anytime-valid p is small enough there."""
        return self.uses_plan and (self.p_value <= LARGEST_PLANNED_P or self.anytime_p > self.largest_anytime_p)

    def measures(self) -> dict[str, Measure]:
        """The numbers by name."""
        return {
            "tuned_wins": self.tuned_wins,
            "base_wins": self.base_wins,
            "ties": self.ties,
            "win_rate": self.win_rate,
            "difference": self.difference,
            "p_value": self.p_value,
            "anytime_p": self.anytime_p,
            "decision": self.word,
            "decided_by": "sign_test" if self.is_by_sign_test else "anytime_p",
            "items_still_needed": self.items_still_needed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AbTerms:
    """What was fixed before the first vote: how many units, the margin, and the units in their order; or None each."""

    planned_items: int | None = None
    margin: float | None = None
    order: tuple[str, ...] | None = None

    def units(self, votes: Iterable[PairVote]) -> UnitScores:
        """The scores of the units, in the planned order where there is one."""
        return unit_scores(votes, order=self.order)

    def decide(self, votes: Iterable[PairVote]) -> AbDecision:
        """Decide by these votes."""
        return decide_ab(self.units(votes), planned_items=self.planned_items, margin=self.margin)


def decide_ab(units: UnitScores, *, planned_items: int | None, margin: float | None) -> AbDecision:
    """Decide: at exactly the planned size by the sign test, at any other and without a plan by the anytime-valid p.

    tuned      tuned is better
    not_worse  else, where the mean score is above -margin: by the interval of the win rate at the planned size, by the
               confidence sequence at any other
    base       else, where base is better
    undecided  else, and below 20 units
    """
    n, scores = len(units), units.scores
    tuned_wins, base_wins = int(np.count_nonzero(scores > 0)), int(np.count_nonzero(scores < 0))
    win_rate, difference = win_rate_of(units), confidence_sequence(scores, in_order=units.is_planned)
    p_value, at_any_time = mcnemar(tuned_wins, base_wins), anytime_p_of(units)
    uses_plan = n == planned_items
    largest = LARGEST_P if planned_items is None else LARGEST_EARLY_P
    by_plan = uses_plan and p_value <= LARGEST_PLANNED_P
    lead = float(scores[: _settled_at(units)].sum())
    sign = (tuned_wins - base_wins if by_plan else lead) if by_plan or at_any_time <= largest else 0.0
    low = _lowest(win_rate if uses_plan else difference, is_share=uses_plan)
    word: AbWord = "undecided"
    if n >= ITEMS_NEEDED:
        if sign > 0:
            word = "tuned"
        elif margin is not None and low > -margin:
            word = "not_worse"
        elif sign < 0:
            word = "base"
    return AbDecision(
        n_units=n,
        tuned_wins=tuned_wins,
        base_wins=base_wins,
        ties=n - tuned_wins - base_wins,
        win_rate=win_rate,
        difference=difference,
        p_value=p_value,
        anytime_p=at_any_time,
        largest_anytime_p=largest,
        uses_plan=uses_plan,
        word=word,
        items_still_needed=_still_needed(units, planned_items, largest) if word == "undecided" else 0,
        prefers_base=sign < 0,
    )


def spoken(word: str) -> str:
    """A decision for people.

    >>> spoken("not_worse")
    'not worse'
    """
    return word.replace("_", " ")


def win_rate_of(units: UnitScores) -> Estimate | Unscored:
    """The mean of (1 + score) / 2 over units, with an interval for this number of them."""
    # A vote that can be a tie is as fine as two that cannot, so ties make the interval shorter.
    return mean_credit((1 + units.scores) / 2, np.maximum(1.0, 2 * units.n_votes))


def anytime_p_of(units: UnitScores) -> float:
    """1 over the capital, at most 1: the largest so far where the order was planned, and else that after all units.

    The capital after all of them needs no order. The largest so far does, and stays: who once had enough to stop keeps
    it, whatever comes later.
    """
    return float(min(1.0, 1.0 / capital(units.scores)[_settled_at(units) - 1])) if len(units) else 1.0


def _settled_at(units: UnitScores) -> int:
    """After how many units the capital says most."""
    return int(np.argmax(capital(units.scores))) + 1 if units.is_planned and len(units) else len(units)


def _lowest(found: Estimate | Unscored, *, is_share: bool) -> float:
    if isinstance(found, Unscored):
        return -1.0
    return 2 * found.low - 1 if is_share else found.low


def _still_needed(units: UnitScores, planned_items: int | None, largest_p: float) -> int | Unscored:
    n = len(units)
    if n < max(ITEMS_NEEDED, planned_items or 0):
        return max(ITEMS_NEEDED, planned_items or 0) - n
    needed = items_still_needed(units.scores, alpha=largest_p)
    if needed is None:
        return Unscored(reason="these votes lead to neither side, so no number of items like these settles it")
    return max(1, needed)
