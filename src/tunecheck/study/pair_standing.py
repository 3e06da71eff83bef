"""Pair standing: what holds of a pair after everything that a rater said of it, changed and took back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tunecheck.core import CHOICE, GUESS, NOTE, REFERENCE, SEEN, Rating
from tunecheck.study.standing import Place, replayed


@dataclass(slots=True)
class PairStanding:
    """What a rater says of one showing of one pair now; sides are as the rater saw them.

    choice      "left", "right", "tie", "both_bad" or "skip"; "" while nothing is said
    guess       which answer the rater takes for the tuned model's: "left", "right" or "unsure"; "" while not said
    has_peeked  whether the reference was looked at
    active_s    seconds spent on it, 0.0 where nobody measured
    """

    choice: str = ""
    guess: str = ""
    note: str = ""
    has_peeked: bool = False
    active_s: float = 0.0
    n_changes: int = 0
    last_at: str = ""


def pair_standings(ratings: Iterable[Rating]) -> dict[Place, PairStanding]:
    """Of each pair that one rater said something of, what holds now. ``ratings`` are the rater's, in their order."""
    return replayed(ratings, PairStanding, _apply)


def _apply(own: PairStanding, rating: Rating) -> None:
    name, value = rating.field, rating.value
    if name == SEEN:
        return
    if name == REFERENCE:
        own.has_peeked = True
        return
    own.n_changes += 1
    if name == CHOICE:
        own.choice = value
    elif name == GUESS:
        own.guess = value
    elif name == NOTE:
        own.note = value
