"""Figures: which are drawn, that they survive odd numbers, and that their markup is only ours."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report import example
from tests.report.markup import assert_only_our_markup, parsed
from tunecheck import report
from tunecheck.core import Estimate, ItemComparison
from tunecheck.report.figures import bins, figures
from tunecheck.report.svg import embed

_OVERFITTING = ("gain_train_nats", "gain_val_nats", "train_nll_nats", "val_nll_nats")


def test_perplexity_and_overfitting_have_two_figures_each_and_other_checks_none() -> None:
    assert [figure.title for figure in figures(example.perplexity_check())] == [
        "Perplexity, base and tuned",
        "Gain of each item over base",
    ]
    assert [figure.title for figure in figures(example.overfitting_check())] == [
        "What tuning gained on rows it saw and rows it did not",
        "Loss on training and validation rows",
    ]
    assert figures(example.curve_check()) == ()


def test_without_a_base_there_is_nothing_to_compare_and_no_figure() -> None:
    assert figures(example.perplexity_check(base=False)) == ()


def test_the_caption_gives_the_mean_whole_and_counts_the_lost_items() -> None:
    caption = figures(example.perplexity_check())[1].caption
    assert "the mean gain over tokens, 0.410 [0.391, 0.429] nats per token, n 500" in caption
    assert "Tuning lost on 14 of 500 items" in caption


@pytest.mark.parametrize("gains", [(0.0,), (1e-9, 1e-9), (-3.0,), (1e250, -1e250), (5.0,) * 40 + (-2000.0,)], ids=str)
def test_odd_gains_are_drawn(gains: tuple[float, ...]) -> None:
    item = example.comparisons(1, "validation", gain=0.1)[0]
    items = tuple(replace(item, n_tokens=1, tuned_nll_nats=0.0, base_nll_nats=gain) for gain in gains)
    drawn = figures(replace(example.perplexity_check(n=0), comparisons=items))
    assert len(drawn) == 2
    assert_only_our_markup(parsed(str(drawn[1].svg)))


@pytest.mark.parametrize("ends", [(2.0, 2.0), (0.0, 0.0), (-1e-12, 1e-12), (1.0, 1e12)])
def test_odd_intervals_are_drawn(ends: tuple[float, float]) -> None:
    odd = Estimate(value=ends[0], low=ends[0], high=ends[1], n=2, method="none")
    check = replace(example.overfitting_check(n=2), measures=dict.fromkeys(_OVERFITTING, odd))
    assert len(figures(check)) == 2


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
@settings(max_examples=150)
def test_a_histogram_counts_every_value_once_and_splits_at_zero(values: list[float]) -> None:
    bars, n_beyond = bins(values)
    assert sum(bar.count for bar in bars) == len(values)
    assert 0 <= n_beyond <= 0.05 * len(values) + 2
    assert len(bars) <= 30
    assert not any(bar.low < 0 < bar.high for bar in bars)


def test_bars_have_round_edges() -> None:
    bars, _ = bins([0.01 * step for step in range(-20, 101)])
    assert {round(bar.high - bar.low, 12) for bar in bars} == {0.05}
    assert all(math.isclose(bar.low / 0.05, round(bar.low / 0.05), abs_tol=1e-9) for bar in bars)


def test_svg_keeps_shapes_and_drops_all_that_could_act() -> None:
    drawn = embed(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9" '
        'onload="x()"><script>x()</script><style>*{}</style><foreignObject><p>x</p></foreignObject>'
        '<a xlink:href="javascript:x()"><path d="M0,0"/></a><image href="data:x"/><use href="#a"/>'
        '<path id="a" d="M0,0h1.23456" fill="url(#b)" style="fill:red" onclick="x()" '
        'aria-label="&lt;b&gt; &amp; c"/><text font-size="9px" fill="#112233">a &lt; b</text></svg>',
        'all "of" <it>',
    )
    assert drawn == (
        '<svg viewBox="0 0 9 9" role="img" aria-label="all &quot;of&quot; &lt;it&gt;">'
        '<path d="M0,0h1.23"><title>&lt;b&gt; &amp; c</title></path>'
        '<text font-size="9px" fill="#112233">a &lt; b</text></svg>'
    )


def test_hostile_sources_reach_the_hover_text_spelled_out() -> None:
    check = example.overfitting_check(n=3)
    items: tuple[ItemComparison, ...] = tuple(
        replace(item, source="</title><script>x</script>\x00\u202e\ud800") for item in check.comparisons
    )
    svg = str(figures(replace(check, comparisons=items))[0].svg)
    assert_only_our_markup(parsed(svg))
    assert r"<title>&lt;/title&gt;&lt;script&gt;x&lt;/script&gt;\x00\u202e\ud800: " in svg


def test_importing_the_report_loads_no_chart_library() -> None:
    code = (
        "import sys, tunecheck.report; sys.exit(bool({'altair', 'vl_convert', 'jinja2', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_four_modules_alone_import_the_chart_libraries() -> None:
    folder = Path(report.__file__).parents[1]
    users = {
        path.name
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        if name.partition(".")[0] in {"altair", "vl_convert"}
    }
    assert users == {"ab_chart.py", "charts.py", "curve_chart.py", "review_chart.py"}
