"""Charts exported from Weights & Biases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecheck.errors import InputError
from tunecheck.training import wandb
from tunecheck.training.rows import Row, Rows

NAME = "wandb_export_2026-01-02T03_04_05.678+01_00.csv"


def read(tmp_path: Path, text: str) -> Rows:
    path = tmp_path / NAME
    path.write_text(text, encoding="utf-8")
    assert wandb.matches(path)
    return wandb.read(path)


def test_the_bands_are_left_out_and_the_sample_is_told(tmp_path: Path) -> None:
    text = '"train/global_step","red-fox-1 - eval/loss","red-fox-1 - eval/loss__MIN","red-fox-1 - eval/loss__MAX"\n'
    rows = read(tmp_path, text + '"10","2.5","2.5","2.5"\n"20","2.25","2.25","2.25"\n')
    assert rows.rows == (
        Row(step=10.0, epoch=None, values={"eval/loss": 2.5}),
        Row(step=20.0, epoch=None, values={"eval/loss": 2.25}),
    )
    assert rows.notes == ("Weights & Biases gives out a sample of the points of a long run, not all of them",)


def test_of_several_runs_the_most_complete_is_read_and_named(tmp_path: Path) -> None:
    text = '"Step","a - loss","b - 2 - loss","c - loss"\n1,3,2.5,\n2,,2,\n3,,1.5,1\n'
    rows = read(tmp_path, text)
    assert [row.values["loss"] for row in rows.rows] == [2.5, 2.0, 1.5]
    assert f"{NAME} holds 3 runs; the curve is that of 'b - 2', not of a, c" in rows.notes
    assert "its Step counts calls of wandb.log, which need not be optimizer steps" in rows.notes


def test_of_equally_complete_runs_the_last_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, '"Step","a - loss","b - loss"\n1,3,2\n').rows[0].values == {"loss": 2.0}


def test_train_and_eval_of_one_run_come_together(tmp_path: Path) -> None:
    rows = read(tmp_path, '"epoch","a - train/loss","a - eval/loss","a - _step"\n1,3,2.5,7\n')
    assert (rows.unit, dict(rows.rows[0].values)) == ("epoch", {"train/loss": 3.0, "eval/loss": 2.5})


def test_the_mean_of_a_group_is_told(tmp_path: Path) -> None:
    assert "'Group: x' is the mean over a group of runs" in read(tmp_path, '"Step","Group: x - loss"\n1,3\n').notes


def test_a_table_of_another_kind_is_not_taken_and_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text("step,loss\n1,2\n", encoding="utf-8")
    assert not wandb.matches(path)
    with pytest.raises(InputError, match="no column of the form '<run> - train/loss'"):
        wandb.read(path)
