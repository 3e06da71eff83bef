"""Curve findings on the training's own numbers: NaN, divergence, spikes, staircase, gradients, rates, preferences."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tunecheck.checks.curve_fit import Floats
from tunecheck.checks.curve_preference_findings import preference_findings
from tunecheck.checks.curve_rules import Label
from tunecheck.checks.curve_series import Curve, arrays, finite, level, values_of
from tunecheck.checks.curve_train_rules import FEWEST_LOSSES, TrainReading, spikes, staircase, stuck_at_uniform
from tunecheck.checks.phrases import count, number, percent
from tunecheck.core import Finding, Severity

# A training loss below this is a hint at text known by heart; short or structured answers get there without it.
LOW_LOSS_NATS = 0.2
# Entropy of the predictions that fell by this share, or ended below this, has collapsed.
ENTROPY_FALL, LOW_ENTROPY_NATS = 0.8, 0.05
# A gradient so many times the median is a spike.
GRADIENT_SPIKE = 10.0
# Overflows of fp16, as a share of the steps, that its loss scaling takes in its stride.
USUAL_OVERFLOWS = 0.02
# From this share on, gradients of exactly zero are no chance.
MANY_ZERO = 0.5

CALMER = "lower the learning rate, add warm-up (warmup_ratio=0.03), clip gradients (max_grad_norm=1.0), or use bf16"
_HELD_OUT = "check it on rows that were held out: tunecheck overfitting TUNED --train FILE --val FILE"
REACHES = (
    "check that the adapter's weights require gradients, that not every label is masked (-100) or cut off by the "
    "maximum length, and that the learning rate is not zero"
)


def train_findings(curve: Curve, label: Label) -> Iterator[Finding]:
    """Findings on losses, gradients, learning rates, entropy and preferences of the training."""
    train = curve.train
    if train is not None:
        yield from _broken(train, label)
        if curve.history.loss_kind == "nll":
            yield from _stuck(curve, train)
    yield from _gradients(curve, label)
    yield from _rates(curve, label)
    if curve.history.loss_kind == "preference":
        yield from preference_findings(curve)
        return
    if train is not None:
        yield from _spikes(curve)
        if label not in ("nan", "diverged", "not_learning"):
            yield from _memorised(curve, train, label)
    yield from _entropy(curve)


def _broken(train: TrainReading, label: Label) -> Iterator[Finding]:
    if train.n_broken:
        ends = "and the last is one of them" if train.ends_broken else "and training went on after them"
        yield Finding(
            code="curve.nan",
            severity="fail" if train.ends_broken else "warn",
            message=f"{train.n_broken:,} logged training {'loss is' if train.n_broken == 1 else 'losses are'} NaN or "
            f"infinite, {ends}",
            evidence={"n_broken": train.n_broken},
            hint=CALMER,
        )
    if train.zero:
        every = "every training loss is exactly 0" if train.zero == "all" else "the training loss dropped to exactly 0"
        yield Finding(
            code="curve.zero_loss",
            severity="fail",
            message=f"{every}: nothing is learned like that, it is what masked labels or an overflow look like",
            hint=f"{REACHES}; in half precision use bf16",
        )
    if train.diverged:
        yield Finding(
            code="curve.diverged",
            severity="fail" if label == "diverged" else "warn",
            message=f"the training loss climbed: it started at {level(train.start)}{_lowest(train)} and ended at "
            f"{level(train.end)}",
            evidence={"start": train.start, "lowest": train.lowest, "end": train.end},
            hint=CALMER,
        )
    if label == "not_learning" and train.fell is False and not train.zero:
        yield Finding(
            code="curve.not_learning",
            severity="fail",
            message=f"the training loss did not fall: it starts at {level(train.start)} and ends at {level(train.end)}",
            evidence={"start": train.start, "end": train.end},
            hint=REACHES,
        )


def _lowest(train: TrainReading) -> str:
    return f", was {level(train.lowest)} at its lowest" if train.lowest < train.start else ""


def _stuck(curve: Curve, train: TrainReading) -> Iterator[Finding]:
    if train.n < 3:
        return
    size = stuck_at_uniform(values_of(curve.history, "loss"), curve.history.vocabulary_size)
    if size is not None:
        yield Finding(
            code="curve.stuck_at_uniform",
            severity="fail",
            message=f"the training loss is stuck at {train.end:.4f}, the logarithm of a vocabulary of {size:,} tokens: "
            "the model gives every token the same probability and knows nothing",
            evidence={"end": train.end, "vocabulary_size": size},
            hint=f"throw these weights away; {CALMER}",
        )


def _gradients(curve: Curve, label: Label) -> Iterator[Finding]:
    steps, norms = arrays(curve.history.one("grad_norm", "train"))
    bad = ~np.isfinite(norms)
    if len(norms) < FEWEST_LOSSES // 3:
        return
    if bad.any():
        yield Finding(
            code="curve.nan_gradients",
            severity="fail" if label == "nan" else "warn" if bad.mean() > USUAL_OVERFLOWS else "info",
            message=f"{bad.sum():,} of {len(norms):,} logged gradient norms are NaN or infinite; a few are usual in "
            "fp16, where such a step is left out",
            evidence={"n_broken": int(bad.sum()), "n": len(norms)},
            hint=CALMER,
        )
    zero = float((norms == 0).mean())
    if zero >= MANY_ZERO:
        yield Finding(
            code="curve.zero_gradients",
            severity="fail" if label == "not_learning" else "warn",
            message=f"{percent(zero)} of the logged gradient norms are exactly 0: those steps changed nothing",
            evidence={"share": zero},
            hint=REACHES,
        )
    yield from _gradient_spikes(curve, steps[~bad], norms[~bad])


def _gradient_spikes(curve: Curve, steps: Floats, norms: Floats) -> Iterator[Finding]:
    """After the first tenth of the run, where large gradients are usual."""
    if len(norms) < FEWEST_LOSSES or np.median(norms) <= 0:
        return
    high = norms > GRADIENT_SPIKE * np.median(norms)
    high[: len(norms) // 10] = False
    if high.any():
        worst = int(np.where(high, norms, -1.0).argmax())
        yield Finding(
            code="curve.gradient_spikes",
            severity="info",
            message=f"{count(int(high.sum()), 'gradient norm')} stood over {GRADIENT_SPIKE:g} times the median, the "
            f"highest {number(float(norms[worst]))} at {curve.at(float(steps[worst]))}",
            evidence={"n": int(high.sum()), "highest": float(norms[worst])},
            hint=CALMER,
        )


def _rates(curve: Curve, label: Label) -> Iterator[Finding]:
    rates = values_of(curve.history, "learning_rate")
    if len(rates) >= 3 and not rates.any():
        yield Finding(
            code="curve.rate_zero",
            severity="fail" if label == "not_learning" else "warn",
            message="the learning rate was 0 in every line of the log: with that no weight changes",
            hint="set learning_rate (1e-4 to 2e-4 is usual for LoRA, 1e-5 to 2e-5 for all weights)",
        )


def _spikes(curve: Curve) -> Iterator[Finding]:
    steps, losses = arrays(curve.history.one("loss", "train"))
    found = spikes(losses)
    if not found:
        return
    worst = max(found, key=lambda place: losses[place])
    yield Finding(
        code="curve.spikes",
        severity="info",
        message=f"the training loss jumped {'once' if len(found) == 1 else f'{len(found):,} times'}, to "
        f"{number(float(losses[worst]))} at {curve.at(float(steps[worst]))}",
        evidence={"n": len(found), "step": float(steps[worst]), "loss": float(losses[worst])},
        hint=f"a few jumps that heal are harmless; many are not: {CALMER}"
        + ("" if worst > len(losses) // 10 else " (this one came early: warm-up is what is missing)"),
    )


def _memorised(curve: Curve, train: TrainReading, label: Label) -> Iterator[Finding]:
    """Text known by heart, as the training loss alone tells it: the evaluations outrank it where there are any."""
    severity: Severity = "warn" if label in ("no_eval", "too_few_points") else "info"
    points = curve.history.one("loss", "train")
    epochs = np.array([math.nan if p.epoch is None else p.epoch for p in points.points]) if points else np.zeros(0)
    stairs = staircase(epochs, values_of(curve.history, "loss"))
    if stairs is not None:
        yield Finding(
            code="curve.staircase",
            severity=severity,
            message=f"the training loss drops where epochs end, at {stairs.n_drops} of {stairs.n_ends}, by up to "
            f"{percent(stairs.share)} after epoch {stairs.epoch}: rows seen before are partly known by heart",
            evidence={"n_drops": stairs.n_drops, "n_ends": stairs.n_ends, "share": stairs.share},
            hint=_HELD_OUT,
        )
    if curve.history.loss_kind == "nll" and 0 <= train.end < LOW_LOSS_NATS and train.n >= 2 and not train.zero:
        yield _low_loss(train, epochs[np.isfinite(epochs)], severity)


def _low_loss(train: TrainReading, epochs: Floats, severity: Severity) -> Finding:
    """A very low training loss: known by heart where rows were seen again, and something else where they were not."""
    rises = len(epochs) > 0 and bool(np.all(np.diff(epochs) >= 0))
    after = f" after {number(float(epochs[-1]))} epochs" if rises and epochs[-1] > 1 else ""
    why = f"below {LOW_LOSS_NATS} the training text is often known by heart, unless its answers are short or structured"
    once = rises and epochs[-1] <= 1
    if once:
        why = "in one pass over the data no row is seen twice, so its answers are short or structured, or rows repeat"
    return Finding(
        code="curve.low_train_loss",
        severity="info" if once else severity,
        message=f"the training loss ended at {level(train.end)}{after}: {why}",
        evidence={"end": train.end},
        hint=_HELD_OUT,
    )


def _entropy(curve: Curve) -> Iterator[Finding]:
    entropy = finite(values_of(curve.history, "entropy"))
    if len(entropy) < FEWEST_LOSSES:
        return
    start, end = float(np.median(entropy[:3])), float(np.median(entropy[-3:]))
    if end < LOW_ENTROPY_NATS or (start > 0 and end < (1 - ENTROPY_FALL) * start):
        yield Finding(
            code="curve.entropy_collapse",
            severity="warn",
            message=f"the entropy of the predictions fell from {number(start)} to {number(end)} nats: the model is "
            "almost certain of every token, and its answers will hardly vary",
            evidence={"start": start, "end": end},
            hint=_HELD_OUT,
        )
