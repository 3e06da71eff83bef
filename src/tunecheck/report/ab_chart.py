"""The chart of who prefers whom: a bar a row, from wins of tuned on the left over ties to wins of base on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt
from markupsafe import Markup

from tunecheck.report.charts import AFTER, BEFORE, GRID, INK, MUTED, WIDTH, drawn, plot

_ROW_HEIGHT, _BAR_HEIGHT, _FIRST = 40, 12, 34
_PARTS = (("tuned", AFTER), ("tied", GRID), ("base", BEFORE))


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceRow:
    """Who says it, in a short line with nothing hidden, and for how many tuned is better, neither and base."""

    label: str
    tuned: int
    tied: int
    base: int

    @property
    def counts(self) -> tuple[int, int, int]:
        """In the order of the bar."""
        return self.tuned, self.tied, self.base

    @property
    def words(self) -> str:
        """The counts in words."""
        return f"tuned {self.tuned:,}, tied {self.tied:,}, base {self.base:,}"


def preferences(rows: Sequence[PreferenceRow], *, summary: str) -> Markup:
    """The rows one below the other; bars are shares of their own row, and a stroke marks the middle."""
    height = _FIRST + _ROW_HEIGHT * len(rows) - 12
    bars: list[dict[str, object]] = []
    heads: list[dict[str, object]] = []
    for place, row in enumerate(rows):
        top = _FIRST + _ROW_HEIGHT * place
        bars += _bars(row, top)
        heads.append({"x": 0, "end": WIDTH, "middle": WIDTH / 2, "y": top - 8, "top": top - 3,
                      "bottom": top + _BAR_HEIGHT + 3, "label": row.label, "words": row.words})  # fmt: skip
    y, says = _down("top", height), alt.Description("says:N")
    filled, headings = plot(bars).mark_bar(), plot(heads)
    layers = [
        filled.encode(
            x=_across("left"), x2="right:Q", y=y, y2="bottom:Q", color=alt.Color("colour:N", scale=None),
            description=says,
        ),
        headings.mark_rule(color=INK, aria=False, strokeWidth=1).encode(x=_across("middle"), y=y, y2="bottom:Q"),
        _words(headings, "label", "x", height, align="left", weight=600),
        _words(headings, "words", "end", height, align="right"),
        *_legend(height),
    ]  # fmt: skip
    return drawn(layers, height, summary)


def _legend(height: int) -> list[alt.Chart]:
    """What the parts of a bar are, over the first of them."""
    places: tuple[tuple[float, Literal["left", "right"], str, str], ...] = (
        (0.0, "left", "■ tuned is better", AFTER),
        (112.0, "left", "□ tied", MUTED),
        (float(WIDTH), "right", "base is better ■", BEFORE),
    )
    return [
        plot([{"x": x, "y": 6, "label": label}])
        .mark_text(align=align, fontSize=10.5, baseline="middle", color=colour, aria=False)
        .encode(text="label:N", x=_across("x"), y=_down("y", height))
        for x, align, label, colour in places
    ]


def _bars(row: PreferenceRow, top: int) -> list[dict[str, object]]:
    total, left = sum(row.counts), 0.0
    found: list[dict[str, object]] = []
    for (name, colour), n in zip(_PARTS, row.counts, strict=True):
        right = left + WIDTH * n / total
        if n:
            found.append(
                {"left": left, "right": right, "top": top, "bottom": top + _BAR_HEIGHT, "colour": colour,
                 "says": f"{row.label}: {name} {n:,} of {total:,}"}
            )  # fmt: skip
        left = right
    return found


def _words(
    marks: alt.Chart,
    field: str,
    x: str,
    height: int,
    *,
    align: Literal["left", "right"],
    weight: Literal[400, 600] = 400,
) -> alt.Chart:
    text = marks.mark_text(align=align, color=INK, fontSize=11, fontWeight=weight, baseline="middle", aria=False)
    words: alt.Chart = text.encode(text=f"{field}:N", x=_across(x), y=_down("y", height))
    return words


def _across(field: str) -> alt.X:
    """A horizontal axis that nobody sees, in pixels."""
    return alt.X(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, WIDTH], range=[0, WIDTH]))


def _down(field: str, height: int) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, height], range=[0, height]))
