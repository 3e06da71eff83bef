"""A/B: which of two models people's votes prefer, item by item, and whether that is enough for a decision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tunecheck.checks.ab_decision import AbTerms
from tunecheck.checks.ab_reading import read_votes, told
from tunecheck.core import CheckResult, PairVote


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
    terms = AbTerms(planned_items=planned_items, margin=margin)
    reading = read_votes(votes, terms, np.random.default_rng(42) if rng is None else rng, raters_known=raters_known)
    return CheckResult(
        check="ab",
        status=reading.status,
        summary=told(reading.decided, terms),
        measures=reading.measures,
        findings=reading.findings,
        signature=signature,
    )
