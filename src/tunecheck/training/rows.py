"""Rows: what every log is read into, and how rows become runs and series."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tunecheck.core.history import Point, Series, Split, Unit
from tunecheck.training.names import MAX_NAME, meaning

STEP_KEYS = ("step", "global_step", "current_steps", "iteration", "iter", "steps", "_step", "trainer/global_step")
EPOCH_KEYS = ("epoch", "epochs", "train/epoch")
_T = TypeVar("_T")
# Texts longer than this are no numbers; int() of a million digits would take minutes.
_MAX_DIGITS = 40
# Different names in one log beyond these are no quantities but data.
_MAX_SERIES = 500
# Means over a whole run, in the row that has train_runtime.
_OF_RUN = ("train_loss", "train/train_loss")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a log, with the keys as they were logged; step or epoch is None where the line has none."""

    step: float | None
    epoch: float | None
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One log file as rows in their order; ``facts`` are fields of History that it tells, by their names there."""

    source: str
    format: str
    rows: tuple[Row, ...]
    unit: Unit = "step"
    facts: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def number(value: object) -> float | None:
    """A number, or a text that is one (``nan``, ``inf`` and ``1e-5`` too), as a float; None for everything else.

    >>> number("1e-5"), number(True), number("seven"), number(10**400)
    (1e-05, None, None, inf)
    """
    if type(value) is float:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and (len(value) > _MAX_DIGITS or "_" in value):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if isinstance(value, int) and value > 0 else -math.inf
    except ValueError:
        return None


def dict_rows(dicts: Iterable[object], *, step_keys: Sequence[str] = STEP_KEYS) -> tuple[Row, ...]:
    """Rows of JSON-like objects; what is no object, and values that are no numbers, are left out."""
    return tuple(_row(one, step_keys) for one in dicts if isinstance(one, Mapping))


def _row(one: Mapping[object, object], step_keys: Sequence[str]) -> Row:
    values = {
        key: found
        for key, value in one.items()
        if isinstance(key, str) and len(key) <= MAX_NAME and (found := number(value)) is not None
    }
    step = next((values[key] for key in step_keys if key in values), None)
    epoch = next((values[key] for key in EPOCH_KEYS if key in values), None)
    return Row(_finite(step), _finite(epoch), values)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def ends(many: Sequence[_T], most: int) -> Sequence[_T]:
    """The first twentieth and the last of a long log, ``most`` in all, so that time and memory stay bounded."""
    if len(many) <= most:
        return many
    n_first = most // 20
    return [*many[:n_first], *many[len(many) - most + n_first :]]


def place_of(row: Row) -> float | None:
    """Where a row stands: its step, or its epoch where the log counts nothing else."""
    return row.step if row.step is not None else row.epoch


def segments(rows: Iterable[Row]) -> list[tuple[Row, ...]]:
    """The runs in a log that several were appended to.

    A new run begins where the place falls back to where the present run began, or before. A fall to a later place is a
    resume from a checkpoint, and the same run: what it logs again counts.

    >>> steps = [10, 20, 30, 20, 30, 40, 10, 20]
    >>> [len(run) for run in segments(Row(step, None, {"loss": 1.0}) for step in steps)]
    [6, 2]
    """
    runs: list[list[Row]] = []
    first = last = math.nan
    for row in rows:
        place = place_of(row)
        if not runs or (place is not None and place < last and place <= first):
            runs.append([])
            first = last = math.nan
        if place is not None:
            first = place if math.isnan(first) else first
            last = place
        runs[-1].append(row)
    return _joined(runs)


def _joined(runs: Sequence[list[Row]]) -> list[tuple[Row, ...]]:
    """Runs, but that a table with all training rows first and then all evaluations is one."""
    joined: list[list[Row]] = []
    for run in runs:
        if joined and not _quantities(joined[-1]) & _quantities(run):
            joined[-1].extend(run)
        else:
            joined.append(run)
    return [tuple(run) for run in joined]


def _quantities(rows: Iterable[Row]) -> set[tuple[str, Split, str]]:
    keys = {key for row in rows for key in row.values}
    return {found for key in keys if (found := meaning(key)) is not None}


def series_of(rows: Iterable[Row]) -> tuple[Series, ...]:
    """Every quantity as a series, sorted by place; of several values at one place the last counts, NaN too.

    The Hugging Face Trainer's last row, which has ``train_runtime``, holds means over the whole run: its ``train_loss``
    is no point of the curve.
    """
    known: dict[str, tuple[str, Split, str] | None] = {}
    found: dict[tuple[str, Split, str], dict[float, Point]] = {}
    for row in rows:
        place = place_of(row)
        if place is None:
            continue
        seen: set[tuple[str, Split, str]] = set()
        of_run = _OF_RUN if "train_runtime" in row.values else ()
        for key, value in row.values.items():
            if key not in known:
                known[key] = meaning(key) if len(known) < _MAX_SERIES else None
            name = known[key]
            if name is None or name in seen or key in of_run:
                continue
            seen.add(name)
            if name not in found:
                found[name] = {}
            found[name][place] = Point(place, value, row.epoch)
    return tuple(
        Series(name=name, split=split, eval_set=eval_set, points=tuple(points[at] for at in sorted(points)))
        for (name, split, eval_set), points in found.items()
    )
