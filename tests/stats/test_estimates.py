"""The share that transfers and the maps of estimates."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Estimate, Unscored
from tunecheck.stats import (
    NOT_LEARNED,
    Ratio,
    bits,
    improvement_percent,
    interval,
    perplexity,
    perplexity_ratio,
    transfer_ratio,
    transform,
)


def made(value: float, error: float, df: float = 50) -> Ratio:
    return Ratio(value=value, standard_error=error, degrees_of_freedom=df, n_units=round(df) + 1, grouped=False)


def estimated(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate)
    return found


gains = st.builds(made, st.floats(0.05, 3), st.floats(0.001, 0.02), st.floats(3, 200))


@given(gains, gains)
@settings(max_examples=60, deadline=None)
def test_the_ends_of_the_share_solve_fiellers_equation(validation: Ratio, train: Ratio) -> None:
    if train.value <= train.half_width():
        return
    share = estimated(transfer_ratio(validation, train))
    assert share.low <= share.value <= share.high
    for end in (share.low, share.high):
        reach = validation.half_width() ** 2 + end**2 * train.half_width() ** 2
        assert (validation.value - end * train.value) ** 2 == pytest.approx(reach, rel=1e-5)


@given(gains, gains, st.floats(0.1, 10))
@settings(max_examples=60, deadline=None)
def test_the_share_does_not_depend_on_the_unit_of_the_gains(validation: Ratio, train: Ratio, factor: float) -> None:
    def scaled(gain: Ratio) -> Ratio:
        return made(gain.value * factor, gain.standard_error * factor, gain.degrees_of_freedom)

    if train.value <= 1.001 * train.half_width():
        return
    before, after = (
        estimated(transfer_ratio(validation, train)),
        estimated(transfer_ratio(scaled(validation), scaled(train))),
    )
    assert (before.low, before.high) == pytest.approx((after.low, after.high), rel=1e-5)


def test_a_model_that_did_not_learn_has_no_share() -> None:
    assert transfer_ratio(made(0.1, 0.01), made(0.1, 0.06)) == Unscored(reason=NOT_LEARNED)
    assert NOT_LEARNED == (
        "not learned: the interval of the gain on training text includes zero, so it has no share that transfers"
    )


def test_the_share_names_its_method_and_counts_both_samples() -> None:
    share = estimated(transfer_ratio(made(0.4, 0.02), made(0.5, 0.02)))
    assert (share.method, share.n) == ("Fieller over items of two samples, t", 102)


def test_a_reason_passes_through_everything() -> None:
    missing = Unscored(reason="no base")
    assert transfer_ratio(missing, made(1, 0.1)) == missing
    assert transfer_ratio(made(1, 0.1), missing) == missing
    assert interval(missing) == missing
    assert perplexity(missing) == missing


@given(st.floats(-5, 5), st.floats(0, 3), st.floats(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_map_sends_the_ends_where_it_sends_the_value(value: float, below: float, above: float) -> None:
    gain = Estimate(value=value, low=value - below, high=value + above, n=9, method="t")
    lower, percent = estimated(perplexity_ratio(gain)), estimated(improvement_percent(gain))
    assert (lower.low, lower.value, lower.high) == pytest.approx(
        (math.exp(-gain.high), math.exp(-value), math.exp(-gain.low))
    )
    assert (percent.low, percent.value, percent.high) == pytest.approx(
        tuple(100 * (1 - x) for x in (lower.high, lower.value, lower.low)), abs=1e-9
    )
    assert (lower.n, lower.method, lower.confidence) == (9, "t", 0.95)


def test_perplexity_is_exp_and_bits_are_nats_by_ln_2() -> None:
    nll = Estimate(value=2.0, low=1.5, high=2.5, n=9, method="t")
    assert str(perplexity(nll)) == "7.389 [4.482, 12.18]"
    assert estimated(bits(nll)).value == pytest.approx(2 * np.log2(np.e))


def test_what_floating_point_cannot_hold_is_unscored() -> None:
    assert perplexity(Estimate(value=800.0, low=1.0, high=900.0, n=2, method="t")) == Unscored(
        reason="beyond floating point: made from 800 [1, 900]"
    )


def test_a_falling_map_swaps_the_ends() -> None:
    assert str(transform(Estimate(value=1.0, low=0.5, high=2.0, n=2, method="t"), lambda x: -x)) == "-1 [-2, -0.5]"
