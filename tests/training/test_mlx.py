"""Consoles of mlx-lm."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecheck.errors import InputError
from tunecheck.training import mlx
from tunecheck.training.rows import Rows

SENTENCES = """\
Loading pretrained model
Starting training..., iters: 1000
Calculating loss...: 100%|####| 25/25 [00:06<00:00,  4.18it/s]\rIter 1: Val loss 3.125, Val took 5.250s
Iter 10: Train loss 2.750, Learning Rate 1.000e-05, It/sec 0.5, Tokens/sec 115.8, Trained Tokens 9640, Peak mem 14.4 GB
\x1b[96mIter 200: Val loss nan, Val took 5.250s\x1b[0m
Iter 1,000: Train loss 1.5, Tokens/sec 100.0
Test loss 2.125, Test ppl 8.373.
"""
TABLE = """\
╭──── mlx_lm.lora ────╮
│  batch · iters   4 · 1,200  │
  iter   train_loss     tok/s     tokens
     1    val 3.250    57.86s
    10    2.750 ▼    1,234     56.7k
    20    \x1b[1;33m  nan ▲\x1b[0m       12     1.7k
  save  0000100_adapters.safetensors
   200    val 2.500    57.86s
  1200    12.500 ▲      120  9056.7k
"""


def read(tmp_path: Path, text: str, name: str = "train.log") -> Rows:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert mlx.matches(path)
    return mlx.read(path)


def points(rows: Rows, name: str) -> list[tuple[float | None, float]]:
    return [(row.step, row.values[name]) for row in rows.rows if name in row.values]


def test_the_sentences_of_the_older_versions_are_read(tmp_path: Path) -> None:
    rows = read(tmp_path, SENTENCES)
    assert points(rows, "train_loss") == [(10.0, 2.75), (1000.0, 1.5)]
    assert repr(points(rows, "val_loss")) == "[(1.0, 3.125), (200.0, nan)]"
    assert points(rows, "learning_rate") == [(10.0, 1e-05)]
    assert points(rows, "test_loss") == [(1000.0, 2.125)]
    assert (rows.unit, rows.facts) == ("iteration", {"planned_steps": 1000.0, "last_step": 1000.0})


def test_the_table_of_the_newer_versions_is_read(tmp_path: Path) -> None:
    rows = read(tmp_path, TABLE)
    assert repr(points(rows, "train_loss")) == "[(10.0, 2.75), (20.0, nan), (1200.0, 12.5)]"
    assert points(rows, "val_loss") == [(1.0, 3.25), (200.0, 2.5)]
    assert rows.facts == {"planned_steps": 1200.0, "last_step": 1200.0}


@pytest.mark.parametrize("text", [SENTENCES, TABLE])
def test_the_first_evaluation_is_told_to_be_the_base_models(tmp_path: Path, text: str) -> None:
    note = "the evaluation at iteration 1 is made before the first update: it is the base model's loss"
    assert note in read(tmp_path, text).notes


def test_rewards_tell_that_a_loss_is_of_preferences(tmp_path: Path) -> None:
    rows = read(
        tmp_path, "Iter 10: Train loss 0.693, Chosen reward 0.1, Rejected reward -0.25, Accuracy 0.5\n", "x.out"
    )
    assert dict(rows.rows[0].values) == {"train_loss": 0.693, "rewards/chosen": 0.1, "rewards/rejected": -0.25}


def test_a_file_of_something_else_is_not_taken_and_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("Iteration 10 done\n  10   20   30\n", encoding="utf-8")
    assert not mlx.matches(path)
    with pytest.raises(InputError, match=r"mlx_lm\.lora \.\.\. \| tee train\.log"):
        mlx.read(path)
