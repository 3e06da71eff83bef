"""Vote seat: what a rater's session in the terminal does whatever is asked: keys, notes, time, and the way about."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from tunecheck.cli.vote_console import ENTER, Console
from tunecheck.core import NOTE, REFERENCE, SEEN
from tunecheck.errors import InputError
from tunecheck.report.text import visible
from tunecheck.runner import Change, Desk, new_key
from tunecheck.runner.desk import SlotT, StudyT
from tunecheck.study import Progress

# Whoever types nothing for longer has looked away.
LONGEST_GAP_S = 60.0
# A shorter look, on the way to another place, says nothing.
SHORTEST_LOOK_S = 0.5
BREAK_S = 25 * 60.0
_REMOVES = "-"


class Said(Protocol):
    """What a rater said of one place, of either kind."""

    note: str
    has_peeked: bool


SaidT = TypeVar("SaidT", bound=Said)


class ActiveTime:
    """Seconds that a rater was at work, told by the keys: a pause counts a minute at most."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._last_s = monotonic_s()
        self.unspent_s = 0.0
        self.total_s = 0.0

    def touch(self) -> None:
        """A key was pressed."""
        now_s = self._monotonic_s()
        gap_s = min(now_s - self._last_s, LONGEST_GAP_S)
        self._last_s = now_s
        self.unspent_s += gap_s
        self.total_s += gap_s

    def spend(self) -> float:
        """The seconds since the last time, which begin anew."""
        spent_s, self.unspent_s = self.unspent_s, 0.0
        return round(spent_s, 3)


class VoteSeat(ABC, Generic[StudyT, SlotT, SaidT]):
    """One rater at one list, until the rater quits or no more keys come; every key is kept at once."""

    _noun = "answer"
    _rated = "rated"

    def __init__(
        self,
        desk: Desk[StudyT, SlotT, SaidT],
        console: Console,
        *,
        greeting: str = "",
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk, self._console, self._greeting = desk, console, greeting
        self._time = ActiveTime(monotonic_s)
        self._look = desk.look()
        self._slot: SlotT | None = None
        self._said = ""
        self._is_new = True
        self._has_told_break = False

    def run(self) -> Progress:
        """Go on until q, Ctrl-C or the end of the input; how far the rater is then."""
        try:
            if not self._look.ratings:
                self._console.read_through(self._guide)
            self._go(self._first())
            while True:
                self._console.show(self._page, self._block, self._said, is_new=self._is_new)
                self._is_new = False
                key = self._console.read_key(self._question())
                self._time.touch()
                if key == "q" or (key == ENTER and self._is_over()):
                    break
                self._act(key)
        except (EOFError, KeyboardInterrupt):
            pass
        self._keep_time()
        return self._desk.look().progress

    # ---- what each kind of session has of its own

    @abstractmethod
    def _act_on(self, slot: SlotT, key: str) -> None:
        """A key that is about the place where the rater is."""

    @abstractmethod
    def _arrived(self, slot: SlotT | None) -> None:
        """The rater is at another place now, or something of this one was taken back."""

    @abstractmethod
    def _reference_of(self, slot: SlotT) -> str:
        """The reference of a place, or ""."""

    @abstractmethod
    def _page(self) -> list[str]:
        """What is read."""

    @abstractmethod
    def _block(self) -> list[str]:
        """What is said of it so far, and the keys."""

    @abstractmethod
    def _guide(self) -> list[str]:
        """How to go about it, and all keys."""

    @abstractmethod
    def _question(self) -> str:
        """What is asked for now, in a few words."""

    def _first(self) -> SlotT | None:
        """Where a session begins."""
        return self._desk.next_open(self._look)

    def _is_over(self) -> bool:
        """Whether Enter leaves the session."""
        return self._slot is None

    def _named(self, slot: SlotT) -> str:
        """A place, for people."""
        return f"{self._noun} {self._desk.place(slot) + 1:,}"

    # ---- keys

    def _act(self, key: str) -> None:
        self._said = ""
        try:
            if key in ("g", "?"):
                self._console.read_through(self._guide)
                self._is_new = True
            elif key == "u":
                self._undo()
            elif key == "p":
                self._previous()
            elif self._slot is not None:
                self._act_on(self._slot, key)
        except InputError as error:
            self._said = visible(str(error.message))
        if self._time.total_s > BREAK_S and not self._has_told_break:
            self._has_told_break = True
            self._said += f" You have {self._rated} for 25 minutes: a break keeps the judgement fresh."

    def _previous(self) -> None:
        place = len(self._desk.slots) if self._slot is None else self._desk.place(self._slot)
        if place:
            self._go(self._desk.slots[place - 1])
        else:
            self._said = f"This is the first {self._noun}."

    def _undo(self) -> None:
        back = self._desk.undo(new_key())
        self._look = self._desk.look()
        if back is None:
            self._said = "Nothing is left to take back."
            return
        if back != self._slot:
            self._go(back)
        self._arrived(back)
        self._said = f"Taken back, at {self._named(back)}."

    def _reference(self, slot: SlotT) -> None:
        if not self._reference_of(slot):
            self._said = "There is no reference."
        elif not self._look.at(slot).has_peeked:
            self._keep(slot, REFERENCE, "")
            self._is_new = True

    def _note(self, slot: SlotT) -> None:
        self._words(slot, NOTE, "Note", self._look.at(slot).note)

    def _words(self, slot: SlotT, field: str, question: str, before: str) -> None:
        hint = f" (nothing leaves it, {_REMOVES} removes it)" if before else ""
        words = self._console.read_words(f"{question}{hint}: ")
        self._is_new = True
        self._time.touch()
        # A terminal may hand over halves of characters, which no store takes.
        text = (words or "").encode("utf-8", "replace").decode().strip()
        value = "" if text == _REMOVES else text
        if text and value != before:
            self._keep(slot, field, value)
            self._said = "Kept." if value else "Removed."
        else:
            self._said = "Left as it was."

    def _unknown(self, key: str) -> None:
        self._said = f"{visible(key)[:20]} is not a key; g shows them."

    # ---- the store

    def _keep(self, slot: SlotT, field: str, value: str) -> None:
        change = Change(token=slot.token, field=field, value=value, key=new_key(), active_s=self._time.spend())
        self._desk.save([change])
        self._look = self._desk.look()

    def _keep_time(self) -> None:
        if self._slot is not None and self._time.unspent_s > SHORTEST_LOOK_S:
            self._keep(self._slot, SEEN, "")

    # ---- where the rater is

    def _go(self, slot: SlotT | None) -> None:
        self._keep_time()
        self._time.touch()
        self._time.spend()
        self._slot, self._is_new = slot, True
        self._arrived(slot)
