"""The table that a notebook shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecheck.errors import InputError
from tunecheck.training import notebook_table, read_history
from tunecheck.training.rows import Row, Rows

TABLE = (
    "Loading the model\n [40/40 01:00, Epoch 2/2]\nStep\tTraining Loss\tValidation Loss\tF1 Score\n"
    "10\tNo log\t 2.500000\t0.1\n20\t1.750000\t2.250000\t0.2\nUserWarning: something\n30\t1.750000\t2.125000\t0.3\n"
    "40\t1.500000\tNo log\t0.4\ndone\t1\n"
)


def read(tmp_path: Path, text: str) -> Rows:
    path = tmp_path / "out.txt"
    path.write_text(text)
    assert notebook_table.matches(path)
    return notebook_table.read(path)


def test_rows_between_other_lines_are_read_and_a_repeated_training_loss_counts_once(tmp_path: Path) -> None:
    rows = read(tmp_path, TABLE)
    assert rows.unit == "step"
    assert rows.rows == (
        Row(10.0, None, {"eval_loss": 2.5, "eval_f1_score": 0.1}),
        Row(20.0, None, {"loss": 1.75, "eval_loss": 2.25, "eval_f1_score": 0.2}),
        Row(30.0, None, {"eval_loss": 2.125, "eval_f1_score": 0.3}),
        Row(40.0, None, {"loss": 1.5, "eval_f1_score": 0.4}),
    )
    assert rows.notes == ("read from the table that a notebook showed: out.txt",)


def test_a_table_by_epochs_has_epochs_for_its_place(tmp_path: Path) -> None:
    rows = read(tmp_path, "Training\nEpoch\tTraining Loss\tValidation Loss\n1\t2.5\t2.25\n2\t1.5\t1.75\n")
    assert (rows.unit, [row.epoch for row in rows.rows]) == ("epoch", [1.0, 2.0])


def test_a_folder_with_such_a_text_has_a_history(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text(TABLE)
    history = read_history(tmp_path)
    assert history.format == "table of a notebook"
    losses = history.one("loss", "eval")
    assert losses is not None
    assert [point.value for point in losses.points] == [2.5, 2.25, 2.125]


@pytest.mark.parametrize(
    "text", ["", "Step\tTraining Loss\n", "Step\tTraining Loss\nabc\tdef\n", "Step 1 Training Loss 2"]
)
def test_a_text_without_a_row_below_a_header_is_no_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "out.txt"
    path.write_text(text)
    assert not notebook_table.matches(path)
    with pytest.raises(InputError) as caught:
        notebook_table.read(path)
    assert str(caught.value) == (
        f"{path}: no table with the columns Step or Epoch, Training Loss and Validation Loss\n"
        "point at trainer_state.json or at another log of the run"
    )
