"""Paired tests: against scipy's, and how often they raise a false alarm."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.stats.paired_tests import coin_bytes, mcnemar, sign_flip


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(0, 400), st.integers(0, 400))
@settings(max_examples=80, deadline=None)
def test_mcnemar_is_scipys_binomial_test(n_tuned_only: int, n_base_only: int) -> None:
    n = n_tuned_only + n_base_only
    theirs = scipy.stats.binomtest(n_tuned_only, n).pvalue if n else 1.0
    assert mcnemar(n_tuned_only, n_base_only) == pytest.approx(theirs, rel=1e-9)
    assert mcnemar(n_base_only, n_tuned_only) == mcnemar(n_tuned_only, n_base_only)


def test_mcnemar_refuses_a_negative_count() -> None:
    with pytest.raises(ValueError) as found:
        mcnemar(3, -1)
    assert str(found.value) == "counts of items are not negative: 3, -1"


@pytest.mark.parametrize("n", [2, 3, 5, 8, 11, 14])
def test_with_few_units_it_is_scipys_permutation_test_of_samples(n: int) -> None:
    for seed in range(3):
        differences = np.round(chance(seed).normal(0.6, 1, n), 1)
        theirs = scipy.stats.permutation_test(
            (differences,),
            lambda x, axis: x.mean(axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=2**14,
        )
        assert sign_flip(differences, range(n), chance()) == pytest.approx(theirs.pvalue)


def test_with_votes_of_one_size_it_is_mcnemar() -> None:
    for tuned, base in ((9, 2), (4, 4), (12, 1)):
        differences = [1.0] * tuned + [-1.0] * base + [0.0] * 30
        assert sign_flip(differences, range(len(differences)), chance()) == pytest.approx(mcnemar(tuned, base))


def test_many_units_agree_with_scipys_binomial_test_up_to_the_flips() -> None:
    differences = [1.0] * 60 + [-1.0] * 40
    found = sign_flip(differences, range(100), chance(), 20_000)
    assert found == pytest.approx(mcnemar(60, 40), abs=4 * math.sqrt(0.057 / 20_000))


def test_rows_of_a_unit_keep_one_sign() -> None:
    assert sign_flip([1.0] * 50, np.arange(50) // 25, chance()) == 0.5
    assert sign_flip([1.0] * 50, range(50), chance()) == pytest.approx(1 / 10_001)


@pytest.mark.parametrize("n_units", [10, 20, 60])
@pytest.mark.parametrize("law", ["normal", "cauchy", "spike"])
def test_models_that_are_alike_raise_few_false_alarms(n_units: int, law: str) -> None:
    """One twentieth, with three standard errors of the count above it; units of three rows that stick together."""
    rng = chance(n_units)
    alarms, repetitions = 0, 400
    for _ in range(repetitions):
        size = {
            "normal": np.ones(n_units),
            "cauchy": 1 / rng.normal(size=n_units),
            "spike": rng.exponential(size=n_units) ** 4,
        }
        rows = np.repeat(size[law] * rng.normal(size=n_units), 3)
        alarms += sign_flip(rows, np.repeat(np.arange(n_units), 3), rng, 499) <= 0.05
    assert alarms / repetitions <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repetitions)


def test_a_real_difference_is_found() -> None:
    found = sum(
        sign_flip(chance(seed).normal(0.4, 1, 100), range(100), chance(seed), 499) <= 0.05 for seed in range(100)
    )
    assert found >= 90


@given(
    st.lists(
        st.tuples(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False), st.integers(0, 30)),
        max_size=40,
    ),
    st.integers(0, 99),
)
@settings(max_examples=100, deadline=None)
def test_p_is_a_chance_above_zero_that_no_side_or_empty_unit_moves(rows: list[tuple[float, int]], seed: int) -> None:
    differences, units = [row for row, _ in rows], [unit for _, unit in rows]
    p = sign_flip(differences, units, chance(seed), 99)
    assert 0 < p <= 1
    assert sign_flip([-row for row in differences], units, chance(seed), 99) == p
    assert sign_flip([*differences, 0.0, 1.5, -1.5], [*units, 98, 99, 99], chance(seed), 99) == pytest.approx(
        p, abs=0.02
    )


def test_without_a_difference_p_is_one() -> None:
    assert sign_flip([], [], chance()) == 1.0
    assert sign_flip([0.0, 2.0, -2.0], ["a", "b", "b"], chance()) == 1.0
    assert sign_flip([0.1, 0.2, -0.3], ["b", "b", "b"], chance()) == 1.0


def test_ten_thousand_flips_of_five_thousand_units_take_under_a_second() -> None:
    differences = chance().normal(size=5000)
    sign_flip(differences, range(5000), chance(), 10)
    start = time.perf_counter()
    sign_flip(differences, range(5000), chance())
    assert time.perf_counter() - start < 1


def test_many_small_calls_give_the_coins_of_one_large_call() -> None:
    rng = chance(7)
    parts = [coin_bytes(n, 70, rng) for n in (3, 1, 5)]
    assert np.array_equal(np.concatenate(parts), coin_bytes(9, 70, chance(7)))


def test_what_cannot_be_flipped_is_refused() -> None:
    with pytest.raises(ValueError) as nan:
        sign_flip([1.0, math.nan, math.inf], "abc", chance())
    assert str(nan.value) == "2 of 3 differences are not finite numbers"
    with pytest.raises(ValueError) as lengths:
        sign_flip([1.0], "abc", chance())
    assert str(lengths.value) == "3 unit labels do not fit differences of shape (1,)"
    with pytest.raises(ValueError) as flips:
        sign_flip([1.0], "a", chance(), 0)
    assert str(flips.value) == "n_flips is at least 1, not 0"
