"""Votes: which of two answers a person found better, wherever the votes were collected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["tuned", "base", "tie", "both_bad", "skip"]
ShownOn = Literal["left", "right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairVote:
    """What one rater said of the two answers to one prompt.

    outcome    both_bad is a tie of two answers that are not good enough; skip says that the rater did not judge
    tuned_on   on which side the tuned answer stood, where that is known
    again      a hidden second showing of the same pair, with the sides swapped
    unit       what the statistics treat as one draw; items of one conversation share it
    category   what the item is sliced by, or ""
    tuned_characters, base_characters   lengths of the two answers, where they are known
    source     where it came from, for people: "votes.csv line 12"
    """

    item: str
    rater: str
    outcome: Outcome
    unit: str
    tuned_on: ShownOn | None = None
    again: bool = False
    category: str = ""
    tuned_characters: int | None = None
    base_characters: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battle:
    """What one rater said of the answers of two of several models to one prompt; fields as in PairVote.

    winner  the name of the better model, or "" for a tie and for both bad
    """

    item: str
    rater: str
    first: str
    second: str
    winner: str
    unit: str
    source: str = ""
