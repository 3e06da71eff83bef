"""A table in a text file, cells parted by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tunecheck.errors import InputError
from tunecheck.training.log_lines import MAX_LINES, head_of, lines_of
from tunecheck.training.log_text import read_log
from tunecheck.training.rows import number

MAX_COLUMNS = 500
_MAX_HEADERS = 50  # in one file; each further one is a damaged line
_MAX_CELLS = 360_000  # of a wider table, fewer lines are read
_MIN_LINES = 2_000
_HEAD_CHARACTERS = 64 * 1024
_DELIMITERS = ",;\t|"
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,15},[0-9]{1,20}(?:[eE][+-]?[0-9]{1,3})?")
_EXCEL_SEPARATOR = re.compile(r"sep=(.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of numbers by column name; a cell that is blank or no number is absent from its row.

    header  the names of all columns, in order
    notes   what a reader should know: lines that could not be read, a table that was cut
    """

    header: tuple[str, ...]
    rows: tuple[Mapping[str, float], ...]
    notes: tuple[str, ...] = ()


def header_of(path: Path) -> tuple[str, ...]:
    """Names in the first line of a file, or () when that is no header or cannot be read. Never raises."""
    return _header(lines_of(head_of(path)).numbered)[0]


def read_table(path: Path) -> Table:
    """The table in a file.

    The delimiter is the one that the header has most of; a number may have a decimal comma where the delimiter is
    another sign. A header that is repeated, as by a run appended to the file, is passed over, and a new one counts from
    its line on. Raises InputError when there is no header or no row of numbers.
    """
    log = read_log(path)
    header, delimiter, header_line = _header(lines_of(log.text[:_HEAD_CHARACTERS]).numbered)
    if not header:
        raise InputError(
            f"{path} line 1: no header with the names of at least two columns",
            hint="add one, such as: step,train_loss,val_loss",
        )
    lines = lines_of(log.text, limit=min(MAX_LINES, max(_MIN_LINES, _MAX_CELLS // len(header))))
    body = _Body(header, delimiter)
    for line_number, line in lines.numbered:
        if line_number > header_line:
            body.add(line)
    if lines.numbered and not log.text.endswith(("\n", "\r")):
        body.drop_unfinished()
    if not body.rows:
        raise InputError(f"{path}: no line with numbers below its header", hint="the trainer may not have logged yet")
    notes = list(lines.note(path.name))
    if log.cut:
        notes.append(f"{path.name} is very large: a part in its middle was left out")
    if body.n_bad:
        notes.append(f"{path.name}: damaged lines left out: {body.n_bad}")
    return Table(header=tuple(body.names), rows=tuple(body.rows), notes=tuple(notes))


def _header(numbered: Iterable[tuple[int, str]]) -> tuple[tuple[str, ...], str, int]:
    """Names, delimiter and line number, from the first line that is no comment; ((), "", 0) without names in it."""
    told = ""
    for line_number, line in numbered:
        excel = _EXCEL_SEPARATOR.fullmatch(line.strip("\ufeff "))
        if excel:
            told = excel[1]
            continue
        text = line.lstrip("\ufeff")
        delimiter = told or max(_DELIMITERS, key=text.count)
        names = _cells(text.lstrip("# "), delimiter)
        if len(names) > 1 and _is_header(names):
            return _distinct(names), delimiter, line_number
        if not text.startswith("#"):
            return (), "", 0
    return (), "", 0


def _is_header(cells: list[str]) -> bool:
    named = [cell for cell in cells if cell]
    return bool(named) and len(cells) <= MAX_COLUMNS and all(number(cell) is None for cell in named)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Names, a first blank one called ``index`` (pandas leaves it so); later blanks and doubles get their place."""
    found: dict[str, None] = {}
    for position, name in enumerate(names):
        wanted = name or ("index" if position == 0 else f"column {position + 1}")
        found[wanted if wanted not in found else f"{wanted} (column {position + 1})"] = None
    return tuple(found)


def _cells(line: str, delimiter: str) -> list[str]:
    """Cells of one line, without the blanks around them; [] when its quotes do not fit."""
    if delimiter == "|":
        line = line.strip("| ")  # as a table in Markdown has them
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        return []


class _Body:
    """The lines below the header, one after the other."""

    def __init__(self, header: tuple[str, ...], delimiter: str) -> None:
        self.header = header
        self.delimiter = delimiter
        self.names = dict.fromkeys(header)
        self.rows: list[Mapping[str, float]] = []
        self.n_bad = 0
        self._last_is_short = False
        self._header_cells = list(header)
        self._n_headers = 1

    def add(self, line: str) -> None:
        cells = _cells(line, self.delimiter)
        filled = [cell for cell in cells if cell]
        values = {}
        for name, cell in zip(self.header, cells, strict=False):
            value = self._number(cell) if cell else None
            if value is not None:
                values[name] = value
        if values:
            self._last_is_short = len(cells) < len(self.header)
            if any(cells[len(self.header) :]):
                self.n_bad += 1
            else:
                self.rows.append(values)
        elif cells == self._header_cells:
            return
        elif self._n_headers < _MAX_HEADERS and len(cells) > 1 and filled and self._looks_like_header(cells):
            self.header = _distinct(cell.lstrip("# ") for cell in cells)
            self.names.update(dict.fromkeys(self.header))
            self._header_cells = cells
            self._n_headers += 1
        elif not cells or (filled and not line.startswith("#") and line.strip("|:- ")):
            self.n_bad += 1

    def drop_unfinished(self) -> None:
        """Leave out a last line that was cut off while it was written: its last number may lack digits."""
        if self._last_is_short and self.rows:
            self.rows.pop()

    def _looks_like_header(self, cells: list[str]) -> bool:
        return _is_header(cells) and any(cell in self.names or "loss" in cell.lower() for cell in cells)

    def _number(self, cell: str) -> float | None:
        if self.delimiter != "," and _DECIMAL_COMMA.fullmatch(cell):
            cell = cell.replace(",", ".")
        return number(cell)
