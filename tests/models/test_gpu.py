"""The same scores on a GPU; needs one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests import tiny
from tunecheck.core import Item, Message
from tunecheck.models.huggingface import LoadOptions, ModelPair

pytestmark = [
    pytest.mark.hf,
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU on this machine"),
]

ITEMS = [Item(form="text", response=Message(role="text", content="one two three " * n)) for n in (1, 2, 9, 30)]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-4), ("bfloat16", 0.1)])
def test_a_gpu_scores_as_the_cpu_does(tmp_path: Path, dtype: str, tolerance: float) -> None:
    adapter = tiny.save_adapter(tiny.save_model(tmp_path / "base"), tmp_path / "lora")
    found = []
    for device in ("cpu", "cuda"):
        pair = ModelPair(
            str(adapter), options=LoadOptions(device=device, dtype=dtype if device == "cuda" else "float32")
        )
        with pair.open("tuned") as side:
            found.append([side.scorer.score([one])[0].response for one in side.scorer.encode(ITEMS)])
    for cpu, gpu in zip(*found, strict=True):
        assert gpu.n_tokens == cpu.n_tokens
        assert gpu.nll_nats / gpu.n_tokens == pytest.approx(cpu.nll_nats / cpu.n_tokens, abs=tolerance)


def test_batches_halve_when_the_memory_of_the_gpu_runs_out(tmp_path: Path) -> None:
    base = tiny.save_model(tmp_path / "base", context=4096)
    pair = ModelPair(str(base), options=LoadOptions(device="cuda", token_budget=2**20))
    long = [Item(form="text", response=Message(role="text", content=f"{n} " + "word " * 800)) for n in range(64)]
    with pair.open("tuned") as side:
        torch.cuda.set_per_process_memory_fraction(0.002)
        try:
            scores = side.scorer.score(side.scorer.encode(long))
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0)
    assert len(scores) == 64
