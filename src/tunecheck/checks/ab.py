"""A/B: which of two models people's votes prefer, item by item, and whether that is enough for a decision."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from tunecheck.checks.ab_decision import ITEMS_NEEDED, AbDecision, decide_ab
from tunecheck.checks.ab_findings import of_agreement, of_decision, of_sides, of_skips, of_slices
from tunecheck.checks.ab_raters import (
    UNKNOWN_RATERS,
    both_bad_share,
    by_rater,
    self_consistency,
    sides_of,
    vote_agreement,
)
from tunecheck.checks.ab_rows import SettledVotes, settle, unit_scores
from tunecheck.checks.ab_slices import slices_of
from tunecheck.checks.phrases import count, number
from tunecheck.core import CheckResult, Estimate, Measure, PairVote, Status, Unscored

_STATUSES: dict[str, Status] = {"tuned": "pass", "not_worse": "pass", "base": "fail", "undecided": "unknown"}


def check_ab(
    votes: Sequence[PairVote],
    *,
    planned_items: int | None = None,
    margin: float | None = None,
    raters_known: bool = True,
    rng: np.random.Generator | None = None,
    signature: str = "",
) -> CheckResult:
    """Whether votes prefer the tuned model, with the item as the unit: the votes on an item are averaged first.

    ``votes`` come in the order in which they were given: the last of a rater on an item counts, and votes with
    ``again`` only for self-consistency. Nothing else depends on the order. Skips are ties; what they change is shown.
    Items of one unit are averaged too, and everything that is said of items then means units.

    planned_items  how many items were fixed before the first vote; only then may the sign test decide
    margin         the mean score, from 0 to 1, by which tuned may be worse and still be not worse
    raters_known   whether the names of raters are those of people, and not made up

    pass     tuned is better, or not worse than base by the margin
    fail     base is better
    unknown  undecided, or fewer than 20 items
    """
    _check_asked(planned_items, margin)
    settled = settle(votes)
    units = unit_scores(settled.votes)
    decided = decide_ab(units, planned_items=planned_items, margin=margin)
    judged = settled.judged
    n_skipped = len(settled.first) - len(judged)
    without = None
    if n_skipped and judged:
        without = decide_ab(unit_scores(judged), planned_items=planned_items, margin=margin)
    sides, slices = sides_of(judged), slices_of(units, uses_plan=decided.uses_plan)
    agreement = vote_agreement(judged, np.random.default_rng(42) if rng is None else rng)
    measures: dict[str, Measure] = {
        **decided.measures(),
        **_counted(settled, len(units), planned_items, raters_known=raters_known),
        **_of_raters(settled, raters_known=raters_known),
        "agreement": agreement,
        "side_bias": sides.bias(),
        "slices": {name: one.measures() for name, one in slices.items()},
    }
    if n_skipped:
        measures["without_skips"] = Unscored(reason="all votes are skips") if without is None else without.measures()
    findings = (
        of_decision(decided, planned_items, margin),
        of_slices(slices),
        of_sides(sides),
        of_agreement(agreement),
        of_skips(n_skipped, len(settled.first), decided, without),
    )
    return CheckResult(
        check="ab",
        status=_STATUSES[decided.word],
        summary=_summary(decided, planned_items, margin),
        measures=measures,
        findings=tuple(chain(*findings)),
        signature=signature,
    )


def _check_asked(planned_items: int | None, margin: float | None) -> None:
    if planned_items is not None and planned_items < 1:
        raise ValueError(f"at least 1 item is planned, not {planned_items}")
    if margin is not None and not 0 < margin < 1:
        raise ValueError(f"a margin lies between 0 and 1, not at {margin:g}")


def _counted(
    settled: SettledVotes, n_units: int, planned_items: int | None, *, raters_known: bool
) -> dict[str, Measure]:
    n_raters = len({vote.rater for vote in settled.votes})
    return {
        "n_items": len({(vote.unit, vote.item) for vote in settled.votes}),
        "n_units": n_units,
        "n_items_needed": max(ITEMS_NEEDED, planned_items or 0),
        "n_votes": len(settled.first),
        "n_skipped": len(settled.first) - len(settled.judged),
        "n_raters": n_raters if raters_known else UNKNOWN_RATERS,
    }


def _of_raters(settled: SettledVotes, *, raters_known: bool) -> dict[str, Measure]:
    return {
        "raters": by_rater(settled.votes) if raters_known else UNKNOWN_RATERS,
        "self_consistency": self_consistency(settled) if raters_known else UNKNOWN_RATERS,
        "both_bad": both_bad_share(settled.judged),
    }


def _summary(decided: AbDecision, planned_items: int | None, margin: float | None) -> str:
    n, needed = decided.n_units, decided.items_still_needed
    if n < ITEMS_NEEDED:
        have = f"{n} of the {ITEMS_NEEDED} items that a decision needs {'has' if n == 1 else 'have'} votes"
        return f"{have}: {ITEMS_NEEDED - n} {'is' if n == ITEMS_NEEDED - 1 else 'are'} missing."
    rate = decided.win_rate
    assert isinstance(rate, Estimate)
    wins = f"{count(decided.tuned_wins, 'item')} to {decided.base_wins:,}, {decided.ties:,} tied"
    counts = f"{wins}; win rate {rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}]"
    p = _deciding_p(decided)
    match decided.word:
        case "tuned":
            return f"Tuned is preferred: {counts}, {p}."
        case "base":
            return f"Base is preferred: tuned has {counts}, {p}."
        case "not_worse":
            return f"Tuned is not worse than base by more than the margin of {number(margin or 0)}: {counts}."
    if isinstance(needed, Unscored):
        rest = f"{needed.reason}."
    elif planned_items is not None and n < planned_items:
        rest = f"{needed:,} of the {planned_items:,} planned items {'is' if needed == 1 else 'are'} missing."
    else:
        rest = f"about {count(needed, 'more item')} like these would settle it."
    return f"Undecided, which does not mean equal: {counts}, {p}; {rest}"


def _deciding_p(decided: AbDecision) -> str:
    if decided.is_by_sign_test:
        return f"p {number(decided.p_value)} at the planned size"
    return f"p {number(decided.anytime_p)} at any time"
