"""Figure: a drawn chart with its caption; and the kind that compares estimates with their intervals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from tunecheck.core import Estimate, Measure
from tunecheck.report.digits import whole
from tunecheck.report.marks import IntervalRow, Tone

MOST_TICKS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawn chart, its title, and the sentences below it."""

    title: str
    caption: str
    svg: Markup


def interval_figure(
    found: Sequence[tuple[str, Estimate | None]],
    strips: Sequence[Sequence[tuple[str, float]]],
    *,
    title: str,
    axis: str,
    note: str,
    with_zero: bool = False,
    origin: float = 0.0,
    tones: Sequence[Tone] = (),
) -> Figure | None:
    """A dot with its interval for each estimate that is there; or None.

    ``origin`` is where nothing differs, and has a stroke in each row; 0 only where it is in view or ``with_zero``.
    ``tones`` says of each whether it was before or after the tuning; by default the first one was before.
    """
    if not tones:
        before: Tone = "before"
        tones = [before if place == 0 else "after" for place in range(len(found))]
    rows: list[IntervalRow] = [
        IntervalRow(label=label, estimate=estimate, tone=tone, strip=tuple(strip))
        for (label, estimate), tone, strip in zip(found, tones, strips or ((),) * len(found), strict=True)
        if estimate is not None
    ]
    if len(rows) < 2:  # One dot compares nothing; the table says it.
        return None
    from tunecheck.report import charts

    domain, n_outside = _domain(rows, [origin] if with_zero or origin else [])
    inside = [_clipped(row, domain) for row in rows]
    said = "; ".join(f"{row.label.lower()} {whole(row.estimate)}" for row in rows)
    svg = charts.intervals(inside, axis=axis, summary=f"{title}: {said}.", domain=domain, origin=origin)
    return Figure(title=title, caption=" ".join(_captions(rows, note, n_outside)), svg=svg)


def _captions(rows: Sequence[IntervalRow], note: str, n_outside: int) -> list[str]:
    captions = [note, "Dot and line: the estimate and its interval."]
    if any(row.strip for row in rows):
        most = f", at most {MOST_TICKS} a row, evenly spaced by rank" if _is_sampled(rows) else ""
        captions.append(f"Thin marks: single items{most}.")
        if n_outside:
            captions.append(f"{n_outside} of them lie beyond the axis.")
    return [caption for caption in captions if caption]


def _is_sampled(rows: Sequence[IntervalRow]) -> bool:
    return any(len(row.strip) == MOST_TICKS for row in rows)


def _clipped(row: IntervalRow, domain: tuple[float, float]) -> IntervalRow:
    return replace(row, strip=tuple(mark for mark in row.strip if domain[0] <= mark[1] <= domain[1]))


def _domain(rows: Sequence[IntervalRow], held: Sequence[float]) -> tuple[tuple[float, float], int]:
    """An axis with every interval, the middle 96% of the items and all of ``held``, and how many items lie beyond."""
    ends = [end for row in rows for end in (row.estimate.low, row.estimate.high, row.estimate.value)]
    ends += held
    for row in rows:
        values = [value for _, value in row.strip]
        if len(values) > 1:
            cuts = statistics.quantiles(values, n=50, method="inclusive")
            ends += [cuts[0], cuts[-1]]
    low, high = min(ends), max(ends)
    margin = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
    domain = (low - margin, high + margin)
    n_outside = sum(not domain[0] <= value <= domain[1] for row in rows for _, value in row.strip)
    return domain, n_outside


def estimate_at(measures: Mapping[str, Measure], *path: str) -> Estimate | None:
    """The estimate at ``path``, or None when it is absent, unscored, or not finite and so has no place on an axis."""
    value: Measure = measures
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    if not isinstance(value, Estimate):
        return None
    return value if all(map(math.isfinite, (value.value, value.low, value.high))) else None
