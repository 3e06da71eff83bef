"""Agreement: the ratings of a file, however they were collected, and how far its raters agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, get_args

import numpy as np

import tunecheck
from tunecheck.core import Agreement, Estimate, Unscored
from tunecheck.data.rater_files import RaterFields, RaterFile, load_ratings, spoken
from tunecheck.errors import DataError, InputError
from tunecheck.runner.progress import Progress, Silent
from tunecheck.stats import (
    RatingLevel,
    Ratings,
    fleiss_kappa,
    krippendorff_alpha,
    number_ratings,
    observed_agreement,
    pairwise_kappa,
)

DRAWS = 1000
# 19,900 pairs of 200 raters take about half a minute with these, most of it not the draws.
FEWEST_DRAWS = 200
ALL_DRAWS_PAIRS = 1000
# On a ratio scale each draw takes time with the square of the distinct values: with these, about half a minute.
MOST_RATIO_VALUES = 5000
ONE_VALUE_SHARE = 0.9
_WATCHED_PAIRS = 200


def agreement(
    ratings: Any,
    *,
    level: str = "ordinal",
    item_field: str | None = None,
    rater_field: str | None = None,
    value_field: str | None = None,
    raters: Sequence[str] | None = None,
    order: Sequence[str] | None = None,
    last: bool = False,
    skip_bad_rows: bool = False,
    seed: int = 42,
    progress: Progress | None = None,
) -> Agreement:
    """How far do the raters of a file, or of rows in memory, agree? Nothing is written.

    ratings  a path, or a list of dicts, each with an item, a rater and a value; with ``raters`` a dict is an item
    level    nominal, ordinal, interval or ratio
    raters   the columns that hold the values of one rater each
    order    the words of an ordinal scale, from low to high
    last     of several values of one rater for one item the last counts; without it they are an error
    seed     of the bootstrap; the order of the rows decides nothing

    Above 1,000 pairs of raters the interval of each kappa comes from fewer draws, at least 200; a note says so. Raises
    InputError and DataError for what the user can correct.
    """
    _check(level, raters, order, seed)
    fields = RaterFields(item=item_field, rater=rater_field, value=value_field, raters=tuple(raters or ()))
    words = tuple(order or ())
    read = load_ratings(ratings, level=level, fields=fields, order=words, last=last, skip_bad_rows=skip_bad_rows)
    numbered = _numbered(read, level)
    single = int(np.count_nonzero(numbered.sizes < 2))
    common = _most_common(numbered.paired(), words)
    n_raters = len(numbered.labels)
    return Agreement(
        name=read.name,
        level=level,
        alpha=krippendorff_alpha(numbered, np.random.default_rng(seed), n_draws=DRAWS),
        percent_agreement=observed_agreement(numbered),
        pairwise_kappa=_by_pair(numbered, seed, progress or Silent()),
        fleiss_kappa=fleiss_kappa(numbered, np.random.default_rng(seed), n_draws=DRAWS),
        n_items=numbered.n_items,
        n_raters=n_raters,
        n_ratings=len(read.rows),
        n_missing=numbered.n_missing,
        n_single=single,
        most_common=common,
        seed=seed,
        notes=tuple(_notes(read, numbered, single, common)),
        signature=_signature(read, level, words, seed),
    )


def _check(level: str, raters: object, order: object, seed: int) -> None:
    levels = get_args(RatingLevel)
    if level not in levels:
        raise InputError(f"a level is one of {', '.join(levels)}, not {level!r}", hint="--level ordinal")
    for name, given in (("raters", raters), ("order", order)):
        if isinstance(given, str):
            raise InputError(f"{name} is a list of texts, not {given!r}", hint=f"such as {name}={given.split(',')}")
    if order and level != "ordinal":
        raise InputError(f"words in an order are an ordinal scale, not {level}", hint="--level ordinal")
    if seed < 0:
        raise InputError(f"a seed is 0 or more, not {seed}", hint="--seed 42")


def _numbered(read: RaterFile, level: str) -> Ratings:
    known: RatingLevel = next(one for one in get_args(RatingLevel) if one == level)
    items, raters, values, _ = zip(*read.rows, strict=True)
    numbered = number_ratings(items, raters, values, known)
    if level == "ratio" and len(numbered.scale) > MOST_RATIO_VALUES:
        raise DataError(
            f"{read.name} has {len(numbered.scale):,} different values, and a ratio scale can have "
            f"{MOST_RATIO_VALUES:,} here",
            hint="round the values, or take their differences as they are: --level interval",
        )
    return numbered


def _by_pair(ratings: Ratings, seed: int, progress: Progress) -> dict[tuple[str, str], Estimate | Unscored]:
    """The kappa of each pair, drawn by itself: it does not depend on who else rated."""
    of_rater = [np.flatnonzero(ratings.raters == rater) for rater in range(len(ratings.labels))]
    pairs = list(combinations(range(len(of_rater)), 2))
    if len(pairs) > _WATCHED_PAIRS:
        progress.start("comparing pairs of raters", len(pairs), "pairs")
    found: dict[tuple[str, str], Estimate | Unscored] = {}
    for first, second in pairs:
        rows = np.concatenate((of_rater[first], of_rater[second]))
        names = str(ratings.labels[first]), str(ratings.labels[second])
        both = replace(
            ratings,
            items=ratings.items[rows],
            raters=np.repeat([0, 1], (len(of_rater[first]), len(of_rater[second]))),
            values=ratings.values[rows],
            labels=names,
        )
        found[names] = pairwise_kappa(both, np.random.default_rng(seed), n_draws=_n_draws(len(pairs)))[names]
        if len(pairs) > _WATCHED_PAIRS:
            progress.advance(1)
    if len(pairs) > _WATCHED_PAIRS:
        progress.finish()
    return found


def _n_draws(n_pairs: int) -> int:
    return max(FEWEST_DRAWS, DRAWS * ALL_DRAWS_PAIRS // max(n_pairs, ALL_DRAWS_PAIRS))


def _most_common(paired: Ratings, order: Sequence[str]) -> tuple[str, float] | None:
    if not len(paired.values):
        return None
    counts = np.bincount(paired.values)
    top = int(counts.argmax())
    value = paired.scale[top]
    assert isinstance(value, (str, float))
    return spoken(value, order), float(counts[top] / counts.sum())


def _notes(read: RaterFile, ratings: Ratings, single: int, common: tuple[str, float] | None) -> list[str]:
    told = _about_rows(read)
    if len(ratings.labels) == 1:
        told.append(f"All ratings are by one rater, {ratings.labels[0]!r}: agreement needs two.")
    elif common is None and read.columns.item is not None and not read.columns.raters:
        told.append(
            f"No item has two ratings: is {read.columns.item!r} the column of the items? --item-field names another."
        )
    elif common is not None and single:
        told.append(f"{_counted(single, 'item')} with one rating, which no coefficient can use.")
    n_pairs = len(ratings.labels) * (len(ratings.labels) - 1) // 2
    if n_pairs > ALL_DRAWS_PAIRS:
        told.append(
            f"{n_pairs:,} pairs of raters: the interval of each kappa comes from {_n_draws(n_pairs)} draws instead of "
            f"{DRAWS:,}."
        )
    if common is not None and common[1] >= ONE_VALUE_SHARE:
        told.append(
            f"{_percent(common[1])} of the ratings are {common[0]!r}. Where nine in ten share one value, alpha and "
            "kappa say little: they can be low though nearly all ratings are equal, and their intervals miss the truth "
            "more often. Look at the percent agreement, and have more items rated that deserve another value."
        )
    return [*told, *_alike(ratings)]


def _about_rows(read: RaterFile) -> list[str]:
    n_bad = len(read.skipped)
    told = (
        (read.n_unrated, "item", "nobody rated, left out."),
        (read.n_repeated, "rating", "stood there again with the same value, and counted once."),
        (read.n_replaced, "rating", "gave way to the last one of the same rater and item."),
        (n_bad, "bad row", f"left out; the first: {read.skipped[0] if n_bad else ''}."),
    )
    return [f"{_counted(n, noun)} {what}" for n, noun, what in told if n]


def _alike(ratings: Ratings) -> list[str]:
    """Names that only differ in case are often one person."""
    by_name: dict[str, list[str]] = {}
    for label in map(str, ratings.labels):
        by_name.setdefault(label.casefold(), []).append(label)
    return [
        f"The raters {' and '.join(map(repr, names))} differ in case only, and count as {len(names)}."
        for names in by_name.values()
        if len(names) > 1
    ]


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _percent(share: float) -> str:
    """A share for people, never rounded up to all."""
    return f"{math.floor(share * 1000) / 10:g}%"


def _signature(read: RaterFile, level: str, order: Sequence[str], seed: int) -> str:
    columns = read.columns
    parts = {"item": columns.item or "each row", "rater": columns.rater, "value": columns.value}
    fields = [f"{part} from {column!r}" for part, column in parts.items() if column is not None]
    fields += [f"raters from {len(columns.raters)} columns"] if columns.raters else []
    line = {
        "ratings": f"{read.name}#{read.fingerprint}",
        "fields": ", ".join(fields),
        "level": level + (f" ({' < '.join(order)})" if order else ""),
        "seed": seed,
        "tunecheck": tunecheck.__version__,
    }
    return " | ".join(f"{name}={value}" for name, value in line.items())
