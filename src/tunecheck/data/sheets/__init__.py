"""Sheets to rate or vote on as files: what a rater fills in anywhere, and what a filled one says, cell by cell."""

from tunecheck.data.sheets.known import KnownRow, known_rows, known_votes
from tunecheck.data.sheets.reading import RejectedCell, SheetChange, SheetReading, read_sheet, read_vote_sheet
from tunecheck.data.sheets.writing import sheet_items, write_sheet, write_vote_sheet

__all__ = [
    "KnownRow",
    "RejectedCell",
    "SheetChange",
    "SheetReading",
    "known_rows",
    "known_votes",
    "read_sheet",
    "read_vote_sheet",
    "sheet_items",
    "write_sheet",
    "write_vote_sheet",
]
