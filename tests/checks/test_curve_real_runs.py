"""The curve check on real runs: each is read as a person reads it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.checks.parts import codes, measure
from tunecheck.checks.curve import check_curve
from tunecheck.core import History, Point, Series

pytestmark = pytest.mark.shared_data

_NO_CURVE = re.compile("runtime|per_second|flos|^train_loss$|memory")


def trainer_state(path: Path) -> History:
    """The few lines that a trainer_state.json needs: a check imports no reader."""
    state = json.loads(path.read_text(encoding="utf-8"))
    found: dict[tuple[str, str, str], dict[float, Point]] = {}
    for row in state["log_history"]:
        for name, value in row.items():
            if name in ("step", "epoch") or _NO_CURVE.search(name) or not isinstance(value, int | float):
                continue
            loss = re.fullmatch(r"eval_(?:(.+)_)?loss", name)
            plain = ("loss", "eval", loss[1] or "") if loss else (name.removeprefix("eval_"), "train", "")
            key = (plain[0], "eval", plain[2]) if name.startswith("eval_") else plain
            found.setdefault(key, {})[row["step"]] = Point(row["step"], value, row.get("epoch"))
    best = re.search(r"checkpoint-(\d+)", state.get("best_model_checkpoint") or "")
    return History(
        source=path.name,
        format="Hugging Face Trainer",
        series=tuple(
            Series(name=name, split="eval" if split == "eval" else "train", eval_set=part, points=tuple(p.values()))
            for (name, split, part), p in found.items()
        ),
        last_step=state["global_step"],
        planned_steps=state["max_steps"],
        best_step=float(best[1]) if best else None,
        loss_kind="preference" if any(name.startswith("rewards/") for name, _, _ in found) else "nll",
    )


@pytest.mark.parametrize(
    ("run", "label", "status", "best_step", "code"),
    [
        ("vit_overfit", "overfit", "warn", 2600, "curve.overfit"),
        ("llama_lora_bitcoin_plateau", "plateau", "pass", 200, "curve.plateau"),
        ("tinyllama_healthy", "healthy", "pass", 2800, None),
        ("mt5_azerbaijani", "healthy", "pass", 6900, "curve.interrupted"),
        ("lr5_diverged", "diverged", "fail", None, "curve.stuck_at_uniform"),
        ("wiki_nan_eval/checkpoint-43800", "nan", "fail", None, "curve.nan_eval"),
        ("multi_eval_sets", "overfit", "fail", 401, "curve.shipped_not_best"),
        ("empty_history", "no_eval", "unknown", None, "curve.empty"),
        ("dpo", "not_a_likelihood", "unknown", None, "curve.preference"),
        ("t5_cnn_results", "no_eval", "unknown", None, "curve.no_eval"),
        ("glm_ptuning_memorised", "no_eval", "unknown", None, "curve.low_train_loss"),
    ],
)
def test_real_runs_are_read_as_a_person_reads_them(
    shared_data: Path, run: str, label: str, status: str, best_step: int | None, code: str | None
) -> None:
    path = shared_data / "runs" / run / "trainer_state.json"
    if not path.is_file():
        pytest.skip(f"no {path}")
    check = check_curve(trainer_state(path))
    assert (measure(check, "label"), check.status) == (label, status), check.summary
    assert best_step is None or measure(check, "best_step") == best_step
    assert code is None or code in codes(check)
