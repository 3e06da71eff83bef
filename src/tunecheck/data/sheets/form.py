"""Form: a kind of sheet, described once for all that writes and reads it: columns, texts, choices and instructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tunecheck.study import PairSlot, PairStanding, Slot, Standing

ID, PROMPT, EXPECTED, NOTES, TOKEN = "id", "prompt", "expected", "notes", "token"

SlotT = TypeVar("SlotT", bound=Slot | PairSlot)
StandingT = TypeVar("StandingT", bound=Standing | PairStanding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A column in which one of a few values is chosen.

    name      of the column, and of the field of a rating
    titles    other names by which a returned file may call the column
    allowed   the values for people, such as "1 to 5 or n/a"
    shown     what each value of a rating is in a cell, in the order of the list to choose from
    read      the value that a cell says, "" for a blank one, None for one that says nothing known
    title, message      what a spreadsheet says beside a chosen cell
    error_title, error  what it says where something else is typed
    """

    name: str
    titles: tuple[str, ...]
    allowed: str
    shown: Mapping[str, int | str]
    read: Callable[[object], str | None]
    title: str
    message: str
    error_title: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetForm(Generic[SlotT, StandingT]):
    """A kind of sheet.

    title       what people call it: "rating sheet"
    sheet       the name of its worksheet in a workbook
    entry       what a row is about: "answer"
    texts       columns of texts with their widths, in order; those in ``answers`` have to be the row's own
    free        columns of words with their widths, and the field of a rating that each is
    nested      the name under which JSON has the choices, or "" where each stands by itself
    optional    columns of words that JSON has only where they say something; one of them excuses empty choices
    heading, paragraphs, table   the instructions; the first row of the table is its header
    texts_of    the texts of one place, as its rater sees them, in the order of ``texts``
    current     what holds of a field, as a rating has it; "" where nothing is said
    """

    title: str
    sheet: str
    entry: str
    created: str
    texts: Mapping[str, int]
    answers: tuple[str, ...]
    choices: tuple[Choice, ...]
    free: Mapping[str, int]
    fields: Mapping[str, str]
    nested: str = ""
    optional: tuple[str, ...] = ()
    heading: str
    paragraphs: tuple[str, ...]
    table: Sequence[Sequence[str]]
    texts_of: Callable[[SlotT], tuple[str, ...]]
    current: Callable[[StandingT, str], str]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in their order."""
        return (ID, *self.texts, *(choice.name for choice in self.choices), *self.free, TOKEN)

    @property
    def words(self) -> frozenset[str]:
        """The columns whose cells are text, whatever a program made of them."""
        return frozenset({*self.free, *self.answers, TOKEN})

    def choice(self, column: str) -> Choice | None:
        """The choice of a column, or None where it has none."""
        return next((one for one in self.choices if one.name == column), None)

    def text_of(self, slot: SlotT, column: str) -> str:
        """One text of one place."""
        return dict(zip(self.texts, self.texts_of(slot), strict=True))[column]

    def said(self, standing: StandingT | None, field: str) -> str:
        """What holds of a field; "" where nothing is said."""
        return "" if standing is None else self.current(standing, field)
