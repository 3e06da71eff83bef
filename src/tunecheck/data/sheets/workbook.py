"""Workbook: a rater's sheet for Excel and LibreOffice, with choices to pick from and a second sheet of instructions."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from tunecheck.core import Axis, ReviewStudy
from tunecheck.data.sheets.instructions import instructions
from tunecheck.data.sheets.rows import SheetRow
from tunecheck.data.sheets.score import NOT_APPLICABLE_SHOWN, SCALE
from tunecheck.data.sheets.text import workbook_text

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SHEET, INSTRUCTIONS = "Rate", "Instructions"

_N_TEXTS = 4  # id, prompt, expected, generated: what is before the axes.
_WIDTHS = (6, 44, 34, 62)
_NOTE_WIDTH, _CANNOT_WIDTH, _TOKEN_WIDTH, _LEAST_AXIS_WIDTH = 36, 24, 28, 11
# Rows grow with their text up to this; a taller one cannot be scrolled through. Excel's own limit is 409.
_MOST_POINTS, _POINTS_A_LINE = 300, 15
# What Excel takes in the small note beside a chosen cell.
_TITLE_CHARACTERS, _MESSAGE_CHARACTERS = 32, 255
# Texts are locked, so that nobody changes them by accident; there is no password. Sorting stays forbidden: on a
# protected sheet Excel and LibreOffice sort only ranges without a locked cell, so nobody could sort whole rows, and
# anybody could sort the scores alone, away from their texts. Who lifts the protection sorts by the filter buttons,
# whose range has all columns, so that rows stay together.
_PROTECTION = {"autofilter": True, "format_columns": True, "format_rows": True, "sort": False}


def workbook_bytes(study: ReviewStudy, names: Sequence[str], rows: Sequence[SheetRow]) -> bytes:
    """The workbook as a file's content, the same bytes for the same sheet. ``names`` are the columns in order."""
    # Here and not above: nobody needs it who writes no workbook.
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    created = datetime(1980, 1, 1)
    with suppress(ValueError):
        created = datetime.fromisoformat(study.created).replace(tzinfo=None)
    book.set_properties({"title": "Rating sheet", "created": created})
    _rate(book, study.axes, names, rows)
    _explain(book, study)
    book.close()
    return file.getvalue()


def _rate(book: xlsxwriter.Workbook, axes: Sequence[Axis], names: Sequence[str], rows: Sequence[SheetRow]) -> None:
    sheet = book.add_worksheet(SHEET)
    border = {"border": 1, "border_color": "#D0D7DE", "valign": "top"}
    text = book.add_format({**border, "text_wrap": True, "num_format": "@"})
    answer = book.add_format({**border, "text_wrap": True, "num_format": "@", "bg_color": "#F3F7FC"})
    score = book.add_format({**border, "locked": False, "align": "center", "bold": True, "font_size": 12})
    # As text, so that a note which begins with "-" is no formula.
    free = book.add_format({**border, "locked": False, "text_wrap": True, "num_format": "@"})
    hidden = book.add_format({"num_format": "@", "font_color": "#8C959F"})
    _columns(book, sheet, names, len(axes))
    for at, row in enumerate(rows, start=1):
        sheet.write_number(at, 0, row.number, text)
        for place, value in enumerate((row.prompt, row.expected, row.generated), start=1):
            sheet.write_string(at, place, workbook_text(value), answer if place == _N_TEXTS - 1 else text)
        for place, said in enumerate(row.scores, start=_N_TEXTS):
            if said is None:
                sheet.write_blank(at, place, None, score)
            elif isinstance(said, int):
                sheet.write_number(at, place, said, score)
            else:
                sheet.write_string(at, place, said, score)
        for place, value in enumerate((row.note, row.cannot_judge), start=_N_TEXTS + len(axes)):
            if value:
                sheet.write_string(at, place, workbook_text(value), free)
            else:
                sheet.write_blank(at, place, None, free)
        sheet.write_string(at, len(names) - 1, row.token, hidden)
        _limit_height(sheet, at, row)
    _choices(book, sheet, axes, len(rows))
    sheet.autofilter(0, 0, max(1, len(rows)), len(names) - 1)
    sheet.protect("", _PROTECTION)


def _columns(book: xlsxwriter.Workbook, sheet: Worksheet, names: Sequence[str], n_axes: int) -> None:
    head = book.add_format(
        {"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "valign": "vcenter", "text_wrap": True}
    )
    # One more than the name is wide: the filter button stands in the same cell.
    axes = [max(_LEAST_AXIS_WIDTH, len(name) + 4) for name in names[_N_TEXTS : _N_TEXTS + n_axes]]
    widths = (*_WIDTHS, *axes, _NOTE_WIDTH, _CANNOT_WIDTH, _TOKEN_WIDTH)
    for place, (name, width) in enumerate(zip(names, widths, strict=True)):
        sheet.set_column(place, place, width, None, {"hidden": place == len(names) - 1})
        sheet.write_string(0, place, name, head)
    sheet.set_row(0, 24)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _choices(book: xlsxwriter.Workbook, sheet: Worksheet, axes: Sequence[Axis], n_rows: int) -> None:
    """What a score cell takes, what it says when it is chosen, and its colour while it is empty."""
    if not n_rows:
        return
    for place, axis in enumerate(axes, start=_N_TEXTS):
        sheet.data_validation(
            1,
            place,
            n_rows,
            place,
            {
                "validate": "list",
                "source": [*SCALE, NOT_APPLICABLE_SHOWN],
                "input_title": workbook_text(axis.title)[:_TITLE_CHARACTERS],
                "input_message": _message(axis),
                "error_title": "Not on the scale",
                "error_message": f"Choose 1 to 5, or {NOT_APPLICABLE_SHOWN} where the question does not apply.",
            },
        )
    due = book.add_format({"bg_color": "#FFF8DC"})
    last = _N_TEXTS + len(axes) - 1
    cannot = _letter(last + 2)
    rule = f'AND({_letter(_N_TEXTS)}2="",${cannot}2="")'
    sheet.conditional_format(1, _N_TEXTS, n_rows, last, {"type": "formula", "criteria": f"={rule}", "format": due})


def _message(axis: Axis) -> str:
    anchors = "\n".join(f"{value}  {anchor}" for value, anchor in zip(SCALE, axis.anchors, strict=True))
    whole = workbook_text(anchors)
    return whole if len(whole) <= _MESSAGE_CHARACTERS else whole[: _MESSAGE_CHARACTERS - 1] + "…"


def _limit_height(sheet: Worksheet, at: int, row: SheetRow) -> None:
    texts = zip((row.prompt, row.expected, row.generated, row.note), (*_WIDTHS[1:], _NOTE_WIDTH), strict=True)
    n_lines = max(sum(len(line) // width + 1 for line in text.split("\n")) for text, width in texts)
    if n_lines * _POINTS_A_LINE > _MOST_POINTS:
        sheet.set_row(at, _MOST_POINTS)


def _letter(place: int) -> str:
    """The letter of a column. There are at most some twenty: no letter has two characters."""
    return chr(ord("A") + place)


def _explain(book: xlsxwriter.Workbook, study: ReviewStudy) -> None:
    sheet = book.add_worksheet(INSTRUCTIONS)
    head = book.add_format({"bold": True, "font_size": 16, "font_color": "#1F3A5F"})
    strong = book.add_format({"bold": True, "valign": "top", "bottom": 1})
    words = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 40)
    sheet.set_column(2, 6, 22)
    sheet.write_string(0, 0, "How to rate", head)
    at = 2
    for line in instructions(study):
        # Merged cells do not grow with their text.
        sheet.merge_range(at, 0, at, 6, "", words)
        sheet.write_string(at, 0, workbook_text(line), words)
        sheet.set_row(at, _POINTS_A_LINE * sum(len(part) // 150 + 1 for part in line.split("\n")) + 3)
        at += 1
    at += 1
    _table(sheet, at, study.axes, strong, words)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _table(sheet: Worksheet, at: int, axes: Sequence[Axis], strong: Format, words: Format) -> None:
    for place, name in enumerate(("column", "question", *map(str, SCALE))):
        sheet.write_string(at, place, name, strong)
    for below, axis in enumerate(axes, start=1):
        for place, text in enumerate((axis.name, axis.question, *axis.anchors)):
            sheet.write_string(at + below, place, workbook_text(text), words)
