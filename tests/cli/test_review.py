"""tunecheck review and serve at the command line: what is printed, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.runner.test_review import ROWS, rate_all
from tests.workshop import call, write_rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    answers = write_rows(tmp_path / "answers.jsonl", ROWS)
    called = call("review", "create", "--predictions", answers, "--out", tmp_path / "run", "--items", "20")
    assert called.code == 0, called.err
    return tmp_path / "run"


def test_create_says_what_was_made_and_how_to_rate_it(tmp_path: Path) -> None:
    answers = write_rows(tmp_path / "answers.jsonl", ROWS)
    out = tmp_path / "run"
    called = call("review", "create", "--predictions", answers, "--out", out, "--items", "20")
    assert called.out.splitlines()[:2] == [
        "a sheet of 40 answers to 20 prompts, tuned and base mixed blind",
        "  3 of them come back once, to see whether raters agree with themselves",
    ]
    for words in (f"tunecheck serve {out}", f"tunecheck review vote {out}", f"tunecheck review import {out} FILE"):
        assert words in called.out


def test_create_has_a_document_for_scripts(tmp_path: Path) -> None:
    answers = write_rows(tmp_path / "answers.jsonl", ROWS)
    document = call("review", "create", "--predictions", answers, "--out", tmp_path / "run", "--json").document
    assert document["n_items"] == 50
    assert document["axes"] == ["accuracy", "relevance", "fluency", "format"]
    assert len(document["files"]) == 3


def test_show_says_how_many_are_missing_and_then_what_people_found(folder: Path) -> None:
    called = call("review", "show", folder)
    assert called.code == 3
    assert "0 of the 20 items that a verdict needs are rated: 20 are missing" in called.out
    rate_all(folder, "Ada", "Bo")
    called = call("review", "show", folder)
    assert called.code == 0
    assert "Rated by 2 people on 20 items: tuned" in called.out
    rate_all(folder, "Ada", "Bo", tuned=2, base=5)
    assert call("review", "show", folder).code == 1
    assert call("review", "show", folder, "--json").document["status"] == "fail"


def test_sheets_go_out_and_come_back(folder: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "ada.json"
    assert call("review", "export", folder, sheet, "--rater", "Ada").out == f"wrote {sheet}\n"
    again = call("review", "export", folder, sheet, "--rater", "Ada")
    assert (again.code, f"{sheet} exists" in again.err) == (2, True)
    rows = json.loads(sheet.read_text("utf-8"))
    rows[0]["scores"]["format"] = 5
    rows[1]["scores"]["format"] = "splendid"
    sheet.write_text(json.dumps(rows), "utf-8")
    refused = call("review", "import", folder, sheet)
    assert refused.code == 2
    assert "ada.json item 2, scores.format: 'splendid' is not 1 to 5 or n/a" in refused.err
    taken = call("review", "import", folder, sheet, "--skip-bad-cells")
    assert (taken.code, "1 new from Ada" in taken.out, "left out: ada.json item 2" in taken.err) == (0, True, True)
    document = call("review", "import", folder, sheet, "--skip-bad-cells", "--json").document
    assert (document["n_changes"], document["n_unchanged"], len(document["rejected"])) == ({}, 1, 1)


def test_all_ratings_go_out_for_other_tools(folder: Path, tmp_path: Path) -> None:
    rate_all(folder, "Ada")
    assert call("review", "export", folder, tmp_path / "r.jsonl", "--ratings").code == 0
    assert len((tmp_path / "r.jsonl").read_text("utf-8").splitlines()) == 40
    both = call("review", "export", folder, tmp_path / "s.jsonl", "--ratings", "--rater", "Ada")
    assert (both.code, "--ratings holds all raters" in both.err) == (2, True)


@pytest.mark.parametrize("words", [("review", "show"), ("serve",), ("review", "vote"), ("review", "export")])
def test_a_folder_without_a_run_says_what_to_type(words: tuple[str, ...], tmp_path: Path) -> None:
    more = [tmp_path / "a.csv"] if words[-1] == "export" else []
    called = call(*words, tmp_path / "nothing", *more)
    assert called.code == 2
    assert "has no run.db" in called.err
    assert not (tmp_path / "nothing").exists()


def test_instructions_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    answers = write_rows(tmp_path / "answers.jsonl", ROWS)
    called = call("review", "create", "--predictions", answers, "--out", tmp_path, "--instructions", tmp_path / "no")
    assert (called.code, "No such file" in called.err) == (2, True)
