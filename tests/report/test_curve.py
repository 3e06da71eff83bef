"""The training curve as a chart: what is drawn, thinned and smoothed, and that odd curves are drawn too."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.markup import assert_only_our_markup, parsed
from tunecheck.checks import check_curve
from tunecheck.core import History, Point, Series
from tunecheck.report.curve_marks import curve_marks, loss_domain, smoothed, thinned
from tunecheck.report.figures import figures

Points = list[tuple[float, float]]


def series(split: str, points: Points, eval_set: str = "", steps_an_epoch: float = 100) -> Series:
    made = tuple(Point(x, y, x / steps_an_epoch) for x, y in points)
    return Series(name="loss", split="train" if split == "train" else "eval", eval_set=eval_set, points=made)


def history(*found: Series) -> History:
    return History(source="trainer_state.json", format="Hugging Face Trainer", series=found, last_step=400.0)


FALL = [(float(n), 3.0 / (1 + n / 50)) for n in range(10, 401, 10)]
EVALS = [(50.0 * n, 2.0 + abs(n - 4) / 4) for n in range(1, 9)]


def test_train_and_evaluations_are_drawn_with_best_shipped_and_epochs() -> None:
    (figure,) = figures(check_curve(history(series("train", FALL), series("eval", EVALS))))
    assert figure.title == "Loss during training"
    assert "Marked: best at step 200. Marked: shipped at step 400." in figure.caption
    assert "ends of epochs (4 in all)" in figure.caption
    assert_only_our_markup(parsed(str(figure.svg)))
    assert "evaluation, step 200: 2" in str(figure.svg)


def test_evaluation_sets_are_named() -> None:
    sets = [series("eval", EVALS, name) for name in ("code", "news")]
    (figure,) = figures(check_curve(history(series("train", FALL), *sets)))
    assert "evaluations (code, news)" in figure.caption


def test_a_log_without_two_losses_has_no_chart() -> None:
    assert figures(check_curve(history())) == ()
    assert figures(check_curve(history(series("train", FALL[:1])))) == ()


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e300, -1e300])
def test_what_is_no_number_is_left_out_of_the_chart(value: float) -> None:
    marks = curve_marks(check_curve(history(series("train", [*FALL, (410.0, value)]))).measures)
    assert marks is not None
    assert all(math.isfinite(y) and abs(y) < 1e15 for y in marks.values)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=2, max_size=60))
def test_any_values_are_drawn_or_left_out(values: list[float]) -> None:
    for figure in figures(check_curve(history(series("train", [(float(n), y) for n, y in enumerate(values)])))):
        assert_only_our_markup(parsed(str(figure.svg)))


def test_smoothing_neither_lags_nor_follows_a_spike() -> None:
    line = [(float(n), 10.0 - 0.01 * n) for n in range(600)]
    spiked = [(x, 99.0 if x == 300 else y) for x, y in line]
    for (_, wanted), (_, found) in zip(line, smoothed(tuple(spiked)), strict=True):
        assert found == pytest.approx(wanted, abs=0.05)


def test_thinning_keeps_ends_and_spikes() -> None:
    points = tuple((float(n), 50.0 if n == 7_777 else 1.0 + n % 3) for n in range(20_000))
    kept = thinned(points)
    assert len(kept) <= 302
    assert {points[0], points[-1], points[7_777]} <= set(kept)
    assert list(kept) == sorted(kept)


def test_one_spike_does_not_flatten_the_axis() -> None:
    assert loss_domain([*[1.0 + n / 200 for n in range(200)], 500.0])[1] < 3
    assert loss_domain([1.0, 1.0]) == (0.5, 1.5)
