"""Trainers' splits: the rows that a trainer held out by itself, worked out again from its seed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np

from tunecheck.core.document import JSON
from tunecheck.core.splits import TRAIN, VALIDATION, Split
from tunecheck.data.splitting.account import recorded
from tunecheck.data.splitting.asked import Asked
from tunecheck.data.splitting.between import leaks_of
from tunecheck.data.splitting.comparable import comparable
from tunecheck.data.splitting.sides import Sides
from tunecheck.data.splitting.table import open_table
from tunecheck.data.splitting.units import Joined
from tunecheck.data.wording import signs_of, wording
from tunecheck.errors import DataError


def held_out_places(n_rows: int, n_held_out: int, seed: int) -> list[int]:
    """The rows that ``datasets.Dataset.train_test_split(test_size=n_held_out, seed=seed)`` puts aside, in its order.

    They are the first of a permutation by numpy's default generator (datasets 5.2.0, arrow_dataset.py).

    >>> held_out_places(20, 4, 42)
    [15, 9, 14, 7]
    """
    places: list[int] = np.random.default_rng(seed).permutation(n_rows)[:n_held_out].tolist()
    return places


def split_like_trainer(
    source: str | os.PathLike[str] | Iterable[Mapping[str, object]],
    *,
    n_held_out: int,
    seed: int,
    shape: str = "auto",
    skip_bad_rows: bool = False,
    name: str | None = None,
) -> Split:
    """The split of a trainer that called train_test_split on these very rows, in their order, with this seed.

    Nothing is joined: the trainer did not. What its validation rows share with the others stands in ``leaks``. Raises
    DataError where the file holds no more rows than were held out.
    """
    table = open_table(source, name=name, skip_bad_rows=skip_bad_rows)
    n_rows = len(table.rows)
    if not 0 < n_held_out < n_rows:
        raise DataError(
            f"{table.label} has {n_rows:,} rows, and the trainer held out {n_held_out:,}: it split another file",
            hint="give the file that the trainer split, with all of its rows",
        )
    held_out = set(held_out_places(n_rows, n_held_out, seed))
    sides = [VALIDATION if place in held_out else TRAIN for place in range(n_rows)]
    items = comparable(table.rows, table.places, shape=shape, label=table.label, beside=frozenset())
    asked = Asked(
        strategy="trainer",
        shares={VALIDATION: Fraction(n_held_out, n_rows)},
        folds=None,
        seed=seed,
        time_column=None,
        category_column=None,
        group_column=None,
        skip_bad_rows=skip_bad_rows,
        keep=None,
    )
    note = (
        f"validation has the rows that datasets' train_test_split(test_size={n_held_out}, seed={seed}) holds out; "
        "tunecheck run with them compares the evaluation loss with the logged one, which shows whether they are"
    )
    alone = Joined(first=np.arange(n_rows), threshold=None, relaxed=False, notes=())
    settings: dict[str, JSON] = {"n_held_out": n_held_out, "shape": shape, "skip_bad_rows": skip_bad_rows}
    leaks = leaks_of(wording(items, signs_of(items)), sides)
    return recorded(table, items, alone, asked, Sides(sides=sides, notes=(note,)), leaks, settings)
