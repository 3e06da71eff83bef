"""Reading: what a returned sheet says, cell by cell, and each cell that says nothing that counts, by its address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from tunecheck.core import PairStudy, ReviewStudy
from tunecheck.data.rows import shown
from tunecheck.data.sheets.files import read_table
from tunecheck.data.sheets.form import TOKEN, Choice, SheetForm, SlotT, StandingT
from tunecheck.data.sheets.known import KnownRow
from tunecheck.data.sheets.match import AnswerTexts
from tunecheck.data.sheets.review_form import review_form
from tunecheck.data.sheets.said import is_said_already
from tunecheck.data.sheets.table import Cell, SheetTable
from tunecheck.data.sheets.text import note_text
from tunecheck.data.sheets.vote_form import vote_form
from tunecheck.study import PairSlot, PairStanding, Slot, Standing

_FORMULA = "it is a formula, and formulas are not read; put the value itself there"
_Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetChange(Generic[SlotT, StandingT]):
    """One thing that a sheet says and that does not hold yet.

    field   an axis, choice, note or blocked, as in Rating
    value   as in Rating, a side as the row has it; never "": an empty cell takes nothing back
    before  what holds now, "" where nothing does
    """

    token: str
    known: KnownRow[SlotT, StandingT]
    field: str
    value: str
    before: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedCell:
    """A cell that was not taken, and why."""

    address: str
    reason: str

    @property
    def words(self) -> str:
        """For people: "Rate!F12: '7' is not 1 to 5 or n/a"."""
        return f"{self.address}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReading(Generic[SlotT, StandingT]):
    """All that a sheet says.

    notes        what a person should know of the file as a whole: columns that were passed over, lost letters
    n_rows       rows that are about a known answer or pair and were read
    n_unchanged  cells that say what holds already
    """

    changes: tuple[SheetChange[SlotT, StandingT], ...]
    rejected: tuple[RejectedCell, ...]
    notes: tuple[str, ...]
    n_rows: int
    n_unchanged: int


def read_sheet(
    path: Path, study: ReviewStudy, known: Mapping[str, KnownRow[Slot, Standing]]
) -> SheetReading[Slot, Standing]:
    """Read a sheet that came back: a workbook by its content, JSON by its suffix, and CSV otherwise.

    ``known`` has all tokens that may stand in it, as ``known_rows`` finds them: the sheets of several raters may be in
    one file. Raises InputError where the file as a whole cannot be read or lacks a column.
    """
    return _read(path, review_form(study), (answer.generated for answer in study.answers), known)


def read_vote_sheet(
    path: Path, study: PairStudy, known: Mapping[str, KnownRow[PairSlot, PairStanding]]
) -> SheetReading[PairSlot, PairStanding]:
    """Read a sheet of votes that came back, as ``read_sheet`` does; ``known`` is what ``known_votes`` finds.

    The value of a vote is a side of the row that it stands in, which is the side of the rater whose token the row has.
    """
    texts = (text for pair in study.pairs for text in (pair.tuned, pair.base))
    return _read(path, vote_form(study), texts, known)


def _read(
    path: Path, form: SheetForm[SlotT, StandingT], texts: Iterable[str], known: Mapping[str, KnownRow[SlotT, StandingT]]
) -> SheetReading[SlotT, StandingT]:
    file = read_table(path, form, n_known=len(known))
    reader = _Reader(form, known, file.table, AnswerTexts(texts, is_lossy=file.is_lossy))
    for row in file.table.rows:
        reader.read(row)
    return reader.reading(file.notes)


@dataclass(frozen=True, slots=True)
class _Said:
    value: str
    address: str


class _Reader(Generic[SlotT, StandingT]):
    """Takes the rows one after the other."""

    def __init__(
        self,
        form: SheetForm[SlotT, StandingT],
        known: Mapping[str, KnownRow[SlotT, StandingT]],
        table: SheetTable,
        texts: AnswerTexts,
    ) -> None:
        self._form, self._known, self._texts = form, known, texts
        self._compared = [column for column in form.answers if column in table.columns]
        self._said: dict[tuple[str, str], list[_Said]] = {}
        self._rejected: list[RejectedCell] = []
        self._n_rows = 0

    def read(self, row: _Row) -> None:
        """Take what a row says, or reject the row or some of its cells."""
        token = self._token(row)
        if token is None or not all(self._is_its_answer(row, token, column) for column in self._compared):
            return
        self._n_rows += 1
        for name, cell in row.items():
            if cell.is_formula:
                self._reject(cell, _FORMULA)
            elif cell.is_blank:
                continue
            elif (choice := self._form.choice(name)) is not None:
                self._choose(token, choice, cell)
            elif name == self._form.nested:
                self._reject(cell, f"{shown(cell.value)} is not an object with a value for each axis")
            elif name in self._form.fields:
                self._free(token, self._form.fields[name], cell)

    def reading(self, notes: tuple[str, ...]) -> SheetReading[SlotT, StandingT]:
        """What all rows say together."""
        changes: list[SheetChange[SlotT, StandingT]] = []
        n_unchanged = 0
        for (token, field), found in self._said.items():
            first, known = found[0], self._known[token]
            now = self._form.said(known.standing, field)
            if any(other.value != first.value for other in found):
                self._reject_all(found)
            elif is_said_already(now, first.value, is_text=field in self._form.fields.values()):
                n_unchanged += 1
            else:
                changes.append(
                    SheetChange(
                        token=token, known=known, field=field, value=first.value, before=now, address=first.address
                    )
                )
        return SheetReading(
            changes=tuple(changes),
            rejected=tuple(self._rejected),
            notes=(*notes, *self._uncompared()),
            n_rows=self._n_rows,
            n_unchanged=n_unchanged,
        )

    def _uncompared(self) -> tuple[str, ...]:
        lost = [column for column in self._form.answers if column not in self._compared]
        return tuple(f"there is no column {column}, so no row could be compared with its answer" for column in lost)

    def _token(self, row: _Row) -> str | None:
        cell = row.get(TOKEN)
        if cell is not None and cell.is_formula:
            self._reject(cell, _FORMULA)
            return None
        text = "" if cell is None or cell.is_blank else str(cell.value).strip().lstrip("'").strip("\ufeff\u200b\xa0 ")
        if text in self._known:
            return text
        if text:
            assert cell is not None
            self._reject(cell, f"{shown(text)} is no token of this sheet; the row was not read")
        else:
            self._without_token(row)
        return None

    def _without_token(self, row: _Row) -> None:
        """A remark in a row of its own is passed over; a rating that belongs to nothing is not."""
        said = [
            cell
            for name, cell in row.items()
            if (self._form.choice(name) is not None or name in self._form.fields) and not cell.is_blank
        ]
        if said:
            where = row.get(TOKEN, said[0])
            entry = self._form.entry
            self._reject(where, f"there is no token, so nobody knows which {entry} the row is about; it was not read")

    def _is_its_answer(self, row: _Row, token: str, column: str) -> bool:
        cell = row.get(column)
        if cell is not None and cell.is_formula:
            self._reject(cell, f"{_FORMULA}; the row was not read")
            return False
        expected = self._form.text_of(self._known[token].slot, column)
        if self._texts.matches(expected, cell.value if cell is not None else None):
            return True
        where = cell or row[TOKEN]
        self._reject(
            where,
            "this is not the answer that the row's token stands for: columns were sorted apart, or the text was "
            "changed; the row was not read",
        )
        return False

    def _choose(self, token: str, choice: Choice, cell: Cell) -> None:
        value = choice.read(cell.value)
        if value is None:
            self._reject(cell, f"{shown(cell.value)} is not {choice.allowed}")
        elif value:
            self._said.setdefault((token, choice.name), []).append(_Said(value, cell.address))

    def _free(self, token: str, field: str, cell: Cell) -> None:
        if isinstance(cell.value, list | dict):
            self._reject(cell, f"{shown(cell.value)} is not a text")
            return
        value = note_text(str(cell.value))
        if value:
            self._said.setdefault((token, field), []).append(_Said(value, cell.address))

    def _reject_all(self, found: list[_Said]) -> None:
        """Two rows about one answer say different things, and nobody knows which is meant."""
        for one in found:
            other = next(said for said in found if said.value != one.value)
            self._rejected.append(
                RejectedCell(
                    address=one.address,
                    reason=f"{shown(one.value)} here and {shown(other.value)} in {other.address}, with the same token",
                )
            )

    def _reject(self, cell: Cell, reason: str) -> None:
        self._rejected.append(RejectedCell(address=cell.address, reason=reason))
