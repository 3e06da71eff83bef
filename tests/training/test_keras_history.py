"""Histories in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tunecheck.errors import InputError
from tunecheck.training import keras_history
from tunecheck.training.rows import Rows


def read(tmp_path: Path, content: object, name: str = "history.json") -> Rows:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    assert keras_history.matches(path)
    return keras_history.read(path)


def points(rows: Rows, name: str) -> list[tuple[float | None, float]]:
    return [(row.step, row.values[name]) for row in rows.rows if name in row.values]


def test_a_keras_history_is_counted_in_epochs_from_one(tmp_path: Path) -> None:
    rows = read(tmp_path, {"loss": [2.5, 2.0], "val_loss": [2.75, float("nan")]})
    assert (rows.format, rows.unit, rows.notes) == ("Keras history", "epoch", ())
    assert points(rows, "loss") == [(1.0, 2.5), (2.0, 2.0)]
    assert repr(points(rows, "val_loss")) == "[(1.0, 2.75), (2.0, nan)]"


def test_columns_as_pandas_writes_them_are_read_in_the_order_of_their_keys(tmp_path: Path) -> None:
    rows = read(tmp_path, {"loss": {str(row): 3.0 - row / 10 for row in range(11, -1, -1)}})
    assert points(rows, "loss") == [(row + 1.0, 3.0 - row / 10) for row in range(12)]


@pytest.mark.parametrize("outer", ["history", "log_history", "metrics"])
def test_a_history_inside_another_dictionary_is_found(tmp_path: Path, outer: str) -> None:
    assert points(read(tmp_path, {"params": {"epochs": 1}, outer: {"loss": [2.5]}}), "loss") == [(1.0, 2.5)]


def test_each_list_stands_at_the_steps_of_its_own_list(tmp_path: Path) -> None:
    content = {
        "steps": [10, 20, 30, 40],
        "train_losses": [4, 3, 2, 1],
        "eval_steps": [20, 40],
        "eval_losses": [3.5, 2.5],
    }
    rows = read(tmp_path, content)
    assert (rows.unit, rows.notes) == ("step", ())
    assert points(rows, "train_loss") == [(10.0, 4.0), (20.0, 3.0), (30.0, 2.0), (40.0, 1.0)]
    assert points(rows, "eval_loss") == [(20.0, 3.5), (40.0, 2.5)]


def test_evaluations_without_steps_are_spread_over_the_run_and_that_is_said(tmp_path: Path) -> None:
    rows = read(tmp_path, {"train": {"loss": [4, 3, 2, 1]}, "val": {"loss": [3.5, 2.5]}})
    assert points(rows, "val/loss") == [(2.0, 3.5), (4.0, 2.5)]
    assert rows.notes == ("evaluations have no step of their own; they are taken to be spread evenly over the run",)


def test_pairs_of_step_and_value_and_tensorboards_triples_are_read(tmp_path: Path) -> None:
    rows = read(tmp_path, {"loss": [[10, 2.5], [20, 2.0]], "val_loss": [[1.7e9, 20, 2.25]]})
    assert (rows.unit, points(rows, "loss")) == ("step", [(10.0, 2.5), (20.0, 2.0)])
    assert points(rows, "val_loss") == [(20.0, 2.25)]


def test_a_list_of_entries_by_epoch_is_read(tmp_path: Path) -> None:
    rows = read(tmp_path, [{"epoch": 1, "train_loss": 2.5, "val_loss": "x"}, {"epoch": 2, "train_loss": 2}, 7])
    assert (rows.format, rows.unit) == ("JSON metrics", "epoch")
    assert points(rows, "train_loss") == [(1.0, 2.5), (2.0, 2.0)]
    assert points(rows, "val_loss") == []


def test_lines_of_entries_are_read_and_damaged_ones_counted(tmp_path: Path) -> None:
    lines = '{"step": 10, "train": {"loss": 2.5}}\n{"step": 20, "eval": {"loss": 2.25}}\nrubbish\n{"step": 30, "tr'
    rows = read(tmp_path, lines, "log.jsonl")
    assert (points(rows, "train/loss"), points(rows, "eval/loss")) == ([(10.0, 2.5)], [(20.0, 2.25)])
    assert rows.notes == ("log.jsonl: damaged lines left out: 2",)


def test_data_sets_settings_and_summaries_are_not_taken(tmp_path: Path) -> None:
    for name, text in {
        "train.jsonl": '{"prompt": "loss?", "response": "2"}\n',
        "all_results.json": '{"train_loss": 2.5, "epoch": 3}',
        "config.json": '{"loss": [1, 2]}',
        "trainer_state.json": '{"log_history": [{"loss": 1, "step": 1}]}',
        "args.json": '{"loss_type": "nll", "steps": 3}',
        "broken.json": '[{"loss": 1,',
        "loss.txt": '{"loss": [1, 2]}',
    }.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert not keras_history.matches(path), name


@pytest.mark.parametrize(
    "text", ["{}", "[]", "3", "[" * 100_000, '{"loss": ["a"]}', '{"accuracy": [1, 2]}', '{"loss": {}}']
)
def test_a_file_without_a_history_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "history.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no history"):
        keras_history.read(path)
