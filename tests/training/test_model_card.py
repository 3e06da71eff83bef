"""The table of losses in a model card."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecheck.errors import InputError
from tunecheck.training import model_card, read_history

CARD = """\
---
tags:
- generated_from_trainer
---
### Training results

| Training Loss | Epoch | Step | Validation Loss | Accuracy |
|:-------------:|:-----:|:----:|:---------------:|:--------:|
| No log        | 1.0   | 50   | 2.5             | 0.25     |
| 2.25          | 2.0   | 100  | 2.125           | 0.5      |

### Framework versions
"""


def test_the_table_of_a_model_card_is_the_last_resort(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    history = read_history(tmp_path)
    evaluated, trained = history.one("loss", "eval"), history.one("loss", "train")
    assert evaluated is not None
    assert trained is not None
    assert [(point.step, point.value, point.epoch) for point in evaluated.points] == [(50, 2.5, 1), (100, 2.125, 2)]
    assert [(point.step, point.value) for point in trained.points] == [(100, 2.25)]
    assert history.one("accuracy", "eval") is not None
    assert "a row for each evaluation only" in history.notes[0]


def test_a_card_without_such_a_table_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# A model\n\n| Loss | is |\n|---|---|\n| the validation loss | low |\n")
    assert not model_card.matches(path)
    with pytest.raises(InputError, match="no table of training results"):
        model_card.read(path)
