"""History: what a trainer wrote down while it trained, in one form for every trainer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "eval"]
Unit = Literal["step", "iteration", "epoch"]


@dataclass(frozen=True, slots=True)
class Point:
    """One logged value; NaN and infinities stay what they are. ``epoch`` is None where the log has none."""

    step: float
    value: float
    epoch: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One logged quantity over the run, sorted by step, each step once.

    name      loss, learning_rate, grad_norm, token_accuracy, entropy, or the log's own name for anything else
    split     whether it was measured on the training batches or on an evaluation set
    eval_set  which evaluation set, where there are several; "" for the only one
    """

    name: str
    split: Split
    points: tuple[Point, ...]
    eval_set: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One training run as its log tells it; nothing here is computed from weights.

    source           the file that the curve was read from, as people would write it
    format           whose log that is: "Hugging Face Trainer", "LLaMA-Factory trainer_log.jsonl", ...
    evidence         what was found in the folder and what each finding says, one sentence each
    unit             what ``Point.step`` counts
    series           everything that was logged more than in passing
    last_step        the step at which training stopped, or None when the log does not say
    planned_steps    the step at which it was to stop, or None
    best_step        the step that the trainer itself marked as its best checkpoint, or None
    best_metric      the name of the metric that chose it, or ""
    checkpoints      steps of the checkpoints that are still there
    load_best        whether the trainer was told to load its best checkpoint at the end, or None when unknown
    eval_strategy    the trainer's own setting, such as "no" or "steps"; "" when unknown
    loss_kind        nll: a likelihood in nats a token; preference: DPO, KTO and others whose loss
                     is no likelihood; other: distilled, weighted, regression, or with terms added
    vocabulary_size  of the model that was trained, or None: a loss stuck at its logarithm is a model that knows nothing
    seed             the trainer's own, by which it may have split its data, or None
    n_train, n_eval  examples in each set, as far as logs and settings tell
    runs_in_file     how many runs one file held; the curve is that of the last one
    notes            what a reader should know before believing it: resumed, interrupted, cut, read from a console
    """

    source: str
    format: str
    series: tuple[Series, ...]
    evidence: tuple[str, ...] = ()
    unit: Unit = "step"
    last_step: float | None = None
    planned_steps: float | None = None
    best_step: float | None = None
    best_metric: str = ""
    checkpoints: tuple[int, ...] = ()
    load_best: bool | None = None
    eval_strategy: str = ""
    loss_kind: Literal["nll", "preference", "other"] = "nll"
    vocabulary_size: int | None = None
    seed: int | None = None
    n_train: int | None = None
    n_eval: int | None = None
    runs_in_file: int = 1
    notes: tuple[str, ...] = ()

    def all(self, name: str, split: Split) -> Iterator[Series]:
        """Every series of that name and split: one for each evaluation set."""
        return (series for series in self.series if series.name == name and series.split == split)

    def one(self, name: str, split: Split) -> Series | None:
        """The first of them, or None."""
        return next(self.all(name, split), None)
