"""A rater's session at a rating sheet in the terminal: under the same rules as on the page."""

from __future__ import annotations

from tunecheck.cli.vote_screen import answer_page, axes_block, finished_page, guide, keys_line, value_of
from tunecheck.cli.vote_seat import VoteSeat
from tunecheck.core import BLOCKED, NOT_APPLICABLE, ReviewStudy
from tunecheck.report.text import visible
from tunecheck.study import Slot, Standing


class VoteSession(VoteSeat[ReviewStudy, Slot, Standing]):
    """One rater at one sheet, until the rater quits or no more keys come."""

    _axis = 0
    _is_markdown = False

    # ---- keys

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
                self._note(slot)
            case "c":
                self._words(slot, BLOCKED, "Why it cannot be judged", self._look.at(slot).blocked)
            case "r":
                self._reference(slot)
            case _:
                self._unknown(key)

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

    def _reference_of(self, slot: Slot) -> str:
        return self._desk.study.answers[slot.entry].reference

    # ---- where the rater is

    def _arrived(self, slot: Slot | None) -> None:
        self._axis = 0 if slot is None else self._first_open(slot)

    def _first_open(self, slot: Slot) -> int:
        return next(iter(self._open_axes(self._look.at(slot))), len(self._desk.study.axes) - 1)

    def _open_axes(self, own: Standing) -> list[int]:
        return [at for at, axis in enumerate(self._desk.study.axes) if not self._value(own, axis.name)]

    def _value(self, own: Standing, name: str) -> str:
        return NOT_APPLICABLE if name in own.not_applicable else str(own.scores.get(name, ""))

    # ---- what is shown

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
        return list(guide(self._desk.study, width=self._console.width, ink=self._console.ink, greeting=self._greeting))

    def _question(self) -> str:
        if self._slot is None:
            return "Enter ends: "
        axes = self._desk.study.axes
        if self._look.at(self._slot).is_done(axes):
            return "Enter goes on: "
        return f"{visible(axes[self._axis].title)}: "
