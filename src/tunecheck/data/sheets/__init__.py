"""Rating sheets as files: what a rater fills in anywhere, and what a filled one says, cell by cell."""

from tunecheck.data.sheets.known import KnownRow, known_rows
from tunecheck.data.sheets.reading import RejectedCell, SheetChange, SheetReading, read_sheet
from tunecheck.data.sheets.writing import sheet_items, write_sheet

__all__ = [
    "KnownRow",
    "RejectedCell",
    "SheetChange",
    "SheetReading",
    "known_rows",
    "read_sheet",
    "sheet_items",
    "write_sheet",
]
