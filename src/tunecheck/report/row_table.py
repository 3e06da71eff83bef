"""Rows: what each row of a task scored from both sides, the worst first, as a table to unfold."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from tunecheck.core import CheckResult, Measure
from tunecheck.report.problems import is_code
from tunecheck.report.tables import MOST_ROWS, Row, Table, cell

_LOWER_IS_BETTER = ("ter", "hamming_loss")
_IDENTITY = ("row", "id", "base", "reference", "label", "outcome", "method")


def row_table(check: CheckResult) -> Table | None:
    """Base, tuned and the difference in the first measure for every row; None without rows, and for rows of code."""
    if not check.items or is_code(check):
        return None
    measure = next(name for name in check.items[0] if name not in _IDENTITY)
    has_base = any("base" in item for item in check.items)
    rows: list[tuple[float, Row]] = []
    for item in check.items:
        base, after = item.get("base"), item[measure]
        before = base.get(measure) if isinstance(base, Mapping) else None
        difference = _difference(after, before)
        order = difference if has_base else _difference(after, 0)
        cells = (cell(before), cell(after), cell(difference)) if has_base else (cell(after),)
        label = str(item.get("id") or f"row {item['row']}")
        rows.append((inf if order is None else order, Row(label=label, unit="", cells=cells)))
    rows.sort(key=lambda pair: -pair[0] if measure in _LOWER_IS_BETTER and pair[0] < inf else pair[0])
    return Table(
        caption=f"Rows by {measure}, the worst first",
        heads=("Base", "Tuned", "Difference") if has_base else ("Tuned",),
        rows=tuple(row for _, row in rows[:MOST_ROWS]),
        n_left_out=max(0, len(rows) - MOST_ROWS),
    )


def _difference(after: Measure, before: Measure) -> float | None:
    return after - before if isinstance(after, int | float) and isinstance(before, int | float) else None
