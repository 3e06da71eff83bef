"""Workbook: a rater's sheet for Excel and LibreOffice, with choices to pick from and a second sheet of instructions."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tunecheck.data.sheets.form import SheetForm
from tunecheck.data.sheets.rows import SheetRow
from tunecheck.data.sheets.text import workbook_text

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    AnyForm = SheetForm[Any, Any]

INSTRUCTIONS = "Instructions"

_ID_WIDTH, _TOKEN_WIDTH, _LEAST_CHOICE_WIDTH = 6, 28, 11
# Rows grow with their text up to this; a taller one cannot be scrolled through. Excel's own limit is 409.
_MOST_POINTS, _POINTS_A_LINE = 300, 15
# What Excel takes in the heading of the small note beside a chosen cell.
_TITLE_CHARACTERS = 32
# Texts are locked, so that nobody changes them by accident; there is no password. Sorting stays forbidden: on a
# protected sheet Excel and LibreOffice sort only ranges without a locked cell, so nobody could sort whole rows, and
# anybody could sort the scores alone, away from their texts. Who lifts the protection sorts by the filter buttons,
# whose range has all columns, so that rows stay together.
_PROTECTION = {"autofilter": True, "format_columns": True, "format_rows": True, "sort": False}


def workbook_bytes(form: AnyForm, rows: Sequence[SheetRow]) -> bytes:
    """The workbook as a file's content, the same bytes for the same sheet."""
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
        created = datetime.fromisoformat(form.created).replace(tzinfo=None)
    book.set_properties({"title": form.title.capitalize(), "created": created})
    _fill(book, form, rows)
    _explain(book, form)
    book.close()
    return file.getvalue()


def _fill(book: xlsxwriter.Workbook, form: AnyForm, rows: Sequence[SheetRow]) -> None:
    sheet = book.add_worksheet(form.sheet)
    border = {"border": 1, "border_color": "#D0D7DE", "valign": "top"}
    text = book.add_format({**border, "text_wrap": True, "num_format": "@"})
    answer = book.add_format({**border, "text_wrap": True, "num_format": "@", "bg_color": "#F3F7FC"})
    choice = book.add_format({**border, "locked": False, "align": "center", "bold": True, "font_size": 12})
    # As text, so that a note which begins with "-" is no formula.
    free = book.add_format({**border, "locked": False, "text_wrap": True, "num_format": "@"})
    hidden = book.add_format({"num_format": "@", "font_color": "#8C959F"})
    last = len(form.columns) - 1
    first_choice, first_free = _first_choice(form), _first_choice(form) + len(form.choices)
    _columns(book, sheet, form)
    for at, row in enumerate(rows, start=1):
        sheet.write_number(at, 0, row.number, text)
        for place, (name, value) in enumerate(zip(form.texts, row.texts, strict=True), start=1):
            sheet.write_string(at, place, workbook_text(value), answer if name in form.answers else text)
        for place, said in enumerate(row.chosen, start=first_choice):
            if said is None:
                sheet.write_blank(at, place, None, choice)
            elif isinstance(said, int):
                sheet.write_number(at, place, said, choice)
            else:
                sheet.write_string(at, place, said, choice)
        for place, value in enumerate(row.free, start=first_free):
            if value:
                sheet.write_string(at, place, workbook_text(value), free)
            else:
                sheet.write_blank(at, place, None, free)
        sheet.write_string(at, last, row.token, hidden)
        _limit_height(sheet, at, form, row)
    _choices(book, sheet, form, len(rows))
    sheet.autofilter(0, 0, max(1, len(rows)), last)
    sheet.protect("", _PROTECTION)


def _first_choice(form: AnyForm) -> int:
    """The place of the first choice, behind the id and the texts."""
    return 1 + len(form.texts)


def _columns(book: xlsxwriter.Workbook, sheet: Worksheet, form: AnyForm) -> None:
    head = book.add_format(
        {"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "valign": "vcenter", "text_wrap": True}
    )
    # Wider than the name: the filter button stands in the same cell.
    choices = [max(_LEAST_CHOICE_WIDTH, len(choice.name) + 4) for choice in form.choices]
    widths = (_ID_WIDTH, *form.texts.values(), *choices, *form.free.values(), _TOKEN_WIDTH)
    last = len(form.columns) - 1
    for place, (name, width) in enumerate(zip(form.columns, widths, strict=True)):
        sheet.set_column(place, place, width, None, {"hidden": place == last})
        sheet.write_string(0, place, name, head)
    sheet.set_row(0, 24)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _choices(book: xlsxwriter.Workbook, sheet: Worksheet, form: AnyForm, n_rows: int) -> None:
    """What a cell to choose in takes, what it says when it is chosen, and its colour while it is empty."""
    if not n_rows:
        return
    first = _first_choice(form)
    for place, choice in enumerate(form.choices, start=first):
        sheet.data_validation(
            1,
            place,
            n_rows,
            place,
            {
                "validate": "list",
                "source": list(choice.shown.values()),
                "input_title": workbook_text(choice.title)[:_TITLE_CHARACTERS],
                "input_message": choice.message,
                "error_title": choice.error_title,
                "error_message": choice.error,
            },
        )
    due = book.add_format({"bg_color": "#FFF8DC"})
    # Who cannot judge leaves the choices empty and says why.
    excuses = [f'${_letter(form.columns.index(column))}2=""' for column in form.optional]
    empty = ",".join([f'{_letter(first)}2=""', *excuses])
    last = first + len(form.choices) - 1
    sheet.conditional_format(1, first, n_rows, last, {"type": "formula", "criteria": f"=AND({empty})", "format": due})


def _limit_height(sheet: Worksheet, at: int, form: AnyForm, row: SheetRow) -> None:
    texts = zip((*row.texts, *row.free), (*form.texts.values(), *form.free.values()), strict=True)
    n_lines = max(sum(len(line) // width + 1 for line in text.split("\n")) for text, width in texts)
    if n_lines * _POINTS_A_LINE > _MOST_POINTS:
        sheet.set_row(at, _MOST_POINTS)


def _letter(place: int) -> str:
    """The letter of a column. There are at most some twenty: no letter has two characters."""
    return chr(ord("A") + place)


def _explain(book: xlsxwriter.Workbook, form: AnyForm) -> None:
    sheet = book.add_worksheet(INSTRUCTIONS)
    head = book.add_format({"bold": True, "font_size": 16, "font_color": "#1F3A5F"})
    strong = book.add_format({"bold": True, "valign": "top", "bottom": 1})
    words = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 40)
    sheet.set_column(2, 6, 22)
    sheet.write_string(0, 0, form.heading, head)
    at = 2
    for line in form.paragraphs:
        # Merged cells do not grow with their text.
        sheet.merge_range(at, 0, at, 6, "", words)
        sheet.write_string(at, 0, workbook_text(line), words)
        sheet.set_row(at, _POINTS_A_LINE * sum(len(part) // 150 + 1 for part in line.split("\n")) + 3)
        at += 1
    at += 1
    _table(sheet, at, form.table, strong, words)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _table(sheet: Worksheet, at: int, table: Sequence[Sequence[str]], strong: Format, words: Format) -> None:
    for below, row in enumerate(table):
        for place, text in enumerate(row):
            sheet.write_string(at + below, place, workbook_text(text), words if below else strong)
