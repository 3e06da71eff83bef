"""Rater files: both forms, missing ratings, and every way to get one wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunecheck.data.rater_files import RaterFields, load_ratings
from tunecheck.errors import DataError, InputError

WIDE = RaterFields(raters=("Ann", "Bob"))


def rated(*rows: tuple[object, object, object]) -> list[dict[str, object]]:
    return [{"item": item, "rater": rater, "value": value} for item, rater, value in rows]


def values(source: object, level: str = "ordinal", **options: Any) -> list[tuple[str, str, object]]:
    return [(row.item, row.rater, row.value) for row in load_ratings(source, level=level, **options).rows]


def refused(source: object, level: str = "ordinal", **options: Any) -> str:
    with pytest.raises((DataError, InputError)) as caught:
        load_ratings(source, level=level, **options)
    return str(caught.value)


@pytest.mark.parametrize("item", ["item", "Item ID", "unit", "id", "task", "example", "question"])
@pytest.mark.parametrize("rater", ["rater", "annotator", "coder", "judge", "worker", "user", "labeler"])
@pytest.mark.parametrize("value", ["value", "Rating", "score", "label", "answer", "vote"])
def test_columns_are_found_under_their_usual_names(item: str, rater: str, value: str) -> None:
    assert values([{item: "q1", rater: "Ann", value: 4}]) == [("q1", "Ann", 4.0)]


def test_named_columns_are_taken_and_are_nothing_else() -> None:
    row = {"item": "a person", "row": 7, "rating": 3, "value": "x"}
    fields = RaterFields(item="row", rater="item", value="rating")
    assert values([row], fields=fields) == [("7", "a person", 3.0)]


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "parquet"])
def test_every_container_gives_the_same_ratings(ending: str, tmp_path: Path) -> None:
    rows = rated(("q1", "Ann", 4), ("q2", "Bob", 5))
    path = tmp_path / f"ratings.{ending}"
    match ending:
        case "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        case "json":
            path.write_text(json.dumps(rows))
        case "csv":
            path.write_text("item,rater,value\nq1,Ann,4\nq2,Bob,5\n")
        case _:
            pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
            pq.write_table(pa.Table.from_pylist(rows), path)
    assert values(path) == [("q1", "Ann", 4.0), ("q2", "Bob", 5.0)]


def test_a_wide_file_is_the_long_file_of_its_cells() -> None:
    long = rated(("1", "Ann", 3), ("1", "Bob", "NA"), ("2", "Ann", 4), ("2", "Bob", 5))
    wide = [{"unit": 1, "Ann": 3, "Bob": "NA"}, {"unit": 2.0, "Ann": "4", "Bob": 5}]
    assert values(wide, fields=WIDE) == values(long)
    assert load_ratings(wide, level="ratio", fields=WIDE).fingerprint == load_ratings(long, level="ratio").fingerprint


def test_without_a_column_of_items_each_row_of_a_wide_file_is_one() -> None:
    assert values([{"Ann": 3, "Bob": 4}], fields=WIDE) == [("row 1", "Ann", 3.0), ("row 1", "Bob", 4.0)]


@pytest.mark.parametrize("missing", ["", "  ", None, float("nan"), "NA", "na", "N/A", "#N/A", "NaN", "*", ".", "-"])
@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_what_stands_for_no_rating_is_never_a_value(missing: object, level: str) -> None:
    read = load_ratings(rated(("q1", "Ann", 4), ("q1", "Bob", missing), ("q2", "Bob", missing)), level=level)
    assert [row.rater for row in read.rows] == ["Ann"]
    assert read.n_unrated == 1


def test_an_order_may_name_a_word_that_would_be_missing() -> None:
    assert values(rated(("q1", "Ann", "-")), order=("-", "+")) == [("q1", "Ann", 1.0)]


def test_words_in_an_order_are_their_places_whatever_their_case() -> None:
    rows = rated((1, "Ann", "Low"), (2, "Ann", " HIGH "), (3, "Ann", "medium"))
    assert [value for *_, value in values(rows, order=("low", "medium", "high"))] == [1.0, 3.0, 2.0]


def test_a_number_is_one_nominal_value_however_it_is_written() -> None:
    rows = rated((1, "Ann", 4), (1, "Bob", 4.0), (1, "Cem", "4"), (1, "Dan", True))
    assert [value for *_, value in values(rows, "nominal")] == ["4", "4", "4", "true"]


def test_rows_that_a_spreadsheet_left_empty_are_nothing() -> None:
    assert len(values([*rated((1, "Ann", 4)), {"item": "", "rater": "", "value": ""}])) == 1
    assert len(values([{"Ann": 1, "Bob": 2}, {"Ann": "", "Bob": None}], fields=WIDE)) == 2


def test_spaces_around_names_do_not_make_two_raters() -> None:
    assert values(rated(("q1 ", " Ann", 4))) == [("q1", "Ann", 4.0)]


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = rated((2, "Bob", 1), (1, "Bob", 2), (2, "Ann", 3), (1, "Ann", 4))
    one, other = load_ratings(rows, level="ordinal"), load_ratings(rows[::-1], level="ordinal")
    assert values(rows) == values(rows[::-1])
    assert one.fingerprint == other.fingerprint


def test_a_rating_that_is_there_twice_counts_once() -> None:
    read = load_ratings(rated((1, "Ann", 4), (1, "Ann", "4.0"), (1, "Ann", 4)), level="interval")
    assert (len(read.rows), read.n_repeated, read.n_replaced) == (1, 2, 0)


def test_different_values_of_one_rater_for_one_item_are_an_error_and_with_last_the_last_counts() -> None:
    rows = rated(("q1", "Ann", 4), ("q2", "Ann", 3), ("q1", "Ann", 5), ("q1", "Ann", None))
    assert refused(rows) == (
        "the data in memory has different values of one rater for one item once:\n"
        "  'Ann' on item 'q1': '4' at row 1, '5' at row 3\n"
        "leave one of each, or take the last of each: --last; ratings of several questions belong in a file each"
    )
    read = load_ratings(rows, level="ordinal", last=True)
    assert [(row.item, row.value) for row in read.rows] == [("q1", 5.0), ("q2", 3.0)]
    assert (read.n_repeated, read.n_replaced) == (0, 1)


def test_of_many_raters_with_several_values_twenty_are_named() -> None:
    told = refused([row for n in range(100, 130) for row in rated((n, "Ann", 1), (n, "Ann", 2))])
    assert told.count("'Ann' on item") == 20
    assert "  and 10 more\n" in told


def test_a_file_without_the_columns_says_how_to_name_them(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("unit,Ann,Bob\n1,2,3\n")
    assert refused(path) == (
        "r.csv has no column with the rater and the value of a rating: its columns are 'unit', 'Ann', 'Bob'\n"
        "name them: --rater-field COLUMN --value-field COLUMN; or, where each rater has a column: --raters Ann,Bob"
    )
    assert refused([{"rater": 1, "value": 2}]).endswith("\nname it: --item-field COLUMN")


def test_every_bad_row_is_named_at_once() -> None:
    rows = rated((1, "Ann", "good"), (2, "Ann", 4), ("", "Ann", 4), (4, None, 4), (5, "Ann", True), (6, "Ann", "1_0"))
    assert refused(rows) == (
        "5 of 6 rows of the data in memory cannot be read:\n"
        "  row 1: value is 'good', not a number\n"
        "  row 3: item is empty\n"
        "  row 4: rater is missing\n"
        "  row 5: value is true, not a number\n"
        "  row 6: value is '1_0', not a number\n"
        "correct them, or go on without them: --skip-bad-rows; words are values of --level nominal, and with "
        "--order low,medium,high of an ordinal scale"
    )
    assert len(load_ratings(rows, level="ordinal", skip_bad_rows=True).skipped) == 5


@pytest.mark.parametrize("value", ["inf", "-Infinity", 1e999, 10**400, "4,5", "5/5", [4], {"a": 1}])
def test_what_is_no_finite_number_is_no_value_of_a_scale(value: object) -> None:
    assert "1 of 2 rows" in refused(rated((1, "Ann", 1), (2, "Ann", value)))


def test_a_wide_row_names_all_its_bad_cells() -> None:
    assert "row 1: Ann is 'x', not a number; Bob is 'y', not a number" in refused(
        [{"Ann": "x", "Bob": "y"}], fields=WIDE
    )


def test_a_ratio_scale_has_nothing_below_zero() -> None:
    assert "row 1: value is -1, and a ratio scale has nothing below zero" in refused(rated((1, "Ann", -1)), "ratio")


def test_a_word_outside_the_order_is_named() -> None:
    told = refused(rated((1, "Ann", "hgh")), order=("low", "high"))
    assert "row 1: value is 'hgh', which is not in the order low, high" in told


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (RaterFields(raters=("Ann",)), "--raters names one column, 'Ann'"),
        (RaterFields(raters=("Ann", "Ann")), "the column 'Ann' is named twice"),
        (RaterFields(item="Ann", raters=("Ann", "Bob")), "the column 'Ann' is named twice"),
        (RaterFields(raters=("Ann", "Eve", "Fay")), "the data in memory has no column 'Eve', 'Fay': its columns are "
         "'Ann', 'Bob'"),
        (RaterFields(value="Ann", raters=("Ann", "Bob")), "with --raters each rater has a column, so no column holds "
         "the raters or all values"),
    ],
)  # fmt: skip
def test_columns_of_raters_that_cannot_be_are_refused(fields: RaterFields, message: str) -> None:
    assert refused([{"Ann": 1, "Bob": 2}], fields=fields).splitlines()[0] == message


@pytest.mark.parametrize("order", [("low",), ("low", "LOW"), ("", "low")])
def test_an_order_is_two_or_more_different_words(order: tuple[str, ...]) -> None:
    assert "is not two or more different words" in refused(rated((1, "Ann", "low")), order=order)


def test_a_file_without_a_rating_is_refused() -> None:
    assert refused([]).startswith("the data in memory is empty\n")
    told = refused(rated((1, "Ann", None)))
    assert told.startswith("the data in memory has no rating: every value is missing\n")
