"""Phrases at their edges."""

from __future__ import annotations

import pytest

from tunecheck.checks.phrases import count, listed, number, percent
from tunecheck.checks.statuses import worst
from tunecheck.core import Status


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0%"), (1.0, "100%"), (0.00049, "0.05%"), (0.0006, "0.1%"), (-0.181, "-18.1%"), (12345.6, "1,234,560%")],
)
def test_percents_never_round_to_nothing(share: float, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(("value", "said"), [(0.0, "0"), (999.4, "999"), (1e6, "1,000,000"), (1e16, "1e+16")])
def test_large_numbers_are_written_out(value: float, said: str) -> None:
    assert number(value) == said


def test_counts_and_lists_have_their_plurals() -> None:
    assert [count(n, "item") for n in (0, 1, 2000)] == ["0 items", "1 item", "2,000 items"]
    assert [listed(names) for names in ([], ["a"], ["a", "b"])] == ["", "a", "a and b"]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [(["pass"], "pass"), (["warn", "pass"], "warn"), (["warn", "unknown"], "unknown"), (["unknown", "fail"], "fail")],
)
def test_the_worst_status_is_the_one_that_could_be_worst(statuses: list[Status], expected: Status) -> None:
    assert worst(statuses) == expected
