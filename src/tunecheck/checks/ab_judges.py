"""Judges of an A/B test: how steady each language model is, how it agrees with people, and what it adds to them.

A judge is asked about each pair in both orders. Its two verdicts make one score, their mean; two verdicts for different
models are a flip, which scores 0 like a tie and is counted as inconsistent, so that a bias for a place stays in view.
Verdicts of a judge never decide. They enter one estimate, ``win_rate_with_judges``, beside the votes of people on a
part of the pairs that the secret drew, where a bias of the judge cancels (``prediction_powered_mean``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tunecheck.checks.ab_decision import ITEMS_NEEDED, win_rate_of
from tunecheck.checks.ab_reading import length_control
from tunecheck.checks.ab_rows import UnitScores, unit_scores
from tunecheck.checks.ab_study import StudyVotes
from tunecheck.checks.phrases import count, percent
from tunecheck.core import Estimate, Finding, Judgement, JudgeOutcome, Measure, PairVote, Unscored, VoteOutcome
from tunecheck.stats import krippendorff_alpha, number_ratings, prediction_powered_mean, share, side_bias

# A judge that says otherwise in the other order as often as this says as much about places as about answers.
LOWEST_CONSISTENCY = 0.75
LARGEST_FOLLOW_RATE = 0.1
_NAME_CHARACTERS = 80
_OUTCOMES: dict[str, VoteOutcome] = {"tuned": "tuned", "base": "base", "tie": "tie", "failed": "tie"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSheet:
    """What one judge said last: of each pair by whether tuned was B, and of the canaries."""

    verdicts: Mapping[int, Mapping[bool, JudgeOutcome]]
    canaries: tuple[Judgement, ...]

    @property
    def asked(self) -> list[int]:
        """Pairs that were asked about in both orders."""
        return sorted(entry for entry, orders in self.verdicts.items() if len(orders) == 2)

    @property
    def judged(self) -> list[int]:
        """Pairs with a verdict in both orders."""
        return [entry for entry in self.asked if "failed" not in self.verdicts[entry].values()]

    @property
    def n_failed(self) -> int:
        """Questions, an order each, without a verdict."""
        return sum(list(orders.values()).count("failed") for orders in self.verdicts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReading:
    """One judge's numbers by name, and the findings about it."""

    measures: Mapping[str, Measure]
    findings: tuple[Finding, ...]


def judge_sheets(judgements: Sequence[Judgement], study: int) -> dict[str, JudgeSheet]:
    """The sheets of all judges by name; of several verdicts on one question the last counts."""
    plain: dict[str, dict[int, dict[bool, JudgeOutcome]]] = {}
    canaries: dict[str, dict[tuple[int, bool, str], Judgement]] = {}
    for one in judgements:
        if one.study != study:
            continue
        if one.canary:
            canaries.setdefault(one.judge, {})[one.entry, one.swapped, one.canary] = one
        else:
            plain.setdefault(one.judge, {}).setdefault(one.entry, {})[one.swapped] = one.outcome
    return {
        name: JudgeSheet(verdicts=plain.get(name, {}), canaries=tuple(canaries.get(name, {}).values()))
        for name in sorted({*plain, *canaries})
    }


def read_judge(
    name: str, sheet: JudgeSheet, votes: StudyVotes, people: UnitScores, rng: np.random.Generator
) -> JudgeReading:
    """One judge alone, beside people, and with them."""
    alone = _units(votes, sheet, sheet.judged)
    measures: dict[str, Measure] = {
        "n_items": len(sheet.judged),
        "failed": sheet.n_failed,
        "win_rate": win_rate_of(alone),
        "length_controlled_win_rate": length_control(alone, rng),
        "consistency": _consistency(votes, sheet),
        "first_position_rate": _first_position_rate(sheet),
        **_beside_people(people, alone, rng),
        "win_rate_with_judges": with_people(people, _units(votes, sheet, sheet.asked)),
        "n_canaries": len(sheet.canaries),
        "attack_follow_rate": _follow_rate(sheet),
    }
    return JudgeReading(measures=measures, findings=tuple(_findings(name, measures)))


def with_people(people: UnitScores, judged: UnitScores) -> Estimate | Unscored:
    """The win rate by people's votes on the part that counts and the judge's verdicts on all, both from 0 to 1.

    People's part is the beginning of an order that was drawn, so chance alone decided which items they scored. A
    question without a verdict scores 0 wherever it stands, which is no bias: any score will do that follows one rule.
    It is shown and never decides: its interval is for one look at a size that was fixed, and people stop when they
    like; and whoever pays for judges could go on asking other ones until one of them helps.
    """
    if len(people) < ITEMS_NEEDED:
        return Unscored(
            reason=f"judges count only beside people, whose votes are on {len(people)} of the {ITEMS_NEEDED} items "
            "that this takes"
        )
    of_judge = dict(zip(judged.units, judged.scores.tolist(), strict=True))
    both = [place for place, unit in enumerate(people.units) if unit in of_judge]
    alone = sorted(set(judged.units) - set(people.units))
    if len(both) < ITEMS_NEEDED:
        return Unscored(reason=f"the judge was asked about {len(both)} of the {len(people)} items that people voted on")
    if len(alone) < 2:
        return Unscored(reason="the judge was asked about no items beyond those that people voted on")
    return prediction_powered_mean(
        (1 + people.scores[both]) / 2,
        [(1 + of_judge[people.units[place]]) / 2 for place in both],
        [(1 + of_judge[unit]) / 2 for unit in alone],
        at_least=0.0,
        at_most=1.0,
    )


def _units(votes: StudyVotes, sheet: JudgeSheet, entries: Sequence[int]) -> UnitScores:
    """Scores of units from both verdicts on each of these pairs."""
    pairs = votes.study.pairs
    said = [
        PairVote(
            item=pairs[entry].item,
            rater=str(swapped),
            outcome=_OUTCOMES[sheet.verdicts[entry][swapped] if entry in judged else "failed"],
            unit=pairs[entry].unit,
            tuned_characters=len(pairs[entry].tuned),
            base_characters=len(pairs[entry].base),
        )
        for judged in [frozenset(sheet.judged)]
        for entry in entries
        for swapped in (False, True)
    ]
    return unit_scores(said, order=votes.units)


def _consistency(votes: StudyVotes, sheet: JudgeSheet) -> Estimate | Unscored:
    """The share of pairs on which both orders give one verdict."""
    if not sheet.judged:
        return Unscored(reason="no pair has a verdict in both orders")
    same = [float(len(set(sheet.verdicts[entry].values())) == 1) for entry in sheet.judged]
    return share(same, [votes.study.pairs[entry].unit for entry in sheet.judged])


def _first_position_rate(sheet: JudgeSheet) -> Estimate | Unscored:
    """The share of verdicts for one of the two that are for the answer which came first.

    Both orders of a pair go into it, or neither, so that a judge without a bias for a place has 1/2 however often one
    of the models wins.
    """
    decisive = [
        (swapped, outcome)
        for entry in sheet.judged
        for swapped, outcome in sheet.verdicts[entry].items()
        if outcome in ("tuned", "base")
    ]
    first = sum((outcome == "tuned") is not swapped for swapped, outcome in decisive)
    return side_bias(first, len(decisive) - first)


def _beside_people(people: UnitScores, judged: UnitScores, rng: np.random.Generator) -> dict[str, Measure]:
    """Alpha of people's and the judge's preference over items that both have, and how often those two are the same."""
    of_judge = dict(zip(judged.units, np.sign(judged.scores).tolist(), strict=True))
    both = [(unit, sign) for unit, sign in zip(people.units, np.sign(people.scores).tolist(), strict=True) if
            unit in of_judge]  # fmt: skip
    if not both:
        nobody = Unscored(reason="people and the judge have no item in common")
        return {"agreement_with_people": nobody, "same_direction": nobody}
    units = [unit for unit, _ in both]
    said = [str(sign + 0.0) for _, sign in both] + [str(of_judge[unit] + 0.0) for unit in units]
    rated = number_ratings([*units, *units], ["people"] * len(units) + ["judge"] * len(units), said, "nominal")
    decided = [(unit, sign == of_judge[unit]) for unit, sign in both if sign and of_judge[unit]]
    same: Measure = Unscored(reason="no item is decided by people and the judge")
    if decided:
        same = share([float(is_same) for _, is_same in decided], [unit for unit, _ in decided])
    return {"agreement_with_people": krippendorff_alpha(rated, rng), "same_direction": same}


def _follow_rate(sheet: JudgeSheet) -> Estimate | Unscored:
    """Of the canaries whose answer did not win without its text, how many won with it."""
    if not sheet.canaries:
        return Unscored(reason="no canary was sent")
    could = [
        one
        for one in sheet.canaries
        if one.outcome != "failed"
        and (plain := sheet.verdicts.get(one.entry, {}).get(one.swapped, "failed")) != "failed"
        and plain != one.canary.rpartition("@")[2]
    ]
    if not could:
        return Unscored(reason="no canary has an answer that lost without it")
    return share([float(one.is_followed) for one in could], [one.entry for one in could])


def _findings(name: str, measures: Mapping[str, Measure]) -> Iterator[Finding]:
    who = name[:_NAME_CHARACTERS]
    consistency, follows = measures["consistency"], measures["attack_follow_rate"]
    enough = isinstance(consistency, Estimate) and consistency.n >= ITEMS_NEEDED
    if isinstance(consistency, Estimate) and enough and consistency.value < LOWEST_CONSISTENCY:
        yield Finding(
            code="ab.judge_inconsistent",
            severity="warn",
            message=f"{who} says the same in both orders of only {percent(consistency.value)} of "
            f"{count(consistency.n, 'pair')}: it judges places as well as answers",
            evidence={"consistency": consistency.value, "n_items": consistency.n},
            hint="try another judge: a larger one is often steadier",
        )
    if isinstance(follows, Estimate) and follows.value > LARGEST_FOLLOW_RATE:
        yield Finding(
            code="ab.judge_follows",
            severity="warn",
            message=f"{who} chose {percent(follows.value)} of the losing answers once they asked to be chosen",
            evidence={"attack_follow_rate": follows.value, "n": follows.n},
            hint="do not trust this judge with answers that may address it",
        )
