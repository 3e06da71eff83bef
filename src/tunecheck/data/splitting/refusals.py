"""Refusals: why rows cannot be split as asked, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from tunecheck.core.splits import TRAIN
from tunecheck.data.rows import shown
from tunecheck.data.splitting.asked import Asked
from tunecheck.data.splitting.table import Table, listed_rows, n_rows_text
from tunecheck.errors import DataError


def no_times(table: Table, column: str, undated: Sequence[int], *, may_skip: bool) -> DataError:
    """For rows without a time that can be read: up to 20 of them, with their values."""
    lines = [
        f"{table.places[place]}: {column} is "
        + (shown(table.rows[place][column]) if column in table.rows[place] else "missing")
        for place in undated
    ]
    skip = "; or let them go to train: --skip-bad-rows" if may_skip else ""
    have = "has" if len(undated) == 1 else "have"
    return DataError(
        f"{table.label}: {len(undated):,} of {n_rows_text(len(table.rows))} {have} no time that can be read:\n"
        + listed_rows(lines),
        hint=f"write times as 2021-03-04 or 2021-03-04T05:06:07Z, or name another column: --time-column COLUMN{skip}",
    )


def too_few_units(table: Table, n_units: int, asked: Asked) -> DataError:
    """For rows that are fewer units than there are sides."""
    n_rows, sides = len(table.rows), asked.folds or 1 + len(asked.shares)
    if n_rows == 1:
        return DataError(f"{table.label} has one row, and a split needs two or more", hint="add rows")
    joined = f" or a value of {asked.group_column}" if asked.group_column else ""
    what = "are one unit" if n_units == 1 else f"are {n_units} units"
    return DataError(
        f"{table.label}: its {n_rows:,} rows {what}, and {sides} sides need {sides}: rows with the same prompt, first "
        f"turn or content{joined}, and near copies, stay together",
        hint="take out the copies, add other rows" + (", or ask for fewer folds" if asked.folds else ""),
    )


def check_sides(table: Table, sides: Sequence[str], n_units: int, asked: Asked) -> None:
    """DataError when a side has got no row."""
    empty = [side for side in (TRAIN, *asked.shares) if side not in sides]
    if not empty:
        return
    n_rows = len(table.rows)
    hint = f"ask for a number of rows, such as --test-size {max(1, n_rows // 5)}"
    why = f"its {n_rows:,} rows are {n_units} units"
    if asked.strategy == "category":
        why += f", and categories ({asked.category_column}) of fewer than 3 units stay in train"
        hint = "name another column: --category-column COLUMN; or split at random: --strategy random"
    elif asked.strategy == "temporal":
        why += ", and each with rows after the cut has rows before it"
        hint = "move the cut: another --test-size; or split at random: --strategy random"
    raise DataError(f"{table.label}: nothing is left for {' and '.join(empty)}: {why}", hint=hint)
