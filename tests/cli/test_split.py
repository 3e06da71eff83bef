"""tunecheck split, as a shell sees it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.workshop import call


def write(path: Path, n: int = 100) -> Path:
    rows = [
        {"prompt": f"what is {k} times {k + 3}", "completion": f"it is {k * (k + 3)}", "topic": f"t{k % 4}"}
        for k in range(n)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_the_files_hold_every_row_once_and_the_counts_are_told(tmp_path: Path) -> None:
    data = write(tmp_path / "data.jsonl")
    called = call("split", data, "--out", tmp_path / "split")
    assert called.code == 0
    assert called.out.startswith("Train: 90 | Validation: 10\n")
    train, validation = read(tmp_path / "split" / "train.jsonl"), read(tmp_path / "split" / "val.jsonl")
    assert sorted(train + validation) == sorted(read(data))


def test_json_is_the_documents_of_counts_and_files(tmp_path: Path) -> None:
    called = call("split", write(tmp_path / "d.jsonl"), "--strategy", "category", "--out", tmp_path / "s", "--json")
    document = called.document
    assert (document["n_train"], document["n_val"], document["strategy"], document["seed"]) == (90, 10, "category", 42)
    assert [file["path"] for file in document["files"]] == ["train.jsonl", "val.jsonl"]
    assert document["untested_categories"] == []


def test_a_split_is_verified_and_a_changed_file_is_found(tmp_path: Path) -> None:
    call("split", write(tmp_path / "d.jsonl"), "--out", tmp_path / "s")
    assert call("split", "--verify", tmp_path / "s" / "split.json").code == 0
    with (tmp_path / "s" / "val.jsonl").open("a") as file:
        file.write('{"prompt": "new", "completion": "row"}\n')
    called = call("split", "--verify", tmp_path / "s" / "split.json")
    assert called.code == 1
    assert "val.jsonl has changed: it has 11 rows, and 10 were written to it" in called.out


def test_appended_rows_move_no_old_row(tmp_path: Path) -> None:
    call("split", write(tmp_path / "d.jsonl", 100), "--out", tmp_path / "short")
    call("split", write(tmp_path / "d.jsonl", 300), "--out", tmp_path / "long")
    assert set(read(tmp_path / "short" / "val.jsonl")) <= set(read(tmp_path / "long" / "val.jsonl"))
    assert set(read(tmp_path / "short" / "train.jsonl")) <= set(read(tmp_path / "long" / "train.jsonl"))


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    assert "--verify MANIFEST" in call("split").err
    called = call("split", write(tmp_path / "d.jsonl"))
    assert called.code == 2
    assert "--out DIR" in called.err
    called = call("split", tmp_path / "d.jsonl", "--strategy", "temporal", "--out", tmp_path / "s")
    assert called.code == 2
    assert "prompt, completion, topic" in called.err


def test_files_with_other_content_are_written_over_only_when_asked(tmp_path: Path) -> None:
    data = write(tmp_path / "d.jsonl")
    call("split", data, "--out", tmp_path / "s")
    assert call("split", data, "--out", tmp_path / "s", "--seed", 7).code == 2
    assert call("split", data, "--out", tmp_path / "s", "--seed", 7, "--overwrite").code == 0


def test_one_row_is_one_row_and_one_unit_is_one_unit(tmp_path: Path) -> None:
    called = call("split", write(tmp_path / "d.jsonl"), "--out", tmp_path / "s", "--test-size", 1)
    assert "the largest of 1 row\n" in called.out
    assert "1 validation unit resolves a paired difference of 0.7 nats" in called.out
    assert "of 100 points of accuracy" in called.out
