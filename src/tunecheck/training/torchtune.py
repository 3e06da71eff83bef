"""log_<seconds>.txt: what torchtune's DiskLogger writes, one line a step (torchtune/training/metric_logging.py)."""

from __future__ import annotations

import re
from pathlib import Path

from tunecheck.errors import InputError
from tunecheck.training.log_lines import head_of, lines_of
from tunecheck.training.log_text import read_log
from tunecheck.training.rows import Row, Rows, number

FORMAT = "torchtune log"
_MAX_VALUES = 60  # on one line
_NAME = re.compile(r"log_[0-9]{9,11}\.txt")
_LINE = re.compile(r"\s{0,20}Step ([0-9]{1,15}) \| (.+)")


def matches(path: Path) -> bool:
    """Whether a text file has a name as torchtune gives it, or begins with lines as it writes them."""
    if _NAME.fullmatch(path.name):
        return True
    if path.suffix not in (".txt", ".log"):
        return False
    return any(_values(line) for _, line in lines_of(head_of(path)).numbered)


def read(path: Path) -> Rows:
    """Rows of lines such as ``Step 5 | loss:1.25 lr:2e-05 grad_norm:0.7``; other lines of a console are passed over.

    Values of one step that stand on several lines, as DiskLogger.log writes them, are one row. The step counts
    optimizer steps. Raises InputError when no line has such a form.
    """
    log = read_log(path)
    lines = lines_of(log.text)
    rows: list[Row] = []
    for _, line in lines.numbered:
        found = _values(line)
        if not found:
            continue
        step, values = found
        if rows and rows[-1].step == step and not rows[-1].values.keys() & values.keys():
            rows[-1] = Row(step=step, epoch=None, values={**rows[-1].values, **values})
        else:
            rows.append(Row(step=step, epoch=None, values=values))
    if not rows:
        raise InputError(
            f"{path}: no line of the form 'Step 5 | loss:1.25 lr:2e-05'",
            hint="point at the log_<number>.txt in the output folder of torchtune, or at another log of the run",
        )
    notes = lines.note(path.name)
    if log.cut:
        notes += (f"{path.name} is very large: a part in its middle was left out",)
    return Rows(source=path.name, format=FORMAT, rows=tuple(rows), notes=notes)


def _values(line: str) -> tuple[float, dict[str, float]] | None:
    """Step and values of one line, or None."""
    match = _LINE.match(line)
    if not match:
        return None
    values = {}
    for word in match[2].split(maxsplit=_MAX_VALUES)[:_MAX_VALUES]:
        name, _, text = word.rpartition(":")
        value = number(text)
        if name and value is not None:
            values[name] = value
    return (float(match[1]), values) if values else None
