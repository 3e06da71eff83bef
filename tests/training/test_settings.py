"""What read_settings finds beside a tuned model, and what it does not stumble over."""

import json
from pathlib import Path
from typing import Any

import pytest

from tunecheck.core.settings import TrainingSettings
from tunecheck.training import read_settings

PEFT = {"peft_type": "LORA", "r": 8, "lora_alpha": 32, "lora_dropout": 0.05}


def write(folder: Path, name: str, content: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


def evals(**losses: list[float]) -> list[dict[str, float]]:
    """Rows of a log: for each name, one evaluation every 10 steps, which are half an epoch."""
    return [
        {"step": 10 * number, "epoch": 0.5 * number, name: loss}
        for name, values in losses.items()
        for number, loss in enumerate(values, start=1)
    ]


def test_a_folder_without_any_of_the_files_says_nothing(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == TrainingSettings()
    assert read_settings(tmp_path / "absent") == TrainingSettings()


def test_a_peft_adapter_tells_its_method_rank_alpha_and_dropout(tmp_path: Path) -> None:
    write(tmp_path, "adapter_config.json", PEFT)
    assert read_settings(tmp_path) == TrainingSettings(
        method="lora", rank=8, alpha=32.0, lora_dropout=0.05, sources=("adapter_config.json",)
    )


def test_an_mlx_adapter_tells_the_same(tmp_path: Path) -> None:
    inner = {"rank": 8, "scale": 20.0, "dropout": 0.0}
    write(
        tmp_path,
        "adapter_config.json",
        {"fine_tune_type": "dora", "lora_parameters": inner, "learning_rate": 1e-5, "batch_size": 4, "iters": 600},
    )
    assert read_settings(tmp_path) == TrainingSettings(
        method="dora",
        rank=8,
        alpha=160.0,
        lora_dropout=0.0,
        learning_rate=1e-5,
        batch_size=4,
        sources=("adapter_config.json",),
    )


def test_the_trainer_state_tells_epochs_steps_and_batch_size(tmp_path: Path) -> None:
    state = {"epoch": 1.5, "num_train_epochs": 3, "global_step": 30, "train_batch_size": 2, "best_global_step": 20}
    write(tmp_path, "trainer_state.json", {**state, "log_history": evals(eval_loss=[1.0, 2.0, 3.0])})
    assert read_settings(tmp_path) == TrainingSettings(
        epochs=3.0,
        epochs_done=1.5,
        best_epoch=1.0,
        best_step=20,
        last_step=30,
        batch_size=2,
        sources=("trainer_state.json",),
    )


@pytest.mark.parametrize("path", ["./out/checkpoint-20", "C:\\out\\checkpoint-20", "/x/checkpoint-99/checkpoint-20/"])
def test_the_best_step_is_read_from_the_name_of_the_best_checkpoint(tmp_path: Path, path: str) -> None:
    state = {"best_global_step": None, "best_model_checkpoint": path, "log_history": evals(eval_loss=[1.0, 2.0])}
    write(tmp_path, "trainer_state.json", state)
    assert (read_settings(tmp_path).best_step, read_settings(tmp_path).best_epoch) == (20, 1.0)


@pytest.mark.parametrize(
    ("log", "best_step"),
    [
        (evals(eval_loss=[3.0, 1.0, 2.0]), 20),
        (evals(eval_loss=[1.0, 1.0]), 10),
        (evals(eval_loss=[float("nan"), 2.0, float("inf")]), 20),
        (evals(eval_loss=[float("nan")]), None),
        (evals(eval_a_loss=[1.0, 2.0, 4.0], eval_b_loss=[9.0, 1.0, 2.0]), 20),
        (evals(eval_a_loss=[1.0, 2.0, 3.0], eval_b_loss=[9.0, 9.0]), 10),
        (evals(eval_a_loss=[1.0, 2.0], eval_loss=[2.0, 1.0]), 20),
        (evals(loss=[2.0, 1.0], eval_accuracy=[0.1, 0.2]), None),
        ([], None),
        (["no row", None, {"eval_loss": 1.0}, {"step": "x", "eval_loss": 1.0}, {"step": 5, "eval_loss": "low"}], None),
    ],
)
def test_without_a_named_best_it_is_the_first_with_the_lowest_eval_loss(
    tmp_path: Path, log: list[Any], best_step: int | None
) -> None:
    write(tmp_path, "trainer_state.json", {"log_history": log})
    assert read_settings(tmp_path).best_step == best_step


def test_the_checkpoint_with_the_largest_step_speaks_for_a_folder_without_a_log_of_its_own(tmp_path: Path) -> None:
    for step in (90, 1000, 200):
        write(tmp_path / f"checkpoint-{step}", "trainer_state.json", {"global_step": step})
    settings = read_settings(tmp_path)
    assert (settings.last_step, settings.sources) == (1000, ("checkpoint-1000/trainer_state.json",))


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "checkpoint-10", "trainer_state.json", {"global_step": 10})
    write(tmp_path / "checkpoint-20", "trainer_state.json", '{"global_step": 2')
    assert read_settings(tmp_path).last_step == 10


def test_a_checkpoint_without_a_log_is_spoken_for_by_the_folder_above(tmp_path: Path) -> None:
    write(tmp_path, "trainer_state.json", {"global_step": 40})
    write(tmp_path / "checkpoint-20", "adapter_config.json", PEFT)
    settings = read_settings(tmp_path / "checkpoint-20")
    assert (settings.rank, settings.last_step) == (8, 40)
    assert settings.sources == ("adapter_config.json", "../trainer_state.json")


def test_a_folder_that_is_no_checkpoint_is_not_spoken_for_by_the_one_above(tmp_path: Path) -> None:
    write(tmp_path, "trainer_state.json", {"global_step": 40})
    assert read_settings(tmp_path / "model").last_step is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\ufeff{}", "[" * 100_000, '{"r": 1' + "0" * 5000 + "}"])
def test_damaged_json_gives_none_and_no_error(tmp_path: Path, text: str) -> None:
    for name in ("adapter_config.json", "trainer_state.json"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings = read_settings(tmp_path)
    assert (settings.rank, settings.last_step) == (None, None)


def test_bytes_that_are_no_text_give_none_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "trainer_state.json").write_bytes(b"\xff\xfe\x00garbage")
    (tmp_path / "adapter_config.json").mkdir()
    assert read_settings(tmp_path) == TrainingSettings()


def test_values_of_another_type_are_none(tmp_path: Path) -> None:
    write(
        tmp_path,
        "adapter_config.json",
        {"peft_type": 7, "r": "8", "lora_alpha": True, "lora_dropout": None, "lora_parameters": [1]},
    )
    write(
        tmp_path,
        "trainer_state.json",
        {"epoch": "2", "num_train_epochs": [3], "global_step": -1, "best_global_step": 2.5, "log_history": {"a": 1}},
    )
    assert read_settings(tmp_path) == TrainingSettings(sources=("adapter_config.json", "trainer_state.json"))
