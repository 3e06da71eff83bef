"""A rater's session in the terminal: every key is kept at once, under the same rules as on the page."""

from __future__ import annotations

import time
from collections.abc import Callable

from tunecheck.cli.vote_console import ENTER, Console
from tunecheck.cli.vote_screen import answer_page, axes_block, finished_page, guide, keys_line, value_of
from tunecheck.core import BLOCKED, NOT_APPLICABLE, NOTE, REFERENCE, SEEN
from tunecheck.errors import InputError
from tunecheck.report.text import visible
from tunecheck.runner import Change, RatingDesk, new_key
from tunecheck.study import Progress, Slot, Standing

# Whoever types nothing for longer has looked away.
LONGEST_GAP_S = 60.0
# A shorter look at an answer, on the way to another, says nothing.
SHORTEST_LOOK_S = 0.5
BREAK_S = 25 * 60.0
_REMOVES = "-"


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


class VoteSession:
    """One rater at one sheet, until the rater quits or no more keys come."""

    def __init__(
        self,
        desk: RatingDesk,
        console: Console,
        *,
        greeting: str = "",
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk, self._console, self._greeting = desk, console, greeting
        self._time = ActiveTime(monotonic_s)
        self._look = desk.look()
        self._slot: Slot | None = None
        self._axis = 0
        self._said = ""
        self._is_new = True
        self._is_markdown = False
        self._has_told_break = False

    def run(self) -> Progress:
        """Rate until q, Ctrl-C or the end of the input; how far the rater is then."""
        try:
            if not self._look.ratings:
                self._console.read_through(self._guide)
            self._go(self._desk.next_open(self._look))
            while True:
                self._draw()
                key = self._console.read_key(self._question())
                self._time.touch()
                if key == "q" or (key == ENTER and self._slot is None):
                    break
                self._act(key)
        except (EOFError, KeyboardInterrupt):
            pass
        self._keep_time()
        return self._desk.look().progress

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
            self._said += " You have rated for 25 minutes: a break keeps the judgement fresh."

    def _act_on(self, slot: Slot, key: str) -> None:
        last = len(self._desk.study.axes) - 1
        match key:
            case "0" | "1" | "2" | "3" | "4" | "5":
                self._rate(slot, NOT_APPLICABLE if key == "0" else key)
            case "Enter":
                self._next(slot)
            case "j" | "k":
                self._axis = min(self._axis + 1, last) if key == "j" else max(self._axis - 1, 0)
            case "m":
                self._is_markdown, self._is_new = not self._is_markdown, True
            case "n":
                self._words(slot, NOTE, "Note")
            case "c":
                self._words(slot, BLOCKED, "Why it cannot be judged")
            case "r":
                self._reference(slot)
            case _:
                self._said = f"{visible(key)[:20]} is not a key; g shows them."

    def _rate(self, slot: Slot, value: str) -> None:
        axis = self._desk.study.axes[self._axis]
        if self._value(self._look.at(slot), axis.name) != value:
            self._keep(slot, axis.name, value)
        own = self._look.at(slot)
        self._said = f"{visible(axis.title)} {value_of(axis, own)}."
        open_ = self._open_axes(own)
        behind = [at for at in open_ if at > self._axis]
        self._axis = behind[0] if behind else min(self._axis + 1, len(self._desk.study.axes) - 1)
        if own.is_done(self._desk.study.axes):
            not_counted = " Not counted, as it cannot be judged;" if own.blocked else " Rated:"
            self._said += f"{not_counted} Enter goes on."

    def _next(self, slot: Slot) -> None:
        own, axes = self._look.at(slot), self._desk.study.axes
        if own.is_done(axes):
            return self._go(self._desk.next_open(self._look, after=slot))
        missing = self._open_axes(own)
        self._axis = missing[0]
        self._said = f"Still without a value: {', '.join(visible(axes[at].title) for at in missing)}."
        return None

    def _previous(self) -> None:
        place = len(self._desk.slots) if self._slot is None else self._desk.place(self._slot)
        if place:
            self._go(self._desk.slots[place - 1])
        else:
            self._said = "This is the first answer."

    def _undo(self) -> None:
        back = self._desk.undo(new_key())
        self._look = self._desk.look()
        if back is None:
            self._said = "Nothing is left to take back."
            return
        if back != self._slot:
            self._go(back)
        self._axis = self._first_open(back)
        self._said = f"Taken back, at answer {self._desk.place(back) + 1:,}."

    def _reference(self, slot: Slot) -> None:
        if not self._desk.study.answers[slot.entry].reference:
            self._said = "There is no reference."
        elif not self._look.at(slot).has_peeked:
            self._keep(slot, REFERENCE, "")
            self._is_new = True

    def _words(self, slot: Slot, field: str, question: str) -> None:
        own = self._look.at(slot)
        before = own.note if field == NOTE else own.blocked
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

    # ---- the store

    def _keep(self, slot: Slot, field: str, value: str) -> None:
        change = Change(token=slot.token, field=field, value=value, key=new_key(), active_s=self._time.spend())
        self._desk.save([change])
        self._look = self._desk.look()

    def _keep_time(self) -> None:
        if self._slot is not None and self._time.unspent_s > SHORTEST_LOOK_S:
            self._keep(self._slot, SEEN, "")

    # ---- where the rater is

    def _go(self, slot: Slot | None) -> None:
        self._keep_time()
        self._time.touch()
        self._time.spend()
        self._slot, self._is_new = slot, True
        self._axis = 0 if slot is None else self._first_open(slot)

    def _first_open(self, slot: Slot) -> int:
        return next(iter(self._open_axes(self._look.at(slot))), len(self._desk.study.axes) - 1)

    def _open_axes(self, own: Standing) -> list[int]:
        return [at for at, axis in enumerate(self._desk.study.axes) if not self._value(own, axis.name)]

    def _value(self, own: Standing, name: str) -> str:
        return NOT_APPLICABLE if name in own.not_applicable else str(own.scores.get(name, ""))

    # ---- what is shown

    def _draw(self) -> None:
        self._console.show(self._page, self._block, self._said, is_new=self._is_new)
        self._is_new = False

    def _page(self) -> list[str]:
        width, ink = self._console.width, self._console.ink
        if self._slot is None:
            return list(finished_page(self._look, ink=ink))
        return list(
            answer_page(self._desk, self._look, self._slot, width=width, ink=ink, is_markdown=self._is_markdown)
        )

    def _block(self) -> list[str]:
        if self._slot is None:
            return []
        width, ink = self._console.width, self._console.ink
        own = self._look.at(self._slot)
        return [
            *axes_block(self._desk.study, own, self._axis, width=width, ink=ink),
            "",
            *keys_line(width, ink),
        ]

    def _guide(self) -> list[str]:
        return list(guide(self._desk, width=self._console.width, ink=self._console.ink, greeting=self._greeting))

    def _question(self) -> str:
        if self._slot is None:
            return "Enter ends: "
        axes = self._desk.study.axes
        if self._look.at(self._slot).is_done(axes):
            return "Enter goes on: "
        return f"{visible(axes[self._axis].title)}: "
