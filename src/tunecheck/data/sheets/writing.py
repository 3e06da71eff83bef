"""Writing: a rater's sheet as JSON, CSV or an Excel workbook, in one step."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from tunecheck.core import JSON, ReviewStudy, json_text
from tunecheck.core.files import replace_file
from tunecheck.data.encoding import printable
from tunecheck.data.sheets.columns import CANNOT_JUDGE, EXPECTED, GENERATED, ID, NOTES, PROMPT, SCORES, TOKEN, names_of
from tunecheck.data.sheets.rows import SheetRow, sheet_rows
from tunecheck.data.sheets.text import csv_text, csv_token
from tunecheck.data.sheets.workbook import workbook_bytes
from tunecheck.errors import InputError
from tunecheck.study import Place, Slot, Standing

SUFFIXES = (".json", ".csv", ".xlsx")


def write_sheet(path: Path, study: ReviewStudy, slots: Sequence[Slot], standing: Mapping[Place, Standing]) -> None:
    """Write a rater's sheet, as ``slots`` order it, with what he said so far, in the format that the suffix names.

    What is at ``path`` is replaced. Raises InputError for another suffix, for an axis with the name of another column,
    and where the file cannot be written; then what was at ``path`` is as it was.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"a rating sheet cannot be written as {printable(path)}",
            hint=f"name a file that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}",
        )
    names, rows = names_of(study), sheet_rows(study, slots, standing)
    match suffix:
        case ".json":
            content = json_text([*sheet_items(study, slots, standing)]).encode()
        case ".csv":
            content = _csv(names, rows)
        case _:
            content = workbook_bytes(study, names, rows)
    try:
        replace_file(path, content)
    except OSError as error:
        raise InputError(
            f"{printable(path)} cannot be written: {error.strerror or error}", hint="name a file in a folder of yours"
        ) from None


def sheet_items(study: ReviewStudy, slots: Sequence[Slot], standing: Mapping[Place, Standing]) -> list[dict[str, JSON]]:
    """A rater's sheet as the objects of its JSON file: id, prompt, expected, generated, scores, notes and token.

    A score is 1 to 5, "n/a" or None where nothing was said.
    """
    axes = [axis.name for axis in study.axes]
    return [
        {
            ID: row.number,
            PROMPT: row.prompt,
            EXPECTED: row.expected,
            GENERATED: row.generated,
            SCORES: dict(zip(axes, row.scores, strict=True)),
            NOTES: row.note,
            # Not in the shape that everybody knows, so only where it says something.
            **({CANNOT_JUDGE: row.cannot_judge} if row.cannot_judge else {}),
            TOKEN: row.token,
        }
        for row in sheet_rows(study, slots, standing)
    ]


def _csv(names: Sequence[str], rows: Sequence[SheetRow]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    for row in rows:
        writer.writerow(
            (
                row.number,
                *map(csv_text, (row.prompt, row.expected, row.generated)),
                *("" if value is None else value for value in row.scores),
                *map(csv_text, (row.note, row.cannot_judge)),
                csv_token(row.token),
            )
        )
    # Without the mark Excel takes UTF-8 for the code page of the country.
    return text.getvalue().encode("utf-8-sig")
