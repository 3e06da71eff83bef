"""Tables of metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecheck.errors import InputError
from tunecheck.training import csv_metrics
from tunecheck.training.rows import Rows

LITGPT = """\
epoch,iter,iter_time,learning_rate,loss,step,total_tokens,val_loss,val_ppl
0,1,0.1,1e-05,2.5,1,10,,
0,2,0.1,1e-05,2.4,2,20,,
,,,,,2,,2.3,9.97
0,3,0.1,1e-05,2.3,3,30,,
,,,,,0,,2.2,9.03
"""


def read(tmp_path: Path, text: str, name: str = "metrics.csv") -> Rows:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert csv_metrics.matches(path)
    return csv_metrics.read(path)


def points(rows: Rows, name: str) -> list[tuple[float | None, float]]:
    return [(row.step, row.values[name]) for row in rows.rows if name in row.values]


def test_blank_cells_are_absent_values(tmp_path: Path) -> None:
    rows = read(tmp_path, "step,train_loss,val_loss\n10,2.5,\n10,,2.6\n20,2.25,\n")
    assert points(rows, "train_loss") == [(10.0, 2.5), (20.0, 2.25)]
    assert points(rows, "val_loss") == [(10.0, 2.6)]
    assert (rows.unit, rows.format, rows.notes) == ("step", "CSV", ())


def test_the_epoch_stands_beside_the_step(tmp_path: Path) -> None:
    rows = read(tmp_path, "epoch,step,loss\n0,10,2.5\n1,20,2.0\n")
    assert [(row.step, row.epoch, dict(row.values)) for row in rows.rows] == [
        (10.0, 0.0, {"loss": 2.5}),
        (20.0, 1.0, {"loss": 2.0}),
    ]


def test_litgpt_counts_iterations_and_its_last_evaluation_comes_after_training(tmp_path: Path) -> None:
    rows = read(tmp_path, LITGPT)
    assert (rows.format, rows.unit) == ("LitGPT metrics.csv", "iteration")
    assert points(rows, "val_loss") == [(2.0, 2.3), (3.0, 2.2)]
    assert points(rows, "loss") == [(1.0, 2.5), (2.0, 2.4), (3.0, 2.3)]
    assert "whole validation set" in rows.notes[0]


def test_lightning_writes_the_training_loss_twice_and_it_is_read_by_step(tmp_path: Path) -> None:
    text = "epoch,step,train_loss_epoch,train_loss_step,val_loss\n0,49,,2.5,\n0,99,,,2.1\n0,99,2.4,,\n1,149,,2.0,\n"
    rows = read(tmp_path, text)
    assert rows.format == "Lightning metrics.csv"
    assert points(rows, "train_loss") == [(49.0, 2.5), (149.0, 2.0)]
    assert points(rows, "val_loss") == [(99.0, 2.1)]


def test_several_validation_loaders_of_lightning_are_several_sets(tmp_path: Path) -> None:
    rows = read(tmp_path, "step,val_loss/dataloader_idx_0,val_loss/dataloader_idx_1\n9,2.5,3.5\n")
    assert dict(rows.rows[0].values) == {"eval_dataloader_0_loss": 2.5, "eval_dataloader_1_loss": 3.5}


def test_keras_with_semicolons_decimal_commas_and_na_is_read_by_epoch(tmp_path: Path) -> None:
    rows = read(tmp_path, "epoch;loss;val_loss\n0;2,5;NA\n1;2,25;1,2e1\n")
    assert rows.unit == "epoch"
    assert points(rows, "loss") == [(0.0, 2.5), (1.0, 2.25)]
    assert points(rows, "val_loss") == [(1.0, 12.0)]


def test_excels_separator_line_is_obeyed(tmp_path: Path) -> None:
    assert points(read(tmp_path, "sep=;\nstep;loss\n1;2,5\n"), "loss") == [(1.0, 2.5)]


def test_a_table_copied_from_a_notebook_is_read(tmp_path: Path) -> None:
    text = "Step\tTraining Loss\tValidation Loss\n10\tNo log\t2.5\n20\t1.75\t2.25\n"
    rows = read(tmp_path, text, "table.tsv")
    assert points(rows, "train_loss") == [(20.0, 1.75)]
    assert points(rows, "validation_loss") == [(10.0, 2.5), (20.0, 2.25)]


def test_a_markdown_table_is_read(tmp_path: Path) -> None:
    rows = read(tmp_path, "| Step | Training Loss |\n|:----:|------:|\n| 10 | 2.5 |\n| 20 | 2.0 |\n", "table.txt")
    assert (points(rows, "train_loss"), rows.notes) == ([(10.0, 2.5), (20.0, 2.0)], ())


def test_tensorboards_download_is_named_by_its_file(tmp_path: Path) -> None:
    rows = read(tmp_path, "Wall time,Step,Value\n1.7e9,10,2.5\n", "run-Nov05-tag-eval_loss.csv")
    assert (rows.format, points(rows, "eval_loss")) == ("TensorBoard CSV", [(10.0, 2.5)])


def test_the_index_that_pandas_writes_counts_the_rows_without_another_place(tmp_path: Path) -> None:
    assert points(read(tmp_path, ",loss,val_loss\n0,2.5,3\n1,2.0,2.75\n"), "val_loss") == [(0.0, 3.0), (1.0, 2.75)]


def test_the_trainers_own_step_comes_before_the_count_of_log_calls(tmp_path: Path) -> None:
    rows = read(tmp_path, "_step,train/global_step,train/loss,eval/loss\n0,10,2.5,\n1,10,,2.6\n2,20,2.0,\n")
    assert points(rows, "train/loss") == [(10.0, 2.5), (20.0, 2.0)]


def test_a_row_without_a_step_stands_at_the_one_above(tmp_path: Path) -> None:
    assert points(read(tmp_path, "step,loss,val_loss\n10,2.5,\n,,2.6\nnan,,2.7\n"), "val_loss") == [
        (10.0, 2.6),
        (10.0, 2.7),
    ]


def test_a_step_that_starts_again_with_each_epoch_is_counted_on(tmp_path: Path) -> None:
    rows = read(tmp_path, "epoch,step,loss\n1,50,3\n1,100,2.5\n2,50,2\n2,100,1.5\n3,50,1\n")
    assert [row.step for row in rows.rows] == [50.0, 100.0, 150.0, 200.0, 250.0]
    assert rows.notes == ("its step starts again at each epoch; here it is counted on through",)


def test_an_appended_second_run_keeps_its_own_steps(tmp_path: Path) -> None:
    rows = read(tmp_path, "epoch,step,loss\n1,50,3\n2,100,2.5\nepoch,step,loss\n1,50,2\n")
    assert ([row.step for row in rows.rows], rows.notes) == ([50.0, 100.0, 50.0], ())


def test_a_new_header_in_the_middle_counts_from_there_on(tmp_path: Path) -> None:
    rows = read(tmp_path, "step,loss\n1,3\nstep,val_loss,loss\n2,2.5,2\n")
    assert (points(rows, "loss"), points(rows, "val_loss")) == ([(1.0, 3.0), (2.0, 2.0)], [(2.0, 2.5)])


def test_nan_and_infinity_are_values(tmp_path: Path) -> None:
    assert repr(points(read(tmp_path, "step,loss\n1,nan\n2,inf\n"), "loss")) == "[(1.0, nan), (2.0, inf)]"


def test_damaged_lines_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = read(tmp_path, 'step,loss\n1,3\nrubbish\n2,2,,7\n3,"2\n4,1\n')
    assert [row.step for row in rows.rows] == [1.0, 4.0]
    assert rows.notes == ("metrics.csv: damaged lines left out: 3",)


def test_a_last_line_that_is_cut_off_is_left_out(tmp_path: Path) -> None:
    assert [row.step for row in read(tmp_path, "step,loss,val_loss\n1,3,2\n2,2.").rows] == [1.0]


def test_comments_before_and_quotes_around_names_are_fine(tmp_path: Path) -> None:
    assert points(read(tmp_path, '# made today\n"step","loss"\n"1","2.5"\n'), "loss") == [(1.0, 2.5)]


def test_other_tables_and_files_are_not_taken(tmp_path: Path) -> None:
    for name, text in {
        "people.csv": "name,age\nann,3\n",
        "steps.csv": "step,reward\n1,2\n",
        "numbers.csv": "1,2\n3,4\n",
        "train.jsonl": '{"step": 1, "loss": 2}\n',
        "wandb.csv": '"Step","run - loss","run - loss__MIN","run - loss__MAX"\n1,2,2,2\n',
    }.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert not csv_metrics.matches(path)
    assert not csv_metrics.matches(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "1,2\n3,4\n",
            "line 1: no header with the names of at least two columns\nadd one, such as: step,train_loss,val_loss",
        ),
        ("step,loss\n", "no line with numbers below its header\nthe trainer may not have logged yet"),
        ("epoch,step\n1,2\n", "line 1: no column but epoch, step\nit needs one for a loss, such as val_loss"),
    ],
)
def test_the_error_says_what_is_missing(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        csv_metrics.read(path)
    assert str(caught.value).removeprefix(str(path)).lstrip(": ") == message
