"""The chart of one axis: a panel a side, side by side, each with five bars of one scale, its name and its mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt
from markupsafe import Markup

from tunecheck.report.charts import AFTER, BEFORE, GRID, INK, MUTED, WIDTH, drawn, plot
from tunecheck.report.marks import Tone

_HEIGHT = 132
_TOP, _BOTTOM = 40, 112
_GAP = 26
_COLOURS: dict[Tone, str] = {"before": BEFORE, "after": AFTER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One side: its name, how many ratings are 1, 2, 3, 4 and 5 (at least one is there), and its mean in words."""

    label: str
    counts: tuple[int, ...]
    mean: str
    tone: Tone


def distributions(panels: Sequence[Panel], *, summary: str) -> Markup:
    """The panels in a row; bars are shares of their own side, for sides may have unequal numbers of ratings."""
    width = (WIDTH - _GAP * (len(panels) - 1)) / len(panels)
    highest = max(n / sum(panel.counts) for panel in panels for n in panel.counts)
    bars: list[dict[str, object]] = []
    heads: list[dict[str, object]] = []
    for place, panel in enumerate(panels):
        left = place * (width + _GAP)
        bars += _bars(panel, left, width, highest)
        heads.append({"x": left, "end": left + width, "y": 12, "base": _BOTTOM, "label": panel.label,
                      "mean": panel.mean})  # fmt: skip
    x, says = _across("left"), alt.Description("says:N")
    marks, headings = plot(bars), plot(heads)
    filled = marks.transform_filter("datum.n > 0").mark_bar()
    layers = [
        headings.mark_rule(color=GRID, aria=False).encode(x=_across("x"), x2="end:Q", y=_down("base")),
        filled.encode(
            x=x, x2="right:Q", y=_down("top"), y2="bottom:Q", color=alt.Color("colour:N", scale=None), description=says
        ),
        _words(marks, "share", "middle", "over", align="center", colour=INK),
        _words(marks, "value", "middle", "under", align="center", colour=MUTED),
        _words(headings, "label", "x", "y", align="left", colour=INK, weight=600),
        _words(headings, "mean", "end", "y", align="right", colour=INK),
    ]
    return drawn(layers, _HEIGHT, summary)


def _bars(panel: Panel, left: float, width: float, highest: float) -> list[dict[str, object]]:
    total, step = sum(panel.counts), width / len(panel.counts)
    rows: list[dict[str, object]] = []
    for place, n in enumerate(panel.counts):
        top = _BOTTOM - (_BOTTOM - _TOP) * n / total / highest
        start = left + place * step
        rows.append(
            {
                "n": n,
                "left": start + step * 0.12,
                "right": start + step * 0.88,
                "middle": start + step / 2,
                "top": top,
                "bottom": _BOTTOM,
                "over": top - 6,
                "under": _BOTTOM + 11,
                "share": f"{100 * n / total:.0f}%" if n else "",
                "value": str(place + 1),
                "says": f"{panel.label}: {n:,} of {total:,} ratings are {place + 1}",
                "colour": _COLOURS[panel.tone],
            }
        )
    return rows


def _words(
    marks: alt.Chart,
    field: str,
    x: str,
    y: str,
    *,
    align: Literal["left", "center", "right"],
    colour: str,
    weight: Literal[400, 600] = 400,
) -> alt.Chart:
    text = marks.mark_text(align=align, color=colour, fontSize=10.5, fontWeight=weight, baseline="middle", aria=False)
    words: alt.Chart = text.encode(text=f"{field}:N", x=_across(x), y=_down(y))
    return words


def _across(field: str) -> alt.X:
    """A horizontal axis that nobody sees, in pixels."""
    return alt.X(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, WIDTH], range=[0, WIDTH]))


def _down(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, _HEIGHT], range=[0, _HEIGHT]))
