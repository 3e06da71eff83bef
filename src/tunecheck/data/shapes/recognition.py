"""Recognition: which shape the rows of a file have, why, and what is missing when they have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tunecheck.data.rows import Row, shown
from tunecheck.data.shapes.layouts import LAYOUTS, SHAPES, Columns, Layout
from tunecheck.errors import DataError

_SAMPLED_ROWS = 200
_LISTED_COLUMNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """The layout that most rows have, how this file spells its columns, and why it was chosen, in one sentence."""

    layout: Layout
    columns: Columns
    evidence: str


def recognise(rows: Sequence[Row], shape: str, label: str) -> Recognised:
    """The shape of rows: what most of up to 200 of them, spread over the file, look like; or the one asked for.

    Raises DataError when no row has a known shape, or the one asked for; ``label`` names the file there.
    """
    sample = [rows[place * len(rows) // _SAMPLED_ROWS] for place in range(_SAMPLED_ROWS)]
    if len(rows) <= _SAMPLED_ROWS:
        sample = list(rows)
    layouts = [layout for layout in LAYOUTS if shape in ("auto", layout.shape)]
    found = [_layout_of(row, layouts) for row in sample]
    counts = Counter(layout for layout in found if layout is not None)
    if not counts:
        raise _unknown(column_names(sample), layouts, shape, label)
    best = max(counts, key=lambda layout: (counts[layout], -LAYOUTS.index(layout)))
    members = [row for row, layout in zip(sample, found, strict=True) if layout is best]
    return Recognised(layout=best, columns=_columns(members, best), evidence=_evidence(best, found, shape))


def fits_a_shape(row: Row) -> bool:
    """True when one row alone has the columns of a known shape."""
    return _layout_of(row, LAYOUTS) is not None


def column_names(rows: Sequence[Row]) -> list[str]:
    """The columns of rows, each once, in the order in which they are met."""
    return list(dict.fromkeys(name for row in rows for name in row))


def listed(names: Sequence[str]) -> str:
    """Column names for a message: at most 20, each shortened."""
    more = f" and {len(names) - _LISTED_COLUMNS} more" if len(names) > _LISTED_COLUMNS else ""
    plain = (name if name.isidentifier() and len(name) < 60 else shown(name) for name in names[:_LISTED_COLUMNS])
    return ", ".join(plain) + more


def _layout_of(row: Row, layouts: Sequence[Layout]) -> Layout | None:
    # First by the columns with a value: tables made of several sources have columns that are null in most rows.
    for names in ({key for key, value in row.items() if value is not None}, set(row)):
        folded = {_fold(name) for name in names}
        for layout in layouts:
            if all(need in folded for need in layout.needs):
                return layout
    return None


def _fold(name: str) -> str:
    return name.strip().casefold()


def _columns(rows: Sequence[Row], layout: Layout) -> Columns:
    spelling: dict[str, str] = {}
    for name in column_names(rows):
        # The exact spelling wins over another case of it.
        if _fold(name) not in spelling or name == _fold(name):
            spelling[_fold(name)] = name
    return {role: spelling[role] for role in (*layout.needs, *layout.may_have) if role in spelling}


def _evidence(best: Layout, found: Sequence[Layout | None], shape: str) -> str:
    counts = Counter(found)
    n_best = counts.pop(best)
    if len(found) == 1:
        which = "the one row has"
    else:
        which = f"{f'all {n_best}' if n_best == len(found) else f'{n_best} of {len(found)}'} rows looked at have"
    asked = "" if shape == "auto" else ", as asked for"
    others = [f"; {count} {_looks(layout, best)}" for layout, count in counts.most_common()]
    return f"{best.shape}{asked}: {which} {best.title}" + "".join(others)


def _looks(layout: Layout | None, best: Layout) -> str:
    if layout is None:
        return "have other columns"
    return f"have {layout.title}" if layout.shape == best.shape else f"look like {layout.shape} ({layout.title})"


def _unknown(names: list[str], layouts: Sequence[Layout], shape: str, label: str) -> DataError:
    columns = listed(names) if names else "none"
    if shape != "auto":
        spellings = "; or ".join(layout.title for layout in layouts)
        return DataError(
            f"{label}: no row looked at has the columns of the shape {shape}: {spellings}. Columns found: {columns}",
            hint="leave --shape out to have the shape recognised, or rename the columns",
        )
    return DataError(
        f"{label}: the rows have no known shape. Columns found: {columns}. {_nearest(names)}",
        hint=f"rename the columns, or force a shape: --shape {'|'.join(SHAPES)}",
    )


def _nearest(names: list[str]) -> str:
    folded = {_fold(name) for name in names}
    best: tuple[int, Layout] | None = None
    for layout in LAYOUTS:
        n_found = sum(need in folded for need in layout.needs)
        if n_found and (best is None or n_found > best[0]):
            best = (n_found, layout)
    if best is None:
        return "A prompt column and a response column are missing, such as prompt and completion"
    layout = best[1]
    missing = " and ".join(need for need in layout.needs if need not in folded)
    return f"The nearest shape is {layout.shape} ({layout.title}); missing: {missing}"
