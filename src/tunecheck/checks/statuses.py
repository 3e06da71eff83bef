"""Statuses in order, from nothing wrong to the worst."""

from __future__ import annotations

from collections.abc import Iterable

from tunecheck.core import Status

# unknown outranks warn: what could not be measured may be worse than what was found.
ORDER: tuple[Status, ...] = ("pass", "warn", "unknown", "fail")


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of at least one status.

    >>> worst(["pass", "fail", "warn"])
    'fail'
    """
    return max(statuses, key=ORDER.index)
