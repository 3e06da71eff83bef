"""Voting desk: one rater at a blind A/B test, pair by pair, and the guesses that may follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tunecheck.core import CHOICE, CHOICES, GUESS, GUESSES, PairStudy, Rating
from tunecheck.errors import InputError
from tunecheck.runner.desk import Change, Desk, Look, checked_words
from tunecheck.study import PairSlot, PairStanding, Progress, guess_sheet, pair_sheet, pair_standings, progress

_CHOICES, _GUESSES = frozenset({*CHOICES, ""}), frozenset({*GUESSES, ""})


class VotingDesk(Desk[PairStudy, PairSlot, PairStanding]):
    """A rater's pairs, and behind them the guesses, which nobody has to make.

    ``slots`` has both; what is said of a guess counts neither for progress nor for what is left to do.
    """

    def look_of(self, ratings: Sequence[Rating]) -> Look[PairStanding]:
        """What holds after these ratings, which are the rater's."""
        standing = pair_standings(ratings)
        said = [standing.get((slot.entry, slot.again)) for slot in self.votes]
        done = progress(said, lambda own: bool(own.choice))
        return Look(standing=standing, progress=done, ratings=ratings, nothing=PairStanding())

    @property
    def votes(self) -> tuple[PairSlot, ...]:
        """The places to vote on, in order."""
        return tuple(slot for slot in self.slots if not slot.is_guess)

    @property
    def guesses(self) -> tuple[PairSlot, ...]:
        """The places to guess at, in order."""
        return tuple(slot for slot in self.slots if slot.is_guess)

    def guessed(self, look: Look[PairStanding]) -> Progress:
        """How many guesses are made."""
        said = [look.standing.get((slot.entry, slot.again)) for slot in self.guesses]
        return progress(said, lambda own: bool(own.guess))

    def is_done(self, slot: PairSlot, own: PairStanding) -> bool:
        """Whether the rater voted, or guessed where that is asked."""
        return bool(own.guess if slot.is_guess else own.choice)

    def next_open(self, look: Look[PairStanding], *, after: PairSlot | None = None) -> PairSlot | None:
        """The next place without a vote; from a guess on, the next without a guess."""
        among = self.guesses if after is not None and after.is_guess else self.votes
        start = 0 if after is None else among.index(after) + 1
        ordered = (*among[start:], *among[:start])
        return next((slot for slot in ordered if slot != after and not self.is_done(slot, look.at(slot))), None)

    def first_guess(self, look: Look[PairStanding]) -> PairSlot | None:
        """The first guess that is not made yet, once all votes are there; else None."""
        if self.next_open(look) is not None:
            return None
        return next((slot for slot in self.guesses if not look.at(slot).guess), None)

    def _drawn(self) -> tuple[PairSlot, ...]:
        return (*pair_sheet(self.study, self.rater.number), *guess_sheet(self.study, self.rater.number))

    def _rating(self, change: Change) -> Rating:
        slot = self.slot(change.token)
        # A guess is about a pair that was voted on: its time is no part of the vote's.
        kept = replace(change, active_s=0.0) if slot is not None and slot.is_guess else change
        return super()._rating(kept)

    def _where(self, rating: Rating) -> PairSlot:
        among = self.guesses if rating.field == GUESS else self.votes
        return next(slot for slot in among if (slot.entry, slot.again) == (rating.entry, rating.again))

    def _checked(self, slot: PairSlot, field: str, value: str) -> str:
        asked, allowed = (GUESS, _GUESSES) if slot.is_guess else (CHOICE, _CHOICES)
        if field == asked:
            if value not in allowed:
                words = ", ".join(sorted(one for one in allowed if one))
                raise InputError(f"{field} is {value[:20]!r}, which is none of {words}")
            return value
        return checked_words(field, value)
