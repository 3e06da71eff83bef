"""Split: a data set becomes train, validation and perhaps test, or folds, without what gives validation away."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import cast

from tunecheck.core.document import JSON
from tunecheck.core.splits import Split, Strategy
from tunecheck.data.groups import group_column as find_group_column
from tunecheck.data.groups import group_of
from tunecheck.data.reading import _no_garbage_collection
from tunecheck.data.splitting.account import recorded
from tunecheck.data.splitting.asked import Asked, check_kept, check_options
from tunecheck.data.splitting.between import leaked_pairs, leaks_of
from tunecheck.data.splitting.columns import category_column as find_category_column
from tunecheck.data.splitting.columns import time_column as find_time_column
from tunecheck.data.splitting.comparable import comparable
from tunecheck.data.splitting.manifest import Manifest, read_manifest
from tunecheck.data.splitting.sides import decide
from tunecheck.data.splitting.sizes import shares_of
from tunecheck.data.splitting.table import Table, open_table
from tunecheck.data.splitting.units import join_units
from tunecheck.data.wording import signs_of, wording

_REPAIRS = 3


def split(
    source: str | os.PathLike[str] | Iterable[Mapping[str, object]] | Iterable[str],
    *,
    strategy: str = "random",
    test_size: float = 0.1,
    final_test_size: float | None = None,
    folds: int | None = None,
    seed: int = 42,
    time_column: str | None = None,
    category_column: str | None = None,
    group_column: str | None = None,
    shape: str = "auto",
    skip_bad_rows: bool = False,
    keep: Manifest | str | os.PathLike[str] | None = None,
    name: str | None = None,
) -> Split:
    """Take a file or rows in memory apart; nothing is written: see write.

    Rows that share a group, a prompt, a first turn or their content, and near copies, are one unit and stay together.

    strategy         random; category: each category gets its share; temporal: the latest rows are validation
    test_size        of validation: a share below 1 of the rows, or how many
    final_test_size  the same for a third side that is kept for one last test
    folds            so many folds instead, each validation once
    time_column, category_column, group_column
                     the columns to go by; without them, the usual names
    keep             the manifest of an earlier split: its rows stay where they were, also when earlier rows are gone
    skip_bad_rows    leave out rows that cannot be read; up to 5% of rows without a time go to train

    With the same seed, rows appended to the file move none of the earlier ones, as long as they are units of their
    own or join one; a row that joins two units makes them one, on the side of the earlier. That holds for random and
    category with a share; a count is another share of a longer file, and later times move the cut: then keep.
    What is a template, and whether a unit holds a fifth of the file, are facts of the whole file and may change too.

    Raises InputError for what cannot be asked for, and DataError for data that cannot be split so.

    >>> found = split([{"prompt": f"{name}?", "completion": name} for name in "ABCDEFGHIJ"], test_size=0.2)
    >>> len(found.train), len(found.validation)
    (8, 2)
    """
    check_options(strategy, folds, final_test_size, time_column, category_column)
    with _no_garbage_collection():
        table = open_table(source, name=name, skip_bad_rows=skip_bad_rows)
    rows, label = table.rows, table.label
    asked = Asked(
        strategy=cast(Strategy, strategy),
        shares=shares_of(test_size, final_test_size, len(rows)),
        folds=folds,
        seed=seed,
        time_column=find_time_column(rows, time_column, label) if strategy == "temporal" else None,
        category_column=find_category_column(rows, category_column, label) if strategy == "category" else None,
        group_column=find_group_column(rows, group_column, label),
        skip_bad_rows=skip_bad_rows,
        keep=read_manifest(keep) if isinstance(keep, (str, os.PathLike)) else keep,
    )
    sizes: dict[str, JSON] = {"test_size": test_size, "final_test_size": final_test_size, "folds": folds}
    if asked.keep is not None:
        check_kept(asked.keep, asked)
    with _no_garbage_collection():
        return _split(table, asked, shape, sizes)


def _split(table: Table, asked: Asked, shape: str, sizes: dict[str, JSON]) -> Split:
    items = comparable(table.rows, table.places, shape=shape, label=table.label, beside=asked.beside)
    groups = [group_of(row, asked.group_column) for row in table.rows]
    known = wording(items, signs_of(items))
    joined = join_units(known, groups, asked.group_column)
    decided = decide(table, items, joined, asked)
    leaks = leaks_of(known, decided.sides)
    for _ in range(_REPAIRS):
        # Wording that is common in the whole file may not be in its parts: what then shows is joined too.
        found = [] if joined.relaxed else leaked_pairs(items, leaks)
        if not found:
            break
        joined = joined.also(found)
        decided = decide(table, items, joined, asked)
        leaks = leaks_of(known, decided.sides)
    settings: dict[str, JSON] = {
        **sizes,
        "time_column": asked.time_column,
        "category_column": asked.category_column,
        "group_column": asked.group_column,
        "shape": shape,
        "skip_bad_rows": asked.skip_bad_rows,
    }
    return recorded(table, items, joined, asked, decided, leaks, settings)
