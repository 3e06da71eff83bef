"""trainer_state.json."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tunecheck.errors import InputError
from tunecheck.training import hugging_face
from tunecheck.training.rows import Rows

LOG: list[dict[str, Any]] = [
    {"loss": 2.5, "grad_norm": 1.5, "learning_rate": 1e-4, "epoch": 0.5, "step": 10},
    {"eval_loss": 2.25, "eval_runtime": 12.5, "eval_samples_per_second": 16.0, "epoch": 0.5, "step": 10},
    {"loss": 2.0, "learning_rate": 5e-5, "epoch": 1.0, "step": 20},
    {"eval_loss": math.nan, "epoch": 1.0, "step": 20},
    {"train_loss": 2.25, "train_runtime": 60.0, "epoch": 1.0, "step": 20},
]
STATE = {"best_metric": 2.25, "best_model_checkpoint": "/out/checkpoint-10/", "global_step": 20, "max_steps": 40}


def write(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "trainer_state.json"
    path.write_text(json.dumps({**STATE, "log_history": LOG, **changes}, indent=2, sort_keys=True))
    return path


def read(tmp_path: Path, **changes: object) -> Rows:
    return hugging_face.read(write(tmp_path, **changes))


def test_rows_and_facts_of_a_state(tmp_path: Path) -> None:
    rows = read(tmp_path)
    assert [(row.step, row.epoch) for row in rows.rows] == [(10, 0.5), (10, 0.5), (20, 1), (20, 1), (20, 1)]
    assert rows.facts == {
        "last_step": 20, "planned_steps": 40, "best_step": 10, "best_metric": "loss", "n_eval": 200
    }  # fmt: skip
    assert rows.notes == ()


def test_bare_nan_is_read_as_nan(tmp_path: Path) -> None:
    assert "NaN" in write(tmp_path).read_text()
    assert math.isnan(read(tmp_path).rows[3].values["eval_loss"])


def test_the_newer_field_names_the_best_step(tmp_path: Path) -> None:
    assert read(tmp_path, best_global_step=30).facts["best_step"] == 30
    assert read(tmp_path, best_model_checkpoint="C:\\out\\checkpoint-20").facts["best_step"] == 20
    assert "best_step" not in read(tmp_path, best_model_checkpoint=None).facts


def test_a_metric_other_than_the_loss_that_chose_the_best_step_is_named(tmp_path: Path) -> None:
    log = [*LOG, {"eval_loss": 1.5, "eval_rougeL": 0.75, "step": 30}]
    assert read(tmp_path, log_history=log, best_metric=0.75).facts["best_metric"] == "rougeL"


def test_the_size_of_a_large_evaluation_set_is_not_guessed_from_rounded_speed(tmp_path: Path) -> None:
    log = [{"eval_loss": 1.0, "eval_runtime": 3000.0, "eval_samples_per_second": 4.106, "step": 1}]
    assert "n_eval" not in read(tmp_path, log_history=log).facts


@pytest.mark.parametrize("key", ["rewards/chosen", "eval_rewards/margins", "logps/chosen", "reward", "reward_std"])
def test_rewards_make_it_a_preference_run(tmp_path: Path, key: str) -> None:
    assert read(tmp_path, log_history=[{"loss": 0.69, key: 0.5, "step": 1}]).facts["loss_kind"] == "preference"


def test_a_loss_with_terms_added_is_no_plain_likelihood(tmp_path: Path) -> None:
    assert read(tmp_path, log_history=[{"loss": 2.0, "aux_loss": 0.5, "step": 1}]).facts["loss_kind"] == "other"


def test_a_state_that_is_cut_off_is_read_up_to_the_cut(tmp_path: Path) -> None:
    path = write(tmp_path)
    text = path.read_text()
    path.write_text(text[: text.index('"eval_loss": NaN')])
    rows = hugging_face.read(path)
    assert len(rows.rows) == 3
    assert rows.facts["last_step"] == 20
    assert rows.notes[0] == "trainer_state.json is damaged or cut off after 3 rows of its log; those were read"


def test_an_empty_log_says_why_where_that_is_known(tmp_path: Path) -> None:
    assert read(tmp_path, log_history=[], logging_steps=50).notes == (
        "its log holds no loss: logging_steps is 50 and the run had 20 steps",
    )
    assert read(tmp_path, log_history=[]).notes == ("its log holds no loss",)


@pytest.mark.parametrize(("waited", "said"), [(3, True), (1, False)])
def test_early_stopping_is_said_where_its_patience_ran_out(tmp_path: Path, waited: int, said: bool) -> None:
    stopper = {"args": {"early_stopping_patience": 3}, "attributes": {"early_stopping_patience_counter": waited}}
    notes = read(tmp_path, stateful_callbacks={"EarlyStoppingCallback": stopper}).notes
    assert (notes == ("early stopping ended the run: evaluations no longer improved",)) is said


@pytest.mark.parametrize(
    "changes",
    [
        {"stateful_callbacks": [1]}, {"stateful_callbacks": {"EarlyStoppingCallback": "x"}}, {"global_step": "x"},
        {"max_steps": [], "best_metric": {}}, {"log_history": [None, 3, "x", [], {"step": {}, "loss": 10**400}]},
        {"best_model_checkpoint": 5, "best_global_step": -1},
    ],
)  # fmt: skip
def test_fields_of_other_types_are_passed_over(tmp_path: Path, changes: dict[str, object]) -> None:
    assert read(tmp_path, **changes).format == "Hugging Face Trainer"


@pytest.mark.parametrize(
    ("content", "kind"),
    [("", "empty"), ("hello", "no JSON"), ("{}", "JSON of another kind"), ("[1]", "JSON of another")],
)
def test_what_is_no_state_is_refused_by_what_it_is(tmp_path: Path, content: str, kind: str) -> None:
    path = tmp_path / "trainer_state.json"
    path.write_text(content)
    with pytest.raises(InputError, match=f"has no log_history: it is {kind}"):
        hugging_face.read(path)


def test_a_state_under_another_name_is_known_by_its_log(tmp_path: Path) -> None:
    assert hugging_face.matches(write(tmp_path).rename(tmp_path / "run7.json"))


def test_of_a_very_long_log_the_ends_are_read_and_the_rest_counted(tmp_path: Path) -> None:
    n_rows = hugging_face.MAX_ROWS + 500
    rows = read(tmp_path, log_history=[{"loss": 1.0, "step": step} for step in range(n_rows)])
    assert (rows.rows[0].step, rows.rows[-1].step) == (0, n_rows - 1)
    assert rows.notes == ("trainer_state.json is very long: 500 rows in its middle were left out",)


def test_of_a_very_large_state_the_rows_on_both_sides_of_the_gap_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = [{"epoch": step / 100, "loss": 2.5 - step / 1000, "step": step} for step in range(1, 1001)]
    path = write(tmp_path, log_history=log)
    monkeypatch.setattr("tunecheck.training.log_text.MAX_BYTES", 30_000)
    monkeypatch.setattr("tunecheck.training.log_text._HEAD_BYTES", 5_000)
    rows = hugging_face.read(path)
    assert rows.rows[0].step == 1
    assert rows.rows[-1].step == 1000
    assert 200 < len(rows.rows) < 500
    assert rows.notes == ("trainer_state.json is very large: a part in its middle was left out",)
    assert rows.facts["last_step"] == 20


@pytest.mark.parametrize(("changes", "step"), [({}, 20.0), ({"global_step": None}, 0.0), ({"log_history": None}, 0.0)])
def test_the_step_of_a_state_is_told_from_its_beginning(tmp_path: Path, changes: dict[str, Any], step: float) -> None:
    assert hugging_face.last_step(write(tmp_path, **changes)) == step


def test_a_large_state_is_read_at_both_ends_however_it_is_laid_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hugging_face, "_MAX_TEXT", 8_000)
    log = [{"epoch": step / 100, "loss": 2.5 - step / 1000, "step": step} for step in range(1, 501)]
    for indent in (None, 2):
        path = tmp_path / "trainer_state.json"
        path.write_text(json.dumps({**STATE, "log_history": log}, indent=indent, sort_keys=True))
        rows = hugging_face.read(path)
        assert (rows.rows[0].step, rows.rows[-1].step) == (1, 500)
        assert all(row.values["loss"] == 2.5 - row.values["step"] / 1000 for row in rows.rows)
        assert rows.notes == ("trainer_state.json is very large: a part in its middle was left out",)
