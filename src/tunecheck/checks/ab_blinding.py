"""Blinding: whether raters of an A/B test found out which answer was the tuned model's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunecheck.checks.ab_reading import NO_GUESSES
from tunecheck.checks.ab_study import Guessed, RaterSheet
from tunecheck.core import Estimate, Finding, Measure, Unscored
from tunecheck.stats import blinding_index, credit_difference

NOBODY_GUESSED = Unscored(reason="nobody guessed which answer is the tuned model's")
# An index that is surely above it is more than a few lucky guesses or a single giveaway.
LARGEST_BLIND_INDEX = 0.2


def blinding_of(sheets: Mapping[str, RaterSheet], *, was_asked: bool = True) -> Estimate | Unscored:
    """The index over all raters, with the pair as the unit: 0 is blind, 1 knew always, below 0 guessed the wrong way.

    Guesses of several raters on one pair are averaged first, for a pair that gives a side away does so to all. It
    speaks of these raters.
    """
    by_pair: dict[int, list[Guessed]] = {}
    for sheet in sheets.values():
        for entry, guess in sheet.guesses.items():
            by_pair.setdefault(entry, []).append(guess)
    if not by_pair:
        return NOBODY_GUESSED if was_asked else NO_GUESSES
    right, wrong = (
        [sum(guess == word for guess in own) / len(own) for own in by_pair.values()] for word in ("right", "wrong")
    )
    return credit_difference(right, wrong)


def guesses_of(sheet: RaterSheet) -> dict[str, Measure]:
    """One rater's guesses: how many of each kind, and the index."""
    given = list(sheet.guesses.values())
    right, wrong, unsure = (given.count(word) for word in ("right", "wrong", "unsure"))
    index = blinding_index(right, wrong, unsure) if given else NOBODY_GUESSED
    return {"guesses": {"right": right, "wrong": wrong, "unsure": unsure}, "blinding_index": index}


def of_blinding(index: Estimate | Unscored, sheets: Mapping[str, RaterSheet]) -> Iterator[Finding]:
    """Whether raters surely knew more than chance."""
    if isinstance(index, Unscored) or index.low <= LARGEST_BLIND_INDEX:
        return
    given = [guess for sheet in sheets.values() for guess in sheet.guesses.values()]
    yield Finding(
        code="ab.unblinded",
        severity="warn",
        message=f"raters know which answer is the tuned model's: blinding index {index.value:.2f} [{index.low:.2f}, "
        f"{index.high:.2f}], where 0 is blind and 1 knows always; {given.count('right'):,} of {len(given):,} guesses "
        "are right",
        evidence={word: given.count(word) for word in ("right", "wrong", "unsure")},
        hint="ask them what told them; their votes may be for a model that they hoped for, and not for its answers",
    )
