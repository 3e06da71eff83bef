from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case
from tunecheck.metrics.number import Number, answer_number


def score(prediction: str, *references: str, tolerance: float | None = None) -> object:
    return Number(tolerance=tolerance).score(Case(prediction=prediction, references=references))["number"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18 - 3 = 15", "15"),
        ("5-3", "3"),
        ("(-5)", "-5"),
        ("x = −7", "-7"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("It costs $ 1,234.50.", "1234.50"),
        ("1,2,3", "3"),
        ("1,234,567", "1234567"),
        ("12,34,567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("1.234,5", "1234.5"),
        ("1'000", "1000"),
        ("1\u202f234\u202f567", "1234567"),
        ("3,14", "3.14"),
        ("0,125", "0.125"),
        ("1,234", "1234"),
        ("1.234", "1.234"),
        (".5", "0.5"),
        ("3.", "3"),
        ("3/4", "0.75"),
        ("-3/4", "-0.75"),
        ("2 1/2", "2.5"),
        ("2½", "2.5"),
        (r"\frac{3}{4}", "0.75"),
        (r"\$1{,}234", "1234"),
        ("1.5e3", "1500"),
        ("1.5 × 10⁻³", "0.0015"),
        (r"6.02 \times 10^{23}", "6.02e23"),
        ("۱٬۲۳۴٫۵", "1234.5"),
        ("١٢٣", "123"),
        ("答案是５", "5"),
        ("It weighs 5kg", "5"),
        ("#### 72\nor 73", "72"),
        (r"\boxed{41} and then \boxed{\text{so }42} or 43", "42"),
        (r"\boxed{42", "42"),
        ("The answer is 5 apples in 2 days.", "5"),
        ("Answer: 5, since 2 + 3", "5"),
        ("answer is unknown: 3 or 4? Final answer: 8 (see 9)", "8"),
    ],
)
def test_a_number_is_read_however_it_is_written(text: str, value: str) -> None:
    found = answer_number(text)
    assert found is not None
    assert found.value == Decimal(value)


@pytest.mark.parametrize("text", ["", "no number", "H2O", "IV", "1/0", "😀", "x_1"])
def test_where_there_is_no_number_there_is_none(text: str) -> None:
    assert answer_number(text) is None


@pytest.mark.parametrize(
    ("prediction", "reference", "expected"),
    [
        ("42", "42.0", 1),
        ("1000001", "1000000", 0),
        ("0.3333333", "1/3", 1),
        ("0.333", "1/3", 0),
        ("50%", "0.5", 1),
        ("50", "50%", 1),
        ("0.5", "50%", 1),
        ("0.5%", "50%", 0),
        ("0", "-0.0", 1),
        ("1e999999", "1e999998", 0),
        ("9" * 5000, "9" * 4999 + "8", 0),
        ("-" + "9" * 5000, "-" + "9" * 5000, 1),
        ("I do not know", "7", 0),
    ],
)
def test_predictions_scored_by_hand(prediction: str, reference: str, expected: float) -> None:
    assert score(prediction, reference) == expected


def test_a_tolerance_holds_for_whole_numbers_too() -> None:
    assert score("101", "100") == 0
    assert score("101", "100", tolerance=0.01) == 1
    assert score("102", "100", tolerance=0.01) == 0
    with pytest.raises(InputError, match=r"the tolerance 2 is not between 0 and 1"):
        Number(tolerance=2)


def test_any_reference_may_be_met_and_none_without_a_number() -> None:
    assert score("5", "none", "4", "5") == 1
    assert score("5", "none") == Unscored(reason="the reference has no number")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=3))
def test_a_number_is_itself_in_every_spelling(number: Decimal) -> None:
    plain, grouped = f"{number:f}", f"{number:,f}"
    for spelling in (
        plain,
        grouped,
        f"So it is {plain}.",
        f"$ {plain} in all",
        plain.replace("-", "−"),
        f"#### {plain}",
    ):
        assert score(spelling, plain) == 1
    persian = plain.translate(str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫"))
    assert score(persian, plain) == 1
    assert score(f"{number + 1:f}", plain, tolerance=0) == 0


@given(st.text(st.characters()), st.text(st.sampled_from("0123456789.,/'-+%$ eE×^{}\\٣½"), max_size=40))
def test_any_text_is_answered(one: str, other: str) -> None:
    for text in (one, other):
        answer_number(text)
        assert isinstance(score(text, other), (float, Unscored))


@pytest.mark.parametrize(
    "text", ["1" * 1_000_000, "1," * 100_000, "1 1/" * 50_000, "$-" * 200_000, "\\boxed{" * 140_000, "½" * 30_000]
)
def test_long_hostile_texts_are_answered_in_seconds(text: str) -> None:
    begin = time.perf_counter()
    answer_number(text)
    assert time.perf_counter() - begin < 15
