"""metrics.csv and its like: LitGPT, Lightning, Keras's CSVLogger, TensorBoard's download, and tables of one's own."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

from tunecheck.core.history import Unit
from tunecheck.errors import InputError
from tunecheck.training.delimited import Table, header_of, read_table
from tunecheck.training.logged_names import names_in_rows
from tunecheck.training.rows import Row, Rows

_SUFFIXES = {".csv", ".tsv", ".txt", ".log"}
# What a row's place is called, the surest first; Hugging Face's own step comes before W&B's count of calls.
_STEPS = (
    *("train/global_step", "trainer/global_step", "global_step", "step", "steps", "current_steps", "training_step"),
    *("num_updates", "update", "updates"),
)
_ITERATIONS = ("iteration", "iterations", "iter", "iters", "iter_num", "it", "batch", "_step")
_EPOCHS = ("epoch", "epochs", "train/epoch")
_TENSORBOARD = ("wall_time", "step", "value")
_TENSORBOARD_FILE = re.compile(r"run-.{0,200}?-?tag-(.{1,200})\.csv", re.DOTALL)
_FINAL_EVALUATION = (
    "its last evaluation was made after training and over the whole validation set, those before it over at most "
    "eval.max_iters batches"
)
_SPELLINGS = {
    **{"training_loss": "train_loss", "trainloss": "train_loss", "loss_train": "train_loss"},
    **{"valloss": "val_loss", "loss_val": "val_loss", "dev_loss": "val_loss", "unnamed:_0": "index"},
}
_MEANT = re.compile(r"loss|learning_rate|grad_norm|accuracy|perplexity")
_SPACES = re.compile(r"[\s-]+")


def matches(path: Path) -> bool:
    """Whether a file is a table with a column for the place of a row and one for a loss."""
    if path.suffix.lower() not in _SUFFIXES:
        return False
    names = [_plain(name) for name in header_of(path)]
    if tuple(names) == _TENSORBOARD:
        return True
    if any(name.endswith("__max") for name in names):
        return False  # an export of Weights & Biases
    placed = any(name in names for name in (*_STEPS, *_ITERATIONS, *_EPOCHS, "index"))
    return placed and any("loss" in name or "perplexity" in name or name.endswith("ppl") for name in names)


def read(path: Path) -> Rows:
    """Rows of the table, by its column for the step, the iteration or the epoch, or by line where it has none of them.

    A row with no step of its own stands at the step above it. A step that starts again at every epoch is counted on
    through, with a note. Raises InputError when the file is no table of numbers or has no column but its step.
    """
    table = read_table(path)
    plain = {name: _plain(name) for name in table.header}
    place, unit = _place(plain)
    epoch = next((name for wanted in _EPOCHS for name in plain if plain[name] == wanted and name != place), None)
    columns = {name: _kept_name(name) for name in plain if name not in (place, epoch) and not _is_place(plain[name])}
    if tuple(plain.values()) == _TENSORBOARD:
        columns = {_value_column(plain): _tag(path)}
    names = names_in_rows(columns.values())
    kept = {column: names[name] for column, name in columns.items() if name in names}
    if not kept:
        raise InputError(
            f"{path} line 1: no column but {', '.join(table.header)[:200]}",
            hint="it needs one for a loss, such as val_loss",
        )
    notes = list(table.notes)
    if _is_litgpt(plain.values()):
        unit = "iteration"
    rows = _rows(table, place, epoch, kept)
    if not rows:
        raise InputError(f"{path}: no line with both its place and a value", hint="check the column step, or epoch")
    if _is_litgpt(plain.values()) and _put_final_evaluation_last(rows):
        notes.append(_FINAL_EVALUATION)
    if epoch is not None:
        rows, again = _counted_through(rows)
        notes += ["its step starts again at each epoch; here it is counted on through"] if again else []
    return Rows(source=path.name, format=_format(path, plain.values()), rows=tuple(rows), unit=unit, notes=tuple(notes))


def _plain(name: str) -> str:
    """A column's name in lower case with underscores: ``Validation Loss`` is validation_loss."""
    plain = _SPACES.sub("_", name.strip().lower())
    return _SPELLINGS.get(plain, plain)


def _kept_name(name: str) -> str:
    """The name as logged, but for those that mean something: ``Learning Rate`` is learning_rate."""
    plain = _plain(name)
    return plain if _MEANT.search(plain) else name


def _is_place(plain: str) -> bool:
    return plain in _STEPS or plain in _ITERATIONS or plain in _EPOCHS or plain == "index"


def _place(plain: Mapping[str, str]) -> tuple[str | None, Unit]:
    """The column that says where a row stands, and what it counts; None for the line itself."""
    by_plain = {short: name for name, short in reversed(list(plain.items()))}
    kinds: tuple[tuple[tuple[str, ...], Unit], ...] = ((_STEPS, "step"), (_ITERATIONS, "iteration"), (_EPOCHS, "epoch"))
    for wanted, unit in kinds:
        for short in wanted:
            if short in by_plain:
                return by_plain[short], "step" if short == "_step" else unit
    return by_plain.get("index"), "step"


def _is_litgpt(plain: Iterable[str]) -> bool:
    """LitGPT's columns. Its ``step`` is the iteration: the logger writes that over the count of optimizer steps."""
    return {"iter", "iter_time", "step", "total_tokens"} <= set(plain)


def _format(path: Path, plain: Iterable[str]) -> str:
    names = set(ordered := tuple(plain))
    if _is_litgpt(names):
        return "LitGPT metrics.csv"
    if ordered == _TENSORBOARD:
        return "TensorBoard CSV"
    lightning = path.parent.name.startswith("version_") or any(name.endswith(("_step", "_epoch")) for name in names)
    if {"epoch", "step"} <= names and lightning:
        return "Lightning metrics.csv"
    return "CSV"


def _value_column(plain: Mapping[str, str]) -> str:
    return next(name for name in plain if plain[name] == "value")


def _tag(path: Path) -> str:
    """The tag that TensorBoard puts into the name of a file it gives out: run-<run>-tag-train_loss.csv."""
    match = _TENSORBOARD_FILE.fullmatch(path.name)
    return match[1] if match else path.stem


def _rows(table: Table, place: str | None, epoch: str | None, kept: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    at = None
    for line, cells in enumerate(table.rows, start=1):
        told = float(line) if place is None else cells.get(place)
        at = told if told is not None and math.isfinite(told) else at
        values = {kept[column]: value for column, value in cells.items() if column in kept}
        if values and at is not None:
            rows.append(Row(step=at, epoch=cells.get(epoch) if epoch else None, values=values))
    return rows


def _put_final_evaluation_last(rows: list[Row]) -> bool:
    """Give LitGPT's evaluation after training the step of the row before it; whether there is one.

    It is logged without a step, so that the logger puts down the number of lines it has not yet written to disk.
    """
    if len(rows) < 2 or "val_loss" not in rows[-1].values or "loss" in rows[-1].values:
        return False
    before, final = rows[-2], rows[-1]
    if before.step is None or final.step is None or final.step >= before.step:
        return False
    rows[-1] = Row(step=before.step, epoch=before.epoch, values=final.values)
    return True


def _counted_through(rows: list[Row]) -> tuple[list[Row], bool]:
    """Rows with steps that rise over all epochs, and whether they had to be changed.

    They are when the step falls at least once and at every fall the epoch rises.
    """
    falls = [
        (before, after)
        for before, after in pairwise(rows)
        if before.step is not None and after.step is not None and after.step < before.step
    ]
    if not falls or not all(_epoch_rises(before, after) for before, after in falls):
        return rows, False
    counted: list[Row] = []
    offset = previous = 0.0
    for row in rows:
        step = row.step or 0.0
        if step < previous:
            offset += previous
        counted.append(Row(step=step + offset, epoch=row.epoch, values=row.values))
        previous = step
    return counted, True


def _epoch_rises(before: Row, after: Row) -> bool:
    return before.epoch is not None and after.epoch is not None and after.epoch > before.epoch
