"""Plan: read the data, find what it shares, choose the sample of the training set. Nothing is scored or written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecheck import data
from tunecheck.core import Dataset, Item, LeakReport
from tunecheck.data.leaks import find_leaks
from tunecheck.errors import DataError

# The sample of the training set is as large as the validation set, and not smaller than this where there are that many.
LEAST_TRAIN_SAMPLE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be scored: validation items, a sample of the training set, and what the two sets share."""

    validation: Dataset
    train: Dataset | None
    train_sample: tuple[Item, ...]
    leaks: LeakReport | None


def make_plan(
    validation: Any,
    train: Any = None,
    *,
    seed: int = 42,
    shape: str = "auto",
    skip_bad_rows: bool = False,
    group_column: str | None = None,
) -> Plan:
    """Read both sets and choose the training sample.

    Raises DataError for rows that cannot be read, for fewer than two items, and for a validation set that is the
    training set.
    """
    val = _read(validation, "validation data", shape, skip_bad_rows, group_column)
    if len({item.unit for item in val}) < 2:
        what = "one item" if len(val) == 1 else "copies or parts of one item only"
        raise DataError(
            f"{val.name} holds {what}: how sure a number is shows only from two on",
            hint="give at least 30 items; a few hundred resolve differences of 0.05 nats",
        )
    if train is None:
        return Plan(validation=val, train=None, train_sample=(), leaks=None)
    train_set = _read(train, "training data", shape, skip_bad_rows, group_column)
    leaks = find_leaks(train_set.items, val.items)
    if len(leaks.of_kind("exact")) == len(val):
        raise DataError(
            f"every item of {val.name} stands in {train_set.name}: the validation set is the training set",
            hint="hold out items before training, and give those to --val",
        )
    sample = choose_sample(train_set.items, max(len(val), LEAST_TRAIN_SAMPLE), seed=seed)
    if len({item.unit for item in sample}) < 2:
        raise DataError(
            f"{train_set.name} holds one item: a gap needs at least two", hint="give the whole training set"
        )
    return Plan(validation=val, train=train_set, train_sample=sample, leaks=leaks)


def choose_sample(items: Sequence[Item], size: int, *, seed: int) -> tuple[Item, ...]:
    """``size`` distinct items by the order of a hash of seed and id: rows that are appended later move few of them."""
    distinct = {item.id: item for item in items}
    order = sorted(distinct, key=lambda item_id: hashlib.blake2b(f"{seed}|{item_id}".encode(), digest_size=8).digest())
    chosen = set(order[:size])
    return tuple(item for item_id, item in distinct.items() if item_id in chosen)


def _read(source: Any, name: str, shape: str, skip_bad_rows: bool, group_column: str | None) -> Dataset:
    if isinstance(source, Dataset):
        return source
    given = None if isinstance(source, (str, Path)) else name
    return data.load(source, name=given, shape=shape, skip_bad_rows=skip_bad_rows, group_column=group_column)
