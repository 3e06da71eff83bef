"""Sides: the side of each row, by what was asked, what was kept, and what no share can change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import cast

from tunecheck.core import Item
from tunecheck.core.splits import TRAIN
from tunecheck.data.splitting.asked import Asked
from tunecheck.data.splitting.assign import TESTED_UNITS, Units, assign, assign_folds
from tunecheck.data.splitting.columns import category_of
from tunecheck.data.splitting.dates import read_times
from tunecheck.data.splitting.manifest import Manifest
from tunecheck.data.splitting.refusals import check_sides, no_times, too_few_units
from tunecheck.data.splitting.table import Table, n_rows_text
from tunecheck.data.splitting.temporal import cut_by_time
from tunecheck.data.splitting.units import GIANT_SHARE, Joined

# A unit of so many rows and more than its share of the file goes to train, where there are others to choose from.
_DOMINANT_ROWS = 50
_MOST_UNDATED = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The side of each row, and what there is to say about it."""

    sides: Sequence[str]
    cuts: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


def decide(table: Table, items: Sequence[Item], joined: Joined, asked: Asked) -> Sides:
    """The side of each row; DataError when a side would be empty."""
    fixed, notes = _kept(items, joined, asked.keep)
    first = joined.first.tolist()
    n_units = len(set(first))
    if n_units < max(asked.folds or 0, 1 + len(asked.shares)):
        raise too_few_units(table, n_units, asked)
    if asked.strategy == "temporal":
        decided = _temporal(table, first, asked, fixed)
    else:
        column = asked.category_column
        categories = [category_of(row, column) for row in table.rows] if column else [""] * len(first)
        units = Units(first=first, ids=[item.id for item in items], categories=categories)
        by_category = asked.strategy == "category"
        if asked.folds:
            return Sides(
                sides=assign_folds(units, asked.folds, seed=asked.seed, by_category=by_category, fixed=fixed),
                notes=notes,
            )
        fixed = {**_dominant(units, asked.shares), **fixed}
        decided = Sides(sides=assign(units, asked.shares, seed=asked.seed, by_category=by_category, fixed=fixed))
    check_sides(table, decided.sides, n_units, asked)
    return replace(decided, notes=(*notes, *decided.notes))


def _kept(items: Sequence[Item], joined: Joined, kept: Manifest | None) -> tuple[dict[int, str], tuple[str, ...]]:
    """The side of each unit with rows of an earlier split; train where they were on several."""
    if kept is None:
        return {}, ()
    before: defaultdict[int, set[str]] = defaultdict(set)
    n_moved: Counter[int] = Counter()
    for item, unit in zip(items, joined.first.tolist(), strict=True):
        side = kept.sides.get(item.id)
        if side is not None:
            before[unit].add(side)
            n_moved[unit] += side != TRAIN
    fixed = {unit: min(sides) for unit, sides in before.items()}
    torn = [unit for unit, sides in before.items() if len(sides) > 1]
    if not kept.n_folds:  # Of folds any one will do.
        fixed.update(dict.fromkeys(torn, TRAIN))
    notes = []
    if torn:
        n_rows = sum(n_moved[unit] for unit in torn)
        notes.append(
            f"{n_rows_text(n_rows)} left their earlier side: new rows join them to rows of another side, and such "
            "units are in train now"
        )
    gone = len(kept.sides.keys() - {item.id for item in items})
    if gone:
        notes.append(f"{n_rows_text(gone)} of {kept.path} {'is' if gone == 1 else 'are'} not in the data any more")
    return fixed, tuple(notes)


def _dominant(units: Units, shares: Mapping[str, Fraction]) -> dict[int, str]:
    """Units larger than all that is to be held out go to train, where validation has others to choose from."""
    sizes = Counter(units.first)
    n_units = Counter(units.categories[unit] for unit in sizes)
    least = max(_DOMINANT_ROWS, GIANT_SHARE * len(units.first), sum(shares.values()) * len(units.first))
    return {unit: TRAIN for unit, n in sizes.items() if n > least and n_units[units.categories[unit]] > TESTED_UNITS}


def _temporal(table: Table, first: list[int], asked: Asked, fixed: dict[int, str]) -> Sides:
    column = cast(str, asked.time_column)
    values = [row.get(column) for row in table.rows]
    times = read_times(values, label=table.label, column=column)
    undated = [place for place, time in enumerate(times.seconds) if time is None]
    notes: tuple[str, ...] = times.notes
    if undated:
        share = len(undated) / len(first)
        if not asked.skip_bad_rows or share > _MOST_UNDATED:
            raise no_times(table, column, undated, may_skip=share <= _MOST_UNDATED)
        have = "has no time that can be read and is" if len(undated) == 1 else "have no time that can be read and are"
        notes = (*notes, f"{n_rows_text(len(undated))} {have} in train")
    found = cut_by_time(
        first,
        times.seconds,
        asked.shares,
        fixed=fixed,
        cuts=asked.keep.cuts if asked.keep is not None else (),
        label=table.label,
    )
    return Sides(sides=found.sides, cuts=found.cuts, notes=(*notes, *found.notes))
