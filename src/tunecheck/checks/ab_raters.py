"""The raters of an A/B test: what each prefers, how far they agree, and what the side of an answer did to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tunecheck.checks.ab_decision import win_rate_of
from tunecheck.checks.ab_rows import SettledVotes, unit_scores
from tunecheck.core import Estimate, Measure, PairVote, Unscored
from tunecheck.stats import krippendorff_alpha, mcnemar, number_ratings, repeat_agreement, share
from tunecheck.stats.sides import side_bias

UNKNOWN_RATERS = Unscored(reason="the votes do not say who gave them")
ONE_RATER = Unscored(reason="agreement needs two raters of the same items")
_NOTHING = Unscored(reason="no vote of this rater counts yet")
NO_VOTES: Mapping[str, Measure] = {
    "n_votes": 0, "tuned_share": _NOTHING, "n_tuned": 0, "n_base": 0, "n_ties": 0, "side_bias": _NOTHING,
    "self_consistency": _NOTHING,
}  # fmt: skip
# Sides that were drawn are this uneven once in a thousand studies.
SMALLEST_SIDE_P = 0.001
# Each draw of items for alpha costs in proportion to the votes; of many fewer are enough.
_MOST_DRAWS, _FEWEST_DRAWS, _DRAWN_VOTES = 1000, 200, 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Where the answers stood in votes with a known side, and which side the decisive ones were for."""

    tuned_left: int
    tuned_right: int
    for_left: int
    for_right: int

    @property
    def are_uneven(self) -> bool:
        """True where tuned stood on one side so often that the sides were not drawn."""
        return mcnemar(self.tuned_left, self.tuned_right) < SMALLEST_SIDE_P

    @property
    def p_value(self) -> float:
        """Two-sided p of raters who do not care for the side, where sides were drawn."""
        return mcnemar(self.for_left, self.for_right)

    def bias(self) -> Estimate | Unscored:
        """The share of decisive votes for the left."""
        if not self.tuned_left + self.tuned_right:
            return Unscored(reason="the votes do not say on which side the tuned answer stood")
        if self.are_uneven:
            return Unscored(
                reason=f"tuned stood {self.tuned_left} times on the left and {self.tuned_right} times on the right, so "
                "a preference for a side cannot be told from one for a model"
            )
        return side_bias(self.for_left, self.for_right)


def sides_of(votes: Sequence[PairVote]) -> Sides:
    """The sides of the votes that are no skips."""
    known = [vote for vote in votes if vote.tuned_on is not None]
    decisive = [(vote.outcome == "tuned") == (vote.tuned_on == "left") for vote in known if is_decisive(vote)]
    tuned_left = sum(vote.tuned_on == "left" for vote in known)
    return Sides(
        tuned_left=tuned_left,
        tuned_right=len(known) - tuned_left,
        for_left=sum(decisive),
        for_right=len(decisive) - sum(decisive),
    )


def is_decisive(vote: PairVote) -> bool:
    """True for a vote for one of the two models."""
    return vote.outcome in ("tuned", "base")


def by_rater(settled: SettledVotes) -> dict[str, Mapping[str, Measure]]:
    """What each rater voted, by name: how often, for whom (ties are half), for which side, and the same again."""
    own: dict[str, list[PairVote]] = {}
    for vote in settled.votes:
        own.setdefault(vote.rater, []).append(vote)
    return {
        name: {
            "n_votes": len(given),
            "tuned_share": win_rate_of(unit_scores(given)),
            "n_tuned": sum(vote.outcome == "tuned" for vote in given),
            "n_base": sum(vote.outcome == "base" for vote in given),
            "n_ties": sum(not is_decisive(vote) for vote in given),
            "side_bias": sides_of([vote for vote in given if vote.outcome != "skip"]).bias(),
            "self_consistency": self_consistency(settled, name),
        }
        for name, given in sorted(own.items())
    }


def vote_agreement(votes: Sequence[PairVote], rng: np.random.Generator) -> Estimate | Unscored:
    """Krippendorff's alpha, nominal, of tuned, base and tie; the item is the unit."""
    if len({vote.rater for vote in votes}) < 2:
        return ONE_RATER
    # In an order of their own, for labels are numbered as they come and draws follow the numbers.
    items, raters, said = zip(*sorted((vote.item, vote.rater, _said(vote)) for vote in votes), strict=True)
    rated = number_ratings(items, raters, said, "nominal")
    n_draws = min(_MOST_DRAWS, max(_FEWEST_DRAWS, _DRAWN_VOTES // len(votes)))
    return krippendorff_alpha(rated, rng, n_draws=n_draws)


def self_consistency(settled: SettledVotes, rater: str | None = None) -> Estimate | Unscored:
    """How often a rater who sees a pair again, with the sides swapped, says the same of it; of all, or of one."""
    pairs = [
        (key[0], _said(first), _said(again))
        for key, again in settled.again.items()
        if rater in (None, key[1])
        and again.outcome != "skip"
        and (first := settled.first.get(key)) is not None
        and first.outcome != "skip"
    ]
    if not pairs:
        return Unscored(reason="no pair was shown to a rater again")
    items, first_said, again_said = zip(*pairs, strict=True)
    return repeat_agreement(items, first_said, again_said)


def both_bad_share(votes: Sequence[PairVote]) -> Estimate | Unscored:
    """The share of votes that found both answers bad."""
    return share([float(vote.outcome == "both_bad") for vote in votes], [vote.unit for vote in votes])


def _said(vote: PairVote) -> str:
    return vote.outcome if is_decisive(vote) else "tie"
