"""tunecheck leaks, as a shell sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workshop import call

ROWS = [{"prompt": f"what is {n} times {n + 3} in words", "completion": f"it is {n * (n + 3)}"} for n in range(60)]


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    other = [{"prompt": f"name {n} red birds", "completion": f"bird number {n * 31}"} for n in range(30)]
    return write(tmp_path / "train.jsonl", ROWS), write(tmp_path / "val.jsonl", [*other, ROWS[4], ROWS[9]])


def test_the_pairs_are_shown_with_both_rows_and_their_places(files: tuple[Path, Path]) -> None:
    called = call("leaks", *files)
    assert called.code == 0
    assert "The training set gives away 2 of 32 validation items (6.2%)." in called.out
    assert "val.jsonl line 31" in called.out
    assert "train.jsonl line 5" in called.out
    assert "what is 4 times 7 in words -> it is 28" in called.out


def test_json_holds_the_check_and_all_pairs(files: tuple[Path, Path]) -> None:
    document = call("leaks", *files, "--json").document
    assert (document["check"], document["status"]) == ("leaks", "warn")
    assert [pair["kind"] for pair in document["pairs"]] == ["exact", "exact"]
    assert document["pairs"][0]["train"]["source"].endswith("train.jsonl line 5")


def test_a_validation_set_that_leaks_fails(files: tuple[Path, Path]) -> None:
    called = call("leaks", files[0], files[0], "--show", "2")
    assert called.code == 1
    assert "gives away 60 of 60 validation items" in called.out
    assert "58 more: --show 60, or --json for all" in called.out


def test_rows_cannot_reach_the_terminal_with_escape_sequences(tmp_path: Path) -> None:
    rows = [{"prompt": "\x1b[2J\x1b]0;title\x07 a prompt", "completion": "\x9b31m red"}] * 2
    path = write(tmp_path / "rows.jsonl", rows)
    called = call("leaks", path, path)
    assert called.code == 1
    assert not any(letter in called.out for letter in "\x1b\x07\x9b")


def test_a_missing_file_is_named(tmp_path: Path, files: tuple[Path, Path]) -> None:
    called = call("leaks", files[0], tmp_path / "valid.jsonl")
    assert called.code == 2
    assert "there is no file" in called.message
    assert "val.jsonl" in called.hint
