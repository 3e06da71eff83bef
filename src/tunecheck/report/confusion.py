"""Confusion: which label was taken for which, as a table whose cells are shaded by their share of the row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tunecheck.core import CheckResult, Measure
from tunecheck.report.tables import Row, Table, cell
from tunecheck.report.words import name_of

MOST_LABELS = 30
_LEVELS = 5
_CLASS_MEASURES = ("precision", "recall", "f1", "support", "predicted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One cell: how many rows; ``level`` 0 to 5 is how dark; ``is_right`` on the diagonal."""

    n: int
    level: int
    is_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """References down, answers across; the last columns are answers without a label."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Count, ...]], ...]
    n_left_out: int


def matrices(check: CheckResult) -> tuple[Matrix, ...]:
    """The confusion matrix of each side of a classification; none for other checks."""
    found = ((side, _inner(check.measures, side, "confusion")) for side in ("base", "tuned"))
    return tuple(_matrix(side, confusion) for side, confusion in found if confusion is not None)


def class_tables(check: CheckResult) -> Iterator[Table]:
    """For each side precision, recall and F1 of every label."""
    for side in ("base", "tuned"):
        classes = _inner(check.measures, side, "per_class")
        if classes is None:
            continue
        rows = [
            Row(label=label, unit="", cells=tuple(cell(values[name]) for name in _CLASS_MEASURES))
            for label, values in list(classes.items())[:MOST_LABELS]
            if isinstance(values, Mapping)
        ]
        yield Table(
            caption=f"By label, {side}",
            heads=tuple(name_of(name).label for name in _CLASS_MEASURES),
            rows=tuple(rows),
            n_left_out=max(0, len(classes) - MOST_LABELS),
        )


def _matrix(side: str, confusion: Mapping[str, Measure]) -> Matrix:
    columns, rows = confusion["columns"], confusion["rows"]
    assert isinstance(columns, tuple)
    assert isinstance(rows, Mapping)
    names = [str(column) for column in columns]
    n_labels = min(len(rows), MOST_LABELS)
    kept = [*range(n_labels), *range(len(rows), len(names))]
    made = []
    for place, (label, counts) in enumerate(list(rows.items())[:n_labels]):
        assert isinstance(counts, tuple)
        numbers = [count if isinstance(count, int) else 0 for count in counts]
        made.append((label, tuple(_count(numbers, at, place) for at in kept)))
    return Matrix(
        caption=f"What {side} answered (across) where the reference was (down)",
        columns=tuple(names[at] for at in kept),
        rows=tuple(made),
        n_left_out=len(rows) - n_labels,
    )


def _count(counts: list[int], at: int, place: int) -> Count:
    whole = sum(counts)
    level = -(-_LEVELS * counts[at] // whole) if whole else 0
    return Count(n=counts[at], level=level, is_right=at == place)


def _inner(measures: Mapping[str, Measure], *path: str) -> Mapping[str, Measure] | None:
    found: Measure = measures
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None
