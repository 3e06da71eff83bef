"""Resampling: against closed forms, coverage, false alarms, and draws that the size of portions does not move."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Estimate, Unscored
from tunecheck.stats import resampling
from tunecheck.stats.paired_tests import sign_flip
from tunecheck.stats.resampling import (
    paired_resampled,
    percentile_interval,
    resampled,
    resampled_counts,
    resampled_totals,
    swap_test,
    unit_counts,
)

Floats = npt.NDArray[np.float64]

unit_labels = st.lists(st.integers(0, 6), min_size=1, max_size=30)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def estimated(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def reason(found: object) -> str:
    assert isinstance(found, Unscored)
    return found.reason


def mean(totals: Floats) -> float:
    return float(totals[0] / totals[1])


def beside_ones(x: Floats) -> Floats:
    return np.column_stack((x, np.ones(len(x))))


@given(unit_labels, st.integers(1, 9), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_each_draw_takes_as_many_units_as_there_are(units: list[int], n_draws: int, seed: int) -> None:
    counts = np.concatenate(list(unit_counts(units, n_draws, chance(seed))))
    assert counts.shape == (n_draws, len(set(units)))
    assert (counts.sum(axis=1) == len(set(units))).all()


def test_counts_are_those_of_a_multinomial() -> None:
    counts = np.concatenate(list(unit_counts(range(10), 20_000, chance())))
    assert counts.mean(axis=0) == pytest.approx(np.ones(10), abs=0.03)
    assert np.cov(counts.T) == pytest.approx(np.eye(10) - 0.1, abs=0.05)


@given(unit_labels, st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_codes_are_counted_as_one_hot_totals_are_summed(units: list[int], seed: int) -> None:
    codes = chance(seed).integers(0, 5, len(units))
    found = resampled_counts(codes, 7, units, chance(seed), 6)
    assert found.shape == (6, 7)
    assert found.tolist() == resampled_totals(np.eye(7)[codes], units, chance(seed), 6).tolist()


def test_the_size_of_the_portions_changes_no_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    units, codes = np.arange(60) // 3, chance(1).integers(0, 4, 60)
    totals = chance(2).integers(0, 9, (60, 3)).astype(float)
    other = totals + chance(4).integers(-2, 4, (60, 3)).astype(float)

    def everything() -> list[object]:
        return [
            np.concatenate(list(unit_counts(units, 50, chance(3)))).tolist(),
            resampled_totals(totals, units, chance(3), 50).tolist(),
            resampled_counts(codes, 4, units, chance(3), 50).tolist(),
            swap_test(totals, other, units, mean, chance(3), 50),
        ]

    large = everything()
    monkeypatch.setattr(resampling, "_CELLS", 70)
    assert everything() == large


def test_rows_of_a_unit_are_drawn_together() -> None:
    x = chance(5).normal(size=40)
    once = resampled_totals(x[:, None], range(40), chance(6), 50)
    halves = resampled_totals(np.repeat(x / 4, 4)[:, None], np.repeat(np.arange(40), 4), chance(6), 50)
    assert halves == pytest.approx(once)


def test_the_spread_of_a_mean_is_its_standard_error() -> None:
    x = chance(7).normal(3, 2, 80)
    draws = resampled(beside_ones(x), range(80), mean, chance(8), 4000)
    assert draws.std() == pytest.approx(x.std() / math.sqrt(80), rel=0.04)
    assert draws.mean() == pytest.approx(x.mean(), abs=0.02)


def test_where_units_are_many_the_ends_are_the_plain_percentiles() -> None:
    draws = chance(9).exponential(size=5000)
    found = estimated(percentile_interval(1.0, draws, 10**9, confidence=0.9, method="bootstrap over items"))
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(draws, [5, 95])), rel=1e-6)
    assert (found.n, found.method, found.confidence) == (10**9, "bootstrap over items", 0.9)


def test_with_normal_draws_the_expanded_interval_is_the_one_of_the_t_test() -> None:
    x = chance(12).normal(size=12)
    draws = scipy.stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000, x.mean(), x.std() / math.sqrt(12))
    found = estimated(percentile_interval(float(x.mean()), draws, 12, method="normal"))
    theirs = scipy.stats.ttest_1samp(x, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-3)


def normal_rows(rng: np.random.Generator) -> Floats:
    return beside_ones(rng.normal(0.5, 1, 50))


def skewed_rows(rng: np.random.Generator) -> Floats:
    return beside_ones(rng.exponential(0.5, 50))


def token_rows(rng: np.random.Generator) -> Floats:
    tokens = rng.lognormal(3, 0.7, 50)
    return np.column_stack((tokens * rng.beta(2, 2, 50), tokens))


@pytest.mark.parametrize("rows", [normal_rows, skewed_rows, token_rows])
def test_the_interval_covers_at_fifty_units(rows: Callable[[np.random.Generator], Floats]) -> None:
    rng = chance(13)
    hits, repetitions = 0, 800
    for _ in range(repetitions):
        totals = rows(rng)
        draws = resampled_totals(totals, np.arange(50), rng, 600)
        found = estimated(percentile_interval(mean(totals.sum(0)), draws[:, 0] / draws[:, 1], 50, method="bootstrap"))
        hits += found.low <= 0.5 <= found.high
    assert 0.91 <= hits / repetitions <= 0.975


def test_a_paired_difference_is_drawn_on_the_same_units() -> None:
    rng = chance(14)
    base = rng.normal(size=100)
    tuned = base + 0.5 + 0.1 * rng.normal(size=100)
    draws = paired_resampled(beside_ones(tuned), beside_ones(base), range(100), mean, chance(15), 2000)
    gains = tuned - base
    assert draws == pytest.approx(resampled(beside_ones(gains), range(100), mean, chance(15), 2000))
    assert draws.std() == pytest.approx(gains.std() / 10, rel=0.06)


@given(unit_labels, st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_swapping_the_models_negates_the_draws_and_keeps_the_p(units: list[int], seed: int) -> None:
    rng = chance(seed)
    first, second = (beside_ones(rng.integers(0, 5, len(units)).astype(float)) for _ in range(2))
    forward, backward = (
        paired_resampled(one, other, units, mean, chance(seed), 9) for one, other in ((first, second), (second, first))
    )
    assert forward == pytest.approx(-backward)
    p = swap_test(first, second, units, mean, chance(seed), 49)
    assert 1 / 50 <= p <= 1
    assert swap_test(second, first, units, mean, chance(seed), 49) == p


def test_for_a_mean_swapping_is_flipping_signs() -> None:
    rng = chance(16)
    base = rng.normal(size=90)
    tuned = base + rng.normal(0.2, 1, 90)
    units = np.arange(90) // 3
    swapped = swap_test(beside_ones(tuned), beside_ones(base), units, mean, chance(17), 20_000)
    flipped = sign_flip(tuned - base, units, chance(18), 20_000)
    assert swapped == pytest.approx(flipped, abs=5 * math.sqrt(0.25 / 20_000))


def test_models_that_are_alike_raise_few_false_alarms_for_a_value_that_is_no_mean() -> None:
    """A pooled quotient with heavy tails; one twentieth, with three standard errors of the count above it."""
    rng = chance(19)
    alarms, repetitions = 0, 400
    for _ in range(repetitions):
        hard = rng.lognormal(0, 1.5, 25)
        first, second = (np.column_stack((hard * rng.random(25), hard + rng.random(25))) for _ in range(2))
        alarms += swap_test(first, second, np.arange(25), mean, rng, 199) <= 0.05
    assert alarms / repetitions <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repetitions)


def test_models_that_agree_have_the_p_one() -> None:
    totals = beside_ones(chance(20).normal(size=8))
    assert swap_test(totals, totals, range(8), mean, chance(), 9) == 1.0
    assert swap_test(totals, totals[[1, 0, 3, 2, 5, 4, 7, 6]], np.arange(8) // 2, mean, chance(), 9) == 1.0


def test_a_swap_without_a_value_is_no_evidence() -> None:
    first, second = np.arange(12.0)[:, None], np.zeros((12, 1))
    assert swap_test(first, second, range(12), lambda _: math.nan, chance(), 19) == 1.0


def test_an_interval_without_ground_has_a_reason() -> None:
    draws = np.array([1.0, math.nan, 2.0])
    assert reason(percentile_interval(1.0, draws, 9, method="m")) == "1 of 3 bootstrap draws have no value"
    assert reason(percentile_interval(1.0, draws[:0], 9, method="m")) == "there are no bootstrap draws"
    assert reason(percentile_interval(math.nan, draws[:1], 9, method="m")) == "the value is nan"
    few = "an interval needs at least 2 items or groups, and there "
    assert reason(percentile_interval(1.0, draws, 1, method="m")) == few + "is 1"
    assert reason(percentile_interval(1.0, draws, 0, method="m")) == few + "are none"


def test_the_interval_holds_a_value_that_the_draws_miss() -> None:
    found = estimated(percentile_interval(9.0, np.arange(5.0), 40, method="m"))
    assert found.low < found.high == found.value == 9.0


def test_what_does_not_fit_is_refused_with_its_sizes() -> None:
    totals = np.ones((3, 2))
    refusals: list[tuple[Callable[[], object], str]] = [
        (lambda: resampled_totals(totals, "ab", chance()), "2 unit labels do not fit totals of shape (3, 2)"),
        (lambda: resampled_totals(totals[:0], [], chance()), "there are no units to draw from"),
        (lambda: resampled_totals(totals, "abc", chance(), 0), "n_draws is at least 1, not 0"),
        (
            lambda: resampled_counts(np.array([0, 5]), 4, "ab", chance()),
            "codes lie within 0 to 3, and these reach from 0 to 5",
        ),
        (
            lambda: resampled_counts(np.array([0, 1]), 4, "a", chance()),
            "1 unit labels do not fit codes of shape (2,)",
        ),
        (
            lambda: paired_resampled(totals, totals[:2], "abc", mean, chance()),
            "totals of one model have shape (3, 2), those of the other (2, 2)",
        ),
        (lambda: swap_test(totals, totals, "abc", mean, chance(), 0), "n_swaps is at least 1, not 0"),
    ]
    for attempt, message in refusals:
        with pytest.raises(ValueError) as found:
            attempt()
        assert str(found.value) == message
