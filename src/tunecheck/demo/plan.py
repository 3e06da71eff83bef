"""DemoPlan: how big the demo is and how it trains. DemoFiles: what it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlan:
    """Sizes and settings of one demo.

    n_train, n_validation   rows of the two data files
    n_documents             documents of the corpus that the base reads
    vocabulary, width, depth   entries of the tokenizer, hidden size and layers of the base
    base_steps, base_rows, base_tokens   optimiser steps of the base, sequences a step, tokens a sequence
    rank, alpha, lora_dropout   of the adapter
    epochs, batch_rows, learning_rate, weight_decay   of the adapter's run
    evaluate_every          optimiser steps between two evaluations on the validation rows
    """

    n_train: int
    n_validation: int = 200
    n_documents: int = 12_000
    vocabulary: int = 1536
    width: int = 128
    depth: int = 4
    base_steps: int = 450
    base_rows: int = 4
    base_tokens: int = 192
    rank: int
    alpha: int
    lora_dropout: float
    epochs: int
    batch_rows: int
    learning_rate: float
    weight_decay: float
    evaluate_every: int


# A fine-tune as one would wish it: enough rows, few epochs, a small adapter.
HEALTHY = DemoPlan(
    n_train=800,
    rank=8,
    alpha=16,
    lora_dropout=0.05,
    epochs=2,
    batch_rows=8,
    learning_rate=2e-3,
    weight_decay=0.01,
    evaluate_every=25,
)

# Few rows, many epochs, a large adapter, a high rate and nothing that holds it back.
OVERFITTED = DemoPlan(
    n_train=48,
    rank=64,
    alpha=128,
    lora_dropout=0.0,
    epochs=30,
    batch_rows=8,
    learning_rate=4e-3,
    weight_decay=0.0,
    evaluate_every=10,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFiles:
    """Where the demo's models (folders) and rows (JSON Lines files) are."""

    base: Path
    tuned: Path
    train: Path
    validation: Path
