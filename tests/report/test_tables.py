"""Key numbers as tables: names for people, sides beside each other, digits that the interval supports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report import example
from tunecheck.core import CheckResult, Estimate
from tunecheck.report.digits import number, value_and_interval
from tunecheck.report.tables import MOST_ROWS, interval_notes, key_numbers


def test_base_stands_beside_tuned_and_the_pairs_in_a_table_of_their_own() -> None:
    sides, paired = key_numbers(example.perplexity_check())
    assert sides.heads == ("Base", "Tuned")
    assert [row.label for row in sides.rows][:2] == ["Negative log-likelihood", "Perplexity"]
    assert [str(cell) for cell in sides.rows[1].cells] == ["8.35 [8.12, 8.58] n 500", "5.54 [5.39, 5.69] n 500"]
    assert paired.caption == "Tuned against base, paired by item"


def test_one_model_alone_has_one_column() -> None:
    (tuned,) = key_numbers(example.perplexity_check(base=False))
    assert tuned.heads == ("Tuned",)


def test_a_measure_that_one_side_lacks_leaves_its_cell_empty() -> None:
    check = CheckResult(check="x", status="pass", summary="", measures={"base": {"a": 1}, "tuned": {"a": 2, "b": 3}})
    (table,) = key_numbers(check)
    assert [tuple(str(cell) if cell else None for cell in row.cells) for row in table.rows] == [("1", "2"), (None, "3")]


def test_nested_groups_keep_their_path_in_the_name() -> None:
    check = CheckResult(check="x", status="pass", summary="", measures={"axes": {"fluency": {"tuned": 4.25}}})
    (table,) = key_numbers(check)
    assert (table.caption, table.rows[0].label) == ("axes", "fluency · Tuned")


def test_a_hundred_measures_are_cut_and_counted() -> None:
    check = CheckResult(check="x", status="pass", summary="", measures={f"m{place}": place for place in range(100)})
    (table,) = key_numbers(check)
    assert (len(table.rows), table.n_left_out) == (MOST_ROWS, 100 - MOST_ROWS)


def test_the_notes_name_the_measures_of_the_rarer_methods() -> None:
    assert interval_notes(example.perplexity_check()) == (
        "All intervals: 95% confidence, paired bootstrap over items, 10,000 draws.",
    )
    assert interval_notes(example.overfitting_check())[0] == (
        "Gap between the two: 95% confidence, bootstrap over items of both parts."
    )
    assert interval_notes(replace(example.curve_check())) == ()


@pytest.mark.parametrize(
    ("estimate", "says"),
    [
        ((0.0, -0.004, 0.004), ("0.0000", "[−0.0040, 0.0040]")),
        ((-1.5, -2.0, -1.0), ("−1.5", "[−2.0, −1.0]")),
        ((3.0, 3.0, 3.0), ("3", "[3, 3]")),
        ((12345.6, 11000.0, 14000.0), ("12,346", "[11,000, 14,000]")),
        ((1e-7, 0.0, 2e-7), ("1e−07", "[0, 2e−07]")),
    ],
)
def test_an_interval_sets_the_digits(estimate: tuple[float, float, float], says: tuple[str, str]) -> None:
    value, low, high = estimate
    assert value_and_interval(Estimate(value=value, low=low, high=high, n=9, method="none")) == says


@pytest.mark.parametrize(
    ("value", "says"),
    [(True, "1"), (0, "0"), (-0.0, "0"), (1234567, "1,234,567"), (0.5, "0.5"), (1e20, "1e+20"), (float("inf"), "∞")],
)
def test_numbers_read_well(value: float, says: str) -> None:
    assert number(int(value) if isinstance(value, bool) else value) == says
