"""Rows, runs and series."""

from __future__ import annotations

import math

import pytest

from tunecheck.training.rows import Row, dict_rows, ends, number, segments, series_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        ("2.5", 2.5),
        ("-inf", -math.inf),
        (10**400, math.inf),
        (-(10**400), -math.inf),
        (True, None),
        ("a", None),
    ],
)
def test_a_number_is_a_number_or_a_text_that_is_one(value: object, expected: float | None) -> None:
    assert number(value) == expected


@pytest.mark.parametrize("value", [None, [], {}, b"1", "1" * 41, "1_000", "", False])
def test_everything_else_is_none(value: object) -> None:
    assert number(value) is None


def test_rows_leave_out_what_is_no_object_or_no_number() -> None:
    rows = dict_rows([{"step": 5, "loss": "1.5", "text": "x", "flag": True, 3: 4}, "no", None, [], {"epoch": 1.5}])
    assert rows == (Row(5.0, None, {"step": 5.0, "loss": 1.5}), Row(None, 1.5, {"epoch": 1.5}))


def test_a_step_that_is_not_finite_is_no_place() -> None:
    assert dict_rows([{"step": math.nan, "loss": 1}])[0].step is None


def runs_of(steps: list[float | None]) -> list[list[float | None]]:
    return [[row.step for row in run] for run in segments(Row(step, None, {"loss": 1.0}) for step in steps)]


def test_a_fall_to_the_beginning_starts_a_new_run() -> None:
    assert runs_of([10, 20, 30, 10, 20]) == [[10, 20, 30], [10, 20]]
    assert runs_of([10, 20, 5, 10]) == [[10, 20], [5, 10]]


def test_a_fall_to_a_later_step_is_a_resume_of_the_same_run() -> None:
    assert runs_of([10, 20, 30, 20, 30, 40]) == [[10, 20, 30, 20, 30, 40]]


def test_evaluations_below_all_rows_of_training_are_of_the_same_run() -> None:
    rows = [Row(10, None, {"loss": 3}), Row(20, None, {"loss": 2}), Row(10, None, {"eval_loss": 3}), Row(20, None, {})]
    assert len(segments(rows)) == 1


def test_equal_steps_and_rows_without_one_stay_in_their_run() -> None:
    assert runs_of([10, 10, None, 20, 20]) == [[10, 10, None, 20, 20]]
    assert runs_of([]) == []


def test_the_last_value_of_a_step_counts_and_steps_are_sorted() -> None:
    rows = [
        Row(10, 0.1, {"loss": 3}),
        Row(20, 0.2, {"loss": 2}),
        Row(10, 0.1, {"loss": 2.5}),
        Row(None, None, {"loss": 9}),
    ]
    (series,) = series_of(rows)
    assert [(point.step, point.value) for point in series.points] == [(10, 2.5), (20, 2)]


def test_nan_stays_and_an_epoch_is_the_place_where_there_is_no_step() -> None:
    (series,) = series_of([Row(None, 1.5, {"eval_loss": math.nan})])
    assert (series.name, series.split, series.points[0].step) == ("loss", "eval", 1.5)
    assert math.isnan(series.points[0].value)


def test_the_mean_over_the_whole_run_is_no_point_of_the_curve() -> None:
    rows = [Row(10, 1, {"train_loss": 2.5, "train_runtime": 9.0}), Row(5, 0.5, {"train_loss": 3.0})]
    (series,) = series_of(rows)
    assert [point.value for point in series.points] == [3.0]


def test_of_a_long_log_the_first_twentieth_and_the_last_rows_are_kept() -> None:
    assert list(ends(range(1000), 40)) == [0, 1, *range(962, 1000)]
    assert list(ends(range(40), 40)) == list(range(40))
