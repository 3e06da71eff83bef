"""A rater's session at a blind A/B test in the terminal: one key votes and goes on, and nothing tells whose is what."""

from __future__ import annotations

from tunecheck.cli.compare_screen import (
    CHOICE_WORDS,
    GUESS_WORDS,
    Setting,
    finished_page,
    guide,
    pair_page,
    vote_block,
)
from tunecheck.cli.vote_seat import VoteSeat
from tunecheck.core import CHOICE, GUESS, PairStudy
from tunecheck.runner import VotingDesk
from tunecheck.study import PairSlot, PairStanding

# A key that is held down, or typed ahead, is no vote on what nobody has seen.
LEAST_LOOK_S = 0.4
_VOTES = {"a": "left", "b": "right", "t": "tie", "x": "both_bad", "s": "skip"}
_GUESSES = {"a": "left", "b": "right", "t": "unsure"}


class CompareSession(VoteSeat[PairStudy, PairSlot, PairStanding]):
    """One rater at all pairs, and at the guesses that may follow."""

    _desk: VotingDesk
    _noun = "pair"
    _rated = "voted"
    _setting: Setting = "written"
    _arrived_s = 0.0

    # ---- keys

    def _act_on(self, slot: PairSlot, key: str) -> None:
        values = _GUESSES if slot.is_guess else _VOTES
        if key in values:
            return self._vote(slot, values[key])
        match key:
            case "m":
                self._set("markdown")
            case "d":
                self._set("marked")
            case "Enter":
                self._next(slot)
            case "n" if not slot.is_guess:
                self._note(slot)
            case "r" if not slot.is_guess:
                self._reference(slot)
            case _:
                self._unknown(key)
        return None

    def _vote(self, slot: PairSlot, value: str) -> None:
        if self._console.is_quick and self._time.total_s - self._arrived_s < LEAST_LOOK_S:
            self._arrived_s = self._time.total_s
            self._said = "That was too quick to have read them: press it again in a moment."
            return
        own = self._look.at(slot)
        if slot.is_guess:
            # Time at a guess is no time at the vote on the same pair.
            self._time.spend()
            if own.guess != value:
                self._keep(slot, GUESS, value)
            words = f"{self._named(slot).capitalize()}: {GUESS_WORDS[value]}"
        else:
            if own.choice != value:
                self._keep(slot, CHOICE, value)
            words = f"{self._named(slot).capitalize()}: {CHOICE_WORDS[value]}"
        self._go(self._after(slot))
        self._said = f"{words}; u takes it back."

    def _next(self, slot: PairSlot) -> None:
        if self._look.at(slot).choice:
            self._go(self._after(slot))
        else:
            self._said = "No vote yet: a or b, t for a tie, x for both bad, s to skip."

    def _set(self, setting: Setting) -> None:
        self._setting = "written" if self._setting == setting else setting
        self._is_new = True

    def _reference_of(self, slot: PairSlot) -> str:
        return self._desk.study.pairs[slot.entry].reference

    # ---- where the rater is

    def _first(self) -> PairSlot | None:
        return self._desk.next_open(self._look) or self._desk.first_guess(self._look)

    def _after(self, slot: PairSlot) -> PairSlot | None:
        """The next place, and after the last vote the first guess."""
        found = self._desk.next_open(self._look, after=slot)
        return found if found is not None or slot.is_guess else self._desk.first_guess(self._look)

    def _is_over(self) -> bool:
        return self._slot is None or self._slot.is_guess

    def _arrived(self, slot: PairSlot | None) -> None:  # noqa: ARG002
        self._arrived_s = self._time.total_s

    def _keep_time(self) -> None:
        if self._slot is not None and not self._slot.is_guess:
            super()._keep_time()

    def _named(self, slot: PairSlot) -> str:
        return f"guess {self._desk.guesses.index(slot) + 1:,}" if slot.is_guess else super()._named(slot)

    # ---- what is shown

    def _page(self) -> list[str]:
        ink, width, columns = self._console.ink, self._console.width, self._console.columns
        if self._slot is None:
            return list(finished_page(self._look, width=width, ink=ink))
        return list(
            pair_page(self._desk, self._look, self._slot, width=width, columns=columns, ink=ink, setting=self._setting)
        )

    def _block(self) -> list[str]:
        if self._slot is None:
            return []
        own = self._look.at(self._slot)
        return list(vote_block(self._slot, own, width=self._console.width, ink=self._console.ink))

    def _guide(self) -> list[str]:
        return list(guide(self._desk.study, width=self._console.width, ink=self._console.ink, greeting=self._greeting))

    def _question(self) -> str:
        if self._slot is None:
            return "Enter ends: "
        return "Tuned is: " if self._slot.is_guess else "Better is: "
