"""Sheets go out as files and come back: the same numbers as from the page, each refused cell by its address."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

import tunecheck as tc
from tests.runner.test_review import ROWS, rate_all
from tunecheck.errors import DataError, InputError
from tunecheck.runner import export_ratings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tc.create_review(predictions=ROWS, out=tmp_path / "run", items=20)
    return tmp_path / "run"


def filled(path: Path, value: object = 4) -> Path:
    """The JSON sheet with every axis of every answer rated."""
    sheet = json.loads(path.read_text("utf-8"))
    for item in sheet:
        item["scores"] = dict.fromkeys(item["scores"], value)
    path.write_text(json.dumps(sheet), "utf-8")
    return path


def test_a_sheet_that_was_filled_in_gives_the_numbers_of_the_page(folder: Path) -> None:
    taken = tc.import_review(folder, filled(folder / "evaluation_sheet.json"))
    assert taken.n_changes == {"rater 1": 4 * taken.n_rows}
    check = tc.show_review(folder)
    assert (check.status, check.measures["n_items"]) == ("pass", 20)


def test_the_same_sheet_a_second_time_changes_nothing(folder: Path) -> None:
    path = filled(folder / "evaluation_sheet.json")
    first, second = tc.import_review(folder, path), tc.import_review(folder, path)
    assert (second.n_changes, second.n_unchanged) == ({}, 4 * first.n_rows)


def test_a_sheet_of_another_person_is_that_persons(folder: Path, tmp_path: Path) -> None:
    path = tc.export_review(folder, tmp_path / "ada.json", rater="Ada")
    assert tc.import_review(folder, filled(path)).n_changes.keys() == {"Ada"}
    own, theirs = (json.loads(file.read_text("utf-8")) for file in (folder / "evaluation_sheet.json", path))
    assert not {item["token"] for item in own} & {item["token"] for item in theirs}


def test_a_copied_sheet_is_taken_in_under_another_name(folder: Path) -> None:
    path = filled(folder / "evaluation_sheet.json")
    tc.import_review(folder, path)
    taken = tc.import_review(folder, path, rater="Bo")
    assert taken.n_changes.keys() == {"Bo"}
    assert taken.n_changes["Bo"] >= 4 * 40
    assert tc.show_review(folder).measures["n_raters"] == 2


def test_refused_cells_are_named_and_then_nothing_is_taken_in(folder: Path) -> None:
    path = filled(folder / "evaluation_sheet.json")
    sheet = json.loads(path.read_text("utf-8"))
    sheet[11]["scores"]["accuracy"] = 7
    path.write_text(json.dumps(sheet), "utf-8")
    with pytest.raises(DataError) as caught:
        tc.import_review(folder, path)
    assert caught.value.message == (
        "evaluation_sheet.json was not taken in, for 1 cell cannot be read:\n"
        "  evaluation_sheet.json item 12, scores.accuracy: 7 is not 1 to 5 or n/a"
    )
    assert tc.show_review(folder).measures["n_raters"] == 0
    taken = tc.import_review(folder, path, skip_bad_cells=True)
    assert len(taken.rejected) == 1
    assert taken.n_changes == {"rater 1": 4 * taken.n_rows - 1}


def test_a_sheet_of_another_review_is_told_in_one_line(folder: Path, tmp_path: Path) -> None:
    other = tc.create_review(predictions=ROWS, out=tmp_path / "other", items=20)
    with pytest.raises(DataError) as caught:
        tc.import_review(folder, filled(Path(other.files[0])), skip_bad_cells=True)
    assert len(caught.value.message.splitlines()) == 1
    assert "none of its rows is of the sheet in" in caught.value.message


def test_an_answer_that_cannot_be_judged_has_no_values_for_other_tools(folder: Path, tmp_path: Path) -> None:
    path = filled(folder / "evaluation_sheet.json")
    sheet = json.loads(path.read_text("utf-8"))
    sheet[0]["cannot_judge"] = "in Finnish"
    path.write_text(json.dumps(sheet), "utf-8")
    tc.import_review(folder, path)
    (row,) = [row for row in rows_of(export_ratings(folder, tmp_path / "r.jsonl")) if row["cannot_judge"]]
    assert {row[axis] for axis in ("accuracy", "relevance", "fluency", "format")} == {None}


def test_what_was_said_on_the_page_stands_in_the_sheet(folder: Path, tmp_path: Path) -> None:
    rate_all(folder, "Ada")
    sheet = json.loads(tc.export_review(folder, tmp_path / "ada.json", rater="Ada").read_text("utf-8"))
    assert {value for item in sheet for value in item["scores"].values()} <= {2, 3, 4, 5}


def test_a_file_is_not_written_over_unasked(folder: Path, tmp_path: Path) -> None:
    path = tc.export_review(folder, tmp_path / "a.csv")
    with pytest.raises(InputError, match=r"a\.csv exists"):
        tc.export_review(folder, path)
    assert tc.export_review(folder, path, overwrite=True) == path


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\x1b[2J", "a\u202eb"])
def test_a_name_that_is_none_is_refused(name: str, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the name"):
        tc.export_review(folder, tmp_path / "a.csv", rater=name)


def rows_of(path: Path) -> list[dict[str, Any]]:
    text = path.read_text("utf-8-sig")
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(text)))
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_all_ratings_go_out_with_the_model_behind_each_answer(suffix: str, folder: Path, tmp_path: Path) -> None:
    rate_all(folder, "Ada", "=cmd|' /C calc'!A0")
    rows = rows_of(export_ratings(folder, tmp_path / f"ratings{suffix}"))
    assert len(rows) == 2 * 40
    assert {row["side"] for row in rows} == {"tuned", "base"}
    assert len({str(row["item"]) for row in rows}) == 20
    names = {row["rater"] for row in rows}
    assert names == {"Ada", "'=cmd|' /C calc'!A0" if suffix == ".csv" else "=cmd|' /C calc'!A0"}


def test_exported_ratings_are_what_the_agreement_of_any_file_is_made_from(folder: Path, tmp_path: Path) -> None:
    rate_all(folder, "Ada", "Bo")
    path = export_ratings(folder, tmp_path / "ratings.csv")
    outside = tc.agreement(path, item_field="answer", value_field="accuracy")
    inside = tc.show_review(folder).measures["agreement"]
    assert isinstance(outside.alpha, tc.Estimate)
    assert isinstance(inside, dict)
    assert outside.alpha.value == pytest.approx(inside["accuracy"].value)


def test_ratings_are_written_as_lines_or_csv_alone(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ratings are not written as a\.xlsx"):
        export_ratings(folder, tmp_path / "a.xlsx")
