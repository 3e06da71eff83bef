"""read_history: from a folder to one history."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.training.event_writer import scalar
from tests.training.event_writer import write as write_events
from tunecheck.errors import InputError
from tunecheck.training import history_of_log, read_history


def state(folder: Path, *, last: int, planned: int = 100, evaluated: bool = False) -> Path:
    log = [{"loss": 300 / step, "step": step, "epoch": step / 50} for step in range(10, last + 1, 10)]
    log += [{"eval_loss": 350.0 / last, "step": last, "epoch": last / 50}] if evaluated else []
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "trainer_state.json"
    path.write_text(json.dumps({"global_step": last, "max_steps": planned, "log_history": log}))
    return path


def n_points(folder: Path, split: str = "train") -> int:
    return sum(len(s.points) for s in read_history(folder).series if (s.name, s.split) == ("loss", split))


def test_the_checkpoint_that_went_furthest_holds_the_curve(tmp_path: Path) -> None:
    for last in (20, 100, 80):
        state(tmp_path / f"checkpoint-{last}", last=last)
    history = read_history(tmp_path)
    assert history.source == "checkpoint-100/trainer_state.json"
    assert history.checkpoints == (20, 80, 100)
    assert n_points(tmp_path) == 10


def test_the_state_in_the_folder_itself_counts_where_it_went_as_far(tmp_path: Path) -> None:
    state(tmp_path / "checkpoint-100", last=100)
    state(tmp_path, last=100)
    assert read_history(tmp_path).source == "trainer_state.json"
    state(tmp_path / "checkpoint-150", last=150)
    assert read_history(tmp_path).source == "checkpoint-150/trainer_state.json"


def test_a_damaged_state_gives_way_to_the_one_before_and_is_told(tmp_path: Path) -> None:
    state(tmp_path / "checkpoint-20", last=20)
    state(tmp_path / "checkpoint-30", last=30).write_text("half a")
    history = read_history(tmp_path)
    assert history.last_step == 20
    assert any("has no log_history" in line for line in history.evidence)


def test_a_run_that_was_stopped_before_its_plan_is_told(tmp_path: Path) -> None:
    state(tmp_path, last=50)
    history = read_history(tmp_path)
    assert (history.last_step, history.planned_steps) == (50, 100)


def test_evaluations_that_the_state_lacks_are_taken_from_event_files(tmp_path: Path) -> None:
    state(tmp_path, last=100)
    events = [scalar(step, "eval/loss", 2.0) for step in (50, 100)]
    write_events(tmp_path / "runs" / "Jan01_host" / "events.out.tfevents.1700000000.host.1.0", *events)
    history = read_history(tmp_path)
    assert n_points(tmp_path, "eval") == 2
    assert any("eval loss" in note and "events.out.tfevents" in note for note in history.notes)
    assert any("events.out.tfevents" in line for line in history.evidence)


def test_several_runs_in_one_folder_are_listed(tmp_path: Path) -> None:
    state(tmp_path / "first", last=20)
    state(tmp_path / "second", last=30)
    with pytest.raises(InputError, match="holds 2 runs: first, second"):
        read_history(tmp_path)


def test_sizes_of_the_sets_and_of_the_vocabulary_come_from_files_beside(tmp_path: Path) -> None:
    state(tmp_path, last=20)
    (tmp_path / "all_results.json").write_text('{"train_samples": 500, "eval_samples": 50}')
    (tmp_path / "config.json").write_text('{"vocab_size": 32000}')
    history = read_history(tmp_path)
    assert (history.n_train, history.n_eval, history.vocabulary_size) == (500, 50, 32000)


def test_a_checkpoint_of_a_longer_run_says_that_the_run_went_on(tmp_path: Path) -> None:
    for last in (20, 50):
        state(tmp_path / f"checkpoint-{last}", last=last)
    history = read_history(tmp_path / "checkpoint-20")
    assert (history.last_step, history.checkpoints) == (20, (20,))
    assert "the run went on to step 50 or further: this is its curve up to step 20" in history.notes


def test_one_evaluation_after_training_is_told_and_is_no_curve(tmp_path: Path) -> None:
    state(tmp_path, last=20)
    (tmp_path / "eval_results.json").write_text('{"eval_loss": 1.25}')
    history = read_history(tmp_path)
    assert history.one("loss", "eval") is None
    assert "evaluated once, after training: eval_loss 1.25" in history.notes


def test_evaluations_of_a_much_longer_run_are_not_mixed_in(tmp_path: Path) -> None:
    state(tmp_path, last=20)
    (tmp_path / "other.csv").write_text("step,val_loss\n100,2.5\n200,2.25\n")
    assert read_history(tmp_path).one("loss", "eval") is None


def test_an_adapter_without_a_log_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "unsloth/tiny"}')
    with pytest.raises(InputError, match="holds an adapter and no training log") as caught:
        read_history(tmp_path)
    assert "checkpoint-*/trainer_state.json" in caught.value.hint


def test_an_empty_folder_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no training log") as caught:
        read_history(tmp_path)
    assert "trainer_state.json, trainer_log.jsonl" in caught.value.hint


def test_what_is_not_there_or_no_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_history(tmp_path / "absent")
    (tmp_path / "notes.txt").write_text("Hello\n")
    with pytest.raises(InputError, match="no training log that tunecheck knows"):
        read_history(tmp_path / "notes.txt")


def test_one_file_reads_without_the_other_runs_beside_it(tmp_path: Path) -> None:
    state(tmp_path / "first", last=20)
    assert read_history(state(tmp_path / "second", last=30)).last_step == 30


def test_the_log_of_a_live_trainer_is_a_history_too() -> None:
    history = history_of_log([{"loss": 2.5, "step": 10}, {"eval_loss": 2.0, "step": 10}])
    assert {series.split for series in history.series} == {"train", "eval"}
    assert history.loss_kind == "nll"


@pytest.mark.parametrize(("final", "told"), [(1.1, True), (1.4, False), (7.0, None)])
def test_an_evaluation_after_training_tells_whether_the_best_was_loaded(
    tmp_path: Path, final: float, told: bool | None
) -> None:
    log = [{"step": step, "eval_loss": loss} for step, loss in ((10, 1.5), (20, 1.1), (30, 1.4))]
    (tmp_path / "trainer_state.json").write_text(
        json.dumps({"global_step": 30, "max_steps": 30, "best_global_step": 20, "best_metric": 1.1, "log_history": log})
    )
    (tmp_path / "all_results.json").write_text(json.dumps({"eval_loss": final}))
    assert read_history(tmp_path).load_best is told


def test_of_several_runs_none_is_chosen(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        state(tmp_path / name, last=100)
    with pytest.raises(InputError, match="holds 2 runs: first, second"):
        read_history(tmp_path)


def test_a_state_among_very_many_files_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunecheck.training.folder.MOST_ENTRIES", 50)
    state(tmp_path / "checkpoint-100", last=100)
    for n in range(200):
        (tmp_path / f"a{n}.json").write_text("{}")
    assert read_history(tmp_path).source == "checkpoint-100/trainer_state.json"


def test_a_state_comes_before_thousands_of_other_files(tmp_path: Path) -> None:
    state(tmp_path, last=100)
    for n in range(2_100):
        (tmp_path / f"answer-{n}.json").touch()
    assert read_history(tmp_path).last_step == 100


def test_a_live_log_of_numpy_numbers_and_without_steps_is_read() -> None:
    log: list[dict[str, object]] = [{"loss": np.float32(2.5)}, {"loss": np.float64(2.0), "eval_loss": np.array([1.5])}]
    history = history_of_log(log)
    losses = history.one("loss", "train")
    assert losses is not None
    assert [(point.step, point.value) for point in losses.points] == [(1.0, 2.5), (2.0, 2.0)]
    assert history.one("loss", "eval") is not None
    assert history.notes == ("it has no steps: here they are counted by lines of the log",)
