"""Curves for the tests: histories made from a few numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tunecheck.core import History, Point, Series
from tunecheck.core.history import Split

Floats = npt.NDArray[np.float64]


def series(
    name: str,
    values: Sequence[float] | Floats,
    *,
    split: Split = "train",
    every: float = 100.0,
    epochs: float | None = None,
    eval_set: str = "",
    start: int = 1,
) -> Series:
    """One quantity, logged every so many steps; ``epochs`` are spread over it evenly."""
    n = len(values)
    points = tuple(
        Point((k + start) * every, float(value), None if epochs is None else (k + 1) * epochs / n)
        for k, value in enumerate(values)
    )
    return Series(name=name, split=split, points=points, eval_set=eval_set)


def falling(n: int = 50, start: float = 2.0, end: float = 1.0) -> Floats:
    """A smooth training loss."""
    return end + (start - end) * np.exp(-5 * np.arange(1, n + 1) / n)


def history(
    evaluations: Sequence[float] | Floats | None = None,
    train: Sequence[float] | Floats | None = None,
    *,
    more: Sequence[Series] = (),
    **fields: Any,
) -> History:
    """A run of the Hugging Face Trainer that was evaluated every 100 steps."""
    n_steps = 100.0 * len(evaluations) if evaluations is not None and len(evaluations) else 1000.0
    losses = falling() if train is None else train
    made = [series("loss", losses, every=n_steps / max(1, len(losses)), epochs=3.0)] if len(losses) else []
    if evaluations is not None:
        made.append(series("loss", evaluations, split="eval"))
    told: dict[str, Any] = {"source": "trainer_state.json", "format": "Hugging Face Trainer", "last_step": n_steps}
    return History(series=(*made, *more), **(told | fields))


def shape(kind: str, n: int, noise: float, rng: np.random.Generator) -> Floats:
    """Evaluation losses of a family of curves, with independent noise of that standard deviation."""
    t = np.arange(1, n + 1) / n
    smooth = {
        "falling": 2.0 - 0.8 * t,
        "healthy": 1.2 + 0.6 * np.exp(-3 * t),
        "plateau": 1.2 + 0.6 * np.exp(-15 * t),
        "flat": np.full(n, 1.2),
        "overfit": 1.2 + 0.6 * np.exp(-10 * t) + 0.5 * np.maximum(0, t - 0.4) / 0.6,
        "rising": 1.2 + 0.5 * t,
    }[kind]
    return smooth + noise * rng.standard_normal(n)


NAN = math.nan
