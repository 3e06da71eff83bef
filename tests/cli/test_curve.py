"""tunecheck curve, as a shell sees it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import tunecheck as tc
from tests.workshop import call

FALLING = [1.8, 1.5, 1.3, 1.2, 1.15, 1.12, 1.1, 1.09]
RISING = [1.8, 1.3, 1.1, 1.2, 1.4, 1.6, 1.8, 2.0]


def state(folder: Path, losses: list[float]) -> Path:
    """An output folder with a trainer's state."""
    log: list[dict[str, float]] = []
    for place, loss in enumerate(losses, start=1):
        log += [{"step": 50 * place - 25, "epoch": place / 4, "loss": 2.0 / place}]
        log += [{"step": 50 * place, "epoch": place / 4, "eval_loss": loss}]
    last = 50 * len(losses)
    folder.mkdir(exist_ok=True)
    document = {"global_step": last, "max_steps": last, "num_train_epochs": 2, "log_history": log}
    (folder / "trainer_state.json").write_text(json.dumps(document))
    return folder


def test_a_healthy_run_passes_and_its_losses_are_drawn(tmp_path: Path) -> None:
    called = call("curve", state(tmp_path / "out", FALLING))
    assert called.code == 0
    assert "pass     The evaluation loss fell from 1.8 to 1.09" in called.out
    assert "█" in called.out
    assert "eval/loss" in called.out


def test_an_overfitted_run_fails_when_its_last_step_was_kept(tmp_path: Path) -> None:
    called = call("curve", state(tmp_path / "out", RISING))
    assert called.code == 1
    assert "lowest, 1.1, at step 150" in called.out


def test_json_holds_the_check_with_its_series(tmp_path: Path) -> None:
    folder = state(tmp_path / "out", [*FALLING[:-1], float("nan")])
    document = call("curve", folder / "trainer_state.json", "--json").document
    assert document["check"] == "curve"
    series = document["measures"]["series"]["eval/loss"]
    assert series["steps"][:2] == [50, 100]
    assert series["values"][-1] == {"unscored": "the value is nan"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere", "does not exist"),
        ("empty", "holds no training log"),
        ("adapter", "holds an adapter and no training log"),
    ],
)
def test_what_holds_no_log_is_an_error_that_says_what_to_name(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text("{}")
    called = call("curve", tmp_path / name)
    assert called.code == 2
    assert told in called.err
    assert "name the trainer's output folder" in called.err


def test_a_live_log_is_read_as_its_file_is(tmp_path: Path) -> None:
    path = state(tmp_path / "out", FALLING) / "trainer_state.json"
    kept = json.loads(path.read_text())
    trainer = SimpleNamespace(state=SimpleNamespace(**kept))
    wanted = tc.curve(path).measures["best_step"]
    for live in (trainer, trainer.state, kept["log_history"]):
        assert tc.curve(live).measures["best_step"] == wanted
    with pytest.raises(tc.InputError, match="a value of type int"):
        tc.curve(7)
