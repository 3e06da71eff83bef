"""wandb_export_*.csv: the points of a chart, as the Weights & Biases web page gives them out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tunecheck.core.history import Unit
from tunecheck.errors import InputError
from tunecheck.training.delimited import Table, header_of, read_table
from tunecheck.training.logged_names import names_in_rows
from tunecheck.training.rows import Row, Rows

FORMAT = "Weights & Biases CSV"
_BAND = ("__MIN", "__MAX")
_SEPARATOR = " - "
_GROUP = re.compile(r"(?:Group|group): ")
_UNITS: dict[str, Unit] = {"epoch": "epoch", "train/epoch": "epoch", "iteration": "iteration", "iter": "iteration"}
_SAMPLED = "Weights & Biases gives out a sample of the points of a long run, not all of them"


def matches(path: Path) -> bool:
    """Whether a CSV has the columns of such an export: ``<run> - <metric>`` and its __MIN and __MAX."""
    if path.suffix.lower() != ".csv":
        return False
    header = header_of(path)
    if not any(_SEPARATOR in name for name in header[1:]):
        return False
    return path.name.startswith("wandb_export") or any(name.endswith(_BAND) for name in header)


def read(path: Path) -> Rows:
    """Rows of one run of the export: the one with the most values, of equals the last, named in a note.

    The first column is the horizontal axis of the chart, whatever it was. Raises InputError when the file is no such
    export.
    """
    table = read_table(path)
    runs = _runs(table.header)
    if not runs:
        raise InputError(
            f"{path} line 1: no column of the form '<run> - train/loss'",
            hint="export it from the menu of a chart, as CSV; a table of one's own needs a step and a loss",
        )
    sizes = {run: sum(column in row for row in table.rows for column in columns) for run, columns in runs.items()}
    chosen = max(reversed(runs), key=lambda run: sizes[run])
    place = table.header[0]
    rows = _rows(table, place, runs[chosen])
    if not rows:
        raise InputError(f"{path}: no number in the columns of run {chosen!r}", hint="export the chart again")
    notes = [*table.notes, _SAMPLED]
    if place.lower() == "step":
        notes.append("its Step counts calls of wandb.log, which need not be optimizer steps")
    if len(runs) > 1:
        others = ", ".join(run for run in list(runs)[:8] if run != chosen)
        notes.append(f"{path.name} holds {len(runs)} runs; the curve is that of {chosen!r}, not of {others}")
    if _GROUP.match(chosen):
        notes.append(f"{chosen!r} is the mean over a group of runs")
    return Rows(
        source=path.name,
        format=FORMAT,
        rows=tuple(rows),
        unit=_UNITS.get(place.lower(), "step"),
        notes=tuple(notes),
    )


def _runs(header: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Of each run, its columns and the name of the metric in each; the bands and W&B's own step left out."""
    runs: dict[str, dict[str, str]] = {}
    for column in header[1:]:
        run, separator, metric = column.rpartition(_SEPARATOR)
        if separator and not metric.endswith(_BAND) and metric not in ("_step", "_runtime", "_timestamp"):
            runs.setdefault(run, {})[column] = metric
    return runs


def _rows(table: Table, place: str, columns: Mapping[str, str]) -> list[Row]:
    names = names_in_rows(columns.values())
    rows = []
    for cells in table.rows:
        step = cells.get(place)
        values = {
            names[metric]: cells[column] for column, metric in columns.items() if metric in names and column in cells
        }
        epoch = values.pop("train/epoch", values.pop("epoch", None))
        if step is not None and values:
            rows.append(Row(step=step, epoch=epoch, values=values))
    return rows
