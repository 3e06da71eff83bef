"""Krippendorff's alpha: the table of the paper, 500 tables of other packages, properties, and what has no value."""

from __future__ import annotations

import itertools
import json
import math
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.make_agreement import LEVELS, TABLE, checksum, tables
from tunecheck.core import Estimate, Unscored
from tunecheck.stats import krippendorff
from tunecheck.stats.krippendorff import krippendorff_alpha
from tunecheck.stats.ratings import RatingLevel, Ratings, number_ratings

Floats = npt.NDArray[np.float64]

LEVEL_NAMES: tuple[RatingLevel, ...] = ("nominal", "ordinal", "interval", "ratio")
# Krippendorff 2011, section D: four observers, twelve units.
OBSERVERS = {
    "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
}

few_values = st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=4), min_size=2, max_size=8)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def of_table(table: Floats, level: RatingLevel) -> Ratings:
    raters, items = np.nonzero(~np.isnan(table))
    return number_ratings(items, raters, table[raters, items], level)


def of_cells(cells: Sequence[tuple[Any, Any, Any]], level: RatingLevel) -> Ratings:
    items, raters, values = zip(*cells, strict=True)
    return number_ratings(items, raters, values, level)


def of_items(items: Sequence[Sequence[float]], level: RatingLevel) -> Ratings:
    cells = [(item, rater, value) for item, given in enumerate(items) for rater, value in enumerate(given)]
    return of_cells(cells, level)


def value(ratings: Ratings) -> float | None:
    """What one draw is enough for; None where alpha itself is not defined."""
    found = krippendorff_alpha(ratings, chance(), n_draws=100)
    return found.value if isinstance(found, Estimate) else None


def estimate(ratings: Ratings, seed: int = 0) -> Estimate:
    found = krippendorff_alpha(ratings, chance(seed))
    assert isinstance(found, Estimate), found
    return found


def by_definition(items: Sequence[Sequence[float]], level: RatingLevel) -> float:
    """Over all pairs of ratings, one after the other."""
    items = [given for given in items if len(given) > 1]
    pooled = sorted(itertools.chain(*items))

    def rank(x: float) -> float:
        return sum(y < x for y in pooled) + sum(y == x for y in pooled) / 2

    def apart(x: float, y: float) -> float:
        match level:
            case "nominal":
                return float(x != y)
            case "ordinal":
                return (rank(x) - rank(y)) ** 2
            case "interval":
                return (x - y) ** 2
            case _:
                return ((x - y) / (x + y)) ** 2 if x + y else 0.0

    observed = sum(sum(apart(*pair) for pair in itertools.permutations(given, 2)) / (len(given) - 1) for given in items)
    expected = sum(apart(*pair) for pair in itertools.permutations(pooled, 2)) / (len(pooled) - 1)
    return 1 - observed / expected


@pytest.mark.parametrize(
    ("level", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_the_table_of_the_paper_gives_its_four_numbers(level: RatingLevel, expected: float) -> None:
    cells = [
        (unit, observer, given)
        for observer, row in OBSERVERS.items()
        for unit, given in enumerate(row, start=1)
        if given is not None
    ]
    ratings = of_cells(cells, level)
    found = estimate(ratings)
    assert round(found.value, 3) == expected
    assert (found.n, found.confidence) == (11, 0.95)
    assert found.low < found.value < found.high < 1


def test_five_hundred_tables_with_gaps_agree_with_two_other_packages() -> None:
    reference = json.loads(TABLE.read_text(encoding="utf-8"))
    assert reference["sha256"] == checksum()
    assert tuple(reference["levels"]) == LEVELS == LEVEL_NAMES
    compared = 0
    for table, row in zip(tables(), reference["tables"], strict=True):
        for place, level in enumerate(LEVEL_NAMES):
            paired = of_table(table, level).paired()
            theirs = row["krippendorff"][place]
            if theirs is None:
                assert len(paired.scale) < 2
                continue
            assert theirs == pytest.approx(row["evalica"][place], abs=1e-9)
            ours = value(paired)
            if ours is not None:
                assert ours == pytest.approx(theirs, abs=1e-8)
                compared += 1
    assert compared > 1850


@given(few_values, st.sampled_from(LEVEL_NAMES))
@settings(max_examples=150, deadline=None)
def test_it_is_the_mean_over_pairs_of_the_definition(items: list[list[int]], level: RatingLevel) -> None:
    found = value(of_items(items, level))
    if found is not None:
        assert found == pytest.approx(by_definition(items, level), abs=1e-9)


@given(few_values, st.sampled_from(LEVEL_NAMES), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_permuting_items_and_raters_changes_neither_value_nor_interval(
    items: list[list[int]], level: RatingLevel, dice: random.Random
) -> None:
    mixed = [dice.sample(given, len(given)) for given in dice.sample(items, len(items))]
    first, second = (krippendorff_alpha(of_items(some, level), chance(), n_draws=100) for some in (items, mixed))
    assert isinstance(first, Estimate) == isinstance(second, Estimate)
    if isinstance(first, Estimate) and isinstance(second, Estimate):
        assert second.value == pytest.approx(first.value, abs=1e-12)
        if level != "nominal":  # nominal values are numbered as they come, so the draws are others
            assert (second.low, second.high) == pytest.approx((first.low, first.high), abs=1e-9)


@given(few_values, st.permutations(["no", "perhaps", "yes", "?"]))
@settings(max_examples=60, deadline=None)
def test_relabelling_categories_changes_nothing(items: list[list[int]], names: list[str]) -> None:
    cells = [(item, rater, given) for item, row in enumerate(items) for rater, given in enumerate(row)]
    where, who, given_values = zip(*cells, strict=True)
    named = number_ratings(where, who, [names[place] for place in given_values], "nominal")
    first = krippendorff_alpha(of_items(items, "nominal"), chance(), n_draws=100)
    assert krippendorff_alpha(named, chance(), n_draws=100) == first


@given(few_values, st.floats(0.01, 100), st.floats(-1000, 1000))
@settings(max_examples=60, deadline=None)
def test_scales_keep_alpha_under_what_keeps_their_level(items: list[list[int]], factor: float, shift: float) -> None:
    moves: dict[RatingLevel, Callable[[float], float]] = {
        "ordinal": lambda x: math.exp(x) + shift,
        "interval": lambda x: factor * x + shift,
        "ratio": lambda x: factor * x,
    }
    for level in LEVEL_NAMES[1:]:
        moved = [[moves[level](x) for x in given] for given in items]
        first, second = value(of_items(items, level)), value(of_items(moved, level))
        assert (first is None) == (second is None)
        if first is not None:
            assert second == pytest.approx(first, abs=1e-6)


@pytest.mark.parametrize("level", LEVEL_NAMES)
def test_two_values_give_the_same_alpha_at_every_level(level: RatingLevel) -> None:
    items = [[0, 0, 1], [1, 1], [0, 0], [1, 0, 1, 1], [0, 0, 0], [1, 1, 1]] * 3
    assert value(of_items(items, level)) == pytest.approx(value(of_items(items, "nominal")))


@pytest.mark.parametrize("level", LEVEL_NAMES)
def test_more_of_the_same_items_keep_alpha_nearly_and_narrow_the_interval(level: RatingLevel) -> None:
    items = [[1, 1, 2], [2, 2], [3, 3, 3, 4], [4, 5], [5, 5], [1, 2], [3, 3], [2, 2, 2]] * 3
    once, often = estimate(of_items(items, level)), estimate(of_items(items * 25, level))
    assert often.value == pytest.approx(once.value, abs=0.02)
    assert 4 < (once.high - once.low) / (often.high - often.low) < 10


@pytest.mark.parametrize("level", LEVEL_NAMES)
def test_perfect_agreement_is_one_with_room_for_other_items(level: RatingLevel) -> None:
    found = estimate(of_items([[x % 5 + 0.1] * 3 for x in range(20)], level))
    assert found.value == found.high == 1
    assert 0.7 < found.low < 0.9
    narrower = estimate(of_items([[x % 5 + 0.1] * 3 for x in range(200)], level))
    assert 0.97 < narrower.low < 1


@pytest.mark.parametrize("level", LEVEL_NAMES)
def test_ratings_by_chance_are_near_zero_on_average(level: RatingLevel) -> None:
    rng = chance(1)
    found = [value(of_items(rng.choice([1, 2, 3, 9], (15, 3)).tolist(), level)) for _ in range(400)]
    defined = np.array([one for one in found if one is not None])
    assert len(defined) == 400
    assert abs(defined.mean()) < 4 * defined.std() / 20


def test_systematic_disagreement_is_below_zero() -> None:
    found = estimate(of_items([[1, 5], [5, 1]] * 10, "interval"))
    assert found.value == pytest.approx(1 - 2 * 39 / 40)
    assert found.low <= found.value < found.high < -0.4


def test_equal_seeds_give_equal_intervals_and_portions_change_no_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    from tunecheck.stats import chance as module

    rng = chance(2)
    ratings = {level: of_items(rng.integers(1, 6, (30, 3)).tolist(), level) for level in LEVEL_NAMES}
    large = {level: estimate(ratings[level], 5) for level in LEVEL_NAMES}
    monkeypatch.setattr(module, "_CELLS", 700)
    monkeypatch.setattr(krippendorff, "_CELLS", 7)
    for level in LEVEL_NAMES:
        small = estimate(ratings[level], 5)
        assert (small.low, small.high) == pytest.approx((large[level].low, large[level].high), abs=1e-12)
    assert estimate(ratings["ordinal"], 6) != large["ordinal"]


def test_values_far_apart_neither_overflow_nor_drown_the_others() -> None:
    huge = [[1e308, 1e308], [-1e308, -1e308], [1e308, -1e308]] * 4
    small = [[1, 1], [-1, -1], [1, -1]] * 4
    assert value(of_items(huge, "interval")) == pytest.approx(value(of_items(small, "interval")))
    positive = [[1.5e308, 1e308], [1e308, 1e308], [5e307, 5e307]] * 4
    assert value(of_items(positive, "ratio")) == pytest.approx(value(of_items([[3, 2], [2, 2], [1, 1]] * 4, "ratio")))
    near = [[1, 1], [2, 2], [3, 3], [4, 4], [1, 2]]
    kinds, times = of_items([*near, [1e9, 1e9]], "interval").paired().kinds()
    without_the_last = np.append(times, [0.0, 0.0])[None] * (np.arange(8) != 5)
    found = krippendorff._by_values(kinds, times)(without_the_last)
    assert found.tolist() == pytest.approx([by_definition(near, "interval")], abs=1e-6)


@pytest.mark.parametrize("level", LEVEL_NAMES)
def test_what_has_no_alpha_has_a_reason(level: RatingLevel) -> None:
    def reason(items: list[list[int]]) -> str:
        found = krippendorff_alpha(of_items(items, level), chance())
        assert isinstance(found, Unscored), found
        return found.reason

    assert reason([[1], [2], [1]]) == "no item has ratings of two raters"
    assert reason([[3, 3], [3, 3], [3, 3]]) == "all values are equal, so ratings by chance would not differ either"
    assert reason([[3, 3], [3, 3], [1]]) == "all values are equal, so ratings by chance would not differ either"
    assert reason([[1, 2], [1]]) == "an interval needs at least 2 items or groups, and there is 1"
    assert reason([[3, 3]] * 29 + [[3, 4]]).startswith("nearly all values are equal: in ")


def test_no_ratings_have_no_alpha_and_no_draws_are_refused() -> None:
    nothing = number_ratings([], [], [], "ordinal")
    assert krippendorff_alpha(nothing, chance()) == Unscored(reason="no item has ratings of two raters")
    with pytest.raises(ValueError, match="n_draws is at least 1, not 0"):
        krippendorff_alpha(of_items([[1, 2], [2, 2]], "ordinal"), chance(), n_draws=0)


@pytest.mark.parametrize("level", LEVEL_NAMES)
@pytest.mark.parametrize(("n_items", "values", "most_s"), [(20_000, 5, 1.0), (1000, 10**6, 4.0)])
def test_a_hundred_thousand_ratings_or_a_thousand_items_that_all_differ_take_about_a_second(
    level: RatingLevel, n_items: int, values: int, most_s: float
) -> None:
    rng = chance(3)
    given = rng.integers(1, values + 1, (n_items, 5 if values == 5 else 2)).astype(float)
    items, raters = (where.ravel() for where in np.indices(given.shape))
    ratings = number_ratings(items, raters, given.ravel(), level)
    estimate(of_items([[1, 2], [2, 2], [1, 1], [2, 1]] * 5, level))  # imports scipy.special
    started = time.perf_counter()
    krippendorff_alpha(ratings, rng)
    assert time.perf_counter() - started < most_s
