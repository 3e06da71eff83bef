"""The ratio of two sums: its error against scipy and the bootstrap, and what must not change it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Estimate, Unscored
from tunecheck.stats import Ratio, difference, difference_of_ratios, paired_difference, ratio, ratio_of_sums, t_quantile

Rows = list[tuple[float, int, int]]

rows_of_units = st.lists(
    st.tuples(st.floats(0.0, 50.0), st.integers(1, 400), st.integers(0, 5)), min_size=2, max_size=25
).filter(lambda rows: len({unit for _, _, unit in rows}) > 1)


def scored(found: Ratio | Unscored) -> Ratio:
    assert isinstance(found, Ratio)
    return found


def estimated(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def reason(found: object) -> str:
    assert isinstance(found, Unscored)
    return found.reason


def columns(rows: Rows) -> tuple[list[float], list[float], list[int]]:
    return [nll for nll, _, _ in rows], [float(tokens) for _, tokens, _ in rows], [unit for _, _, unit in rows]


@pytest.mark.parametrize("n", [2, 5, 40])
def test_with_equal_token_counts_the_interval_is_the_one_of_the_t_test(n: int) -> None:
    x = np.random.default_rng(n).normal(2.0, 0.5, n)
    ours = estimated(ratio_of_sums(7 * x, np.full(n, 7.0), range(n)))
    theirs = scipy.stats.ttest_1samp(x, 0.0).confidence_interval(0.95)
    assert ours.value == pytest.approx(x.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    assert ours.n == n


def test_with_equal_token_counts_the_difference_is_welchs() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(2.0, 0.5, 30), rng.normal(1.5, 1.5, 12)
    ours = estimated(
        difference_of_ratios(ratio(a * 3, np.full(30, 3.0), range(30)), ratio(b * 9, np.full(12, 9.0), range(12)))
    )
    theirs = scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    assert ours.n == 42
    assert ours.method == "cluster-robust delta method over items of two samples, Welch t"


def test_with_equal_token_counts_the_paired_difference_is_the_paired_t_test() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(2.0, 0.5, 25)
    tuned, tokens = base - rng.normal(0.1, 0.05, 25), np.full(25, 11.0)
    found = scored(paired_difference((base * 11, tokens), (tuned * 11, tokens), range(25))).interval()
    theirs = scipy.stats.ttest_rel(base, tuned).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))


def test_the_standard_error_is_that_of_a_bootstrap_over_groups() -> None:
    rng = np.random.default_rng(2)
    n_groups, rows = 150, 4
    units = np.repeat(np.arange(n_groups), rows)
    tokens = np.round(rng.lognormal(4, 0.5, n_groups * rows)) + 1
    nll = tokens * (2 + 0.4 * np.repeat(rng.normal(size=n_groups), rows) + 0.3 * rng.normal(size=n_groups * rows))
    found = scored(ratio(nll, tokens, units))
    above, below = nll.reshape(n_groups, rows).sum(1), tokens.reshape(n_groups, rows).sum(1)
    draws = rng.integers(0, n_groups, (4000, n_groups))
    bootstrap = above[draws].sum(1) / below[draws].sum(1)
    assert found.standard_error == pytest.approx(bootstrap.std(), rel=0.04)
    assert found.grouped
    assert found.n_units == n_groups


def test_the_degrees_of_freedom_are_those_of_the_quadratic_form_written_out() -> None:
    shares = np.array([0.5, 0.2, 0.15, 0.1, 0.05])
    found = scored(ratio(shares, shares * 100, range(5)))
    residual_maker = np.eye(5) - np.outer(np.ones(5), shares)
    form = residual_maker.T @ np.diag(shares**2 / (1 - shares)) @ residual_maker
    assert found.degrees_of_freedom == pytest.approx(np.trace(form) ** 2 / np.trace(form @ form))
    assert found.degrees_of_freedom < 4


def test_a_paired_difference_over_one_denominator_is_the_ratio_of_the_differences() -> None:
    rng = np.random.default_rng(3)
    tokens, a, b = rng.integers(1, 90, 40).astype(float), rng.normal(size=40), rng.normal(size=40)
    whole = scored(paired_difference((a, tokens), (b, tokens), range(40)))
    direct = scored(ratio(a - b, tokens, range(40)))
    assert direct.value == pytest.approx(whole.value)
    assert direct.standard_error == pytest.approx(whole.standard_error)
    assert direct.degrees_of_freedom == pytest.approx(whole.degrees_of_freedom)


@given(rows_of_units)
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_changes_nothing(rows: Rows) -> None:
    forward, backward = scored(ratio(*columns(rows))), scored(ratio(*columns(rows[::-1])))
    assert forward.value == pytest.approx(backward.value)
    assert forward.standard_error == pytest.approx(backward.standard_error, abs=1e-9)
    assert forward.degrees_of_freedom == pytest.approx(backward.degrees_of_freedom)


@given(rows_of_units)
@settings(max_examples=60, deadline=None)
def test_doubling_every_row_inside_its_unit_changes_nothing(rows: Rows) -> None:
    once, twice = scored(ratio(*columns(rows))), scored(ratio(*columns([*rows, *rows])))
    assert once.value == pytest.approx(twice.value)
    assert once.standard_error == pytest.approx(twice.standard_error, abs=1e-9)
    assert once.degrees_of_freedom == pytest.approx(twice.degrees_of_freedom)
    assert twice.grouped


@given(rows_of_units, st.floats(0.01, 100))
@settings(max_examples=60, deadline=None)
def test_scaling_the_numerators_scales_value_and_interval(rows: Rows, factor: float) -> None:
    nll, tokens, units = columns(rows)
    before = estimated(ratio_of_sums(nll, tokens, units))
    after = estimated(ratio_of_sums([factor * x for x in nll], tokens, units))
    assert (after.value, after.low, after.high) == pytest.approx(
        (factor * before.value, factor * before.low, factor * before.high), abs=1e-6
    )


@given(rows_of_units)
@settings(max_examples=60, deadline=None)
def test_swapping_the_models_mirrors_the_interval(rows: Rows) -> None:
    nll, tokens, units = columns(rows)
    other = [x * 0.7 + k % 3 for k, x in enumerate(nll)]
    gain = scored(paired_difference((nll, tokens), (other, tokens), units)).interval()
    loss = scored(paired_difference((other, tokens), (nll, tokens), units)).interval()
    assert (gain.value, gain.low, gain.high) == pytest.approx((-loss.value, -loss.high, -loss.low), abs=1e-9)


def test_one_unit_with_nearly_all_the_text_leaves_one_degree_of_freedom() -> None:
    just_below, just_above = ([0.01 / 50] * 50 + [0.99 - 1e-6], [0.01 / 50] * 50 + [1.0])
    for shares in (just_below, just_above):
        assert scored(ratio(shares, shares, range(51))).degrees_of_freedom == pytest.approx(1.0, abs=0.01)


@given(rows_of_units)
@settings(max_examples=60, deadline=None)
def test_the_degrees_of_freedom_lie_between_one_and_units_less_one(rows: Rows) -> None:
    found = scored(ratio(*columns(rows)))
    assert 1 <= found.degrees_of_freedom <= found.n_units - 1


@pytest.mark.parametrize(("probability", "df"), [(0.975, 1), (0.975, 29), (0.975, 12.5), (0.9, 4.2), (0.995, 5000)])
def test_the_quantile_is_the_one_of_scipy_stats(probability: float, df: float) -> None:
    assert t_quantile(probability, df) == pytest.approx(scipy.stats.t.ppf(probability, df), rel=1e-9)


def test_an_interval_stops_at_the_bounds_of_its_quantity() -> None:
    accuracy = estimated(ratio_of_sums([1, 9, 10], [10, 10, 10], "abc", at_least=0.0, at_most=1.0))
    assert (accuracy.low, accuracy.high) == (0.0, 1.0)


def test_the_method_names_groups_when_units_hold_several_rows() -> None:
    assert estimated(ratio_of_sums([1, 2, 3], [1, 1, 1], "aab")).method == "cluster-robust delta method over groups, t"
    assert estimated(ratio_of_sums([1, 2, 3], [1, 1, 1], "abc")).method == "cluster-robust delta method over items, t"


def test_fewer_than_two_units_have_no_interval() -> None:
    assert reason(ratio([], [], [])) == "an interval needs at least 2 items or groups, and there are none"
    assert reason(ratio([1.0, 2.0], [1, 1], "aa")) == "an interval needs at least 2 items or groups, and there is 1"


def test_units_without_anything_to_divide_by_have_no_ratio() -> None:
    expected = "fewer than 2 items or groups have anything to divide by"
    assert reason(ratio([1.0, 0.0], [5, 0], "ab")) == expected
    assert reason(paired_difference(([1, 2], [1, 1]), ([1, 2], [0, 0]), "ab")) == expected


def test_numbers_that_are_not_finite_have_no_ratio() -> None:
    assert reason(ratio([1.0, float("inf"), float("nan")], [1, 1, 1], "abc")) == "2 of 3 rows are not finite numbers"


def test_a_reason_passes_through_a_difference() -> None:
    missing, there = Unscored(reason="no base"), scored(ratio([1.0, 2.0], [1, 1], "ab"))
    assert difference(missing, there) == missing
    assert difference(there, missing) == missing
    assert difference_of_ratios(missing, there) == missing


def test_two_samples_without_spread_have_a_difference_without_spread() -> None:
    same = scored(ratio([2.0, 2.0], [1, 1], "ab"))
    assert str(difference_of_ratios(same, same)) == "0 [0, 0]"


def test_rows_that_are_not_parallel_are_refused_with_their_sizes() -> None:
    with pytest.raises(ValueError) as shapes:
        ratio([1.0, 2.0], [1.0], "ab")
    assert str(shapes.value) == "numerator and denominator are parallel rows, not of shapes (2,) and (1,)"
    with pytest.raises(ValueError) as labels:
        ratio([1.0, 2.0], [1.0, 1.0], "abc")
    assert str(labels.value) == "2 rows need 2 unit labels, not 3"
