"""The check of a stored A/B test: the votes of people as far as they count, their blindness, and judges beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from tunecheck.checks.ab_blinding import NOBODY_GUESSED, blinding_of, guesses_of, of_blinding
from tunecheck.checks.ab_decision import ITEMS_NEEDED, AbTerms
from tunecheck.checks.ab_exhibits import ab_exhibits
from tunecheck.checks.ab_judges import judge_sheets, read_judge
from tunecheck.checks.ab_pace import hasty_raters, pace_of, seconds_of
from tunecheck.checks.ab_raters import NO_VOTES
from tunecheck.checks.ab_reading import AbReading, read_votes, told
from tunecheck.checks.ab_study import StudyVotes, study_votes
from tunecheck.checks.ab_study_findings import (
    CREATE,
    PLAN,
    SERVE,
    of_giveaways,
    of_hasty,
    of_seal,
    of_surplus,
    of_waiting,
)
from tunecheck.checks.phrases import count
from tunecheck.core import CheckResult, Judgement, Measure, PairStudy, Rater, Rating, Unscored
from tunecheck.study import seal


def check_study_ab(
    study: PairStudy,
    ratings: Sequence[Rating],
    raters: Sequence[Rater],
    *,
    judgements: Sequence[Judgement] = (),
    sealed: str | None = None,
    own_seal: str = "",
    rng: np.random.Generator | None = None,
    signature: str = "",
) -> CheckResult:
    """Whether people, who did not know whose answer was whose, prefer the tuned model.

    ``ratings`` are all that was said in this test, in the order in which it came, and ``raters`` give the names. Pairs
    count in the order that was drawn, up to the first that lacks votes, so the p at any time is that of the largest
    capital so far: people may look after every vote and stop when they like. The plan is in pairs, and pairs of one
    unit are one item. ``judgements`` are shown beside people, and never decide: their estimate with people's votes
    has an interval for one look, and any number of judges can be asked. By default chance is seeded by the study's
    seed.

    sealed    the seal that was said before the first vote
    own_seal  that of the test as it is stored; that of ``study`` by default

    pass     tuned is better, or not worse than base by the margin
    fail     base is better, or the seal is that of another test
    unknown  undecided, or fewer than 20 items have all planned votes
    """
    chance = np.random.default_rng(study.seed) if rng is None else rng
    votes, own_seal = study_votes(study, ratings, raters), own_seal or seal(study)
    terms = AbTerms(planned_items=len(votes.units) or None, margin=study.margin, order=votes.units)
    reading = read_votes(votes.votes, terms, chance)
    parts = _without(votes, reading)
    judges = judge_sheets(judgements, study.number)
    read = {name: read_judge(name, sheet, votes, reading.units, chance) for name, sheet in judges.items()}
    blinding = blinding_of(votes.sheets, was_asked=study.n_guesses > 0)
    broken = tuple(of_seal(sealed, own_seal))
    measures: dict[str, Measure] = {
        **reading.measures,
        **_of_plan(votes, own_seal),
        "raters": _raters(votes, reading),
        "blinding_index": blinding,
        "seconds_per_item": seconds_of(votes.sheets),
        **parts.measures,
    }
    if read:
        measures["judges"] = {name: one.measures for name, one in read.items()}
    findings = (
        broken,
        reading.findings,
        of_blinding(blinding, votes.sheets),
        of_giveaways(votes, reading, parts.measures.get("without_giveaways", None)),
        of_hasty(parts.hasty, reading, parts.measures.get("without_hasty", None)),
        of_waiting(votes),
        of_surplus(votes),
        *(one.findings for one in read.values()),
    )
    return CheckResult(
        check="ab",
        status="fail" if broken else reading.status,
        summary=f"{'The seal is broken. ' if broken else ''}{_summary(votes, reading, len(read))}",
        measures=measures,
        findings=tuple(chain(*findings)),
        signature=signature or study.signature,
        exhibits=ab_exhibits(votes, judges),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What the decision is without some pairs or raters, and which raters those are, with why."""

    measures: Mapping[str, Measure]
    hasty: Mapping[str, str]


def _without(votes: StudyVotes, reading: AbReading) -> _Parts:
    study, hasty, found = votes.study, hasty_raters(votes), dict[str, Measure]()
    marked = {pair.item for pair in study.pairs if pair.giveaways}
    if any(study.pairs[entry].giveaways for entry in votes.counted):
        # Which pairs these are was fixed before the first vote, so a part of the plan is left.
        n_left = len({pair.unit for pair in study.pairs if pair.item not in marked})
        terms = replace(reading.terms, planned_items=n_left or None)
        kept = [vote for vote in reading.settled.votes if vote.item not in marked]
        found["without_giveaways"] = reading.without(kept, "all pairs are such", terms=terms)
    if hasty:
        kept = [vote for vote in reading.settled.votes if vote.rater not in hasty]
        found["without_hasty"] = reading.without(kept, "all votes are theirs")
    return _Parts(measures=found, hasty=hasty)


def _of_plan(votes: StudyVotes, own_seal: str) -> dict[str, Measure]:
    study = votes.study
    return {
        "plan": {
            "n_items": len(study.pairs),
            "n_raters": study.n_raters,
            "margin": study.margin if study.margin is not None else Unscored(reason="no margin was planned"),
            "n_votes_needed": len(study.pairs) * study.n_raters,
            "n_votes_missing": votes.n_missing,
            "n_identical": study.n_identical,
            "seal": own_seal,
        },
        "n_counted": len(votes.counted),
        "n_waiting": votes.n_waiting,
        "n_surplus": votes.n_surplus,
    }


def _raters(votes: StudyVotes, reading: AbReading) -> dict[str, Measure]:
    """All who began, also those whose votes all wait."""
    counted = reading.measures["raters"]
    assert isinstance(counted, Mapping)
    found: dict[str, Measure] = {}
    for name, sheet in votes.sheets.items():
        own = counted.get(name, NO_VOTES)
        assert isinstance(own, Mapping)
        blinding = guesses_of(sheet) if votes.study.n_guesses else {"blinding_index": NOBODY_GUESSED}
        found[name] = {**own, **pace_of(votes, name), **blinding}
    return found


def _summary(votes: StudyVotes, reading: AbReading, n_judges: int) -> str:
    n, n_all = reading.decided.n_units, len(votes.units)
    judged = f" {count(n_judges, 'judge')} voted, but judges count only beside people." if n_judges else ""
    if n_all < ITEMS_NEEDED:
        return (
            f"The test has {count(n_all, 'item')} and a decision needs {ITEMS_NEEDED}, so it cannot lead to one: "
            f"make a larger one ({CREATE}).{judged}"
        )
    if n < ITEMS_NEEDED:
        n_missing = ITEMS_NEEDED - n
        return (
            f"{n} of the {ITEMS_NEEDED} items that a decision needs {'has' if n == 1 else 'have'} the votes of "
            f"{count(votes.study.n_raters, 'rater')}: {n_missing} {'is' if n_missing == 1 else 'are'} missing "
            f"({SERVE}).{judged}"
        )
    return told(reading.decided, reading.terms, missing=f" ({SERVE})", more=f" (in a new test: {PLAN})")
