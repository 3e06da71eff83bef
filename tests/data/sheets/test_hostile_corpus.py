"""The whole corpus of hostile texts in a sheet: no formula, no link, nothing that acts; and every row comes back."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.studies import answer, study
from tests.web.hostile_texts import HOSTILE
from tunecheck.core import ReviewStudy
from tunecheck.data.sheets import known_rows, read_sheet, write_sheet
from tunecheck.study import Standing, sheet

STARTS_A_FORMULA = re.compile(r"[\s\x00-\x20]*[=+@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


@pytest.fixture(scope="module")
def hostile() -> ReviewStudy:
    answers = tuple(
        answer(number, "tuned", prompt=text, reference=text, generated=text) for number, (_, text) in enumerate(HOSTILE)
    )
    return study(answers=answers)


def written(folder: Path, made: ReviewStudy, suffix: str) -> Path:
    """The sheet with a hostile note and reason on each answer too."""
    path = folder / f"sheet{suffix}"
    slots = sheet(made, 0)
    said = {
        (slot.entry, slot.again): Standing(note=made.answers[slot.entry].prompt[:9000], blocked="=1+1")
        for slot in slots
    }
    write_sheet(path, made, slots, said)
    return path


def test_the_corpus_is_large() -> None:
    assert len(HOSTILE) >= 150


def test_no_cell_of_the_csv_is_read_as_a_formula(tmp_path: Path, hostile: ReviewStudy) -> None:
    text = written(tmp_path, hostile, ".csv").read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == len(HOSTILE) + 1
    assert [cell for row in rows for cell in row if STARTS_A_FORMULA.match(cell)] == []
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(tmp_path: Path, hostile: ReviewStudy) -> None:
    path = written(tmp_path, hostile, ".xlsx")
    book = openpyxl.load_workbook(path)
    cells = [cell for one in book.worksheets for row in one.iter_rows() for cell in row]
    assert len(cells) > 10 * len(HOSTILE)
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert not any(cell.hyperlink for cell in cells)
    book.close()
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode("utf-8") for name in package.namelist()}
    assert not [name for name in parts if "vba" in name.lower() or "externalLink" in name or "connections" in name]
    assert not [name for name, text in parts.items() if name.endswith(".rels") and "External" in text]
    assert not [name for name, text in parts.items() if "worksheets/" in name and "<f>" in text]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".json"])
def test_every_row_comes_back_as_the_one_that_was_sent(tmp_path: Path, hostile: ReviewStudy, suffix: str) -> None:
    path = written(tmp_path, hostile, suffix)
    reading = read_sheet(path, hostile, known_rows(hostile, [0]))
    assert reading.rejected == ()
    assert reading.n_rows == len(HOSTILE)
    noted = {change.known.slot.entry for change in reading.changes if change.field == "note"}
    assert len(noted) >= len([text for _, text in HOSTILE if re.search(r"\w", text)]) - 5


def test_the_json_is_json_for_every_reader(tmp_path: Path, hostile: ReviewStudy) -> None:
    content = written(tmp_path, hostile, ".json").read_bytes()
    assert len(json.loads(content.decode("utf-8"))) == len(HOSTILE)
