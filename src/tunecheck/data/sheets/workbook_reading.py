"""Workbook reading: the cells of a returned Excel workbook; formulas stay formulas and are never worked out."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecheck.data.encoding import label_of
from tunecheck.data.sheets.columns import Header
from tunecheck.data.sheets.form import TOKEN
from tunecheck.data.sheets.package import ZIP_ERRORS, broken, check_package
from tunecheck.data.sheets.table import MOST_COLUMNS, Line, SheetTable, Source, header_of, table_from
from tunecheck.errors import InputError

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

_LAST_ROW = 1_048_576
# What openpyxl raises for parts that are not as they should be; errors of XML are SyntaxErrors.
_ERRORS = (*ZIP_ERRORS, LookupError, TypeError, AttributeError, SyntaxError, ArithmeticError, AssertionError)


def read_workbook(path: Path, header: Header, most_rows: int) -> SheetTable:
    """The table in a workbook: in the form's own sheet, or else in the first one that has a column of tokens.

    Raises InputError for a file that is no workbook, or not a sane one, and as ``table_from`` does.
    """
    check_package(path, header.form)
    try:
        with warnings.catch_warnings():
            # It says which parts of files from Excel and Google it leaves out; no rating is in them.
            warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
            return _read(path, header, most_rows)
    except _ERRORS as error:
        raise broken(label_of(path), error) from None


def _read(path: Path, header: Header, most_rows: int) -> SheetTable:
    # Here and not above: importing it takes longer than reading most sheets.
    from openpyxl import load_workbook

    # Opened here: in this mode openpyxl leaves a file open, and one that it fails on too.
    with path.open("rb") as file:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet = _sheet_of(book, header, label_of(path))
        title = sheet.title if sheet.title.isalnum() else "'" + sheet.title.replace("'", "''") + "'"
        shown = title if title.isprintable() else ascii(title)[1:-1]
        source = Source(
            label=f"{label_of(path)}, sheet {shown}",
            most_rows=most_rows,
            address=lambda row, place, _name: f"{shown}!{_column(place)}{row}",
        )
        return table_from(_lines(sheet, source.label), header, source)


def _sheet_of(book: Workbook, header: Header, label: str) -> Any:
    # Charts have no cells.
    sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
    if not sheets:
        raise InputError(f"{label} has no sheet with cells", hint="give the workbook that was filled in")
    sheets.sort(key=lambda sheet: sheet.title.strip().casefold() != header.form.sheet.casefold())
    return next((sheet for sheet in sheets if _has_tokens(sheet, header, label)), sheets[0])


def _has_tokens(sheet: Any, header: Header, label: str) -> bool:
    head = header_of(_lines(sheet, label), header)
    return head is not None and TOKEN in {header.column(value) for value in head.values}


def _lines(sheet: Any, label: str) -> Iterator[Line]:
    # What a file says of its own size is often wrong.
    sheet.reset_dimensions()
    blank: object = None
    # One column more than may be, to see that there is one.
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        if number > _LAST_ROW:
            raise InputError(f"{label} has rows below row {_LAST_ROW:,}", hint="save it again as .xlsx or .csv")
        # Rows that a file leaves out are one and the same object, and there may be a million.
        if cells is blank:
            continue
        values = [cell.value for cell in cells]
        if all(value is None for value in values):
            blank = cells
            continue
        yield Line(number, values, frozenset(place for place, cell in enumerate(cells) if cell.data_type == "f"))


def _column(place: int) -> str:
    """The letters of a column that is counted from 0."""
    letters = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
