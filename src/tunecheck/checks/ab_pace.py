"""Pace of an A/B test: how long each rater took for a pair, and who was too quick or too even to have read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from statistics import median

from tunecheck.checks.ab_study import RaterSheet, StudyVotes
from tunecheck.checks.phrases import count
from tunecheck.checks.review_pace import FLAT_SHARE, too_quick
from tunecheck.core import Measure, PairStudy, Unscored

NO_TIME = Unscored(reason="nobody measured the time")
# Of ten votes nine are for one side once in fifty raters; of twenty eighteen never are.
LEAST_EVEN = 20
# A side that is nine votes in ten needs no comparison: sides are balanced, so it never is the better model.
_SIDES = frozenset({"left", "right"})
_SPOKEN = {"left": "the left", "right": "the right", "tie": "a tie", "both_bad": "both bad", "skip": "a skip"}


def seconds_of(sheets: Mapping[str, RaterSheet]) -> float | Unscored:
    """The median time of a vote, of all that were timed."""
    timed = [taken for sheet in sheets.values() for taken in _timed(sheet).values()]
    return median(timed) if timed else NO_TIME


def pace_of(votes: StudyVotes, name: str) -> dict[str, Measure]:
    """How far a rater is, and at which pace."""
    sheet = votes.sheets[name]
    return {
        "n_done": sheet.n_done,
        "n_total": sheet.n_total,
        "seconds_per_item": seconds_of({name: sheet}),
        "hasty": hasty_raters(votes).get(name, ""),
    }


def hasty_raters(votes: StudyVotes) -> dict[str, str]:
    """Why votes of a rater may be too hasty to count, of each rater where they may."""
    found = {
        name: _quick(votes.study, sheet) or _even(name, votes.sheets) for name, sheet in votes.sheets.items()
    }  # fmt: skip
    return {name: why for name, why in found.items() if why}


def _timed(sheet: RaterSheet) -> dict[int, float]:
    return {entry: one.active_s for entry, one in sheet.said.items() if one.active_s > 0 and one.choice != "skip"}


def _quick(study: PairStudy, sheet: RaterSheet) -> str:
    timed = _timed(sheet)
    read = {entry: f"{study.pairs[entry].tuned}{study.pairs[entry].base}" for entry in timed}
    return too_quick([(timed[entry], read[entry]) for entry in timed], "pair")


def _even(name: str, sheets: Mapping[str, RaterSheet]) -> str:
    """Why choices that hardly differ say nothing; "" for ties and the like where those of others are as even."""
    own = Counter(one.choice for one in sheets[name].said.values())
    if not _is_even(own):
        return ""
    choice, n = own.most_common(1)[0]
    others = Counter(one.choice for other, sheet in sheets.items() if other != name for one in sheet.said.values())
    if choice not in _SIDES and _is_even(others) and others.most_common(1)[0][0] == choice:
        return ""
    return f"{_SPOKEN[choice]} in {n:,} of {count(own.total(), 'vote')}"


def _is_even(choices: Counter[str]) -> bool:
    return choices.total() >= LEAST_EVEN and choices.most_common(1)[0][1] >= FLAT_SHARE * choices.total()
