"""README.md as the Hugging Face Trainer writes it: its table of losses, the last resort for a curve."""

from __future__ import annotations

from pathlib import Path

from tunecheck.core.history import Unit
from tunecheck.errors import InputError
from tunecheck.training.log_lines import head_of, lines_of
from tunecheck.training.log_text import read_log
from tunecheck.training.rows import Row, Rows, number

FORMAT = "Hugging Face model card"


def matches(path: Path) -> bool:
    """Whether it is a Markdown file with a table that has a column for the validation loss."""
    return path.suffix.lower() == ".md" and any(map(_is_header, head_of(path).splitlines()))


def read(path: Path) -> Rows:
    """Rows of the table ``| Training Loss | Epoch | Step | Validation Loss |``; "No log" is no value.

    Raises InputError when there is no such table or no row in it.
    """
    lines = [line.strip() for _, line in lines_of(read_log(path).text, limit=20_000).numbered]
    start = next((place for place, line in enumerate(lines) if _is_header(line)), None)
    rows = _rows(lines[start:]) if start is not None else []
    if not rows:
        raise InputError(
            f"{path}: no table of training results with a column 'Validation Loss'",
            hint="point at trainer_state.json or at another log of the run",
        )
    unit: Unit = "step" if rows[0].step is not None else "epoch"
    note = "read from the table in the model card, which has a row for each evaluation only"
    return Rows(source=path.name, format=FORMAT, rows=tuple(rows), unit=unit, notes=(note,))


def _rows(lines: list[str]) -> list[Row]:
    header = [_name(cell) for cell in _cells(lines[0])]
    rows = []
    for line in lines[1:]:
        if not line.startswith("|"):
            break
        told = ((name, number(cell)) for name, cell in zip(header, _cells(line), strict=False))
        cells = {name: value for name, value in told if value is not None}
        step, epoch = cells.pop("step", None), cells.pop("epoch", None)
        if cells and (step is not None or epoch is not None):
            rows.append(Row(step, epoch, cells))
    return rows


def _is_header(line: str) -> bool:
    return line.startswith("|") and "validation loss" in (cell.lower() for cell in _cells(line))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _name(cell: str) -> str:
    """The log's name of a column: evaluated quantities stand in the table under their bare names."""
    name = cell.lower()
    known = {"training loss": "loss", "validation loss": "eval_loss", "epoch": "epoch", "step": "step"}
    return known.get(name, f"eval_{name.replace(' ', '_')}")
