"""TrainingSettings: what the adapter and the trainer said about how the model was tuned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """Settings of the fine-tune, each None where the output folder does not say.

    ``epochs`` is what was planned, ``epochs_done`` what the trainer reached; ``best_step`` and ``last_step`` come from
    its log; ``sources`` names the files that these came from.
    """

    method: str | None = None
    rank: int | None = None
    alpha: float | None = None
    lora_dropout: float | None = None
    learning_rate: float | None = None
    weight_decay: float | None = None
    epochs: float | None = None
    epochs_done: float | None = None
    best_epoch: float | None = None
    best_step: int | None = None
    last_step: int | None = None
    batch_size: int | None = None
    eval_batch_size: int | None = None
    n_train_rows: int | None = None
    sources: tuple[str, ...] = ()
