"""read_settings over real output folders."""

import os
from pathlib import Path

import pytest

from tunecheck.training import read_settings

DATA = Path(os.environ.get("TUNECHECK_SHARED_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data")

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not (DATA / "runs").is_dir(), reason="no real runs: set TUNECHECK_SHARED_DATA to their folder"),
]


@pytest.mark.parametrize(
    ("run", "best_step", "best_epoch", "last_step", "epochs"),
    [
        ("vit_overfit", 2600, 2.91, 8920, 10),
        ("tinyllama_healthy", 2800, 1.9949220489977728, 2800, 2),
        ("llama_lora_bitcoin_plateau", 200, 15.06, 300, 24),
        ("mt5_azerbaijani", 6900, 2.2, 7000, 3),
        ("wiki_nan_eval", None, None, 43800, 8),
        ("wiki_nan_eval/checkpoint-3130", 3130 * 9 // 10, 9.0, 3130, 10),
        ("multi_eval_sets", 401, 1.0, 12030, 30),
        ("empty_history", None, None, 6, 3),
        ("glm_ptuning_memorised", None, None, 3000, 131),
        ("sft_trainer_log", None, None, None, None),
    ],
)
def test_steps_and_epochs_of_real_runs(
    run: str, best_step: int | None, best_epoch: float | None, last_step: int | None, epochs: float | None
) -> None:
    found = read_settings(DATA / "runs" / run)
    assert (found.best_step, found.best_epoch, found.last_step, found.epochs) == (
        best_step,
        best_epoch,
        last_step,
        epochs,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lora__llama-3.2-3B-rank32", ("lora", 32, 64.0, 0.0)),
        ("lora__llama-3.2-3B-rank32-dora", ("lora", 32, 64.0, 0.0)),
        ("loha__llama-3.2-3B-rank32", ("loha", 32, 64.0, None)),
        ("oft__llama-3.2-3B-rank32", ("oft", 32, None, None)),
        ("ia3__llama-3.2-3B-default", ("ia3", None, None, None)),
        ("prefixtuning__llama-3.2-3B-lr_0.001", ("prefix_tuning", None, None, None)),
    ],
)
def test_real_adapters_of_several_methods(
    tmp_path: Path, name: str, expected: tuple[str, int | None, float | None, float | None]
) -> None:
    (tmp_path / "adapter_config.json").symlink_to((DATA / "adapter_configs" / f"{name}.json").resolve())
    found = read_settings(tmp_path)
    assert (found.method, found.rank, found.alpha, found.lora_dropout) == expected
