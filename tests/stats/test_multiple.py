"""Holm's adjustment: a table worked by hand, false alarms, and what must hold for every family."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.stats.multiple import holm

families = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("raw", "adjusted"),
    [
        # 4 · .01, 3 · .02, 2 · .03 (tied with the one before), 1 · .04 (not below the one before)
        ((0.01, 0.02, 0.03, 0.04), (0.04, 0.06, 0.06, 0.06)),
        ((0.04, 0.01, 0.03, 0.005), (0.06, 0.03, 0.06, 0.02)),
        ((0.5, 0.001, 0.6), (1.0, 0.003, 1.0)),
        ((0.02, 0.02), (0.04, 0.04)),
        ((0.0, 1.0), (0.0, 1.0)),
        ((), ()),
    ],
)
def test_it_is_the_table_worked_by_hand(raw: tuple[float, ...], adjusted: tuple[float, ...]) -> None:
    assert holm(raw) == pytest.approx(adjusted)


@given(st.floats(0, 1))
def test_a_single_test_keeps_its_p(p: float) -> None:
    assert holm([p]) == (p,)


@given(families)
def test_adjusted_values_keep_the_order_and_lie_between_the_raw_and_bonferronis(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    assert [adjusted[i] for i in order] == sorted(adjusted)
    assert all(p <= q <= min(1.0, len(p_values) * p) for p, q in zip(p_values, adjusted, strict=True))


@given(families)
def test_the_order_of_the_tests_changes_nothing(p_values: list[float]) -> None:
    assert holm(p_values[::-1])[::-1] == holm(p_values)


@given(families, st.sampled_from([0.01, 0.05, 0.2]))
def test_it_rejects_what_the_step_down_procedure_rejects(p_values: list[float], level: float) -> None:
    rejected, m = set(), len(p_values)
    for rank, place in enumerate(sorted(range(m), key=p_values.__getitem__)):
        if (m - rank) * p_values[place] > level:
            break
        rejected.add(place)
    assert {place for place, q in enumerate(holm(p_values)) if q <= level} == rejected


def test_a_family_without_an_effect_raises_a_false_alarm_once_in_twenty() -> None:
    families = np.random.default_rng(0).random((4000, 6)).tolist()
    alarms = sum(min(holm(family)) <= 0.05 for family in families) / len(families)
    assert alarms == pytest.approx(1 - (1 - 0.05 / 6) ** 6, abs=0.01)


@pytest.mark.parametrize(("bad", "shown"), [(math.nan, "nan"), (-0.1, "-0.1"), (1.5, "1.5"), (None, "None")])
def test_what_is_no_p_value_is_named(bad: float, shown: str) -> None:
    with pytest.raises(ValueError) as found:
        holm([0.5, bad])
    assert str(found.value) == f"p value 2 of 2 is {shown}, not a number from 0 to 1"
