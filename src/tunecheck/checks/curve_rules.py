"""Curve rules for evaluation losses: give-back, plateau, still falling, and when nothing may be said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tunecheck.checks.curve_fit import Floats, unimodal

Label = Literal[
    "healthy",
    "still_falling",
    "plateau",
    "mild_overfit",
    "overfit",
    "diverged",
    "not_learning",
    "nan",
    "no_eval",
    "too_few_points",
    "not_a_likelihood",
]

# Below this the values are shown and no trend is claimed.
FEWEST_EVALUATIONS = 4
# Shares of what the evaluation loss had gained that the last one gives back. Heuristic.
GIVE_BACK_MILD, GIVE_BACK_OVERFIT = 0.05, 0.25
# Rises as shares of the lowest loss: what is never told, and what decides where there is no gain to give back or the
# first evaluation, from before the training, makes it look large. Heuristic.
RISE_LEAST, RISE_MILD, RISE_OVERFIT = 0.002, 0.02, 0.10
# Without training losses, an evaluation loss that ends this many times above its first one diverged.
DIVERGED_BY = 2.0
# The number of pairs grows with the square of this.
MOST_FOR_SLOPES = 200
# The fall that another fifth of the run would bring, as a share of the whole fall, that is worth training for.
WORTH_MORE_TRAINING = 0.05
# The last third must have improved the best loss by this share of the whole fall, or it is a plateau.
LATE_GAIN = 0.01
# A learning rate below this share of its peak has no fall left to give.
LOW_RATE = 0.10
# Larger numbers are overflows in all but name; so large that no loss is, so small that their squares are finite.
OVERFLOW = 1e15


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalReading:
    """What the evaluations of one set say; steps in the unit of the log, losses in the unit of the loss.

    give_back  (last - best) / (first - best), or None where the first is the lowest
    sigma      noise of one evaluation
    learned    whether the fall to the best is more than noise
    next_gain  what another fifth of the run would gain at the slope of the last fifth, or 0.0 where no fall is shown
    """

    label: Label
    best_step: float
    best: float
    first: float
    last: float
    give_back: float | None
    sigma: float
    learned: bool
    rise_is_shown: bool
    next_gain: float

    @property
    def drop(self) -> float:
        """How far it had fallen at its best."""
        return self.first - self.best


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainFacts:
    """What the reading of evaluations must know of the training.

    fell             whether the training loss fell, or None where nothing shows it
    low_rate         whether the learning rate ended below a tenth of its peak, or None where it is not logged
    untrained_until  an evaluation up to this step shows the model as it was before training
    """

    fell: bool | None = None
    low_rate: bool | None = None
    untrained_until: float = 0.0


def broken(values: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which values are NaN, infinite, or so large that they overflowed in all but name.

    >>> broken(np.array([1.0, np.nan, -np.inf, 1e300])).tolist()
    [False, True, True, True]
    """
    return ~(np.abs(values) < OVERFLOW)


def read_evaluations(steps: Floats, losses: Floats, train: TrainFacts) -> EvalReading:
    """Read at least four finite evaluations, in order of steps, none of them smoothed.

    The lowest is the best, the earliest of equals. A rise counts when a fit that falls and then rises shows it beyond
    noise: one evaluation above the best within noise decides nothing.
    """
    best = int(losses.argmin())
    fit = unimodal(losses)
    drop, rise = float(losses[0] - losses[best]), float(losses[-1] - losses[best])
    learned = fit.fall_is_shown or falls(losses[: best + 1], fit.sigma)
    give_back = rise / drop if drop > 0 else None
    share = rise / max(abs(float(losses[best])), 1e-12) if fit.rise_is_shown else 0.0
    gain = next_gain(steps, losses, fit.sigma)
    label = label_of_rise(share, give_back if learned else None, bool(losses[-1] > DIVERGED_BY * abs(losses[0])), train)
    if label is None:
        label = (
            _label_of_fall(losses, gain, drop, fit.sigma, train) if learned else _label_of_flat(float(steps[0]), train)
        )
    return EvalReading(
        label=label,
        best_step=float(steps[best]),
        best=float(losses[best]),
        first=float(losses[0]),
        last=float(losses[-1]),
        give_back=give_back,
        sigma=fit.sigma,
        learned=learned,
        rise_is_shown=fit.rise_is_shown,
        next_gain=gain,
    )


def label_of_rise(share: float, give_back: float | None, far_above: bool, train: TrainFacts) -> Label | None:
    """The label of a rise that is more than noise, or None where it is too small to tell or there is none.

    share is the rise as a share of the lowest loss; give_back is None where nothing had been gained before; far_above
    says whether it ends at a multiple of the first. Where the
    first evaluation was far above the others, as before the training, the give-back is small by arithmetic: then the
    share tells. A loss that rises on both sets is not overfitting: the training itself went wrong.
    """
    if share <= RISE_LEAST:
        return None
    worse_than_first = give_back is None or give_back > 1
    if worse_than_first and share > RISE_OVERFIT and (train.fell is False or (train.fell is None and far_above)):
        return "diverged"
    if give_back is None:
        if share <= RISE_MILD:
            return None
        return "overfit" if share > RISE_OVERFIT else "mild_overfit"
    if give_back > GIVE_BACK_OVERFIT or (give_back > GIVE_BACK_MILD and share > RISE_OVERFIT):
        return "overfit" if share > RISE_MILD else "mild_overfit"
    return "mild_overfit" if give_back > GIVE_BACK_MILD or share > RISE_OVERFIT else None


def _label_of_fall(losses: Floats, gain: float, drop: float, sigma: float, train: TrainFacts) -> Label:
    if gain > WORTH_MORE_TRAINING * drop and not train.low_rate:
        return "still_falling"
    return "plateau" if _is_plateau(losses, drop, sigma) else "healthy"


def _label_of_flat(first_step: float, train: TrainFacts) -> Label:
    """Neither fall nor rise: nothing was learned, or it was learned before the first evaluation."""
    return "not_learning" if first_step <= train.untrained_until or train.fell is False else "plateau"


def _is_plateau(losses: Floats, drop: float, sigma: float) -> bool:
    late = max(2, math.ceil(len(losses) / 3))
    improvement = float(losses[:-late].min() - losses[-late:].min())
    return improvement < max(LATE_GAIN * drop, sigma / 2)


def falls(losses: Floats, sigma: float) -> bool:
    """Whether losses in order fall by more than chance orders them.

    Kendall's rank statistic S of losses against their order is below -1.96 of its standard deviation without ties,
    sqrt(m (m-1) (2m+5) / 18). Four losses show it when each is below the one before; fewer never do. A fall below half
    a sigma is none.
    """
    m = len(losses)
    if m < FEWEST_EVALUATIONS or losses[0] - losses[-1] <= sigma / 2:
        return False
    if m == FEWEST_EVALUATIONS:
        return bool(np.all(np.diff(losses) < 0))
    losses = _blocks(losses)
    m = len(losses)
    i, j = np.triu_indices(m, 1)
    s = float(np.sign(losses[j] - losses[i]).sum())
    return (s + 1) / math.sqrt(m * (m - 1) * (2 * m + 5) / 18) < -1.96


def next_gain(steps: Floats, losses: Floats, sigma: float) -> float:
    """What another fifth of the run would gain at the slope of the last fifth; 0.0 where no fall is shown.

    The slope is the median of all slopes between two of the last evaluations (Theil-Sen): at least five of them, and
    means of stretches where they are over 200.
    """
    m = min(len(losses), max(5, len(losses) // 5))
    x, y = _blocks(steps[-m:]), _blocks(losses[-m:])
    if not falls(y, sigma):
        return 0.0
    i, j = np.triu_indices(len(y), 1)
    slope = float(np.median((y[j] - y[i]) / (x[j] - x[i])))
    # Four or five evaluations bend too much for one slope: the last step is what goes on.
    if m <= 5:
        slope = max(slope, float((y[-1] - y[-2]) / (x[-1] - x[-2])))
    return max(0.0, -slope * float(steps[-1] - steps[0]) / 5)


def _blocks(values: Floats) -> Floats:
    """Means of at most 200 stretches of about the same length."""
    if len(values) <= MOST_FOR_SLOPES:
        return values
    edges = np.linspace(0, len(values), MOST_FOR_SLOPES + 1).astype(int)
    return np.add.reduceat(values, edges[:-1]) / np.diff(edges)
