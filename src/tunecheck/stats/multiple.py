"""Multiple tests: p values of several measures at once, so that one in twenty does not shine by chance."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Which p values stay small after so many tests? Holm's (1979) step-down adjustment, in the order given.

    The i-th smallest of m becomes the largest of (m - j + 1) p_j for j up to i, at most 1. Rejecting where the adjusted
    p is at most 0.05 raises any false alarm in at most one family of tests in twenty, however the tests depend on each
    other. A test that could not be done is no p value: leave it out before, as a 1 in its place would cost the others.
    Raises ValueError for an entry that is not a number from 0 to 1.

    >>> holm([0.25, 0.125, 0.75])
    (0.5, 0.375, 0.75)
    """
    for place, p in enumerate(p_values, 1):
        if not (isinstance(p, float | int) and 0 <= p <= 1):
            raise ValueError(f"p value {place} of {len(p_values)} is {p!r}, not a number from 0 to 1")
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * float(p_values[place])))
        adjusted[place] = highest
    return tuple(adjusted)
