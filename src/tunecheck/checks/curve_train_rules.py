"""Curve rules for training losses: diverged, not learning, stuck, collapsed to zero, spikes and the epoch staircase."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from tunecheck.checks.curve_fit import MAD_TO_SIGMA, Floats
from tunecheck.checks.curve_rules import broken

# Below this number of logged losses no trend of theirs is claimed.
FEWEST_LOSSES = 10
# A loss that ends so far above its start, or gives back so much of its fall, and over six sigma of noise, diverged.
DIVERGED_RISE, DIVERGED_GIVE_BACK, DIVERGED_SIGMAS = 0.2, 0.5, 6.0
# A loss that ends so many times above its start and its first half diverged, whatever its noise.
DIVERGED_TIMES = 2.0
# Not learning is claimed only where a fall of this share of the level would have been seen; of fewer than thirty losses
# the first may hide the fall, so they must be flatter. Heuristic.
RESOLVES, RESOLVES_FEW, FEW = 0.02, 0.01, 30
# A first loss so many sigmas above the end has fallen.
FIRST_ABOVE = 6.0
# With fewer than ten losses only a fall of this share of the first is taken for one. Heuristic.
FALL_OF_FEW = 0.05
# How near to the logarithm of a vocabulary's size a loss is stuck at it, and how constant it is then.
NEAR_UNIFORM, CONSTANT = 0.01, 1e-3
# Vocabulary sizes of widely tuned models; a constant loss at the logarithm of one of them is no chance.
USUAL_VOCABULARIES = (30522, 32000, 49152, 50257, 65024, 102400, 128256, 151936, 250112, 256000, 262144)
# A spike stands six median absolute deviations above the median of the 31 losses around, a fifth above the last five,
SPIKE_WINDOW, SPIKE_DEVIATIONS, SPIKE_JUMP = 31, 6.0, 1.2
# and by this share of the level at the start: near zero every loss jumps by half of itself.
SPIKE_SHARE = 0.05
# A drop at the end of an epoch: three deviations of the drops inside epochs, and a share of the level.
STAIR_DEVIATIONS, STAIR_SHARE = 3.0, 0.05
# The same from few places inside epochs, whose deviation is not well known.
STAIR_DEVIATIONS_FEW, FEW_PLACES = 4.5, 40
# Losses beside the end of an epoch that are compared, at most: more need memory, and tell no more.
MOST_BESIDE = 31
# A loss that falls to exactly 0.0 from above this did not get there by learning.
COLLAPSED_FROM = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainReading:
    """What a series of training losses says.

    n           finite losses
    start, end  their level at both ends: medians of the first twentieth and of the last tenth
    lowest      the lowest level between
    fell        whether it fell: True, False, or None where too little was logged or noise may hide a fall
    diverged    whether it climbed and stayed above
    zero        "all" when every loss is exactly zero, "tail" when it collapsed to zero, else ""
    n_broken    NaN, infinite and overflown losses; ends_broken: the last one is
    """

    n: int
    start: float
    end: float
    lowest: float
    fell: bool | None
    diverged: bool
    zero: Literal["", "all", "tail"]
    n_broken: int
    ends_broken: bool


def read_training(losses: Floats) -> TrainReading:
    """Read logged training losses in order of steps; at least one."""
    bad = broken(losses)
    y = losses[~bad]
    if not len(y):
        return TrainReading(
            n=0,
            start=math.nan,
            end=math.nan,
            lowest=math.nan,
            fell=None,
            diverged=False,
            zero="",
            n_broken=len(losses),
            ends_broken=True,
        )
    start, end, lowest = float(np.median(y[: max(1, len(y) // 20)])), float(np.median(y[-_tail(len(y)) :])), _lowest(y)
    diverged = _diverged(y, start, end, lowest)
    return TrainReading(
        n=len(y),
        start=start,
        end=end,
        lowest=lowest,
        fell=False if diverged else _fell(y),
        diverged=diverged,
        zero=_zero(y),
        n_broken=int(bad.sum()),
        ends_broken=bool(bad[-1]),
    )


def _tail(n: int) -> int:
    """How many of the last losses make the level at the end."""
    return max(1 if n < 4 else 2 if n < 6 else 3, n // 10)


def _lowest(y: Floats) -> float:
    width = _tail(len(y))
    whole = y[: len(y) // width * width]
    return float(np.median(whole.reshape(-1, width), axis=1).min())


def loss_noise(y: Floats) -> float:
    """Standard deviation of one loss about its trend, from differences of neighbours; at least 0.1% of the level.

    The difference of two independent values has twice their variance.
    """
    floor = 1e-3 * abs(float(np.median(y)))
    if len(y) < 3:
        return floor
    differences = np.diff(y)
    deviation = MAD_TO_SIGMA * float(np.median(np.abs(differences - np.median(differences))))
    return max(floor, deviation / math.sqrt(2))


def _diverged(y: Floats, start: float, end: float, lowest: float) -> bool:
    """Ends above its start, or gives back half of its fall; in both by over six sigma and a fifth of the level.

    Or ends at twice the level of its first half: a climb that ends the run also inflates what is taken for noise.
    """
    if len(y) < 4:
        return False
    noise = DIVERGED_SIGMAS * loss_noise(y)
    above_start = end - start > max(noise, DIVERGED_RISE * abs(start))
    climb = end - lowest
    came_back = start > lowest and climb > max(
        noise, DIVERGED_GIVE_BACK * (start - lowest), DIVERGED_RISE * abs(lowest)
    )
    early = max(start, float(np.median(y[: (len(y) + 1) // 2])))
    return above_start or came_back or end > DIVERGED_TIMES * early > 0


def _fell(y: Floats) -> bool | None:
    """Compare the medians of the first and the last tenth, and of the first three, with two standard errors.

    The standard error of a median of k normal values is 1.2533 sigma / sqrt(k). With four to nine losses only a fall of
    a twentieth is taken for one, and nothing is ever taken for its absence.
    """
    n, sigma = len(y), loss_noise(y)
    if n < 4:
        return None
    end = float(np.median(y[-_tail(n) :]))
    if n < FEWEST_LOSSES:
        return True if y[0] - end > max(2 * sigma, FALL_OF_FEW * abs(float(y[0]))) else None
    k = _tail(n)
    error = 2 * 1.2533 * sigma * math.sqrt(2 / k)
    early_error = 2 * 1.2533 * sigma * math.sqrt(1 / 3 + 1 / k)
    early = float(np.median(y[:k])) - end > error or float(np.median(y[:3])) - end > early_error
    # A fall within the first few steps leaves one high loss.
    if early or y[0] - end > FIRST_ABOVE * sigma:
        return True
    middles = [float(np.median(part)) for part in np.array_split(y, 5)]
    flat = max(middles) - min(middles) < 2 * error
    resolves = RESOLVES if n >= FEW else RESOLVES_FEW
    return False if flat and error < resolves * abs(float(np.median(y))) else None


def _zero(y: Floats) -> Literal["", "all", "tail"]:
    if len(y) >= 2 and not y.any():
        return "all"
    (nonzero,) = np.nonzero(y)
    if not len(nonzero):
        return ""
    n_zeros = len(y) - 1 - int(nonzero[-1])
    return "tail" if n_zeros >= 3 and y[nonzero[-1]] > COLLAPSED_FROM else ""


def stuck_at_uniform(losses: Floats, vocabulary_size: int | None) -> int | None:
    """The size of the vocabulary at whose logarithm the losses end, or None; NaN among them is left out.

    A model that gives every token the same probability has a loss of ln V. Without a known V the end must be constant,
    and the logarithm of a usual size.

    >>> stuck_at_uniform(np.array([1.6, 11.8, 10.3735, 10.3735, 10.3735]), None)
    32000
    """
    y = losses[~broken(losses)]
    if len(y) < 3:
        return None
    tail = y[-max(3, _tail(len(y))) :]
    end = float(np.median(tail))
    if vocabulary_size is not None and vocabulary_size > 1:
        expected = math.log(vocabulary_size)
        return vocabulary_size if abs(end - expected) <= NEAR_UNIFORM * expected else None
    if float(np.ptp(tail)) > CONSTANT * end:
        return None
    nearest = min(USUAL_VOCABULARIES, key=lambda size: abs(math.log(size) - end))
    return nearest if abs(end - math.log(nearest)) <= NEAR_UNIFORM * math.log(nearest) else None


def spikes(losses: Floats) -> list[int]:
    """Where a loss jumps far above those around it and the five before it; its index in the losses given.

    The median and the deviation are those of blocks of 31.
    """
    n = len(losses)
    if n < 12 or broken(losses).any():
        return []
    before = np.median(np.lib.stride_tricks.sliding_window_view(losses, 5)[:-1], axis=1)
    jumped = np.zeros(n, dtype=bool)
    least = SPIKE_SHARE * abs(float(np.median(losses[: max(3, n // 20)])))
    jumped[5:] = losses[5:] - before > np.maximum((SPIKE_JUMP - 1) * np.abs(before), least)
    high = np.zeros(n, dtype=bool)
    edges = [*range(0, max(1, n - SPIKE_WINDOW // 2), SPIKE_WINDOW), n]
    for low, top in pairwise(edges):
        block = losses[low:top]
        middle = float(np.median(block))
        deviation = MAD_TO_SIGMA * float(np.median(np.abs(block - middle)))
        high[low:top] = block > middle + SPIKE_DEVIATIONS * max(deviation, 1e-3 * abs(middle))
    return np.flatnonzero(jumped & high).tolist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Staircase:
    """Drops of the training loss at the ends of epochs: how many of how many, and the largest with its epoch.

    share is the drop less the slope inside epochs, as a share of the level before it.
    """

    n_drops: int
    n_ends: int
    epoch: int
    share: float


def staircase(epochs: Floats, losses: Floats) -> Staircase | None:
    """Drops at the ends of epochs beyond what the loss does inside them: text seen again is known by heart.

    The drop at an end is the median of the last w losses before it less that of the first w after, w 5% of an
    epoch, between 3 and 31. The same difference at all places inside epochs tells slope (its median) and noise (its
    deviation). A drop counts above three deviations and 5% of the level; the staircase is told when a fifth of the ends
    have one.
    None also where epochs hold too few losses to tell.
    """
    keep = ~broken(losses) & np.isfinite(epochs) & (epochs >= 0)
    y, number = losses[keep], np.ceil(epochs[keep] - 1e-9).astype(np.int64) - 1
    if len(y) < 2 * FEWEST_LOSSES or number[-1] < 1 or np.any(np.diff(number) < 0):
        return None
    ends = np.flatnonzero(np.diff(number) > 0) + 1
    w = min(MOST_BESIDE, max(3, round(0.05 * len(y) / (len(ends) + 1))))
    medians = np.median(np.lib.stride_tricks.sliding_window_view(y, w), axis=1)
    places = np.arange(w, len(y) - w + 1)
    steps = medians[places - w] - medians[places]
    at_end = np.isin(places, ends)
    near = np.zeros(len(y) + 1, dtype=bool)
    for shift in range(-w + 1, w):
        near[np.clip(ends + shift, 0, len(y))] = True
    inside = steps[~near[places]]
    # Of one epoch's length, before and after each end, at least two windows must be free of it.
    if not at_end.any() or len(inside) < 2 * w or number[0] == number[-1]:
        return None
    slope = float(np.median(inside))
    deviation = MAD_TO_SIGMA * float(np.median(np.abs(inside - slope)))
    drops, level = steps[at_end] - slope, np.abs(medians[places - w][at_end])
    deviations = STAIR_DEVIATIONS if len(inside) >= FEW_PLACES else STAIR_DEVIATIONS_FEW
    counted = (drops > deviations * deviation) & (drops > STAIR_SHARE * level)
    n_drops = int(counted.sum())
    if n_drops < max(1, 0.2 * len(drops)):
        return None
    shares = np.where(counted, drops / np.maximum(level, 1e-12), -1.0)
    largest = int(shares.argmax())
    place = int(places[at_end][largest])
    return Staircase(n_drops=n_drops, n_ends=len(drops), epoch=int(number[place - 1]) + 1, share=float(shares[largest]))
