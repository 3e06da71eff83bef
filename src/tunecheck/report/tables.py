"""Key numbers: the measures of a check as tables that a page or a comment can print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tunecheck.core import CheckResult, Estimate, Measure, Unscored
from tunecheck.report.digits import number, value_and_interval
from tunecheck.report.words import name_at, name_of

MOST_ROWS = 60
# What a chart or a table of its own shows.
_DRAWN = frozenset({"series", "confusion", "per_class", "labels"})
# Of one sample it is pass@1.
_SAME = ("pass_all", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One number: its text, and for an estimate its interval and n. ``is_absent`` marks the reason for no number."""

    text: str
    interval: str = ""
    n: str = ""
    is_absent: bool = False

    def __str__(self) -> str:
        return " ".join(part for part in (self.text, self.interval, self.n) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A measure by its name for people, its unit, and one cell a column; a column without it has None."""

    label: str
    unit: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under column heads, ``first`` over their labels; rows beyond the sixtieth are only in results.json."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    n_left_out: int = 0
    first: str = "Measure"


def key_numbers(check: CheckResult) -> tuple[Table, ...]:
    """The measures of a check: base beside tuned where both are there, then each group, then the single numbers."""
    measures = {name: value for name, value in check.measures.items() if name not in _DRAWN}
    sides = {}
    family = check.check.partition(".")[0]
    for name in ("base", "tuned", *(("paired",) if family == "tasks" else ())):
        match measures.get(name):
            case Mapping() as inner:
                sides[name] = inner
                del measures[name]
    tables = [_side_table(sides, family)] if sides else []
    singles = {name: value for name, value in measures.items() if not isinstance(value, Mapping)}
    groups = {name: value for name, value in measures.items() if isinstance(value, Mapping)}
    if singles:
        tables.append(_table("", ("Value",), [_row(path, (cell(value),), family) for path, value in _flat(singles)]))
    for name, group in groups.items():
        rows = [_row(path, (cell(value),), family) for path, value in _flat(group)]
        tables.append(_table(name_of(name, family).label, ("Value",), rows))
    return tuple(table for table in tables if table.rows)


def interval_notes(check: CheckResult) -> tuple[str, ...]:
    """How the intervals were made: a line for each method, naming its measures, and the commonest for all others."""
    users: dict[tuple[float, str], dict[str, None]] = {}
    for path, value in _flat(check.measures):
        if isinstance(value, Estimate):
            label = name_at(path[-2:], check.check.partition(".")[0]).label.rpartition(" · ")[2]
            users.setdefault((value.confidence, value.method), {})[label] = None
    if not users:
        return ()
    commonest = max(users, key=lambda made: len(users[made]))
    whose = {made: ", ".join(names) for made, names in users.items() if made != commonest}
    whose[commonest] = "All other intervals" if whose else "All intervals"
    return tuple(
        f"{names}: {100 * confidence:.4g}% confidence, {method}."
        for (confidence, method), names in list(whose.items())[:MOST_ROWS]
    )


def cell(value: Measure) -> Cell:
    """One measure as a cell."""
    match value:
        case Estimate():
            text, interval = value_and_interval(value)
            return Cell(text=text, interval=interval, n=f"n {value.n:,}")
        case Unscored():
            return Cell(text=f"not scored: {value.reason}", is_absent=True)
        case None:
            return Cell(text="not given", is_absent=True)
        case bool():
            return Cell(text="yes" if value else "no")
        case int() | float():
            return Cell(text=number(value))
        case _:
            return Cell(text=str(value))


def _side_table(sides: Mapping[str, Mapping[str, Measure]], family: str) -> Table:
    columns = [dict(_flat(measures)) for measures in sides.values()]
    paths = dict.fromkeys(path for column in columns for path in column)
    rows = [
        _row(path, tuple(cell(column[path]) if path in column else None for column in columns), family)
        for path in paths
    ]
    return _table("", tuple(name_of(side, family).label for side in sides), rows)


def _row(path: tuple[str, ...], cells: tuple[Cell | None, ...], family: str) -> Row:
    name = name_at(path, family)
    return Row(label=name.label, unit=name.unit, cells=cells)


def _table(caption: str, heads: tuple[str, ...], rows: list[Row]) -> Table:
    return Table(caption=caption, heads=heads, rows=tuple(rows[:MOST_ROWS]), n_left_out=max(0, len(rows) - MOST_ROWS))


def _flat(measures: Mapping[str, Measure], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Measure]]:
    """Every single measure with its path of names; sequences are for charts, and no cell could hold them."""
    for name, value in measures.items():
        if name in _DRAWN or (*prefix, name)[-2:] == _SAME:
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, (*prefix, name))
        elif not isinstance(value, tuple):
            yield (*prefix, name), value
