"""Sizes: what --test-size means, and what a validation set of that size can show."""

from __future__ import annotations

import math
from fractions import Fraction

from tunecheck.core.splits import TEST, VALIDATION, Resolution
from tunecheck.errors import InputError

# Differences of mean nll between two models scatter by 0.2 to 0.3 nats from item to item (assumption).
_SIGMA_NATS = 0.25
# z of 1.96 for 95% two-sided confidence, and 0.84 for 80% power.
_Z = 1.96 + 0.84
# Two models are right on different items on a fifth of them (assumption).
_DISCORDANT = 0.2


def shares_of(test_size: float, final_test_size: float | None, n_rows: int) -> dict[str, Fraction]:
    """The share of the rows for validation and, when asked for, for a test: from a share below 1 or a count.

    >>> shares_of(0.1, 5, 50)
    {'validation': Fraction(1, 10), 'test': Fraction(1, 10)}
    """
    asked = {VALIDATION: ("--test-size", test_size), TEST: ("--final-test-size", final_test_size)}
    shares = {side: _share(name, size, n_rows) for side, (name, size) in asked.items() if size is not None}
    if sum(shares.values()) >= 1:
        which = " and ".join(f"{name} {size:g}" for name, size in asked.values() if size is not None)
        raise InputError(
            f"{which} of {n_rows:,} {'row leaves' if n_rows == 1 else 'rows leave'} nothing to train on",
            hint="ask for less",
        )
    return shares


def _share(name: str, size: float, n_rows: int) -> Fraction:
    if isinstance(size, bool) or not math.isfinite(size) or size <= 0 or (size >= 1 and size != int(size)):
        raise InputError(f"{name} is {size}", hint="give a share between 0 and 1, such as 0.1, or a number of rows")
    # The share as it is written: 0.1 is a tenth, and not the binary number next to it.
    return Fraction(str(float(size))) if size < 1 else Fraction(int(size), n_rows)


def resolution(n_units: int) -> Resolution:
    """What n validation units resolve: the difference that shows at 95% confidence in 80% of cases.

    In nats 2.8 sigma / sqrt(n), for the mean of paired differences with sigma = 0.25. In accuracy
    2.8 sqrt(psi / n), for McNemar's test with a share psi = 0.2 of items on which exactly one model is right (Connor
    1987, first order). Both are planning figures: their assumptions are replaced by data when models are scored.

    >>> round(resolution(196).nats, 3), round(resolution(196).points, 1)
    (0.05, 8.9)
    """
    root = math.sqrt(max(n_units, 1))
    points = min(100.0, 100 * _Z * math.sqrt(_DISCORDANT) / root)
    return Resolution(n_units=n_units, nats=_Z * _SIGMA_NATS / root, points=points)
