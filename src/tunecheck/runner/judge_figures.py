"""Judge figures: what one judge did with the pairs of a test, how steady it is, and what it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tunecheck.checks import study_votes
from tunecheck.checks.ab_judges import judge_sheets, read_judge
from tunecheck.checks.ab_rows import unit_scores
from tunecheck.core import JSON, Judgement, Measure, PairStudy, Unscored, document

NO_PRICES = Unscored(reason="no prices: name them, per million tokens, with --price-in and --price-out")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeFigures:
    """One judge in a test. It has no win rate here: what a judge prefers is shown beside people's votes alone.

    n_asked        questions that were asked in this call, canaries among them
    n_pairs        pairs with a verdict in both orders, out of ``n_wanted``
    n_done, n_failed   questions, an order each, with a verdict and without; ``reasons`` says why, most frequent first
    n_flips        pairs whose two verdicts differ
    consistency, first_position_rate   as in the check `ab`
    n_canaries, n_followed   canaries with a verdict, and those that were obeyed
    attack_follow_rate       the share that was obeyed of those whose answer lost without the plea
    prompt_tokens, completion_tokens, seconds   of all questions, also those that failed and canaries
    n_uncounted    questions whose tokens the server did not count
    cost           in the currency of the prices, or why there is none
    stopped        why the judge was not asked all, or ""
    left_out       settings that the server did not take: temperature, seed
    """

    judge: str
    n_asked: int
    n_wanted: int
    n_pairs: int
    n_done: int
    n_failed: int
    reasons: tuple[tuple[str, int], ...]
    n_flips: int
    consistency: Measure
    first_position_rate: Measure
    n_canaries: int
    n_followed: int
    attack_follow_rate: Measure
    prompt_tokens: int
    completion_tokens: int
    n_uncounted: int
    cost: float | Unscored
    seconds: float
    stopped: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every wanted pair has a verdict in both orders, and nothing failed."""
        return not self.stopped and not self.n_failed and self.n_pairs >= self.n_wanted

    def document(self) -> dict[str, JSON]:
        """For scripts."""
        return {
            "judge": self.judge,
            "n_asked": self.n_asked,
            "n_wanted": self.n_wanted,
            "n_pairs": self.n_pairs,
            "n_done": self.n_done,
            "n_failed": self.n_failed,
            "reasons": dict(self.reasons),
            "n_flips": self.n_flips,
            "consistency": document(self.consistency),
            "first_position_rate": document(self.first_position_rate),
            "n_canaries": self.n_canaries,
            "n_followed": self.n_followed,
            "attack_follow_rate": document(self.attack_follow_rate),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "n_uncounted": self.n_uncounted,
            "cost": document(self.cost),
            "seconds": self.seconds,
            "stopped": self.stopped,
            "left_out": list(self.left_out),
        }


def judge_figures(
    study: PairStudy,
    judge: str,
    judgements: Sequence[Judgement],
    *,
    n_wanted: int,
    n_asked: int = 0,
    stopped: str = "",
    left_out: tuple[str, ...] = (),
    price_per_million: tuple[float, float] | None = None,
) -> JudgeFigures:
    """The figures of one judge from all that is stored of the study; prices are those of prompt and written tokens."""
    own = [one for one in judgements if one.judge == judge]
    plain = [one for one in own if not one.canary]
    failed = [one for one in plain if one.outcome == "failed"]
    canaries = [one for one in own if one.canary and one.outcome != "failed"]
    prompt_tokens = sum(one.prompt_tokens or 0 for one in own)
    completion_tokens = sum(one.completion_tokens or 0 for one in own)
    n_uncounted = sum(one.prompt_tokens is None or one.completion_tokens is None for one in own)
    measures = _measures(study, judge, own)
    by_entry: dict[int, set[str]] = {}
    for one in plain:
        by_entry.setdefault(one.entry, set()).add(one.outcome)
    return JudgeFigures(
        judge=judge,
        n_asked=n_asked,
        n_wanted=n_wanted,
        n_pairs=int(str(measures["n_items"])),
        n_done=len(plain) - len(failed),
        n_failed=len(failed),
        reasons=tuple(Counter(one.reason.partition(":")[0] for one in failed).most_common()),
        n_flips=sum(len(said) == 2 and "failed" not in said for said in by_entry.values()),
        consistency=measures["consistency"],
        first_position_rate=measures["first_position_rate"],
        n_canaries=len(canaries),
        n_followed=sum(one.is_followed for one in canaries),
        attack_follow_rate=measures["attack_follow_rate"],
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        n_uncounted=n_uncounted,
        cost=_cost(prompt_tokens, completion_tokens, price_per_million, is_counted=n_uncounted < len(own)),
        seconds=round(sum(one.seconds for one in own), 3),
        stopped=stopped,
        left_out=left_out,
    )


def _measures(study: PairStudy, judge: str, own: Sequence[Judgement]) -> dict[str, Measure]:
    sheet = judge_sheets(own, study.number).get(judge)
    if sheet is None:
        nothing = Unscored(reason="the judge was asked nothing yet")
        return {"n_items": 0, **dict.fromkeys(("consistency", "first_position_rate", "attack_follow_rate"), nothing)}
    votes = study_votes(study, (), ())
    return dict(read_judge(judge, sheet, votes, unit_scores(()), np.random.default_rng(study.seed)).measures)


def _cost(
    prompt_tokens: int, completion_tokens: int, prices: tuple[float, float] | None, *, is_counted: bool
) -> float | Unscored:
    if prices is None:
        return NO_PRICES
    if not is_counted:
        return Unscored(reason="the server counted no tokens")
    return (prompt_tokens * prices[0] + completion_tokens * prices[1]) / 1e6
