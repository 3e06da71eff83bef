"""Sheets that people filled in: in Excel, in a text editor, with rows sorted and columns moved."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.data.sheets.studies import HOSTILE, csv_rows, slots, study, write_csv
from tunecheck.core import ReviewStudy
from tunecheck.data.sheets import KnownRow, SheetReading, known_rows, read_sheet, write_sheet
from tunecheck.study import Slot, Standing
from tunecheck.study import sheet as sheet_of

HEADER = ["id", "prompt", "expected", "generated", "accuracy", "relevance", "fluency", "format"]
HEADER += ["notes", "cannot_judge", "token"]


def written(path: Path, review: ReviewStudy) -> Path:
    write_sheet(path, review, slots(review), {})
    return path


def read(path: Path, review: ReviewStudy) -> SheetReading[Slot, Standing]:
    return read_sheet(path, review, known_rows(review, [0]))


def said(reading: SheetReading[Slot, Standing]) -> dict[tuple[int, str], str]:
    return {(change.known.slot.entry, change.field): change.value for change in reading.changes}


def rate(path: Path) -> tuple[Any, Worksheet]:
    book = load_workbook(path)
    return book, book["Rate"]


def test_the_workbook_has_choices_protection_and_instructions(tmp_path: Path) -> None:
    review = study(instructions="Mind the units.")
    book, sheet = rate(written(tmp_path / "sheet.xlsx", review))
    assert book.sheetnames == ["Rate", "Instructions"]
    assert [cell.value for cell in sheet[1]] == HEADER
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:K4"
    assert sheet.column_dimensions["K"].hidden
    validations = {str(one.sqref): one for one in sheet.data_validations.dataValidation}
    assert set(validations) == {"E2:E4", "F2:F4", "G2:G4", "H2:H4"}
    assert {one.formula1 for one in validations.values()} == {'"1,2,3,4,5,n/a"'}
    assert validations["E2:E4"].error == "Choose 1 to 5, or n/a where the question does not apply."
    assert validations["E2:E4"].prompt.startswith("1  wrong, or made up\n2  a serious mistake\n")
    protection = sheet.protection
    assert protection.sheet
    assert protection.password is None
    # True forbids.
    assert (protection.autoFilter, protection.formatColumns, protection.formatRows) == (False, False, False)
    assert protection.sort
    assert [cell.protection.locked for cell in sheet[2]] == [True] * 4 + [False] * 6 + [True]
    told = "\n".join(str(cell.value) for row in book["Instructions"].iter_rows() for cell in row if cell.value)
    for text in ("Mind the units.", "a serious mistake", "Does it read well?", "send it back"):
        assert text in told


def test_a_workbook_that_was_filled_in_and_sorted_is_read_by_its_tokens(tmp_path: Path) -> None:
    review = study(HOSTILE)
    path = written(tmp_path / "sheet.xlsx", review)
    book, sheet = rate(path)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    random.Random(3).shuffle(rows)
    for number, values in enumerate(rows, start=2):
        values[4:10] = [5, "4", 3.0, "n/a", f"note {number}", None]
        for place, value in enumerate(values):
            cell = sheet.cell(number, place + 1)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(path)
    reading = read(path, review)
    assert (reading.rejected, reading.notes, reading.n_rows) == ((), (), len(HOSTILE))
    assert len(reading.changes) == 5 * len(HOSTILE)
    order = {slot.token: slot.entry for slot in slots(review)}
    for number, values in enumerate(rows, start=2):
        entry = order[str(values[10])]
        found = {name: said(reading)[entry, name] for name in (*HEADER[4:8], "note")}
        assert found == {
            "accuracy": "5",
            "relevance": "4",
            "fluency": "3",
            "format": "na",
            "note": f"note {number}",
        }
    assert {change.address for change in reading.changes if change.field == "accuracy"} == {
        f"Rate!E{number}" for number in range(2, len(HOSTILE) + 2)
    }


def test_formulas_are_named_and_never_worked_out(tmp_path: Path) -> None:
    review = study()
    path = written(tmp_path / "sheet.xlsx", review)
    book, sheet = rate(path)
    sheet["E2"], sheet["F2"], sheet["I2"], sheet["B2"] = "=2+2", 4, "=HYPERLINK(1)", "=1"
    sheet["D3"], sheet["E3"] = '="two"', 5
    sheet["K4"], sheet["E4"] = "=A1", 5
    sheet["E7"] = "=AVERAGE(E2:E4)"
    book.save(path)
    reading = read(path, review)
    formula = "it is a formula, and formulas are not read; put the value itself there"
    assert sorted(one.words for one in reading.rejected) == [
        f"Rate!B2: {formula}",
        f"Rate!D3: {formula}; the row was not read",
        f"Rate!E2: {formula}",
        f"Rate!I2: {formula}",
        f"Rate!K4: {formula}",
        "Rate!K7: there is no token, so nobody knows which answer the row is about; it was not read",
    ]
    assert [(change.address, change.value) for change in reading.changes] == [("Rate!F2", "4")]


def test_answers_that_were_sorted_apart_from_their_tokens_are_rejected(tmp_path: Path) -> None:
    review = study(["one", "two", "12", "15"])
    path = written(tmp_path / "my sheet.xlsx", review)
    book, sheet = rate(path)
    sheet.title = "Bob's copy"
    texts = [sheet.cell(row, 4).value for row in range(2, 6)]
    for row, text in enumerate(texts[1:] + texts[:1], start=2):
        sheet.cell(row, 4).value = text
        sheet.cell(row, 5).value = 3
    book.save(path)
    reading = read(path, review)
    assert reading.changes == ()
    assert [one.words for one in reading.rejected] == [
        f"'Bob''s copy'!D{row}: this is not the answer that the row's token stands for: columns were sorted apart, or "
        "the text was changed; the row was not read"
        for row in range(2, 6)
    ]


def test_what_a_spreadsheet_makes_of_short_answers_is_still_the_answer(tmp_path: Path) -> None:
    review = study(["1.50", "3/4", "00123", "TRUE", "5 Mar", "9007199254740993"])
    path = written(tmp_path / "sheet.csv", review)
    became = {"1.50": "1,5", "3/4": "03. Apr", "00123": "123", "TRUE": "True", "5 Mar": "05.03.2026"}
    became["9007199254740993"] = "9.0072E+15"
    rows = csv_rows(path)
    for row in rows[1:]:
        row[3], row[4] = became[row[3]], "4,0"
    write_csv(path, rows, delimiter=";")
    reading = read(path, review)
    assert reading.rejected == ()
    assert set(said(reading).values()) == {"4"}
    assert len(reading.changes) == 6


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), (";", "utf-16-be"), (";", "cp1252")],
)
def test_csv_is_read_with_any_delimiter_and_encoding(delimiter: str, encoding: str, tmp_path: Path) -> None:
    review = study(["one; two, three\tfour", "naïve café", "a\nb"])
    path = written(tmp_path / "sheet.csv", review)
    rows = csv_rows(path)
    for row in rows[1:]:
        row[4:9] = ["4,0", " 5 ", "N/A", "", "sehr schön"]
    if encoding == "utf-16-be":
        rows[0][0] = "\ufeff" + rows[0][0]
    write_csv(path, rows, delimiter=delimiter, encoding=encoding)
    reading = read(path, review)
    assert reading.rejected == ()
    assert {change.value for change in reading.changes} == {"4", "5", "na", "sehr schön"}
    assert len(reading.changes) == 12
    assert len(reading.notes) == (encoding == "cp1252")


def test_letters_that_windows_1252_lost_do_not_lose_the_rating(tmp_path: Path) -> None:
    review = study(["שלום 1", "Привет"])
    path = written(tmp_path / "sheet.csv", review)
    rows = csv_rows(path)
    for row in rows[1:]:
        row[4], row[8] = "4", "é"
    path.write_bytes("\r\n".join(";".join(row) for row in rows).encode("cp1252", "replace"))
    reading = read(path, review)
    assert (len(reading.changes), reading.rejected) == (4, ())
    assert reading.notes == (
        "sheet.csv is not UTF-8 and was read as Windows-1252, which lacks many letters: save it as CSV UTF-8",
    )


def test_columns_may_be_moved_renamed_in_case_and_added(tmp_path: Path) -> None:
    review = study()
    path = written(tmp_path / "sheet.csv", review)
    rows = [[*reversed(row), "mine"] for row in csv_rows(path)]
    rows[0] = [f" {name.upper().replace('_', ' ')} " for name in rows[0]]
    rows[0][-1] = "my column"
    for row in rows[1:]:
        row[3] = "2"
    write_csv(path, [["Ratings by Ann"], [], *rows[:2], [], ["", " "], *rows[2:]])
    reading = read(path, review)
    assert reading.notes == ("sheet.csv: not columns of the sheet, passed over: 'my column'",)
    assert sorted(said(reading).items()) == [((entry, "format"), "2") for entry in range(3)]


def test_excel_may_say_its_separator_first(tmp_path: Path) -> None:
    review = study()
    path = written(tmp_path / "sheet.csv", review)
    rows = csv_rows(path)
    rows[1][4] = "7"
    write_csv(path, rows, delimiter=";", encoding="utf-8")
    path.write_bytes(b"sep=;\r\n" + path.read_bytes())
    assert [one.words for one in read(path, review).rejected] == [
        "sheet.csv line 3, column accuracy: '7' is not 1 to 5 or n/a"
    ]


def test_each_cell_that_is_no_score_is_named_by_its_address(tmp_path: Path) -> None:
    review = study()
    xlsx, table, items = (written(tmp_path / f"sheet{suffix}", review) for suffix in (".xlsx", ".csv", ".json"))
    book, sheet = rate(xlsx)
    sheet["F2"], sheet["G2"], sheet["H2"], sheet["E2"] = "7", True, 3.5, "good"
    book.save(xlsx)
    rows = csv_rows(table)
    rows[2][4] = "#N/A"
    write_csv(table, rows)
    values = json.loads(items.read_text())
    values[1]["scores"] = {"accuracy": 0, "relevance": [4], "fluency": 4.0, "format": "-"}
    values[2]["scores"] = 4
    values[2]["notes"] = ["x"]
    items.write_text(json.dumps(values))
    assert [one.words for one in read(xlsx, review).rejected] == [
        "Rate!E2: 'good' is not 1 to 5 or n/a",
        "Rate!F2: '7' is not 1 to 5 or n/a",
        "Rate!G2: true is not 1 to 5 or n/a",
        "Rate!H2: 3.5 is not 1 to 5 or n/a",
    ]
    assert [one.words for one in read(table, review).rejected] == [
        "sheet.csv line 3, column accuracy: '#N/A' is not 1 to 5 or n/a"
    ]
    reading = read(items, review)
    assert [one.words for one in reading.rejected] == [
        "sheet.json item 2, scores.accuracy: 0 is not 1 to 5 or n/a",
        "sheet.json item 2, scores.relevance: a list of 1 is not 1 to 5 or n/a",
        "sheet.json item 3, scores: 4 is not an object with a value for each axis",
        "sheet.json item 3, notes: a list of 1 is not a text",
    ]
    assert sorted(change.value for change in reading.changes) == ["4", "na"]


def test_two_rows_with_one_token_have_to_agree(tmp_path: Path) -> None:
    review = study()
    path = written(tmp_path / "sheet.csv", review)
    rows = csv_rows(path)
    rows[1][4:6] = ["3", "2"]
    write_csv(path, [*rows, [*rows[1][:4], "4", "2.0", *rows[1][6:]]])
    reading = read(path, review)
    assert [change.value for change in reading.changes] == ["2"]
    assert [one.words for one in reading.rejected] == [
        "sheet.csv line 2, column accuracy: '3' here and '4' in sheet.csv line 5, column accuracy, with the same token",
        "sheet.csv line 5, column accuracy: '4' here and '3' in sheet.csv line 2, column accuracy, with the same token",
    ]


def test_unknown_tokens_are_named_and_remarks_below_the_sheet_are_passed_over(tmp_path: Path) -> None:
    review = study()
    path = written(tmp_path / "sheet.csv", review)
    rows = csv_rows(path)
    rows[1][10] = "abc"
    write_csv(path, [*rows, ["thanks!"], ["", "", "", "", "5"]])
    assert [one.words for one in read(path, review).rejected] == [
        "sheet.csv line 2, column token: 'abc' is no token of this sheet; the row was not read",
        "sheet.csv line 6, column token: there is no token, so nobody knows which answer the row is about; "
        "it was not read",
    ]


def test_an_empty_cell_takes_nothing_back_and_a_changed_one_says_what_it_was(tmp_path: Path) -> None:
    review = study()
    path = tmp_path / "sheet.csv"
    write_sheet(path, review, slots(review), {})
    rows = csv_rows(path)
    token = rows[1][10]
    rows[1][4:6] = ["3", "3"]
    write_csv(path, rows)
    known = known_rows(review, [0])
    place = (known[token].slot.entry, False)
    standing = Standing(scores={"accuracy": 3, "relevance": 4, "fluency": 5}, note="kept")
    reading = read_sheet(path, review, known_rows(review, [0], {0: {place: standing}}))
    assert [(one.field, one.before, one.value) for one in reading.changes] == [("relevance", "4", "3")]
    assert reading.n_unchanged == 1


def test_sheets_of_several_raters_may_be_in_one_file(tmp_path: Path) -> None:
    review = study()
    rows: list[list[str]] = []
    for rater in (0, 1):
        path = tmp_path / f"{rater}.csv"
        write_sheet(path, review, sheet_of(review, rater), {(0, False): Standing(scores={"accuracy": 1 + rater})})
        rows += csv_rows(path)[1 if rows else 0 :]
    write_csv(tmp_path / "both.csv", rows)
    reading = read_sheet(tmp_path / "both.csv", review, known_rows(review, [0, 1]))
    assert sorted((one.known.rater, one.value) for one in reading.changes) == [(0, "1"), (1, "2")]


def test_without_the_answers_rows_are_read_and_a_note_says_so(tmp_path: Path) -> None:
    review = study()
    path = written(tmp_path / "sheet.csv", review)
    rows = [row[4:] for row in csv_rows(path)]
    rows[1][0] = "1"
    write_csv(path, rows)
    reading = read(path, review)
    assert len(reading.changes) == 1
    assert reading.notes == ("there is no column generated, so no row could be compared with its answer",)


def test_parts_that_excel_adds_to_a_workbook_raise_no_warning(tmp_path: Path) -> None:
    review = study()
    source, path = written(tmp_path / "sheet.xlsx", review), tmp_path / "a.xlsx"
    extension = b'<extLst><ext uri="{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"</worksheet>", extension) if "sheet1" in name else content)
    reading = read(path, review)
    assert (reading.n_rows, reading.rejected, reading.notes) == (3, (), ())


def test_tokens_that_look_like_numbers_survive_csv_in_a_spreadsheet(tmp_path: Path) -> None:
    review = study(["one"])
    path = tmp_path / "sheet.csv"
    token = "123456789012e45678901234"
    slot = Slot(entry=0, token=token)
    write_sheet(path, review, [slot], {(0, False): Standing(scores={"accuracy": 2})})
    assert csv_rows(path)[1][10] == f"'{token}"
    reading = read_sheet(path, review, {token: KnownRow(rater=0, slot=slot)})
    assert [(change.token, change.value) for change in reading.changes] == [(token, "2")]
