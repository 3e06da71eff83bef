"""Kappa: against statsmodels, against alpha, properties, and what has no value."""

from __future__ import annotations

import json
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.make_agreement import TABLE, large_tables, tables
from tests.stats.test_krippendorff import chance, few_values, of_cells, of_items, of_table
from tunecheck.core import Estimate, Unscored
from tunecheck.stats.kappa import fleiss_kappa, pairwise_kappa
from tunecheck.stats.krippendorff import krippendorff_alpha
from tunecheck.stats.ratings import RatingLevel, Ratings, number_ratings

two_raters = st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=2), min_size=2, max_size=12)


def pair(ratings: Ratings, seed: int = 0) -> Estimate | Unscored:
    return pairwise_kappa(ratings, chance(seed), n_draws=100)[0, 1]


def estimate(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def reason(found: Estimate | Unscored) -> str:
    assert isinstance(found, Unscored), found
    return found.reason


def test_five_hundred_tables_agree_with_statsmodels() -> None:
    compared = [0, 0, 0]
    for table, row in zip(tables(), json.loads(TABLE.read_text(encoding="utf-8"))["tables"], strict=True):
        two = table[:2, ~np.isnan(table[:2]).any(axis=0)]
        if two.shape[1] > 1:
            ours = [pair(of_table(two, "nominal")), pair(of_table(two, "interval"))]
        else:
            ours = [Unscored(reason="too few")] * 2
        ours.append(fleiss_kappa(of_table(table, "nominal"), chance(), n_draws=100))
        for place, (found, theirs) in enumerate(zip(ours, row["kappas"], strict=True)):
            if isinstance(found, Estimate) and theirs is not None:
                assert found.value == pytest.approx(theirs, abs=1e-8)
                compared[place] += 1
            elif isinstance(found, Estimate):
                # statsmodels has no weights for values between whole numbers and no Fleiss' kappa for other raters.
                assert (table % 1 > 0).any() or np.isnan(table).any()
            elif theirs is not None:
                # A value without an interval has none here.
                assert found.reason.startswith(("nearly all", "too few", "an interval needs"))
    assert min(compared) > 180


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("level", "weights"), [("nominal", "plain"), ("ordinal", "quadratic"), ("ratio", "quadratic")])
def test_with_thousands_of_items_the_interval_is_that_of_the_normal_distribution(
    place: int, level: RatingLevel, weights: str
) -> None:
    theirs = json.loads(TABLE.read_text(encoding="utf-8"))["large"][place][weights]
    table = list(large_tables())[place]
    found = estimate(pairwise_kappa(of_table(table, level), chance(place), n_draws=4000)[0, 1])
    width = theirs[2] - theirs[1]
    assert (found.value, found.low, found.high) == pytest.approx(tuple(theirs), abs=0.06 * width)
    assert (found.n, found.method) == (4000, "bootstrap over items and two added, percentiles")


@given(two_raters, st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
@settings(max_examples=60, deadline=None)
def test_exchanging_the_raters_changes_nothing(items: list[list[int]], level: RatingLevel) -> None:
    one, other = (pair(of_items(some, level)) for some in (items, [[b, a] for a, b in items]))
    assert isinstance(one, Estimate) == isinstance(other, Estimate)
    if isinstance(one, Estimate) and isinstance(other, Estimate):
        assert one.value == pytest.approx(other.value, abs=1e-12)


@given(two_raters, st.permutations(["no", "perhaps", "yes", "?"]))
@settings(max_examples=60, deadline=None)
def test_relabelling_categories_changes_nothing(items: list[list[int]], names: list[str]) -> None:
    cells = [(item, rater, names[x]) for item, row in enumerate(items) for rater, x in enumerate(row)]
    named = of_cells(cells, "nominal")
    assert pair(named) == pair(of_items(items, "nominal"))
    assert fleiss_kappa(named, chance()) == fleiss_kappa(of_items(items, "nominal"), chance())


@given(few_values)
@settings(max_examples=60, deadline=None)
def test_fleiss_kappa_is_alpha_but_for_the_correction_for_few_ratings(items: list[list[int]]) -> None:
    items = [(row * 2)[:3] for row in items]
    alpha = krippendorff_alpha(of_items(items, "nominal"), chance(), n_draws=100)
    kappa = fleiss_kappa(of_items(items, "nominal"), chance(), n_draws=100)
    if isinstance(alpha, Estimate) and isinstance(kappa, Estimate):
        n = 3 * len(items)
        assert 1 - alpha.value == pytest.approx((1 - kappa.value) * (n - 1) / n)


def test_with_equal_habits_kappa_is_alpha_of_many_ratings() -> None:
    items = [[1, 1], [2, 2], [3, 3], [1, 3], [3, 1], [2, 3], [3, 2]] * 500
    for level in ("nominal", "interval"):
        kappa, alpha = pair(of_items(items, level)), krippendorff_alpha(of_items(items, level), chance())
        assert estimate(kappa).value == pytest.approx(estimate(alpha).value, abs=1e-3)


def test_every_pair_has_its_own_items_and_the_labels_are_sorted() -> None:
    ann = {item: item % 3 for item in range(30)}
    bob = {item: (item + (item % 7 == 0)) % 3 for item in range(10, 40)}
    rows = [(item, "Bob", x) for item, x in bob.items()] + [(item, "Ann", x) for item, x in ann.items()]
    rows.append((99, "Cy", 1))
    found = pairwise_kappa(of_cells(rows, "nominal"), chance())
    assert list(found) == [("Ann", "Bob"), ("Ann", "Cy"), ("Bob", "Cy")]
    assert estimate(found["Ann", "Bob"]).n == 20
    assert reason(found["Bob", "Cy"]) == "no item was rated by both"


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_perfect_agreement_is_one_with_room_for_other_items(level: RatingLevel) -> None:
    ratings = of_items([[x % 5, x % 5] for x in range(20)], level)
    for found in (estimate(pair(ratings)), estimate(fleiss_kappa(ratings, chance()))):
        assert found.value == found.high == 1
        assert 0.7 < found.low < 0.9


def test_a_rater_who_always_says_the_same_agrees_by_chance_only() -> None:
    assert estimate(pair(of_items([[1, x % 2] for x in range(20)], "nominal"))).value == pytest.approx(0)


def test_a_near_miss_counts_less_on_a_scale() -> None:
    near = of_items([[x % 5, min(4, x % 5 + x % 2)] for x in range(30)], "ordinal")
    far = number_ratings(near.items, near.raters, near.values, "nominal")
    assert estimate(pair(near)).value > estimate(pair(far)).value + 0.2


def test_what_has_no_kappa_has_a_reason() -> None:
    assert reason(pair(of_items([[1, 1], [1, 1]], "ordinal"))).startswith("all values are equal")
    assert reason(pair(of_items([[1, 2], [1]], "ordinal"))).startswith("an interval needs at least 2 items")
    assert reason(pair(of_items([[3, 3]] * 29 + [[3, 4]], "nominal"))).startswith("nearly all values are equal: in ")
    uneven = fleiss_kappa(of_items([[1, 2], [1, 2, 3]], "nominal"), chance())
    assert reason(uneven) == "items have 2 to 3 ratings, and Fleiss' kappa wants the same number of each"
    assert reason(fleiss_kappa(of_items([[1], [1]], "nominal"), chance())) == "no item has ratings of two raters"
    assert reason(fleiss_kappa(number_ratings([], [], [], "nominal"), chance())) == "no item has ratings of two raters"
    assert reason(fleiss_kappa(of_items([[1, 1]] * 9, "nominal"), chance())).startswith("all values are equal")
    assert pairwise_kappa(number_ratings([], [], [], "nominal"), chance()) == {}


def test_ratings_by_chance_are_near_zero_on_average() -> None:
    rng = chance(1)
    for level in ("nominal", "interval"):
        found = [pair(of_items(rng.choice([1, 2, 3, 9], (15, 2)).tolist(), level)) for _ in range(300)]
        values = np.array([one.value for one in found if isinstance(one, Estimate)])
        assert len(values) == 300
        assert abs(values.mean()) < 4 * values.std() / math.sqrt(300)


def test_all_pairs_of_ten_raters_of_a_thousand_items_take_below_two_seconds() -> None:
    given_values = chance(2).integers(1, 6, (1000, 10)).astype(float)
    items, raters = (where.ravel() for where in np.indices(given_values.shape))
    ratings = number_ratings(items, raters, given_values.ravel(), "ordinal")
    started = time.perf_counter()
    assert len(pairwise_kappa(ratings, chance())) == 45
    assert time.perf_counter() - started < 2.0
