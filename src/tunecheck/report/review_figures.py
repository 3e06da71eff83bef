"""Charts of a review: for each axis how many ratings of each side have which value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunecheck.core import Estimate, Measure
from tunecheck.report.digits import number
from tunecheck.report.interval_figure import Figure, estimate_at
from tunecheck.report.marks import Tone
from tunecheck.report.review_tables import axis_title, inside

VALUES = ("1", "2", "3", "4", "5")
# As many as a sheet has axes at most.
MOST_CHARTS = 8
_TONES: dict[str, Tone] = {"base": "before", "tuned": "after"}


def review_figures(measures: Mapping[str, Measure]) -> Iterator[Figure | None]:
    """One chart an axis: base on the left, tuned on the right, a bar for each value from 1 to 5."""
    for axis, sides in list(inside(measures, "distribution").items())[:MOST_CHARTS]:
        yield _figure(axis, sides, measures)


def _figure(axis: str, sides: Measure, measures: Mapping[str, Measure]) -> Figure | None:
    found = {side: counts for side in _TONES if sum(counts := _counts(inside(sides, side)))}
    if not found:
        return None
    from tunecheck.report import review_chart

    title = f"{axis_title(axis)}: ratings from 1 to 5"
    panels = [
        review_chart.Panel(
            label=side.capitalize(), counts=counts, mean=_mean(estimate_at(measures, "axes", axis, side)),
            tone=_TONES[side],
        )
        for side, counts in found.items()
    ]  # fmt: skip
    said = "; ".join(f"{panel.label}: {_words(panel.counts)}" for panel in panels)
    svg = review_chart.distributions(panels, summary=f"{title}. {said}.")
    return Figure(title=title, caption=f"Share of all ratings of a side. {said}.", svg=svg)


def _counts(counts: Mapping[str, Measure]) -> tuple[int, ...]:
    values = [counts.get(value) for value in VALUES]
    return tuple(value if isinstance(value, int) else 0 for value in values)


def _words(counts: tuple[int, ...]) -> str:
    """The counts from 1 to 5 in words."""
    named = ", ".join(f"{value} ×{n:,}" for value, n in zip(VALUES, counts, strict=True) if n)
    return f"{named} ({sum(counts):,} ratings)"


def _mean(mean: Estimate | None) -> str:
    return f"mean {number(mean.value, 2)}" if mean is not None else ""
