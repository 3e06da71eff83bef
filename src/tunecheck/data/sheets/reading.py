"""Reading: what a returned sheet says, cell by cell, and each cell that says nothing that counts, by its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tunecheck.core import BLOCKED, NOTE, ReviewStudy
from tunecheck.data.rows import shown
from tunecheck.data.sheets.columns import CANNOT_JUDGE, GENERATED, NOTES, SCORES, TOKEN
from tunecheck.data.sheets.files import read_table
from tunecheck.data.sheets.known import KnownRow
from tunecheck.data.sheets.match import AnswerTexts
from tunecheck.data.sheets.said import current, is_said_already
from tunecheck.data.sheets.score import score_of
from tunecheck.data.sheets.table import Cell, SheetTable
from tunecheck.data.sheets.text import note_text

_FORMULA = "it is a formula, and formulas are not read; put the value itself there"
_FREE = {NOTES: NOTE, CANNOT_JUDGE: BLOCKED}
_Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetChange:
    """One thing that a sheet says and that does not hold yet.

    field   an axis, note or blocked, as in Rating
    value   "1" to "5" or "na" for an axis, otherwise the text; never "": an empty cell takes nothing back
    before  what holds now, "" where nothing does
    """

    token: str
    known: KnownRow
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
class SheetReading:
    """All that a sheet says.

    notes        what a person should know of the file as a whole: columns that were passed over, lost letters
    n_rows       rows that are about a known answer and were read
    n_unchanged  cells that say what holds already
    """

    changes: tuple[SheetChange, ...]
    rejected: tuple[RejectedCell, ...]
    notes: tuple[str, ...]
    n_rows: int
    n_unchanged: int


def read_sheet(path: Path, study: ReviewStudy, known: Mapping[str, KnownRow]) -> SheetReading:
    """Read a sheet that came back: a workbook by its content, JSON by its suffix, and CSV otherwise.

    ``known`` has all tokens that may stand in it, as ``known_rows`` finds them: the sheets of several raters may be in
    one file. Raises InputError where the file as a whole cannot be read or lacks a column.
    """
    file = read_table(path, study, n_known=len(known))
    reader = _Reader(study, known, file.table, is_lossy=file.is_lossy)
    for row in file.table.rows:
        reader.read(row)
    return reader.reading(file.notes)


@dataclass(frozen=True, slots=True)
class _Said:
    value: str
    address: str


class _Reader:
    """Takes the rows one after the other."""

    def __init__(self, study: ReviewStudy, known: Mapping[str, KnownRow], table: SheetTable, *, is_lossy: bool) -> None:
        self._known, self._axes = known, [axis.name for axis in study.axes]
        self._texts = AnswerTexts(study, is_lossy=is_lossy) if GENERATED in table.columns else None
        self._said: dict[tuple[str, str], list[_Said]] = {}
        self._rejected: list[RejectedCell] = []
        self._n_rows = 0

    def read(self, row: _Row) -> None:
        """Take what a row says, or reject the row or some of its cells."""
        token = self._token(row)
        if token is None or not self._is_its_answer(row, token):
            return
        self._n_rows += 1
        for name, cell in row.items():
            if cell.is_formula:
                self._reject(cell, _FORMULA)
            elif cell.is_blank:
                continue
            elif name in self._axes:
                self._score(token, name, cell)
            elif name == SCORES:
                self._reject(cell, f"{shown(cell.value)} is not an object with a value for each axis")
            elif name in _FREE:
                self._free(token, _FREE[name], cell)

    def reading(self, notes: tuple[str, ...]) -> SheetReading:
        """What all rows say together."""
        changes: list[SheetChange] = []
        n_unchanged = 0
        for (token, field), found in self._said.items():
            first, known = found[0], self._known[token]
            if any(other.value != first.value for other in found):
                self._reject_all(found)
            elif is_said_already(known.standing, field, first.value):
                n_unchanged += 1
            else:
                before = current(known.standing, field)
                changes.append(
                    SheetChange(
                        token=token, known=known, field=field, value=first.value, before=before, address=first.address
                    )
                )
        if self._texts is None:
            notes = (*notes, "there is no column generated, so no row could be compared with its answer")
        return SheetReading(
            changes=tuple(changes),
            rejected=tuple(self._rejected),
            notes=notes,
            n_rows=self._n_rows,
            n_unchanged=n_unchanged,
        )

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
        said = [cell for name, cell in row.items() if (name in self._axes or name in _FREE) and not cell.is_blank]
        if said:
            where = row.get(TOKEN, said[0])
            self._reject(where, "there is no token, so nobody knows which answer the row is about; it was not read")

    def _is_its_answer(self, row: _Row, token: str) -> bool:
        if self._texts is None:
            return True
        cell = row.get(GENERATED)
        if cell is not None and cell.is_formula:
            self._reject(cell, f"{_FORMULA}; the row was not read")
            return False
        if self._texts.matches(self._known[token].slot.entry, cell.value if cell is not None else None):
            return True
        where = cell or row[TOKEN]
        self._reject(
            where,
            "this is not the answer that the row's token stands for: columns were sorted apart, or the text was "
            "changed; the row was not read",
        )
        return False

    def _score(self, token: str, axis: str, cell: Cell) -> None:
        value = score_of(cell.value)
        if value is None:
            self._reject(cell, f"{shown(cell.value)} is not 1 to 5 or n/a")
        elif value:
            self._said.setdefault((token, axis), []).append(_Said(value, cell.address))

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
