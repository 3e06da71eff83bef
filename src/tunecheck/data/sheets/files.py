"""Files that come back: which kind each is, within what limits, and its text in whatever encoding it has."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecheck.data.encoding import label_of, printable
from tunecheck.data.sheets.columns import Header
from tunecheck.data.sheets.delimited import read_delimited
from tunecheck.data.sheets.form import SheetForm
from tunecheck.data.sheets.item_list import read_items
from tunecheck.data.sheets.package import OLE_MAGIC, SAVE_HINT, ZIP_MAGIC
from tunecheck.data.sheets.table import SheetTable
from tunecheck.data.sheets.workbook_reading import read_workbook
from tunecheck.errors import InputError

MOST_MB = 50
ROWS_TIMES = 10
_LEAST_ROWS = 100
_CSV = (".csv", ".tsv", ".txt")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFile:
    """A file as a table. ``is_lossy`` says that letters outside Windows-1252 were lost when it was saved."""

    table: SheetTable
    notes: tuple[str, ...]
    is_lossy: bool = False


def read_table(path: Path, form: SheetForm[Any, Any], *, n_known: int) -> SheetFile:
    """The table in a file. Raises InputError for a kind that is not read, and beyond the limits."""
    header = Header(form)
    most_rows = max(_LEAST_ROWS, ROWS_TIMES * n_known)
    label = label_of(path)
    suffix = path.suffix.lower()
    content = _content(path)
    if content.startswith(ZIP_MAGIC):
        table = read_workbook(path, header, most_rows)
        return SheetFile(table=table, notes=table.notes)
    _refuse_others(content, suffix, label, form.title)
    text, is_lossy = _text(content, label)
    read = read_items if suffix == ".json" else read_delimited
    table = read(path, text, header, most_rows)
    lost = f"{label} is not UTF-8 and was read as Windows-1252, which lacks many letters: save it as CSV UTF-8"
    return SheetFile(table=table, notes=(*((lost,) if is_lossy else ()), *table.notes), is_lossy=is_lossy)


def _content(path: Path) -> bytes:
    try:
        n_bytes = path.stat().st_size
        if n_bytes > MOST_MB * 1_000_000:
            raise InputError(
                f"{label_of(path)} has {n_bytes / 1e6:,.0f} MB, more than {MOST_MB}",
                hint="give the sheet that was filled in, without pictures or other sheets",
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{printable(path)} cannot be read: {error.strerror or error}", hint="check its name"
        ) from None


def _refuse_others(content: bytes, suffix: str, label: str, title: str) -> None:
    if content.startswith(OLE_MAGIC):
        raise InputError(
            f"{label} is an old Excel file (.xls) or has a password", hint=f"{SAVE_HINT}, without a password"
        )
    if suffix in (".xlsx", ".xlsm"):
        raise InputError(f"{label} is not an Excel workbook, whatever its name says", hint=SAVE_HINT)
    if suffix not in (*_CSV, ".json"):
        raise InputError(f"{label} is no {title}: its name ends in none of .xlsx, .csv and .json", hint=SAVE_HINT)
    if not content.strip():
        raise InputError(f"{label} is empty", hint="give the sheet that was filled in")


def _text(content: bytes, label: str) -> tuple[str, bool]:
    """The text, and whether it is Windows-1252, as Excel saves CSV unless told otherwise."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding), False
            except UnicodeDecodeError:
                raise InputError(
                    f"{label} begins with the byte order mark of {encoding[:6].upper().rstrip('-')} and is not that",
                    hint="save it again as CSV UTF-8",
                ) from None
    try:
        return content.decode("utf-8"), False
    except UnicodeDecodeError:
        if label.lower().endswith(".json"):
            raise InputError(f"{label} is not UTF-8", hint="save it again as UTF-8") from None
        return content.decode("cp1252", "replace"), True
