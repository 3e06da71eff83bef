"""Account: the record of a split, with its counts and what a person should know about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from tunecheck.core import Item
from tunecheck.core.document import JSON
from tunecheck.core.splits import TEST, TRAIN, VALIDATION, CategoryCount, Grouping, Split, SplitRow
from tunecheck.data.splitting.asked import Asked
from tunecheck.data.splitting.between import Reports
from tunecheck.data.splitting.columns import category_of
from tunecheck.data.splitting.sides import Sides
from tunecheck.data.splitting.sizes import resolution
from tunecheck.data.splitting.table import Table, n_rows_text
from tunecheck.data.splitting.units import Joined

_FEW_ROWS, _SUGGESTED_FOLDS = 300, 5


def recorded(
    table: Table,
    items: Sequence[Item],
    joined: Joined,
    asked: Asked,
    decided: Sides,
    leaks: Reports,
    settings: Mapping[str, JSON],
) -> Split:
    """The split that was decided, as a record."""
    rows = tuple(
        SplitRow(number=number, id=item.id, unit=items[unit].id, side=side)
        for number, item, unit, side in zip(table.numbers, items, joined.first, decided.sides, strict=True)
    )
    sizes = joined.sizes
    held = {row.unit for row in rows if row.side != TRAIN and row.side != TEST}
    made = Split(
        name=table.name,
        sha256=table.sha256,
        strategy=asked.strategy,
        seed=asked.seed,
        settings=settings,
        rows=rows,
        categories=_categories(table, joined, asked, decided.sides),
        grouping=Grouping(
            column=asked.group_column,
            n_units=int((sizes > 0).sum()),
            largest_unit_rows=int(sizes.max()),
            near_threshold=joined.threshold,
        ),
        leaks=leaks,
        notes=(),
        resolution=resolution(len(held)),
        cuts=decided.cuts,
        originals=table.originals,
    )
    return replace(made, notes=(*_skipped(table), *joined.notes, *decided.notes, *_advice(made)))


def _categories(table: Table, joined: Joined, asked: Asked, sides: Sequence[str]) -> tuple[CategoryCount, ...]:
    column = asked.category_column
    if column is None:
        return ()
    categories = [category_of(row, column) for row in table.rows]
    rows = Counter(zip(categories, sides, strict=True))
    units = Counter(categories[unit] for unit in set(joined.first.tolist()))
    names = sorted(set(sides), key=lambda side: (side == TEST, side == VALIDATION, side))
    share = Fraction(1, asked.folds) if asked.folds else asked.shares[VALIDATION]
    return tuple(
        CategoryCount(
            name=name,
            n_rows={side: rows[name, side] for side in names},
            n_units=units[name],
            quota=float(share * n_rows),
        )
        for name, n_rows in sorted(Counter(categories).items())
    )


def _skipped(table: Table) -> list[str]:
    n_rows = len(table.skipped)
    return [f"{n_rows_text(n_rows)} that cannot be read {'is' if n_rows == 1 else 'are'} left out"] if n_rows else []


def _advice(made: Split) -> list[str]:
    notes: list[str] = []
    untested = made.untested_categories
    if untested:
        names = ", ".join(repr(name) for name in untested[:10])
        more = f" and {len(untested) - 10} more" if len(untested) > 10 else ""
        of = "1 category" if len(untested) == 1 else f"{len(untested):,} categories"
        notes.append(f"validation has no row of {of}: {names}{more}")
    leaked = {sides: len(report.leaked_ids) for sides, report in made.leaks if report.leaked_ids}
    notes += [
        f"{sides} still share {n:,} {'item' if n == 1 else 'items'} or near copies" for sides, n in leaked.items()
    ]
    if len(made.rows) < _FEW_ROWS and not made.n_folds and made.strategy != "temporal":
        notes.append(
            f"with {len(made.rows)} rows one validation set is small: --folds {_SUGGESTED_FOLDS} uses every row once"
        )
    return notes
