"""Files that are refused: each error says what is wrong and what to do, and none takes the memory or the time."""

from __future__ import annotations

import io
import json
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.data.sheets.studies import csv_rows, slots, study, write_csv
from tunecheck.core import Axis
from tunecheck.data.sheets import known_rows, read_sheet, write_sheet
from tunecheck.data.sheets.score import score_of
from tunecheck.errors import InputError

REVIEW = study()
SAVE = "save it as .xlsx or .csv"


def read(path: Path) -> None:
    read_sheet(path, REVIEW, known_rows(REVIEW, [0]))


def error_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value)


def written(path: Path) -> Path:
    write_sheet(path, REVIEW, slots(REVIEW), {})
    return path


def packed(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name.replace("__", "/"), content)
    return path


def test_a_sheet_is_written_in_three_formats_only(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_sheet(tmp_path / "sheet.ods", REVIEW, slots(REVIEW), {})
    assert str(caught.value) == (
        f"a rating sheet cannot be written as {tmp_path}/sheet.ods\nname a file that ends in .json, .csv or .xlsx"
    )


def test_a_folder_that_is_not_there_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_sheet(tmp_path / "none" / "sheet.csv", REVIEW, slots(REVIEW), {})
    assert str(caught.value) == (
        f"{tmp_path}/none/sheet.csv cannot be written: No such file or directory\nname a file in a folder of yours"
    )


def test_an_axis_cannot_have_the_name_of_another_column(tmp_path: Path) -> None:
    axis = Axis(name="prompt", title="Prompt", question="", anchors=("1", "2", "3", "4", "5"))
    with pytest.raises(InputError) as caught:
        write_sheet(tmp_path / "sheet.csv", replace(REVIEW, axes=(axis,)), slots(REVIEW), {})
    assert str(caught.value) == (
        "the axis prompt has the name of another column of the sheet\ncall it something else than cannot_judge, "
        "expected, generated, id, notes, prompt, scores, token"
    )


@pytest.mark.parametrize(
    ("dropped", "words"),
    [
        (["accuracy"], "sheet.csv: there is no column accuracy\nkeep all columns of the sheet that was sent"),
        (
            ["token", "format"],
            "sheet.csv: there are no columns token, format\nkeep all columns of the sheet that was sent; the column "
            "token is hidden, and a copy of the visible cells loses it",
        ),
    ],
)
def test_a_column_that_is_missing_is_named(dropped: list[str], words: str, tmp_path: Path) -> None:
    rows = csv_rows(written(tmp_path / "sheet.csv"))
    places = [place for place, name in enumerate(rows[0]) if name not in dropped]
    write_csv(tmp_path / "sheet.csv", [[row[place] for place in places] for row in rows])
    assert error_of(tmp_path / "sheet.csv") == words


def test_a_column_that_is_missing_from_a_workbook_or_json_is_named(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = written(tmp_path / "sheet.xlsx")
    book = load_workbook(path)
    book["Rate"].delete_cols(11)
    book.save(path)
    assert error_of(path).startswith("sheet.xlsx, sheet Rate: there is no column token\n")
    items = json.loads(written(tmp_path / "sheet.json").read_text())
    for item in items:
        del item["scores"]["fluency"]
    (tmp_path / "sheet.json").write_text(json.dumps(items))
    assert error_of(tmp_path / "sheet.json").startswith("sheet.json: there is no column fluency\n")


def test_a_column_that_is_there_twice_is_named(tmp_path: Path) -> None:
    rows = csv_rows(written(tmp_path / "sheet.csv"))
    write_csv(tmp_path / "sheet.csv", [[*row, row[4]] for row in rows])
    assert error_of(tmp_path / "sheet.csv") == (
        "sheet.csv: two columns are named accuracy\ndelete or rename one of them"
    )


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLD_SAID = f"is an old Excel file (.xls) or has a password\n{SAVE}, without a password"
LIST = "give the list of objects that was written, each with its scores filled in"
FILLED = "give the sheet that was filled in"
QUOTE = 'a quote inside a quoted cell is written twice: "he said ""yes"""'
UTF_16 = "begins with the byte order mark of UTF-16 and is not that\nsave it again as CSV UTF-8"
NOT_JSON = "a.json line 1 column 3: not JSON: Expecting property name enclosed in double quotes"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xls", OLD, f"a.xls {OLD_SAID}"),
        ("a.xlsx", OLD, f"a.xlsx {OLD_SAID}"),
        ("a.xlsx", b"hello", f"a.xlsx is not an Excel workbook, whatever its name says\n{SAVE}"),
        ("a.pdf", b"%PDF", f"a.pdf is no rating sheet: its name ends in none of .xlsx, .csv and .json\n{SAVE}"),
        ("a.csv", b" \n", f"a.csv is empty\n{FILLED}"),
        ("a.csv", b"\xef\xbb\xbf\n", f"a.csv has no rows\n{FILLED}"),
        ("a.csv", b'token,"a\nb', f"a.csv line 1: not CSV: unexpected end of data\n{QUOTE}"),
        ("a.csv", b"\xff\xfea", f"a.csv {UTF_16}"),
        ("a.json", b"[{]", f"{NOT_JSON}\ncheck that the file is complete"),
        ("a.json", b'"\xff"', "a.json is not UTF-8\nsave it again as UTF-8"),
        ("a.json", b"{}", f"a.json holds nothing, not a list\n{LIST}"),
        ("a.json", b"[1]", f"a.json item 1 is 1, not an object\n{LIST}"),
        ("a.json", b"[]", f"a.json has no items\n{LIST}"),
        ("a.json", b"[" * 100_000, f"a.json: the JSON is nested too deep\n{LIST}"),
        ("a.json", b"[" + b"1" * 5_000 + b"]", ""),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_by_what_it_is(
    name: str, content: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    said = error_of(path)
    # What Python says of a number of 5,000 digits differs from version to version.
    assert said == words or (not words and said.startswith("a.json: not readable JSON: "))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert error_of(tmp_path / "a.csv") == (
        f"{tmp_path}/a.csv cannot be read: No such file or directory\ncheck its name"
    )


def test_zip_files_that_are_no_workbook_are_refused_by_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert error_of(packed(path, mimetype=b"application/vnd.oasis.opendocument.spreadsheet")) == (
        f"a.xlsx is an OpenDocument file, which is not read\n{SAVE}"
    )
    assert error_of(packed(path, other=b"")) == (
        "a.xlsx is a zip file and no Excel workbook\ngive the sheet itself, unpacked"
    )
    assert error_of(packed(path, **{"xl__workbook.bin": b""})) == (
        f"a.xlsx is a binary workbook (.xlsb), which is not read\n{SAVE}"
    )
    path.write_bytes(written(tmp_path / "sheet.xlsx").read_bytes()[:3000])
    assert error_of(path) == (
        "a.xlsx is a damaged workbook: File is not a zip file\nopen it in a spreadsheet program and save it again as "
        ".xlsx or .csv"
    )


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.xlsx", **{"[Content_Types].xml": b"<x/>"})
    content = bytearray(path.read_bytes())
    # The flag of the central directory, which says that a part is encrypted.
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert error_of(path) == f"a.xlsx has a password\n{SAVE}, without a password"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    zeros = bytes(21_000_000)
    assert error_of(packed(path, **{f"part{number}": zeros for number in range(10)})) == (
        "a.xlsx unpacks to 210 MB, more than 200\ncopy the sheet Rate into a new workbook and save that as .xlsx"
    )
    assert error_of(packed(path, **{f"part{number}": b"" for number in range(1_001)})) == (
        f"a.xlsx has 1,001 parts; a rating sheet has some twenty\n{SAVE}"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_of_xml_are_refused_unread(encoding: str, tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><sst>&b;</sst>'
    source, path = written(tmp_path / "sheet.xlsx"), tmp_path / "a.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, bomb.encode(encoding) if name == "xl/sharedStrings.xml" else old.read(name))
    assert error_of(path) == (
        "a.xlsx: its part 'xl/sharedStrings.xml' declares a document type, which no spreadsheet writes\n"
        f"open it in a spreadsheet program and {SAVE}"
    )


def test_a_file_of_over_50_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(51_000_000)
    assert (
        error_of(path)
        == "a.csv has 51 MB, more than 50\ngive the sheet that was filled in, without pictures or other sheets"
    )


def test_more_rows_or_columns_than_a_sheet_can_have_are_refused(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = written(tmp_path / "sheet.csv")
    rows = csv_rows(path)
    write_csv(path, rows + rows[1:] * 40)
    too_many = (
        "sheet.{} has more than 100 rows, ten times as many as there are to rate\ngive the sheet that was filled in, "
        "and delete what was added below it"
    )
    assert error_of(path) == too_many.format("csv")
    items = json.loads(written(tmp_path / "sheet.json").read_text())
    (tmp_path / "sheet.json").write_text(json.dumps(items * 40))
    assert error_of(tmp_path / "sheet.json") == too_many.format("json")
    write_csv(path, [[*row, *["x"] * 190] for row in rows])
    wide = "has more than 200 columns\ndelete the columns that were added to the sheet"
    assert error_of(path) == f"sheet.csv {wide}"
    path = written(tmp_path / "sheet.xlsx")
    book = load_workbook(path)
    book["Rate"]["XFD2"] = 1
    book.save(path)
    # What is that far out in a workbook is beside the sheet; one column more than 200 is looked at.
    read(path)
    book["Rate"]["GS2"] = 1
    book.save(path)
    assert error_of(path) == f"sheet.xlsx, sheet Rate {wide}"


def test_a_row_far_below_the_last_one_of_excel_is_refused(tmp_path: Path) -> None:
    source, path = written(tmp_path / "sheet.xlsx"), tmp_path / "a.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", b'<row r="999999999"><c r="A999999999"/></row></sheetData>')
            new.writestr(name, content)
    assert error_of(path) == ("a.xlsx, sheet Rate has rows below row 1,048,576\nsave it again as .xlsx or .csv")


def test_a_damaged_workbook_raises_nothing_but_an_input_error(tmp_path: Path) -> None:
    whole = written(tmp_path / "sheet.xlsx")
    draw = random.Random(7)
    with zipfile.ZipFile(whole) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for _ in range(150):
        damaged = dict(parts)
        name = draw.choice(list(parts))
        content = bytearray(damaged[name])
        for _ in range(draw.randint(1, 6)):
            content[draw.randrange(len(content))] = draw.randrange(256)
        damaged[name] = bytes(content)
        if draw.random() < 0.1:
            del damaged[name]
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as package:
            for part, inside in damaged.items():
                package.writestr(part, inside)
        path = tmp_path / "damaged.xlsx"
        path.write_bytes(file.getvalue())
        try:
            read(path)
        except InputError:
            continue


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (4, "4"), (4.0, "4"), ("4", "4"), (" 4 ", "4"), ("4.0", "4"), ("4,0", "4"), ("'4", "4"),
        ("\xa04", "4"), ("４", "4"),
        ("n/a", "na"), ("N/A", "na"), ("na", "na"), ("-", "na"), ("N / A", "na"), ("–", "na"), ("－", "na"),
        (None, ""), ("", ""), ("  ", ""), ("'", ""),
        (0, None), (6, None), (True, None), (4.5, None), ("4.5", None), ("4/5", None), ("five", None), ("44", None),
        (float("nan"), None), (float("inf"), None), ([4], None), ("#N/A", None), ("-4", None), ("=4", None),
    ],
)  # fmt: skip
def test_a_score_is_read_as_people_write_it(value: object, meant: str | None) -> None:
    assert score_of(value) == meant
