"""Temporal splits: the latest rows are validation, and later ones still are the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from tunecheck.core.splits import TEST, TRAIN, VALIDATION
from tunecheck.data.splitting.dates import utc_text
from tunecheck.errors import DataError

_ORDER = (TRAIN, VALIDATION, TEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The side of each row, the times at which validation and test begin, and what a person should know."""

    sides: tuple[str, ...]
    cuts: tuple[float, ...]
    notes: tuple[str, ...]


def cut_by_time(
    first: Sequence[int],
    seconds: Sequence[float | None],
    shares: Mapping[str, Fraction],
    *,
    fixed: Mapping[int, str],
    cuts: tuple[float, ...] = (),
    label: str,
) -> Cut:
    """Each unit on the side of its earliest row; a row without a time counts as the earliest.

    A side begins at the time that leaves it nearest to its share of the rows with a time; rows of one time are not
    parted. ``cuts`` are those of an earlier split and stand as they are. ``fixed`` names units whose side is settled.
    Raises DataError when there are too few different times.
    """
    times = cuts or _cuts([time for time in seconds if time is not None], shares, label)
    by_time = [_ORDER[sum(time >= cut for cut in times)] if time is not None else TRAIN for time in seconds]
    of_unit: dict[int, str] = {}
    for unit, side in zip(first, by_time, strict=True):
        of_unit[unit] = min(of_unit.get(unit, side), side, key=_ORDER.index)
    of_unit.update(fixed)
    sides = tuple(of_unit[unit] for unit in first)
    notes = [f"{side} begins at {utc_text(time)}" for side, time in zip(_ORDER[1:], times, strict=False)]
    moved = [unit for unit, side, before in zip(first, sides, by_time, strict=True) if side != before]
    if moved:
        notes.append(
            f"{len(moved):,} later rows stay in an earlier side, because {len(set(moved)):,} units have rows on both "
            "sides of a cut"
        )
    return Cut(sides=sides, cuts=times, notes=tuple(notes))


def _cuts(times: Sequence[float], shares: Mapping[str, Fraction], label: str) -> tuple[float, ...]:
    n_sides = len(shares) + 1
    counts = sorted(Counter(times).items(), reverse=True)
    if len(counts) < n_sides:
        only = f"all {len(times):,} rows have the time {utc_text(counts[0][0])}" if len(counts) == 1 else None
        raise DataError(
            f"{label}: {only or f'the rows have {len(counts)} different times'}, and {n_sides} sides need {n_sides}",
            hint="name another column: --time-column COLUMN; or split at random: --strategy random",
        )
    # Rows from the latest time back to each other one.
    held = list(accumulate(n for _, n in counts))
    found: list[float] = []
    begin, target = 0, Fraction(0)
    for number, side in enumerate(name for name in reversed(_ORDER) if name in shares):
        target += shares[side] * len(times)
        # Each side that is still to come needs a time of its own.
        last = len(counts) - (len(shares) - number)
        distances = [abs(n - target) for n in held[begin:last]]
        best = begin + distances.index(min(distances))
        found.append(counts[best][0])
        begin = best + 1
    return tuple(reversed(found))
