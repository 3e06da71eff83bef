"""assign: every share is kept, and no row ever moves because of a row after it."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from tunecheck.core.splits import TEST, TRAIN, VALIDATION
from tunecheck.data.splitting.assign import Units, assign, assign_folds

shares = st.sampled_from([Fraction(1, 20), Fraction(1, 10), Fraction(1, 5), Fraction(1, 3), Fraction(1, 2)])


def singles(categories: list[str]) -> Units:
    """Units of one row each."""
    n_rows = len(categories)
    return Units(first=range(n_rows), ids=[f"id {place}" for place in range(n_rows)], categories=categories)


@st.composite
def grouped(draw: st.DrawFn, *, adjacent: bool = False) -> Units:
    """Units of several rows, in one piece each or mixed."""
    labels = draw(st.lists(st.integers(0, 40), min_size=2, max_size=120))
    labels = sorted(labels) if adjacent else labels
    seen: dict[int, int] = {}
    first = [seen.setdefault(label, place) for place, label in enumerate(labels)]
    categories = [draw(st.sampled_from("abc")) for _ in labels]
    return Units(first=first, ids=[f"id {label}" for label in labels], categories=categories)


def split_of(units: Units, share: Fraction, *, seed: int = 0, by_category: bool = False) -> list[str]:
    return assign(units, {VALIDATION: share}, seed=seed, by_category=by_category, fixed={})


@given(st.lists(st.sampled_from("aabbbcdefgh"), min_size=1, max_size=150), shares, st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_each_category_of_single_rows_is_within_one_row_of_its_share(
    categories: list[str], share: Fraction, seed: int
) -> None:
    sides = split_of(singles(categories), share, seed=seed, by_category=True)
    held = Counter(category for category, side in zip(categories, sides, strict=True) if side == VALIDATION)
    for category, n_rows in Counter(categories).items():
        assert abs(held[category] - share * n_rows) <= 1
        if n_rows < 3:
            assert held[category] == 0
        if n_rows >= 5:
            assert held[category] >= 1


@given(st.integers(5, 300), shares, st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_random_split_of_single_rows_has_the_floor_or_the_ceiling_of_its_share(
    n_rows: int, share: Fraction, seed: int
) -> None:
    held = split_of(singles([""] * n_rows), share, seed=seed).count(VALIDATION)
    assert held >= 1
    assert abs(held - share * n_rows) < 1


@given(grouped(adjacent=True), shares, st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_units_in_one_piece_are_within_one_unit_of_the_share(units: Units, share: Fraction, seed: int) -> None:
    n_rows, sizes = len(units.first), Counter(units.first)
    held = split_of(units, share, seed=seed).count(VALIDATION)
    assert abs(held - share * n_rows) <= max(sizes.values())


@given(grouped(), shares, st.integers(0, 99), st.booleans(), st.integers(1, 119))
@settings(max_examples=150, deadline=None)
def test_the_side_of_a_row_does_not_depend_on_rows_after_it(
    units: Units, share: Fraction, seed: int, by_category: bool, n_before: int
) -> None:
    before = Units(first=units.first[:n_before], ids=units.ids[:n_before], categories=units.categories[:n_before])
    sides = {TEST: share / 2, VALIDATION: share / 2}
    whole = assign(units, sides, seed=seed, by_category=by_category, fixed={})
    assert whole[:n_before] == assign(before, sides, seed=seed, by_category=by_category, fixed={})
    folds = assign_folds(units, 3, seed=seed, by_category=by_category, fixed={})
    assert folds[:n_before] == assign_folds(before, 3, seed=seed, by_category=by_category, fixed={})


@given(grouped(), shares, st.integers(0, 99), st.booleans())
@settings(max_examples=50, deadline=None)
def test_rows_of_one_unit_are_on_one_side(units: Units, share: Fraction, seed: int, by_category: bool) -> None:
    sides = split_of(units, share, seed=seed, by_category=by_category)
    assert all(side == sides[unit] for side, unit in zip(sides, units.first, strict=True))


def test_every_row_after_the_first_few_has_the_same_chance() -> None:
    share, n_seeds, n_rows = Fraction(1, 10), 1500, 60
    times = [0] * n_rows
    for seed in range(n_seeds):
        for place, side in enumerate(split_of(singles([""] * n_rows), share, seed=seed)):
            times[place] += side == VALIDATION
    assert float(chisquare(times[10:]).pvalue) > 0.001
    assert float(binomtest(sum(times[10:]), n_seeds * 50, 0.1).pvalue) > 0.001


@pytest.mark.parametrize("share", [Fraction(1, 20), Fraction(1, 10), Fraction(3, 10)])
def test_the_total_over_many_categories_is_steered_to_its_share(share: Fraction) -> None:
    categories = [f"{place * 7919 % 20}" for place in range(2000)]
    sides = split_of(singles(categories), share, by_category=True)
    assert abs(sides.count(VALIDATION) - share * 2000) <= 2


@given(st.integers(10, 200), shares, shares, st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_validation_and_test_are_each_within_two_rows_of_their_share(
    n_rows: int, validation: Fraction, test: Fraction, seed: int
) -> None:
    wanted = {VALIDATION: validation / 2, TEST: test / 2}
    sides = assign(singles([""] * n_rows), wanted, seed=seed, by_category=False, fixed={})
    assert all(abs(sides.count(side) - share * n_rows) < 2 for side, share in wanted.items())
    held = n_rows - sides.count(TRAIN)
    assert abs(held - sum(wanted.values(), Fraction(0)) * n_rows) <= 1


@given(st.lists(st.sampled_from("aabc"), min_size=6, max_size=120), st.integers(2, 6), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_folds_of_single_rows_differ_by_one_row_in_every_category(
    categories: list[str], n_folds: int, seed: int
) -> None:
    sides = assign_folds(singles(categories), n_folds, seed=seed, by_category=True, fixed={})
    for category in set(categories):
        counts = Counter(side for side, of in zip(sides, categories, strict=True) if of == category)
        sizes = [counts[f"fold-{number}"] for number in range(1, n_folds + 1)]
        assert max(sizes) - min(sizes) <= 1


def test_another_seed_gives_another_split() -> None:
    splits = {tuple(split_of(singles([""] * 100), Fraction(1, 10), seed=seed)) for seed in range(20)}
    assert len(splits) == 20


def test_a_settled_side_stays_and_the_others_make_up_for_it() -> None:
    fixed = dict.fromkeys(range(50), TRAIN)
    sides = assign(singles([""] * 100), {VALIDATION: Fraction(1, 10)}, seed=1, by_category=False, fixed=fixed)
    assert VALIDATION not in sides[:50]
    assert sides.count(VALIDATION) == 10
