"""Curve findings on the level of a loss: too high for a model that knows its text, or summed and not averaged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tunecheck.checks.curve_rules import FEWEST_EVALUATIONS, Label
from tunecheck.checks.curve_series import Curve, arrays, finite, level
from tunecheck.core import Finding

# A model of language that was tuned ends far below, and one that knows nothing ends at the logarithm of its
# vocabulary, 12.5 for the largest. Heuristic; a loss above both is none per token.
HIGH_LOSS_NATS, NO_TOKEN_NATS = 6.5, 12.6
# How near to a whole number the ratio of both losses is, and how constant, where one is a sum of the other's kind.
NEAR_WHOLE, CONSTANT = 0.06, 0.03
_LANGUAGE = (
    *("hugging face", "console", "llama-factory", "notebook", "mlx", "torchtune", "litgpt", "axolotl", "trl"),
    "unsloth",
)


def level_findings(curve: Curve, label: Label) -> Iterator[Finding]:
    """For losses that are means over tokens, as far as the log's format tells."""
    told = curve.history.format.lower()
    if curve.history.loss_kind != "nll" or not any(name in told for name in _LANGUAGE):
        return
    if label in ("nan", "diverged", "not_learning"):
        return
    yield from _summed(curve)
    if curve.deciding is not None and len(curve.deciding.losses):
        yield from _high(float(curve.deciding.losses[-1]), evaluated=True)
    elif curve.train is not None and curve.train.n:
        yield from _high(curve.train.end, evaluated=False)


def _high(end: float, *, evaluated: bool) -> Iterator[Finding]:
    if not HIGH_LOSS_NATS < end < NO_TOKEN_NATS:
        return
    which = "evaluation" if evaluated else "training"
    unless = "" if evaluated else ", or the loss was summed over steps of gradient accumulation"
    yield Finding(
        code="curve.high_loss",
        severity="warn" if evaluated else "info",
        message=f"the {which} loss ends at {level(end)}: if it is a mean over tokens, the model does no better than "
        f"picking evenly among {np.exp(end):,.0f} of them, and has hardly learned any language{unless}",
        evidence={"end": end},
        hint="look at some of its answers, and check the learning rate, the tokenizer and what the labels mask",
    )


def _summed(curve: Curve) -> Iterator[Finding]:
    """A training loss that is the same whole multiple of the evaluation loss at every evaluation."""
    if curve.deciding is None or len(curve.deciding.losses) < FEWEST_EVALUATIONS:
        return
    steps, losses = arrays(curve.history.one("loss", "train"))
    kept = np.isfinite(losses)
    if not len(finite(losses)):
        return
    ratios = np.interp(curve.deciding.steps, steps[kept], losses[kept]) / np.maximum(curve.deciding.losses, 1e-12)
    middle = float(np.median(ratios))
    times = round(middle) if middle < 1e6 else 0
    if times < 2 or abs(middle - times) > NEAR_WHOLE * times or float(np.std(ratios)) > CONSTANT * middle:
        return
    yield Finding(
        code="curve.summed_loss",
        severity="info",
        message=f"the training loss is {times} times the evaluation loss throughout: it was summed over {times} steps "
        "of gradient accumulation, as some versions of Transformers do, and not averaged",
        evidence={"times": times},
        hint=f"divide the training loss by {times} before comparing it with anything; the model is not harmed",
    )
