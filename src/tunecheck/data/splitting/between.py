"""Between: what the sides of a split give away of each other, looked for after the split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from tunecheck.core import Item, LeakReport
from tunecheck.core.splits import TEST, TRAIN, VALIDATION
from tunecheck.data.leaks import find_leaks_of
from tunecheck.data.splitting.comparable import comparable
from tunecheck.data.splitting.table import open_table
from tunecheck.data.wording import Wording, signs_of, wording

Reports = tuple[tuple[str, LeakReport], ...]
"""The names of two sides, such as "train and validation", and what they share."""


def leaks_of(rows: Wording, sides: Sequence[str]) -> Reports:
    """What each later side shares with each earlier one; of folds, each with the rest."""
    of_side: defaultdict[str, list[int]] = defaultdict(list)
    for place, side in enumerate(sides):
        of_side[side].append(place)
    if TRAIN in of_side:
        pairs = [(TRAIN, VALIDATION), (TRAIN, TEST), (VALIDATION, TEST)]
        return tuple(
            (f"{one} and {other}", find_leaks_of(rows.take(of_side[one]), rows.take(of_side[other])))
            for one, other in pairs
            if one in of_side and other in of_side
        )
    names = sorted(of_side, key=lambda side: int(side.removeprefix("fold-")))
    rest = {name: [place for other in names if other != name for place in of_side[other]] for name in names}
    return tuple(
        (f"the rest and {name}", find_leaks_of(rows.take(rest[name]), rows.take(of_side[name]))) for name in names
    )


def leaked_pairs(items: Sequence[Item], leaks: Reports) -> list[tuple[int, int]]:
    """Places of rows that are copies of each other and yet on two sides."""
    place = {item.source: number for number, item in enumerate(items)}
    return [
        (place[leak.train.source], place[leak.validation.source])
        for _, report in leaks
        for leak in report.leaks
        if leak.kind in ("exact", "prompt", "near")
    ]


def leaks_between(paths: Mapping[str, Path], *, shape: str, beside: frozenset[str]) -> Reports:
    """The same for files: the path of each side."""
    tables = {side: open_table(path, name=None, skip_bad_rows=True) for side, path in paths.items()}
    rows = [row for table in tables.values() for row in table.rows]
    places = [f"{side} {place}" for side, table in tables.items() for place in table.places]
    items = comparable(rows, places, shape=shape, label="the split", beside=beside)
    return leaks_of(wording(items, signs_of(items)), [side for side, table in tables.items() for _ in table.rows])
