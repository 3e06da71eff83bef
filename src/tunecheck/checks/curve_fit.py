"""Unimodal fits: how noisy an evaluation curve is, and whether it rises again after its lowest place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# The median absolute deviation of a normal variable is its standard deviation divided by this.
MAD_TO_SIGMA = 1.4826
# Noise that is assumed at least, as a share of the level, divided by the number of evaluations: three smooth points do
# not make an evaluation exact, thirty nearly do. Heuristic.
NOISE_FLOOR = 0.04
# From here on second differences tell noise from bend; with fewer points the bend outweighs the noise.
ENOUGH_FOR_DIFFERENCES = 12
# Squared errors that a turn must save, in units of the noise: noise about a constant saves as much in fewer than one of
# 30 curves of 4 to 120 evaluations. Found by simulation; tests/checks/test_curve_fit.py repeats it.
EVIDENCE = 24.0
# Rises in a row from the lowest place to the end that show a rise by themselves, with the share of the level that they
# must come to: that noise orders so many by chance is rare, and an evaluation of fixed rows hardly has noise of a
# percent.
ROWS_OF_RISES = ((3, 0.02), (2, 0.05))
# So many rises, that come to this share, may have dips among them, none deeper than this part of the whole climb.
CLIMB, CLIMB_SHARE, DIP = 4, 0.03, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Unimodal:
    """The least-squares fit that falls, then rises.

    values         the fit at each point
    sigma          standard deviation of one value about it
    rise_evidence  how much better it fits than one that only falls: difference of squared errors in units of noise
    fall_evidence  how much better one that only falls fits than a constant up to the turn, in the same unit
    rises_in_row   whether the values rise from the lowest to the last, one after another or nearly so, and far enough
    """

    values: Floats
    sigma: float
    rise_evidence: float
    fall_evidence: float
    rises_in_row: bool

    @property
    def rise_is_shown(self) -> bool:
        """Whether noise hardly explains the rise: in less than 5 of 100 flat or falling curves."""
        rise = float(self.values[-1] - self.values.min())
        return self.rises_in_row or (rise > 2 * self.sigma and self.rise_evidence > EVIDENCE)

    @property
    def fall_is_shown(self) -> bool:
        """Whether noise about a constant hardly explains the fall."""
        fall = float(self.values[0] - self.values.min())
        return fall > 2 * self.sigma and self.fall_evidence > EVIDENCE


def falling_fit(values: Floats) -> Floats:
    """The non-increasing sequence nearest to the values in squared error: pool adjacent violators, in linear time.

    >>> falling_fit(np.array([3.0, 1.0, 2.0, 0.0])).tolist()
    [3.0, 1.5, 1.5, 0.0]
    """
    blocks, _ = _pool(values)
    return np.concatenate([np.full(size, total / size) for total, size in blocks]) if blocks else np.zeros(0)


def falling_errors(values: Floats) -> Floats:
    """Squared error of the best non-increasing fit to the first 1, 2, ... n values.

    >>> falling_errors(np.array([3.0, 1.0, 2.0])).tolist()
    [0.0, 0.0, 0.5]
    """
    return _pool(values)[1]


def _pool(values: Floats) -> tuple[list[tuple[float, int]], Floats]:
    """Blocks (total, size) of the fit to all values, and the error of the fit to each prefix."""
    blocks: list[tuple[float, int, float]] = []
    error, errors = 0.0, np.zeros(len(values))
    for index, value in enumerate(values.tolist()):
        total, size, own = value, 1, 0.0
        while blocks and blocks[-1][0] / blocks[-1][1] < total / size:
            before, n_before, error_before = blocks.pop()
            # Errors of two blocks add up, with what it costs to move both to their common mean.
            apart = before / n_before - total / size
            own += error_before + apart * apart * n_before * size / (n_before + size)
            error -= error_before
            total, size = total + before, size + n_before
        error += own
        blocks.append((total, size, own))
        errors[index] = max(error, 0.0)
        error = errors[index]
    return [(total, size) for total, size, _ in blocks], errors


def unimodal(values: Floats) -> Unimodal:
    """Fit a fall and then a rise to at least one finite value; the turn is where the squared error is least.

    Sigma is 1.4826 times the median absolute residual, corrected for the blocks that the fit was free to place; from
    twelve values on it is at least what the second differences tell, since a fit of so many pieces follows the noise.
    """
    middle = float(np.median(values))
    centred = values - middle
    fall = falling_errors(centred)
    rise = falling_errors(centred[::-1])[::-1]
    errors = fall.copy()
    errors[:-1] += rise[1:]
    turn = int(errors.argmin()) + 1
    fitted = np.concatenate([falling_fit(centred[:turn]), falling_fit(centred[turn:][::-1])[::-1]])
    sigma = _noise(centred, fitted, abs(middle))
    # Bend counts as noise here: few points that bend sharply must save more.
    noise = max(sigma, _by_second_differences(centred)) ** 2
    head = centred[:turn]
    return Unimodal(
        values=fitted + middle,
        sigma=sigma,
        rise_evidence=_over(float(fall[-1] - errors[turn - 1]), noise),
        fall_evidence=_over(float(((head - head.mean()) ** 2).sum() - fall[turn - 1]), noise),
        rises_in_row=_rises_in_row(values),
    )


def _over(gain: float, noise: float) -> float:
    if noise:
        return gain / noise
    return math.inf if gain > 0 else 0.0


def _rises_in_row(values: Floats) -> bool:
    after = values[int(values.argmin()) :]
    share = float(after[-1] - after[0]) / max(abs(float(after[0])), 1e-300)
    if np.all(np.diff(after) > 0):
        return any(len(after) > n and share > least for n, least in ROWS_OF_RISES)
    deepest = float((np.maximum.accumulate(after) - after).max())
    return len(after) > CLIMB and share > CLIMB_SHARE and deepest <= DIP * float(after[-1] - after[0])


def _by_second_differences(values: Floats) -> float:
    """The second difference of independent values has six times their variance."""
    if len(values) < 3:
        return 0.0
    return MAD_TO_SIGMA * float(np.median(np.abs(np.diff(values, 2)))) / math.sqrt(6)


def _noise(values: Floats, fitted: Floats, level: float) -> float:
    n = len(values)
    n_blocks = 1 + int(np.count_nonzero(np.diff(fitted)))
    residuals = MAD_TO_SIGMA * float(np.median(np.abs(values - fitted))) * math.sqrt(n / max(1, n - n_blocks))
    sigmas = [residuals, NOISE_FLOOR * level / n]
    if n >= ENOUGH_FOR_DIFFERENCES:
        sigmas.append(_by_second_differences(values))
    return max(sigmas)
