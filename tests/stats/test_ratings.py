"""Ratings: what is checked, how it is numbered, and that the order of rows does not matter."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stats.test_krippendorff import of_cells
from tunecheck.stats.ratings import RatingLevel, Ratings, agreeing_shares, number_ratings, value_counter

cells = st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 3)), st.integers(0, 3), min_size=1, max_size=25)


def rows(found: Ratings) -> list[tuple[int, str | int, Hashable]]:
    places = zip(found.items.tolist(), found.raters.tolist(), found.values.tolist(), strict=True)
    return [(item, found.labels[rater], found.scale[value]) for item, rater, value in places]


@given(cells, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_the_rows_does_not_matter(given_cells: dict[tuple[int, int], int], dice: Any) -> None:
    ordered = [(item, rater, value) for (item, rater), value in given_cells.items()]
    mixed = dice.sample(ordered, len(ordered))
    one, other = (of_cells(some, "ordinal") for some in (ordered, mixed))
    assert rows(one) == rows(other)
    for name in ("items", "raters", "values"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()


@given(cells)
@settings(max_examples=50, deadline=None)
def test_arrays_are_numbered_as_lists_are(given_cells: dict[tuple[int, int], int]) -> None:
    items, raters, values = zip(*((item, rater, value) for (item, rater), value in given_cells.items()), strict=True)
    for level in ("nominal", "interval"):
        one = number_ratings(list(items), list(raters), list(values), level)
        other = number_ratings(np.array(items), np.array(raters), np.array(values), level)
        assert rows(one) == rows(other)


@given(cells)
@settings(max_examples=100, deadline=None)
def test_kinds_are_the_sets_of_values_with_how_many_items_have_each(given_cells: dict[tuple[int, int], int]) -> None:
    items, raters, values = zip(*((item, rater, value) for (item, rater), value in given_cells.items()), strict=True)
    found = number_ratings(items, raters, values, "ordinal")
    kinds, times = found.kinds()
    expected: dict[tuple[Hashable, ...], int] = {}
    for item in set(items):
        key = tuple(sorted(value for (of_item, _), value in given_cells.items() if of_item == item))
        expected[key] = expected.get(key, 0) + 1
    sets = [
        tuple(sorted(float(kinds.scale[value]) for value in kinds.values[kinds.items == kind]))
        for kind in range(kinds.n_items)
    ]
    assert dict(zip(sets, times.tolist(), strict=True)) == expected


def test_what_is_missing_is_counted() -> None:
    found = number_ratings(["a", "a", "b"], ["Ann", "Bob", "Ann"], [1, 2, 1], "interval")
    assert (found.n_items, found.labels, found.n_missing) == (2, ("Ann", "Bob"), 1)
    assert found.sizes.tolist() == [2, 1]


def test_items_with_one_rating_do_not_pair() -> None:
    found = number_ratings([3, 1, 1, 2], [0, 0, 1, 1], ["yes", "no", "no", "maybe"], "nominal").paired()
    assert (found.n_items, found.scale, found.values.tolist()) == (1, ("no",), [0, 0])
    nothing = number_ratings([], [], [], "nominal").paired()
    assert (nothing.n_items, nothing.scale, nothing.n_missing) == (0, (), 0)


def test_numbers_far_from_zero_or_huge_keep_their_differences() -> None:
    far = number_ratings([1, 2, 3], [0, 0, 0], [1e15, 1e15 + 1, 1e15 + 4], "interval")
    assert far.numbers.tolist() == [-1.0, -0.5, 1.0]
    huge = number_ratings([1, 2, 3], [0, 0, 0], [-1.7e308, 0, 1.7e308], "interval")
    assert huge.numbers.tolist() == [-1.0, 0.0, 1.0]
    assert number_ratings([1], [0], [7], "interval").numbers.tolist() == [0.0]


def test_two_values_of_a_rater_for_one_item_are_refused_with_their_names() -> None:
    with pytest.raises(ValueError) as one:
        number_ratings(["q1", "q1", "q1", "q2"], ["Ann", "Ann", "Ann", "Ann"], [1, 2, 3, 4], "ordinal")
    assert str(one.value) == "one value a rater and item, but there are several of 'Ann' on item 'q1'"
    with pytest.raises(ValueError, match=r"several of 0 on item 0, 0 on item 1, .*, 0 on item 4 and 2 more"):
        number_ratings([0, 1, 2, 3, 4, 5, 6] * 2, [0] * 14, [1] * 14, "ordinal")


@pytest.mark.parametrize(
    ("values", "level", "message"),
    [
        ([1, 2], "rank", "a level is one of nominal, ordinal, interval, ratio, not 'rank'"),
        ([1], "nominal", "2 items, 2 raters and 1 values are not parallel rows"),
        (["yes", None], "nominal", "1 of 2 values are None or NaN; a missing rating has no row"),
        ([math.nan, 1.0], "nominal", "1 of 2 values are None or NaN; a missing rating has no row"),
        ([math.nan, 1.0], "ordinal", "1 of 2 values are not finite numbers; a missing rating has no row"),
        ([math.inf, 1.0], "interval", "1 of 2 values are not finite numbers; a missing rating has no row"),
        ([-1.0, 1.0], "ratio", "values of a ratio scale are not negative, and the lowest is -1"),
        ([[1], [2]], "interval", "values are one a rating, not of shape (2, 1)"),
    ],
)
def test_what_does_not_fit_is_refused(values: list[Any], level: RatingLevel, message: str) -> None:
    with pytest.raises(ValueError) as found:
        number_ratings([1, 2], [1, 1], values, level)
    assert str(found.value) == message


def test_any_label_is_a_nominal_value() -> None:
    found = number_ratings([1, 1, 2, 2], [0, 1, 0, 1], [("a", 1), ("a", 1), "c", True], "nominal")
    assert agreeing_shares(found).tolist() == [1.0, 0.0]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=20), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_values_are_counted_as_often_as_their_items_are_drawn(pairs: list[tuple[int, int]], seed: int) -> None:
    codes, items = np.array([code for code, _ in pairs]), np.array([item for _, item in pairs])
    weights = np.random.default_rng(seed).integers(0, 4, (3, 4)).astype(float)
    found = value_counter(codes, 6, items)(weights)
    for draw, row in zip(weights, found, strict=True):
        assert row.tolist() == [sum(draw[item] for code, item in pairs if code == value) for value in range(6)]
