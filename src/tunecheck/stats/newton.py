"""Newton's method for many small concave functions at once, one for each bootstrap draw."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tunecheck.stats.ratios import Floats

# Values, gradients and negative Hessians at points of shape (draws, k): shapes (draws), (draws, k) and (draws, k, k).
Terms = Callable[[Floats], tuple[Floats, Floats, Floats]]

# Half of the squared Newton decrement is about what is left to gain.
NOTHING_TO_GAIN = 1e-20
_STEPS, _HALVINGS = 100, 40


def highest_points(terms: Terms, start: Floats) -> Floats:
    """Where is each function highest? Shape (draws, k), from a start of that shape.

    A step goes to the top of the parabola that touches the function, and is halved until it gains something (Boyd and
    Vandenberghe 2004, "Convex optimization", 9.5); then it finds the top from anywhere. The negative Hessians are to be
    positive definite, which a ridge makes them.

    >>> parabola = lambda x: (x[:, 0] - x[:, 0] ** 2, 1 - 2 * x, np.full((len(x), 1, 1), 2.0))
    >>> highest_points(parabola, np.zeros((1, 1))).tolist()
    [[0.5]]
    """
    points, (values, gradients, hessians) = start, terms(start)
    for _ in range(_STEPS):
        steps = np.linalg.solve(hessians, gradients[..., None])[..., 0]
        decrements = (gradients * steps).sum(axis=1)
        if decrements.max(initial=0.0) <= NOTHING_TO_GAIN * (1 + np.abs(values).max()):
            break
        lengths = np.ones(len(points))
        for _ in range(_HALVINGS):
            tried = points + lengths[:, None] * steps
            found = terms(tried)
            # Near the top rounding decides, and any step will do.
            short = found[0] < values + 0.1 * lengths * decrements - 1e-12 * (1 + np.abs(values))
            if not short.any():
                break
            lengths = np.where(short, lengths / 2, lengths)
        points, (values, gradients, hessians) = tried, found
    return points
