"""Writing: a rater's sheet as JSON, CSV or an Excel workbook, in one step."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tunecheck.core import JSON, PairStudy, ReviewStudy, json_text
from tunecheck.core.files import replace_file
from tunecheck.data.encoding import printable
from tunecheck.data.sheets.form import ID, TOKEN, SheetForm, SlotT, StandingT
from tunecheck.data.sheets.review_form import review_form
from tunecheck.data.sheets.rows import SheetRow, sheet_rows
from tunecheck.data.sheets.text import csv_text, csv_token
from tunecheck.data.sheets.vote_form import vote_form
from tunecheck.data.sheets.workbook import workbook_bytes
from tunecheck.errors import InputError
from tunecheck.study import PairSlot, PairStanding, Place, Slot, Standing

SUFFIXES = (".json", ".csv", ".xlsx")


def write_sheet(path: Path, study: ReviewStudy, slots: Sequence[Slot], standing: Mapping[Place, Standing]) -> None:
    """Write a rater's sheet, as ``slots`` order it, with what he said so far, in the format that the suffix names.

    What is at ``path`` is replaced. Raises InputError for another suffix, for an axis with the name of another column,
    and where the file cannot be written; then what was at ``path`` is as it was.
    """
    _check_suffix(path, "rating sheet")
    _write(path, review_form(study), slots, standing)


def write_vote_sheet(
    path: Path, study: PairStudy, slots: Sequence[PairSlot], standing: Mapping[Place, PairStanding]
) -> None:
    """Write a rater's sheet of votes as ``write_sheet`` does; slots that ask for a guess are left out."""
    form = vote_form(study)
    _check_suffix(path, form.title)
    _write(path, form, [slot for slot in slots if not slot.is_guess], standing)


def sheet_items(study: ReviewStudy, slots: Sequence[Slot], standing: Mapping[Place, Standing]) -> list[dict[str, JSON]]:
    """A rater's sheet as the objects of its JSON file: id, prompt, expected, generated, scores, notes and token.

    A score is 1 to 5, "n/a" or None where nothing was said.
    """
    form = review_form(study)
    return [_item(form, row) for row in sheet_rows(form, slots, standing)]


def _check_suffix(path: Path, title: str) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"a {title} cannot be written as {printable(path)}",
            hint=f"name a file that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}",
        )


def _write(
    path: Path, form: SheetForm[SlotT, StandingT], slots: Sequence[SlotT], standing: Mapping[Place, StandingT]
) -> None:
    rows = sheet_rows(form, slots, standing)
    match path.suffix.lower():
        case ".json":
            content = json_text([_item(form, row) for row in rows]).encode()
        case ".csv":
            content = _csv(form.columns, rows)
        case _:
            content = workbook_bytes(form, rows)
    try:
        replace_file(path, content)
    except OSError as error:
        raise InputError(
            f"{printable(path)} cannot be written: {error.strerror or error}", hint="name a file in a folder of yours"
        ) from None


def _item(form: SheetForm[Any, Any], row: SheetRow) -> dict[str, JSON]:
    chosen: dict[str, JSON] = dict(zip((choice.name for choice in form.choices), row.chosen, strict=True))
    return {
        ID: row.number,
        **dict(zip(form.texts, row.texts, strict=True)),
        **({form.nested: chosen} if form.nested else chosen),
        # Not in the shape that everybody knows, so only where it says something.
        **{
            column: words
            for column, words in zip(form.free, row.free, strict=True)
            if words or column not in form.optional
        },
        TOKEN: row.token,
    }


def _csv(names: Sequence[str], rows: Sequence[SheetRow]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    for row in rows:
        writer.writerow(
            (
                row.number,
                *map(csv_text, row.texts),
                *("" if value is None else value for value in row.chosen),
                *map(csv_text, row.free),
                csv_token(row.token),
            )
        )
    # Without the mark Excel takes UTF-8 for the code page of the country.
    return text.getvalue().encode("utf-8-sig")
