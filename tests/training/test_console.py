"""Captured consoles of a Hugging Face Trainer."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tunecheck.errors import InputError
from tunecheck.training import console
from tunecheck.training.rows import Rows

BARS = """\
***** Running training *****
  Num examples = 1,000
  0%|          | 0/375 [00:00<?, ?it/s]
  3%|#         | 10/375 [00:10<01:00, 2.5it/s]{'loss': 2.5, 'grad_norm': 1.25, 'learning_rate': 0.0001, 'epoch': 0.08}
  5%|#         | 20/375 [00:10<01:00, 2.5it/s]\x1b[32m{'loss': 2.25, 'grad_norm': nan, 'epoch': 0.16}\x1b[0m
***** Running Evaluation *****
  Num examples = 100
  0%|          | 0/13 [00:00<?, ?it/s]\r100%|##########| 13/13 [00:02<00:00, 6it/s]
{'eval_loss': 2.125, 'eval_runtime': 2.5, 'epoch': 0.16}
  8%|#         | 30/375 [00:10<01:00, 2.5it/s]{'loss': 2.0, 'epoch': 0.24}
{'train_runtime': 100.5, 'train_loss': 2.25, 'epoch': 0.24}
"""


def read(tmp_path: Path, text: str) -> Rows:
    path = tmp_path / "train.log"
    path.write_text(text)
    assert console.matches(path)
    return console.read(path)


def test_the_step_is_that_of_the_bar_of_training_and_not_of_an_evaluation(tmp_path: Path) -> None:
    rows = read(tmp_path, BARS)
    assert [row.step for row in rows.rows] == [10, 20, 20, 30, 30]
    assert [next(iter(row.values)) for row in rows.rows] == ["loss", "loss", "eval_loss", "loss", "train_runtime"]
    assert math.isnan(rows.rows[1].values["grad_norm"])
    facts = {"n_train": 1000, "n_eval": 100, "planned_steps": 375, "last_step": 30, "loss_kind": "nll"}
    assert rows.facts == facts


def test_without_bars_the_epoch_is_the_place(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "{'loss': 2.5, 'epoch': 0.5}\nhello\n{'loss': '2.25', 'epoch': '1.0'}\n{'eval_loss': inf, 'epoch': 1.0}",
    )
    assert rows.unit == "epoch"
    assert [(row.step, row.epoch) for row in rows.rows] == [(None, 0.5), (None, 1.0), (None, 1.0)]
    assert rows.rows[1].values["loss"] == 2.25


def test_epochs_that_were_rounded_away_give_way_to_the_count_of_lines(tmp_path: Path) -> None:
    text = "".join(f"{{'loss': 2.{n}, 'epoch': 0.0}}\n" for n in range(5)) + "{'eval_loss': 2.5, 'epoch': 0.0}\n"
    rows = read(tmp_path, text)
    assert [row.step for row in rows.rows] == [1, 2, 3, 4, 5, 5]
    assert "it has no steps: here they are counted by lines of the log" in rows.notes


def test_json_lines_and_their_own_steps_are_read(tmp_path: Path) -> None:
    rows = read(tmp_path, 'INFO {"loss": 2.5, "step": 5, "note": null}\nINFO {"eval_loss": NaN, "step": 5}\n')
    assert [row.step for row in rows.rows] == [5, 5]
    assert rows.unit == "step"


def test_rewards_make_it_a_preference_run(tmp_path: Path) -> None:
    assert read(tmp_path, "{'loss': 0.69, 'rewards/chosen': 0.5, 'epoch': 1}").facts["loss_kind"] == "preference"


def test_calls_in_a_dictionary_are_not_run_but_passed_over(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    rows = read(tmp_path, f"{{'loss': open({str(marker)!r}, 'w'), 'epoch': 1}}\n{{'loss': 1.5, 'epoch': 2}}\n")
    assert len(rows.rows) == 1
    assert not marker.exists()


def test_a_text_without_such_a_line_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("Hello\n")
    assert not console.matches(tmp_path / "train.log")
    with pytest.raises(InputError, match="no line holds a dictionary with a loss"):
        console.read(tmp_path / "train.log")
