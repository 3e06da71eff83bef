"""The table that a Hugging Face Trainer shows in a notebook, as it stands in a text that was copied from there.

Cells are parted by tabs: ``Step<TAB>Training Loss<TAB>Validation Loss``. What stands around it is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tunecheck.core.history import Unit
from tunecheck.errors import InputError
from tunecheck.training.log_lines import head_of, lines_of
from tunecheck.training.log_text import read_log
from tunecheck.training.rows import Row, Rows, ends, number

FORMAT = "table of a notebook"
MAX_ROWS = 30_000
_SUFFIXES = ("", ".log", ".txt", ".out", ".md")
_PLACES = ("step", "epoch")
_LOSSES = {"training loss": "loss", "validation loss": "eval_loss"}
_MOST_COLUMNS = 200


def matches(path: Path) -> bool:
    """Whether the beginning of a text file has a table's header, and a row of numbers right below it."""
    if path.suffix.lower() not in _SUFFIXES:
        return False
    lines = [line for _, line in lines_of(head_of(path)).numbered]
    return any(
        (header := _header(line)) and _row(header, below, float("nan")) is not None for line, below in pairwise(lines)
    )


def read(path: Path) -> Rows:
    """Rows of the tables; "No log" is no value, and a training loss that is repeated until the next one counts once.

    Raises InputError where there is no table with a row.
    """
    log = read_log(path)
    lines = lines_of(log.text)
    rows = list(_rows(line for _, line in lines.numbered))
    if not rows:
        raise InputError(
            f"{path}: no table with the columns Step or Epoch, Training Loss and Validation Loss",
            hint="point at trainer_state.json or at another log of the run",
        )
    unit: Unit = "step" if rows[-1].step is not None else "epoch"
    notes = [*lines.note(path.name), f"read from the table that a notebook showed: {path.name}"]
    if log.cut or len(rows) > MAX_ROWS:
        notes.append(f"{path.name} is very large: a part in its middle was left out")
    return Rows(source=path.name, format=FORMAT, rows=tuple(ends(rows, MAX_ROWS)), unit=unit, notes=tuple(notes))


def _rows(lines: Iterator[str]) -> Iterator[Row]:
    """Rows of the last kind of table, by step or by epoch; a warning between two rows does not end a table."""
    header: tuple[str, ...] = ()
    shown = float("nan")
    for line in lines:
        found = _header(line)
        if found:
            header, shown = found, float("nan")
            continue
        row = _row(header, line, shown) if header and "\t" in line else None
        if row is not None:
            shown = row.values.get("loss", shown)
            yield row


def _header(line: str) -> tuple[str, ...]:
    """Names of the columns, or () for a line that is no header."""
    cells = [cell.strip().lower() for cell in line.split("\t", _MOST_COLUMNS)]
    if cells[0] not in _PLACES or not set(_LOSSES) & set(cells):
        return ()
    return tuple(
        _LOSSES.get(cell, cell if at == 0 else f"eval_{cell.replace(' ', '_')}") for at, cell in enumerate(cells)
    )


def _row(header: tuple[str, ...], line: str, shown: float) -> Row | None:
    """A row of numbers as wide as the header; ``shown`` is the training loss of the row above it."""
    cells = [cell.strip() for cell in line.split("\t", _MOST_COLUMNS)]
    place = number(cells[0])
    if len(cells) != len(header) or place is None or not 0 <= place < 1e15:
        return None
    told = ((name, number(cell)) for name, cell in zip(header[1:], cells[1:], strict=True))
    values = {name: value for name, value in told if value is not None}
    if values.get("loss") == shown:
        del values["loss"]
    if not values:
        return None
    return Row(place, None, values) if header[0] == "step" else Row(None, place, values)
