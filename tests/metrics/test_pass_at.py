"""pass@k and pass^k are what counting all choices of k samples gives, and right on average."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.metrics.pass_at import pass_all_k, pass_at_k


def counted(n: int, c: int, k: int) -> tuple[float, float]:
    """The share of choices of k samples with one that passes, and with all."""
    choices = list(combinations([True] * c + [False] * (n - c), k))
    return (
        float(Fraction(sum(map(any, choices)), len(choices))),
        float(Fraction(sum(map(all, choices)), len(choices))),
    )


@st.composite
def samples(draw: st.DrawFn, most: int) -> tuple[int, int, int]:
    n = draw(st.integers(1, most))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


@given(samples(12))
def test_it_is_what_counting_all_choices_gives(nck: tuple[int, int, int]) -> None:
    assert (pass_at_k(*nck), pass_all_k(*nck)) == counted(*nck)


@given(samples(5000))
def test_it_is_exact_to_the_last_digit(nck: tuple[int, int, int]) -> None:
    n, c, k = nck
    assert pass_at_k(n, c, k) == float(1 - Fraction(math.comb(n - c, k), math.comb(n, k)))
    assert pass_all_k(n, c, k) == float(Fraction(math.comb(c, k), math.comb(n, k)))


@given(samples(10**6))
def test_it_is_a_chance_and_more_samples_that_pass_never_lower_it(nck: tuple[int, int, int]) -> None:
    n, c, k = nck
    one, each = pass_at_k(n, c, k), pass_all_k(n, c, k)
    assert isinstance(one, float)
    assert isinstance(each, float)
    assert 0 <= each <= c / n <= one <= 1
    if c < n:
        more, all_more = pass_at_k(n, c + 1, k), pass_all_k(n, c + 1, k)
        assert isinstance(more, float)
        assert isinstance(all_more, float)
        assert more >= one
        assert all_more >= each


@pytest.mark.parametrize("p", [0.02, 0.2, 0.9])
@pytest.mark.parametrize(("n", "k"), [(10, 5), (5, 5), (20, 1), (40, 10)])
def test_its_expected_value_is_the_chance_that_made_the_samples(p: float, n: int, k: int) -> None:
    chances = [math.comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
    for function, truth in ((pass_at_k, 1 - (1 - p) ** k), (pass_all_k, p**k)):
        values = [function(n, c, k) for c in range(n + 1)]
        expected = sum(chance * one for chance, one in zip(chances, values, strict=True) if isinstance(one, float))
        assert expected == pytest.approx(truth, rel=1e-9)


def test_its_mean_over_simulated_samples_is_the_truth() -> None:
    times = np.bincount(np.random.default_rng(0).binomial(10, 0.2, 400_000), minlength=11)
    values = [pass_at_k(10, c, 5) for c in range(11)]
    mean = sum(n * one for n, one in zip(times.tolist(), values, strict=True) if isinstance(one, float)) / 400_000
    assert mean == pytest.approx(0.672, abs=0.003)


def test_the_chance_of_the_observed_share_is_too_low_on_average() -> None:
    drawn = np.random.default_rng(0).binomial(10, 0.2, 40_000)
    assert float((1 - (1 - drawn / 10) ** 5).mean()) == pytest.approx(0.594, abs=0.004)


def test_with_one_draw_it_is_the_share_that_passes() -> None:
    for n in (1, 3, 7, 200):
        for c in range(n + 1):
            assert pass_at_k(n, c, 1) == pass_all_k(n, c, 1) == c / n


def test_fewer_samples_than_k_have_no_value_whatever_passed() -> None:
    assert pass_at_k(2, 0, 5) == Unscored(reason="pass@5 needs at least 5 samples of a problem, and there are 2")
    assert pass_at_k(1, 1, 2) == Unscored(reason="pass@2 needs at least 2 samples of a problem, and there is 1")
    assert pass_at_k(0, 0, 1) == Unscored(reason="pass@1 needs at least 1 sample of a problem, and there are none")
    assert pass_all_k(2, 2, 5) == Unscored(reason="pass^5 needs at least 5 samples of a problem, and there are 2")


@pytest.mark.parametrize(("n", "c", "k"), [(5, 6, 1), (5, -1, 1), (-1, 0, 1), (5, 1, 0), (5, 1, -2)])
def test_counts_that_cannot_be_are_refused_with_their_values(n: int, c: int, k: int) -> None:
    for function in (pass_at_k, pass_all_k):
        with pytest.raises(ValueError, match=f"not k = {k}, c = {c} and n = {n}"):
            function(n, c, k)


def test_counts_of_numpy_are_counts_and_floats_are_not() -> None:
    assert pass_at_k(np.int64(10), np.int64(2), 5) == pass_at_k(10, 2, 5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        pass_at_k(10.0, 2, 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(("c", "k"), [(500_000, 500_000), (27_000, 27_000), (7_000, 7_000), (1, 999_999), (999_999, 2)])
def test_a_million_samples_take_a_fraction_of_a_second(c: int, k: int) -> None:
    started = time.perf_counter()
    pass_at_k(10**6, c, k)
    pass_all_k(10**6, c, k)
    assert time.perf_counter() - started < 2
