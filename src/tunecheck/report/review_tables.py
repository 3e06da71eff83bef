"""Tables of a review: each axis with both sides, how far raters agree, and each rater's own line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tunecheck.core import CheckResult, Estimate, Measure, Unscored
from tunecheck.report.digits import number
from tunecheck.report.tables import MOST_ROWS, Cell, Row, Table, cell
from tunecheck.report.words import name_of

REVIEW = "review"
_SIDES = ("tuned", "base", "difference")
_OWN_TABLES = frozenset({"axes", "overall", "agreement", "raters", "repeats", "distribution", "pairwise_kappa"})


def is_review(check: CheckResult) -> bool:
    """Whether it is a review, with the means of its axes."""
    return check.check == REVIEW and isinstance(check.measures.get("axes"), Mapping)


def review_tables(check: CheckResult) -> tuple[Table, ...]:
    """The tables that say how the review stands."""
    found = (_axes(check.measures), _agreement(check.measures), _raters(check.measures))
    return tuple(table for table in found if table is not None and table.rows)


def axis_title(name: str) -> str:
    """What an axis is called.

    >>> axis_title("house_style")
    'House style'
    """
    return name.replace("_", " ").capitalize()


def at(measures: Measure, *path: str) -> Measure:
    """What stands at a path; an empty mapping where nothing does."""
    for name in path:
        measures = measures.get(name, {}) if isinstance(measures, Mapping) else {}
    return measures


def inside(measures: Measure, *path: str) -> Mapping[str, Measure]:
    """The mapping at a path; an empty one where there is none."""
    found = at(measures, *path)
    return found if isinstance(found, Mapping) else {}


def _axes(measures: Mapping[str, Measure]) -> Table | None:
    lines = {axis_title(name): inside(one) for name, one in inside(measures, "axes").items()}
    if len(lines) > 1:
        lines["All axes"] = inside(measures, "overall")
    columns = [side for side in _SIDES if any(side in one for one in lines.values())]
    rows = [
        Row(label=label, unit="", cells=tuple(_side(one, side) for side in columns))
        for label, one in lines.items()
        if any(isinstance(value, Estimate) for value in one.values())
    ]
    heads = tuple(name_of(side, REVIEW).label for side in columns)
    return table_of(
        "Means from 1 to 5; p after Holm over the axes" if "difference" in columns else "Means from 1 to 5",
        "Axis",
        heads,
        rows,
    )


def _side(one: Mapping[str, Measure], side: str) -> Cell | None:
    """A mean or the difference, which has its p beside n: a column more has no room on a phone."""
    if side not in one:
        return None
    found, p_value = cell(one[side]), one.get("p_holm")
    if side == "difference" and found.n and isinstance(p_value, float):
        return replace(found, n=f"{found.n}, p {number(p_value, 3) if p_value >= 0.001 else '< 0.001'}")
    return found


def _agreement(measures: Mapping[str, Measure]) -> Table | None:
    alphas = inside(measures, "agreement")
    if not any(isinstance(alpha, Estimate) for alpha in alphas.values()):
        return None
    rows = [Row(label=axis_title(name), unit="", cells=(cell(alpha),)) for name, alpha in alphas.items()]
    return table_of("Agreement of raters", "Axis", ("Krippendorff's alpha",), rows)


def _raters(measures: Mapping[str, Measure]) -> Table | None:
    equal = {name: at(one, "equal") for name, one in inside(measures, "repeats", "raters").items()}
    heads = ("Rated", "Median time", *(("Same value again",) if equal else ()))
    rows = []
    for name, one in inside(measures, "raters").items():
        again = equal.get(name)
        hasty = at(one, "hasty")
        cells: list[Cell | None] = [done(inside(one)), seconds(at(one, "seconds_per_answer"))]
        cells += [cell(again) if again is not None else None] if equal else []
        rows.append(Row(label=name, unit=f"perhaps hasty: {hasty}" if isinstance(hasty, str) and hasty else "",
                        cells=tuple(cells)))  # fmt: skip
    return table_of("Raters", "Name", heads, rows)


def done(one: Mapping[str, Measure]) -> Cell:
    """How much of a sheet is done."""
    n_done, total = one.get("n_done"), one.get("n_total")
    if not isinstance(n_done, int) or not isinstance(total, int):
        return Cell(text="not given", is_absent=True)
    return Cell(text=f"{n_done:,} of {total:,}")


def seconds(value: Measure) -> Cell:
    """A time."""
    if isinstance(value, int | float):
        return Cell(text=f"{number(float(value), 1)} s")
    return Cell(text="not measured", is_absent=True) if isinstance(value, Unscored) else cell(None)


def more_of_review(check: CheckResult) -> Iterator[Table]:
    """What is there to unfold: kappas, all repeats, and counts."""
    rows = [
        Row(label=f"{axis_title(axis)}: {pair.replace('|', ' and ')}", unit="", cells=(cell(kappa),))
        for axis, pairs in inside(check.measures, "pairwise_kappa").items()
        for pair, kappa in inside(pairs).items()
    ]
    if (kappas := table_of("Agreement of two raters", "Axis and raters", ("Weighted kappa",), rows)) is not None:
        yield kappas
    again = inside(check.measures, "repeats", "overall")
    kept = {name: value for name, value in again.items() if isinstance(value, Estimate)}
    rows = [_line(name, value) for name, value in kept.items()]
    if (repeats := table_of("Answers that came back", "All raters", ("Value",), rows)) is not None:
        yield repeats
    singles = {name: value for name, value in check.measures.items() if name not in _OWN_TABLES}
    rows = [_line(name, value) for name, value in singles.items() if not isinstance(value, Mapping)]
    rows += [_line("without_hasty", at(singles, "without_hasty", "status"))] if "without_hasty" in singles else []
    if (counts := table_of("Counts", "Count", ("Value",), rows)) is not None:
        yield counts


def _line(name: str, value: Measure) -> Row:
    known = name_of(name, REVIEW)
    shown = None if isinstance(value, Mapping) else value
    return Row(label=known.label, unit=known.unit, cells=(cell(shown),))


def table_of(caption: str, first: str, heads: tuple[str, ...], rows: list[Row]) -> Table | None:
    """As many of the rows as a table holds, or None without one."""
    if not rows:
        return None
    return Table(
        caption=caption,
        first=first,
        heads=heads,
        rows=tuple(rows[:MOST_ROWS]),
        n_left_out=max(0, len(rows) - MOST_ROWS),
    )
