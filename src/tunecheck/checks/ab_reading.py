"""The reading of an A/B test: its decision and all that the votes say beside it, whoever collected them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from tunecheck.checks.ab_decision import ITEMS_NEEDED, AbDecision, AbTerms
from tunecheck.checks.ab_findings import of_agreement, of_decision, of_length, of_sides, of_skips, of_slices
from tunecheck.checks.ab_raters import (
    UNKNOWN_RATERS,
    both_bad_share,
    by_rater,
    self_consistency,
    sides_of,
    vote_agreement,
)
from tunecheck.checks.ab_rows import SettledVotes, UnitScores, settle
from tunecheck.checks.ab_slices import slices_of
from tunecheck.checks.phrases import count, number
from tunecheck.core import Estimate, Finding, Measure, PairVote, Status, Unscored
from tunecheck.stats import length_controlled_win_rate

STATUSES: dict[str, Status] = {"tuned": "pass", "not_worse": "pass", "base": "fail", "undecided": "unknown"}
NO_LENGTHS = Unscored(reason="the votes do not say how long the answers are")
NO_GUESSES = Unscored(reason="nobody was asked to guess which answer is the tuned model's")


@dataclass(frozen=True, slots=True, kw_only=True)
class AbReading:
    """What votes say under the terms that were fixed before them."""

    terms: AbTerms
    settled: SettledVotes
    units: UnitScores
    decided: AbDecision
    measures: dict[str, Measure]
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """By the decision."""
        return STATUSES[self.decided.word]

    def without(self, votes: Sequence[PairVote], none_left: str, *, terms: AbTerms | None = None) -> Measure:
        """The numbers of the decision by these votes alone; Unscored for that reason where none is left."""
        if not votes:
            return Unscored(reason=none_left)
        return (terms or self.terms).decide(votes).measures()


def read_votes(
    votes: Sequence[PairVote], terms: AbTerms, rng: np.random.Generator, *, raters_known: bool = True
) -> AbReading:
    """Read votes in the order in which they were given. Raises ValueError for a plan or a margin that cannot be."""
    _check_terms(terms)
    settled = settle(votes)
    units = terms.units(settled.votes)
    decided = terms.decide(settled.votes)
    judged = settled.judged
    n_skipped = len(settled.first) - len(judged)
    without = terms.decide(judged) if n_skipped and judged else None
    sides, slices = sides_of(judged), slices_of(units, uses_plan=decided.uses_plan)
    agreement = vote_agreement(judged, rng)
    length_controlled = length_control(units, rng)
    measures: dict[str, Measure] = {
        **decided.measures(),
        "length_controlled_win_rate": length_controlled,
        **_counted(settled, len(units), terms, raters_known=raters_known),
        "raters": by_rater(settled) if raters_known else UNKNOWN_RATERS,
        "self_consistency": self_consistency(settled) if raters_known else UNKNOWN_RATERS,
        "both_bad": both_bad_share(judged),
        "agreement": agreement,
        "side_bias": sides.bias(),
        "blinding_index": NO_GUESSES,
        "slices": {name: one.measures() for name, one in slices.items()},
    }
    if n_skipped:
        measures["without_skips"] = Unscored(reason="all votes are skips") if without is None else without.measures()
    findings = (
        of_decision(decided, terms.planned_items, terms.margin),
        of_slices(slices),
        of_sides(sides),
        of_length(decided, length_controlled),
        of_agreement(agreement),
        of_skips(n_skipped, len(settled.first), decided, without),
    )
    return AbReading(
        terms=terms,
        settled=settled,
        units=units,
        decided=decided,
        measures=measures,
        findings=tuple(chain(*findings)),
    )


def length_control(units: UnitScores, rng: np.random.Generator) -> Estimate | Unscored:
    """The win rate at equal length, over the units whose lengths are known."""
    known = np.flatnonzero(np.isfinite(units.extra_characters)).tolist()
    if not known:
        return NO_LENGTHS
    kept = units.take(known)
    return length_controlled_win_rate(kept.scores, kept.extra_characters, rng)


def told(decided: AbDecision, terms: AbTerms, *, missing: str = "", more: str = "") -> str:
    """The decision in a sentence; how to come by planned items that are not there yet, and by more than planned."""
    n, needed = decided.n_units, decided.items_still_needed
    rate = decided.win_rate
    if n < ITEMS_NEEDED or isinstance(rate, Unscored):
        have = f"{n} of the {ITEMS_NEEDED} items that a decision needs {'has' if n == 1 else 'have'} votes"
        return f"{have}: {ITEMS_NEEDED - n} {'is' if n == ITEMS_NEEDED - 1 else 'are'} missing{missing}."
    wins = f"{count(decided.tuned_wins, 'item')} to {decided.base_wins:,}, {decided.ties:,} tied"
    counts = f"{wins}; win rate {rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}]"
    p = _deciding_p(decided)
    match decided.word:
        case "tuned":
            return f"Tuned is preferred: {counts}, {p}."
        case "base":
            return f"Base is preferred: tuned has {counts}, {p}."
        case "not_worse":
            return f"Tuned is not worse than base by more than the margin of {number(terms.margin or 0)}: {counts}."
    if isinstance(needed, Unscored):
        rest = f"{needed.reason}."
    elif terms.planned_items is not None and n < terms.planned_items:
        rest = f"{needed:,} of the {terms.planned_items:,} planned items {'is' if needed == 1 else 'are'} missing"
        rest += f"{missing}."
    else:
        rest = f"about {count(needed, 'more item')} like these would settle it{more}."
    return f"Undecided, which does not mean equal: {counts}, {p}; {rest}"


def _deciding_p(decided: AbDecision) -> str:
    if decided.is_by_sign_test:
        return f"p {number(decided.p_value)} at the planned size"
    return f"p {number(decided.anytime_p)} at any time"


def _check_terms(terms: AbTerms) -> None:
    if terms.planned_items is not None and terms.planned_items < 1:
        raise ValueError(f"at least 1 item is planned, not {terms.planned_items}")
    if terms.margin is not None and not 0 < terms.margin < 1:
        raise ValueError(f"a margin lies between 0 and 1, not at {terms.margin:g}")


def _counted(settled: SettledVotes, n_units: int, terms: AbTerms, *, raters_known: bool) -> dict[str, Measure]:
    n_raters = len({vote.rater for vote in settled.votes})
    return {
        "n_items": len({(vote.unit, vote.item) for vote in settled.votes}),
        "n_units": n_units,
        "n_items_needed": max(ITEMS_NEEDED, terms.planned_items or 0),
        "n_votes": len(settled.first),
        "n_skipped": len(settled.first) - len(settled.judged),
        "n_raters": n_raters if raters_known else UNKNOWN_RATERS,
    }
