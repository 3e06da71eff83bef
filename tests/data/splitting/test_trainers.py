"""The rows that a trainer held out are found again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tunecheck as tc
from tests.workshop import call
from tunecheck.data.splitting.trainers import held_out_places, split_like_trainer

# Made once by datasets 5.2.0: Dataset.from_dict({"i": range(n)}).train_test_split(test_size=..., seed=...)["test"].
MADE_BY_DATASETS = [
    (20, 4, 42, [15, 9, 14, 7]),
    (37, 4, 7, [0, 28, 9, 4]),
    (50, 5, 1, [15, 25, 37, 23, 30]),
    (11, 4, 3, [9, 7, 0, 2]),
]
ROWS = [{"prompt": f"question number {n}", "completion": f"answer {n * n}"} for n in range(20)]


@pytest.mark.parametrize(("n_rows", "n_held_out", "seed", "places"), MADE_BY_DATASETS)
def test_places_are_those_of_datasets(n_rows: int, n_held_out: int, seed: int, places: list[int]) -> None:
    assert held_out_places(n_rows, n_held_out, seed) == places


def test_the_split_has_these_rows_and_joins_none() -> None:
    made = split_like_trainer([*ROWS[:19], ROWS[7]], n_held_out=4, seed=42)
    assert made.validation == [ROWS[7], ROWS[9], ROWS[14], ROWS[15]]
    assert made.grouping.n_units == 20
    assert [len(report.leaked_ids) for _, report in made.leaks] == [1]


def folder(path: Path, n_eval: int | None) -> Path:
    path.mkdir()
    timing = {} if n_eval is None else {"eval_runtime": 2.0, "eval_samples_per_second": n_eval / 2}
    log = [{"step": 10 * n, "eval_loss": 2.0 - n / 10, **timing} for n in range(1, 6)]
    (path / "trainer_state.json").write_text(json.dumps({"global_step": 50, "log_history": log}))
    return path


def test_the_command_takes_the_number_of_rows_from_the_log(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    out = tmp_path / "split"
    called = call("split", data, "--like", folder(tmp_path / "run", 4), "--out", out)
    assert called.code == 0
    assert called.out.startswith("Train: 16 | Validation: 4\n")
    assert (out / "val.jsonl").read_text().splitlines() == [json.dumps(ROWS[n]) for n in (7, 9, 14, 15)]
    assert call("split", "--verify", out / "split.json").code == 0


@pytest.mark.parametrize(
    ("n_eval", "more", "told"),
    [
        (None, (), "does not tell how many rows"),
        (30, (), "the trainer held out 30"),
        (4, ("--strategy", "category"), "--like leaves nothing to choose: drop --strategy"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, n_eval: int | None, more: tuple[str, ...], told: str) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    called = call("split", data, "--like", folder(tmp_path / "run", n_eval), "--out", tmp_path / "s", *more)
    assert called.code == 2
    assert told in called.err


def test_prepare_eval_split_gives_lists_for_lists(capsys: pytest.CaptureFixture[str]) -> None:
    train, validation = tc.prepare_eval_split(ROWS, test_size=0.2)
    assert capsys.readouterr().out == "Train: 16 | Validation: 4\n"
    assert sorted([*train, *validation], key=ROWS.index) == ROWS
