"""A folder such as the pages speak of, and the live objects that their examples use."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

TRAINER_STATE = {
    "global_step": 500,
    "max_steps": 500,
    "log_history": [
        *({"step": 10 * n, "epoch": n / 25, "loss": 1 + 2 / n} for n in range(1, 51)),
        *({"step": 100 * n, "epoch": n / 2.5, "eval_loss": 1.5 + 1 / n} for n in range(1, 6)),
    ],
}
_WORDS = ("blue", "tall", "quick", "warm", "old", "bright", "round", "quiet")


def _write(path: Path, first: int, n: int) -> None:
    rows = [
        {"prompt": f"Say {k} as a {_WORDS[k % 8]} thing: ", "completion": f"{_WORDS[k * 5 % 8]} thing {k * k}"}
        for k in range(first, first + n)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """outputs/my-lora, train.jsonl, validation.jsonl (two rows are in both files), and what a command printed."""
    pytest.importorskip("torch")
    from tests import tiny
    from tunecheck import perplexity
    from tunecheck.core import to_json

    folder = tmp_path_factory.mktemp("docs")
    tiny.save_adapter(tiny.save_model(folder / "base"), folder / "outputs" / "my-lora")
    tiny.tokenizer().save_pretrained(folder / "outputs" / "my-lora")
    (folder / "outputs" / "my-lora" / "trainer_state.json").write_text(json.dumps(TRAINER_STATE))
    _write(folder / "train.jsonl", 0, 24)
    _write(folder / "validation.jsonl", 22, 32)
    check = perplexity(str(folder / "outputs" / "my-lora"), str(folder / "validation.jsonl"))
    (folder / "perplexity.json").write_text(to_json(check), encoding="utf-8")
    return folder


@pytest.fixture
def workspace(example_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of the example folder, and the place where the test runs."""
    folder = tmp_path / "workspace"
    shutil.copytree(example_folder, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """``model``, ``tokenizer`` and ``trainer``: a PEFT model in memory, as in a training script."""
    pytest.importorskip("torch")
    from peft import PeftModel
    from transformers import Trainer, TrainingArguments

    from tests import tiny

    folder = tmp_path_factory.mktemp("live")
    base = tiny.save_model(folder / "base")
    model = PeftModel.from_pretrained(tiny.model(), tiny.save_adapter(base, folder / "adapter"))
    tokenizer = tiny.tokenizer()
    arguments = TrainingArguments(output_dir=str(folder / "out"), report_to=[], use_cpu=True)
    trainer = Trainer(model=model, args=arguments, processing_class=tokenizer)
    return {"model": model, "tokenizer": tokenizer, "trainer": trainer}
