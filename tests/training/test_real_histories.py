"""read_history over real output folders."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from tunecheck.core import History
from tunecheck.training import read_history

DATA = Path(os.environ.get("TUNECHECK_SHARED_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data")

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not (DATA / "runs").is_dir(), reason="no real runs: set TUNECHECK_SHARED_DATA to their folder"),
]


def values(history: History, split: str, eval_set: str = "") -> list[float]:
    assert split in ("train", "eval")
    for series in history.series:
        if (series.name, series.split, series.eval_set) == ("loss", split, eval_set):
            return [point.value for point in series.points]
    return []


@pytest.mark.parametrize(
    ("run", "n_train", "n_eval", "last", "planned", "best", "kind"),
    [
        ("vit_overfit", 892, 89, 8920, 8920, 2600, "nll"),
        ("llama_lora_bitcoin_plateau", 30, 6, 300, 300, 200, "nll"),
        ("tinyllama_healthy", 186, 14, 2800, 2808, 2800, "nll"),
        ("mt5_azerbaijani", 700, 70, 7000, 9411, None, "nll"),
        ("lr5_diverged", 10, 0, 10, 10, None, "nll"),
        ("wiki_nan_eval", 87, 7, 43800, 43800, None, "nll"),
        ("wiki_nan_eval/checkpoint-3130", 6, 9, 3130, 3130, None, "nll"),
        ("multi_eval_sets", 30, 0, 12030, 12030, None, "nll"),
        ("empty_history", 0, 0, 6, 6, None, "nll"),
        ("dpo", 1, 0, 14, 14, None, "preference"),
        ("sft_trainer_log", 656, 0, 6565, 6566, None, "nll"),
        ("stable_transformer_csv", 51, 100, None, None, None, "nll"),
        ("t5_cnn_results", 430, 1, 215337, 215337, None, "nll"),
        ("glm_ptuning_memorised", 300, 0, 3000, 3000, None, "nll"),
    ],
)
def test_points_steps_and_kind_of_real_runs(
    run: str, n_train: int, n_eval: int, last: float | None, planned: float | None, best: float | None, kind: str
) -> None:
    history = read_history(DATA / "runs" / run)
    assert len(values(history, "train")) == n_train
    assert len(values(history, "eval")) == n_eval
    assert (history.last_step, history.planned_steps, history.best_step) == (last, planned, best)
    assert history.loss_kind == kind


def test_bare_nan_of_real_evaluations_stays_nan() -> None:
    assert all(math.isnan(value) for value in values(read_history(DATA / "runs" / "wiki_nan_eval"), "eval"))


def test_six_real_evaluation_sets_are_kept_apart() -> None:
    history = read_history(DATA / "runs" / "multi_eval_sets")
    assert sorted(series.eval_set for series in history.all("loss", "eval")) == [f"g{n}" for n in range(6)]


def test_whether_the_best_was_loaded_shows_in_the_evaluation_after_training() -> None:
    assert read_history(DATA / "runs" / "vit_overfit").load_best is True
    assert read_history(DATA / "runs" / "tinyllama_healthy").load_best is None


def test_an_empty_run_is_said() -> None:
    assert "logging_steps is 50 and the run had 6 steps" in read_history(DATA / "runs" / "empty_history").notes[0]


def test_real_counts_of_examples_are_found() -> None:
    history = read_history(DATA / "runs" / "t5_cnn_results")
    assert (history.n_train, history.n_eval) == (287113, 13368)
    assert read_history(DATA / "runs" / "tinyllama_healthy").n_eval == 4182


def test_a_file_by_itself_reads_as_its_folder_does() -> None:
    folder = DATA / "runs" / "vit_overfit"
    assert read_history(folder / "trainer_state.json").series == read_history(folder).series
