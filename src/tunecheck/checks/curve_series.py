"""Curve series: a training log as arrays, the evaluation set that decides, and the step that was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from tunecheck.checks.curve_fit import Floats
from tunecheck.checks.curve_rules import (
    FEWEST_EVALUATIONS,
    LOW_RATE,
    EvalReading,
    Label,
    TrainFacts,
    broken,
    read_evaluations,
)
from tunecheck.checks.curve_train_rules import TrainReading, read_training
from tunecheck.core import History, Series

# From nothing wrong to the worst, for the worst of several sets.
_BADNESS: tuple[Label, ...] = (
    "healthy",
    "still_falling",
    "plateau",
    "too_few_points",
    "mild_overfit",
    "not_learning",
    "overfit",
    "diverged",
    "nan",
)
# From here on the first step of a run has changed next to nothing.
MANY_STEPS = 20
# Names of evaluation sets that are the training data, and of those that are held out for choosing.
TRAINING_SETS = frozenset({"train", "training", "train_dataset", "train_set"})
_VALIDATION_SETS = frozenset({"validation", "valid", "val", "dev", "eval"})
# Trainers whose last step is what they leave, unless they were told to load their best and say so.
_KEEP_THE_LAST = ("hugging face", "trainer_state", "mlx", "torchtune", "litgpt")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalSet:
    """The evaluations of one set, or the mean of several: finite ones in order, and how many were not finite.

    reading is None with fewer than four finite evaluations.
    """

    name: str
    steps: Floats
    losses: Floats
    n_broken: int
    reading: EvalReading | None

    @property
    def label(self) -> Label:
        """What this set alone says."""
        if self.reading is not None:
            return self.reading.label
        return "nan" if self.n_broken and not len(self.losses) else "too_few_points"

    @property
    def badness(self) -> tuple[int, float]:
        """To find the worst of several."""
        give_back = self.reading.give_back if self.reading is not None else None
        return _BADNESS.index(self.label), give_back or 0.0

    def loss_at(self, step: float) -> float | None:
        """The loss of the last evaluation up to a step, or None before the first."""
        place = int(np.searchsorted(self.steps, step, side="right")) - 1
        return float(self.losses[place]) if place >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A history as the rules see it.

    sets      every evaluation set that has a loss
    deciding  the one whose reading is the answer: the plain one, the mean of several, or the worst; None without any
    """

    history: History
    train: TrainReading | None
    sets: tuple[EvalSet, ...]
    deciding: EvalSet | None

    @property
    def reading(self) -> EvalReading | None:
        """What the deciding evaluations say; None with fewer than four."""
        return self.deciding.reading if self.deciding is not None else None

    @property
    def untrained_until(self) -> float:
        """Step 0, or step 1 of a run that has many; an evaluation numbered as an epoch is made after that epoch."""
        if self.history.unit == "epoch":
            return -np.inf
        return 1.0 if (self.last_step or 0.0) >= MANY_STEPS else 0.0

    @property
    def evaluated_as_many(self) -> bool:
        """Whether the evaluation set has the size of the training set, and so may be that."""
        return bool(self.history.n_eval) and self.history.n_eval == self.history.n_train

    @property
    def last_step(self) -> float | None:
        """Where training ended: as the log says, or its last point."""
        if self.history.last_step is not None:
            return self.history.last_step
        ends = [series.points[-1].step for series in self.history.series if series.points]
        return max(ends, default=None)

    @property
    def kept_step(self) -> float | None:
        """The step whose weights are left: the trainer's best where it loads that, else the last; None if unknown."""
        history = self.history
        if history.load_best or (history.best_step is not None and history.best_step == self.last_step):
            return history.best_step
        told = f"{history.format} {history.source}".lower()
        keeps_last = history.best_step is None and any(name in told for name in _KEEP_THE_LAST)
        return self.last_step if history.load_best is False or keeps_last else None

    @property
    def kept_rise(self) -> tuple[float, float | None] | None:
        """How far the kept step lies above the best loss: as a share of that, and as give-back; None if unknown."""
        reading, step = self.reading, self.kept_step
        loss = self.deciding.loss_at(step) if self.deciding is not None and step is not None else None
        if reading is None or loss is None:
            return None
        rise = loss - reading.best
        learned = reading.learned and reading.drop > 0
        return rise / max(abs(reading.best), 1e-12), rise / reading.drop if learned else None

    def at(self, step: float) -> str:
        """A step as the log writes it, with its unit: step 2600, iteration 100, epoch 1.5."""
        return f"{self.history.unit} {int(step) if step == int(step) else format(step, '.6g')}"


def level(loss: float) -> str:
    """A loss with four significant digits: evaluations differ in the third.

    >>> level(0.62751), level(10.37349), level(12345.6)
    ('0.6275', '10.37', '12,346')
    """
    return f"{loss:,.0f}" if 1e4 <= abs(loss) < 1e15 else f"{loss:.4g}"


def arrays(series: Series | None) -> tuple[Floats, Floats]:
    """Steps and values; empty without a series."""
    points = series.points if series is not None else ()
    return np.array([p.step for p in points], dtype=float), np.array([p.value for p in points], dtype=float)


def values_of(history: History, *names: str, split: str = "train") -> Floats:
    """Values of the first of these quantities that was logged, in order, or an empty array."""
    for series in history.series:
        if series.name in names and series.split == split and series.points:
            return arrays(series)[1]
    return np.zeros(0)


def finite(values: Floats) -> Floats:
    """The values that are neither NaN nor infinite nor overflown."""
    return values[~broken(values)]


def read_curve(history: History) -> Curve:
    """Read the training losses, every evaluation set, and find the one that decides."""
    losses = values_of(history, "loss")
    train = read_training(losses) if len(losses) else None
    curve = Curve(history=history, train=train, sets=(), deciding=None)
    facts = TrainFacts(
        fell=train.fell if train is not None else None,
        low_rate=_low_rate(values_of(history, "learning_rate")),
        untrained_until=curve.untrained_until,
    )
    sets = tuple(_eval_set(s.eval_set, *arrays(s), facts) for s in history.all("loss", "eval") if s.points)
    return Curve(history=history, train=train, sets=sets, deciding=_deciding(sets, facts))


def _low_rate(rates: Floats) -> bool | None:
    rates = rates[~broken(rates)]
    return bool(rates[-1] <= LOW_RATE * rates.max()) if len(rates) and rates.max() > 0 else None


def _eval_set(name: str, steps: Floats, losses: Floats, facts: TrainFacts) -> EvalSet:
    bad = broken(losses)
    steps, losses = steps[~bad], losses[~bad]
    reading = read_evaluations(steps, losses, facts) if len(losses) >= FEWEST_EVALUATIONS else None
    return EvalSet(name=name, steps=steps, losses=losses, n_broken=int(bad.sum()), reading=reading)


def _deciding(sets: Sequence[EvalSet], facts: TrainFacts) -> EvalSet | None:
    """The plain set, or one named after validation, or the mean of all that are held out, or the worst of them."""
    held_out = [one for one in sets if one.name.lower() not in TRAINING_SETS]
    named = [one for one in held_out if not one.name] or [one for one in held_out if one.name in _VALIDATION_SETS]
    if named or len(held_out) < 2:
        return next(iter(named or held_out), None)
    shared = reduce(np.intersect1d, (one.steps for one in held_out))
    # The mean of a few shared steps would hide most of what was measured.
    if len(shared) and 2 * len(shared) >= max(len(one.steps) for one in held_out):
        mean = np.mean([one.losses[np.searchsorted(one.steps, shared)] for one in held_out], axis=0)
        return _eval_set(f"the mean of {len(held_out)} sets", shared, mean, facts)
    return max(held_out, key=lambda one: one.badness)
