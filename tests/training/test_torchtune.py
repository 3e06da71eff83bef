"""Logs of torchtune."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecheck.errors import InputError
from tunecheck.training import torchtune
from tunecheck.training.rows import Row

LOG = """\
Step 1 | loss:2.5 lr:2e-05 tokens_per_second_per_gpu:57.25 grad_norm:1.5
Step 2 | loss:nan lr:1e-05 tokens_per_second_per_gpu:60.0 grad_norm:inf
Step 2 | val_loss:2.25
1|3|Loss: 2.0:  10%|#         | 3/30 [00:05<00:30]
Step 3 | loss:2.0 lr:tens
"""


def test_each_line_is_a_step_and_values_of_one_step_are_joined(tmp_path: Path) -> None:
    path = tmp_path / "log_1730000000.txt"
    path.write_text(LOG, encoding="utf-8")
    assert torchtune.matches(path)
    rows = torchtune.read(path)
    assert (rows.format, rows.unit, rows.source) == ("torchtune log", "step", "log_1730000000.txt")
    first, second, third = rows.rows
    speed = {"tokens_per_second_per_gpu": 57.25}
    assert first == Row(step=1.0, epoch=None, values={"loss": 2.5, "lr": 2e-05, **speed, "grad_norm": 1.5})
    assert repr(second.values["loss"]) == "nan"
    assert second.values["val_loss"] == 2.25
    assert third == Row(step=3.0, epoch=None, values={"loss": 2.0})


def test_a_captured_console_is_known_by_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "out.log"
    path.write_text("Model is initialized\n" + LOG, encoding="utf-8")
    assert torchtune.matches(path)
    path.write_text("Step 1 of 3: download\n", encoding="utf-8")
    assert not torchtune.matches(path)


def test_a_file_without_such_a_line_is_an_error_that_shows_one(tmp_path: Path) -> None:
    path = tmp_path / "log_1730000000.txt"
    path.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        torchtune.read(path)
    assert str(caught.value) == (
        f"{path}: no line of the form 'Step 5 | loss:1.25 lr:2e-05'\n"
        "point at the log_<number>.txt in the output folder of torchtune, or at another log of the run"
    )
