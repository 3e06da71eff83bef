"""Losses that a loop prints in its own words."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tunecheck.errors import InputError
from tunecheck.training import sentences
from tunecheck.training.rows import Row, Rows


def read(tmp_path: Path, text: str) -> Rows:
    path = tmp_path / "train.log"
    path.write_text(text)
    assert sentences.matches(path)
    return sentences.read(path)


def test_lines_of_a_small_loop_are_read_with_both_losses(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "number of parameters: 10.5M\nstep 0: train loss 4.25, val loss 4.5\niter 0: loss 4.125, time 3ms, lr 1e-3\n"
        "step 1,000: train loss 2.5, val loss 2.75\n",
    )
    assert rows.unit == "step"
    assert rows.rows == (
        Row(0.0, None, {"loss": 4.25, "val_loss": 4.5}),
        Row(0.0, None, {"loss": 4.125, "learning_rate": 0.001}),
        Row(1000.0, None, {"loss": 2.5, "val_loss": 2.75}),
    )


def test_epochs_are_the_place_where_no_line_has_a_step(tmp_path: Path) -> None:
    rows = read(
        tmp_path, "Epoch 1/3 - loss: 2.5 - val_loss: 2.25\nEpoch [2/3], Train Loss: 1.5\nEpoch 3 | Valid Loss = nan\n"
    )
    assert rows.unit == "epoch"
    assert [row.epoch for row in rows.rows] == [1, 2, 3]
    assert math.isnan(rows.rows[2].values["valid_loss"])


def test_a_line_with_an_epoch_alone_stands_at_the_step_before_it(tmp_path: Path) -> None:
    text = "Epoch 1 | iter 1 step 0 | loss train: 2.5, val: n/a |\n"
    text += "Epoch 1 | iter 2 step 0 | loss train: 2.25, val: 2.5 |\n"
    rows = read(tmp_path, text + "epoch 1: eval_loss: 2.125\n").rows
    assert [(row.step, dict(row.values)) for row in rows] == [
        (1.0, {"loss": 2.5}),
        (2.0, {"loss": 2.25, "val_loss": 2.5}),
        (2.0, {"eval_loss": 2.125}),
    ]


def test_steps_that_start_again_at_each_epoch_are_counted_through(tmp_path: Path) -> None:
    text = "".join(f"epoch {epoch} step {step} loss 2.{step}\n" for epoch in (1, 2, 3) for step in (10, 20))
    assert [row.step for row in read(tmp_path, text).rows] == [10, 20, 30, 40, 50, 60]


def test_a_text_with_two_such_lines_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("after step 10: loss 2.5\nafter step 20: loss 2.25\nthe loss was fine\n")
    assert not sentences.matches(path)
    with pytest.raises(InputError, match="no lines such as 'step 100"):
        sentences.read(path)
