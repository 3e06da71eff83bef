"""The training curve as a chart: raw losses behind their smoothing, evaluations as dots, best and shipped step."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
from markupsafe import Markup

from tunecheck.report.charts import AFTER, BEFORE, GRID, INK, LOSS, MUTED, drawn, plot
from tunecheck.report.curve_marks import CurveMarks, Points, loss_domain
from tunecheck.report.digits import number
from tunecheck.report.text import shortened, visible

_HEIGHT = 210
# Several evaluation sets take these in turn; their names stand in the caption.
_SETS = (AFTER, LOSS, INK, MUTED)


def curve(marks: CurveMarks, summary: str) -> Markup:
    """The chart of a curve that has at least two points."""
    low, high = loss_domain(marks.values)
    steps = [x for points in (marks.train, *(points for _, points in marks.evaluations)) for x, _ in points]
    x_scale = alt.Scale(domain=[min(steps), max(steps)], nice=False)
    x = alt.X("x:Q", title=marks.unit, axis=alt.Axis(grid=False, format="~s"), scale=x_scale)
    y_axis = alt.Axis(tickCount=5, titleAngle=0, titleAlign="left", titleY=-20, titleX=-30)
    y = alt.Y("y:Q", title="loss", axis=y_axis, scale=alt.Scale(domain=[low, high], nice=False, zero=False))
    layers = [_rules([(step, "") for step in marks.epochs], x_scale, colour=GRID)] if marks.epochs else []
    if marks.train:
        raw = plot(_rows(marks.train, "train", marks.unit, high)).mark_circle(size=9, opacity=0.45, color=BEFORE)
        layers.append(raw.encode(x=x, y=y, description="says:N"))
    if marks.train:
        line = plot(_rows(marks.smooth or marks.train, "", "", high)).mark_line(
            strokeWidth=1.6, color=BEFORE, aria=False
        )
        layers.append(line.encode(x=x, y=y))
    for place, (name, points) in enumerate(marks.evaluations):
        rows = plot(_rows(points, name or "evaluation", marks.unit, high))
        colour = _SETS[place % len(_SETS)]
        layers.append(rows.mark_line(strokeWidth=1.8, color=colour, aria=False).encode(x=x, y=y))
        dots = rows.mark_point(size=34, filled=True, opacity=1, color=colour)
        layers.append(dots.encode(x=x, y=y, description="says:N"))
    if marks.steps:
        layers += [_rules(marks.steps, x_scale, colour=INK), *_step_names(marks.steps, x_scale, max(steps))]
    return drawn(layers, _HEIGHT, summary)


def _rows(points: Points, name: str, unit: str, high: float) -> list[dict[str, object]]:
    """A point above the axis stands on its upper edge; what hovering says is its real value."""
    told = shortened(visible(name), 40)
    return [
        {"x": x, "y": min(y, high), "says": f"{told}, {unit} {number(x)}: {number(y)}" if name else ""}
        for x, y in points
    ]


def _rules(steps: Sequence[tuple[float, str]], scale: alt.Scale, *, colour: str) -> alt.Chart:
    rules = plot([{"x": step} for step, _ in steps]).mark_rule(color=colour, strokeWidth=1, aria=False)
    made: alt.Chart = rules.encode(x=alt.X("x:Q", scale=scale))
    return made


def _step_names(steps: Sequence[tuple[float, str]], scale: alt.Scale, last: float) -> list[alt.Chart]:
    """What each line is, above its upper end, on the side that has room."""
    layers = []
    for place, (step, word) in enumerate(sorted(steps)):
        right_half = step > last / 2
        text = plot([{"x": step, "word": word}]).mark_text(
            align="right" if right_half else "left", dx=-4 if right_half else 4, color=INK, fontSize=10.5, aria=False
        )
        layers.append(text.encode(x=alt.X("x:Q", scale=scale), y=alt.value(-5 - 12 * place), text="word:N"))
    return layers
