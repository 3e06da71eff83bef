"""Two kinds of chart, drawn by Vega-Lite as static SVG: intervals on one axis, and a histogram with a marked mean.

The only module that imports Altair and vl_convert; importing them takes about half a second, so it is reached late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import altair as alt
import vl_convert
from markupsafe import Markup

from tunecheck.core import Estimate
from tunecheck.report.digits import number, whole
from tunecheck.report.marks import Bin, IntervalRow, Tone
from tunecheck.report.svg import embed
from tunecheck.report.text import shortened, visible

# The stylesheet names these colours again, to give each its dark twin. On white all reach a contrast of 3 and text 4.5.
INK, MUTED, GRID, BEFORE, AFTER, LOSS = "#1c2430", "#5a6472", "#dfe3e8", "#6f7785", "#1d5fa8", "#b3541e"
WIDTH = 326
_ROW_HEIGHT = 40
_STRIP_HEIGHT = 16

_COLOURS: dict[Tone, str] = {"before": BEFORE, "after": AFTER}


def intervals(
    rows: Sequence[IntervalRow], *, axis: str, summary: str, domain: tuple[float, float], origin: float = 0.0
) -> Markup:
    """One dot with its interval per row, each with its estimate in words; the origin has a line where it is in view."""
    step = _ROW_HEIGHT + (_STRIP_HEIGHT if any(row.strip for row in rows) else 0)
    middles = [place * step + 26 for place in range(len(rows))]
    height = len(rows) * step + 4
    values = [_dot(row, middle) for row, middle in zip(rows, middles, strict=True)]
    ticks = [tick for row, middle in zip(rows, middles, strict=True) for tick in _ticks(row, middle + 14)]
    # Dots show places, not lengths, so the axis need not begin at zero; intervals would shrink to points.
    scale = alt.Scale(domain=list(domain), nice=False, zero=False)
    x = alt.X("value:Q", title=axis, axis=alt.Axis(grid=False), scale=scale)
    y = _down("y", height)
    marks = plot(values).encode(y=y)
    colour = alt.Color("colour:N", scale=None)
    says = alt.Description("says:N")
    guides = marks.mark_rule(color=GRID, strokeWidth=1, aria=False).encode(x=alt.value(0), x2=alt.value(WIDTH))
    layers = [guides]
    if domain[0] <= origin <= domain[1]:
        layers.append(_origin_marks(middles, 23 if ticks else 9, x, height, origin))
    if ticks:
        strip = plot(ticks).mark_tick(size=9, thickness=1.4, opacity=0.45)
        layers.append(strip.encode(x=x, y=y, color=colour, description=says))
    layers += [
        marks.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(
            x=alt.X("low:Q", title=axis), x2="high:Q", color=colour, description=says
        ),
        marks.mark_point(size=80, filled=True, opacity=1).encode(x=x, color=colour, description=says),
        _words(marks, "label", align="left", at=0, weight=600),
        _words(marks, "words", align="right", at=WIDTH, weight=400),
    ]
    return drawn(layers, height, summary)


def plot(values: Sequence[Mapping[str, object]]) -> alt.Chart:
    """A chart of these rows, without marks yet."""
    return alt.Chart(alt.InlineData(values=[dict(value) for value in values]))


def _dot(row: IntervalRow, middle: int) -> dict[str, object]:
    return {
        "y": middle,
        "value": row.estimate.value,
        "low": row.estimate.low,
        "high": row.estimate.high,
        "label": row.label,
        "words": whole(row.estimate),
        "says": f"{row.label}: {whole(row.estimate)}",
        "colour": _COLOURS[row.tone],
    }


def _ticks(row: IntervalRow, at: int) -> list[dict[str, object]]:
    return [
        {
            "y": at,
            "value": value,
            "says": shortened(visible(f"{name}: {number(value, 3)}"), 120),
            "colour": _COLOURS[row.tone],
        }
        for name, value in row.strip
    ]


def histogram(bins: Sequence[Bin], *, mean: Estimate | None, axis: str, summary: str) -> Markup:
    """Bars of counts, lossy ones below zero in their own colour, with the mean and its interval above them."""
    height = 150
    ends = [0.0, bins[0].low, bins[-1].high, *((mean.low, mean.high) if mean else ())]
    domain = (min(ends), max(ends))
    highest = max(bar.count for bar in bins)
    x = alt.X("low:Q", title=axis, scale=alt.Scale(domain=list(domain), nice=False))
    y = alt.Y(
        "count:Q",
        title="items",
        axis=alt.Axis(format="d", tickMinStep=1, tickCount=4, titleAngle=0, titleAlign="left", titleY=-6, titleX=-26),
        scale=alt.Scale(domain=[0, highest * 1.22]),
    )
    colour, says = alt.Color("colour:N", scale=None), alt.Description("says:N")
    bars = plot([_bar(bar) for bar in bins if bar.count]).mark_bar(binSpacing=1)
    layers = [
        bars.encode(x=x, x2="high:Q", y=y, y2=alt.datum(0), color=colour, description=says),
        _zero_line(domain),
    ]
    if mean is not None:
        layers += _mean_mark(mean, highest * 1.1)
    return drawn(layers, height, summary)


def _bar(bar: Bin) -> dict[str, object]:
    return {
        "low": bar.low,
        "high": bar.high,
        "count": bar.count,
        "says": bar.label,
        "colour": LOSS if bar.high <= 0 else AFTER,
    }


def _mean_mark(mean: Estimate, at: float) -> list[alt.Chart]:
    row = {"value": mean.value, "low": mean.low, "high": mean.high, "y": at, "says": f"Mean: {whole(mean)}"}
    marks = plot([row]).encode(y="y:Q", description=alt.Description("says:N"))
    return [
        marks.mark_rule(strokeWidth=3, color=INK, opacity=0.55, strokeCap="round").encode(x="low:Q", x2="high:Q"),
        marks.mark_point(size=70, filled=True, opacity=1, color=INK).encode(x="value:Q"),
    ]


def _zero_line(domain: tuple[float, float]) -> alt.Chart:
    scale = alt.Scale(domain=list(domain), nice=False)
    zero = plot([{"zero": 0}])
    line: alt.Chart = zero.mark_rule(color=MUTED, strokeWidth=1.2, aria=False).encode(x=alt.X("zero:Q", scale=scale))
    return line


def _origin_marks(middles: Sequence[int], reach: int, x: alt.X, height: int, origin: float) -> alt.Chart:
    """The origin, a stroke in each row, so that it does not run through the words above the row."""
    rows = [{"value": origin, "top": middle - 9, "bottom": middle + reach} for middle in middles]
    rule = plot(rows).mark_rule(color=MUTED, strokeWidth=1.2, aria=False)
    strokes: alt.Chart = rule.encode(x=x, y=_down("top", height), y2="bottom:Q")
    return strokes


def _down(field: str, height: int) -> alt.Y:
    """A vertical axis that nobody sees, in pixels from the top."""
    return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, height], range=[0, height]))


def _words(
    marks: alt.Chart, field: str, *, align: Literal["left", "right"], at: int, weight: Literal[400, 600]
) -> alt.Chart:
    words = marks.mark_text(align=align, dy=-15, color=INK, fontSize=11.5, fontWeight=weight, aria=False)
    text: alt.Chart = words.encode(text=f"{field}:N", x=alt.value(at))
    return text


def drawn(layers: Sequence[alt.Chart], height: int, summary: str) -> Markup:
    """The layers as SVG in the style of all charts."""
    chart = (
        alt.layer(*layers)
        .properties(
            width=WIDTH,
            height=height,
            background="transparent",
            padding={"left": 4, "right": 8, "top": 8, "bottom": 2},
        )
        .configure(font="sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=MUTED,
            titleColor=MUTED,
            labelFontSize=10.5,
            titleFontSize=10.5,
            titleFontWeight="normal",
            gridColor=GRID,
            domainColor=GRID,
            tickColor=GRID,
            tickCount=5,
            labelFlush=False,
        )
    )
    # No address is allowed, so that no specification can make this read from the network.
    return embed(vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[]), summary)
