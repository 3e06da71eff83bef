"""trainer_log.jsonl of LLaMA-Factory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunecheck.errors import InputError
from tunecheck.training import llama_factory, read_history

NEW: list[dict[str, Any]] = [
    {"current_steps": 10, "total_steps": 30, "loss": 2.5, "lr": 1e-4, "epoch": 0.5, "elapsed_time": "0:00:10"},
    {"current_steps": 20, "total_steps": 30, "eval_loss": 2.25, "epoch": 1.0},
    {"current_steps": 20, "total_steps": 30, "loss": 2.0, "lr": 5e-5, "epoch": 1.0},
    {"current_steps": 30, "total_steps": 30, "epoch": 1.5, "percentage": 100.0},
]
OLD: list[dict[str, Any]] = [
    {"current_steps": 10, "total_steps": 40, "loss": 3.5, "eval_loss": None, "predict_loss": None, "reward": None,
     "learning_rate": 1e-4, "epoch": 0.5},
    {"current_steps": 20, "total_steps": 40, "loss": None, "eval_loss": 3.25, "learning_rate": None, "epoch": 1.0},
]  # fmt: skip


def write(tmp_path: Path, entries: list[dict[str, Any]], extra: str = "") -> Path:
    path = tmp_path / "trainer_log.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries) + extra)
    return path


@pytest.mark.parametrize(("entries", "last", "planned"), [(NEW, 30, 30), (OLD, 20, 40)])
def test_both_generations_give_loss_rate_and_evaluation(
    tmp_path: Path, entries: list[dict[str, Any]], last: int, planned: int
) -> None:
    history = read_history(write(tmp_path, entries))
    names = {(series.name, series.split) for series in history.series}
    assert names == {("loss", "train"), ("loss", "eval"), ("learning_rate", "train")}
    assert (history.last_step, history.planned_steps, history.loss_kind) == (last, planned, "nll")


def test_of_several_runs_in_one_file_the_last_counts(tmp_path: Path) -> None:
    history = read_history(write(tmp_path, [*OLD, *NEW]))
    train = history.one("loss", "train")
    assert train is not None
    assert [point.value for point in train.points] == [2.5, 2.0]
    assert history.runs_in_file == 2


def test_rewards_in_rows_of_training_make_it_a_preference_run(tmp_path: Path) -> None:
    log: list[dict[str, Any]] = [{"current_steps": 10, "loss": 0.69, "accuracy": 0.5}]
    assert llama_factory.read(write(tmp_path, log)).facts["loss_kind"] == "preference"
    assert "loss_kind" not in llama_factory.read(write(tmp_path, [*NEW, {"current_steps": 9, "accuracy": 0.5}])).facts


def test_damaged_lines_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = llama_factory.read(write(tmp_path, NEW, extra='{"current_steps": 3\nnoise\n[1]\n'))
    assert len(rows.rows) == 4
    assert rows.notes == ("trainer_log.jsonl: damaged lines left out: 3",)


def test_a_file_without_such_a_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no line is a JSON object with current_steps"):
        llama_factory.read(write(tmp_path, [], extra="hello\n"))
