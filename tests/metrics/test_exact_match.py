from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.metrics.exact_match import Contains, ExactMatch
from tunecheck.metrics.metric import Case

TEXTS = st.text(st.characters(), max_size=30)


@pytest.mark.parametrize(
    ("metric", "prediction", "references", "expected"),
    [
        (ExactMatch(), " Paris\n", ("Paris",), 1),
        (ExactMatch(), "paris", ("Paris",), 0),
        (ExactMatch(ignore_case=True), "STRASSE", ("straße",), 1),
        (ExactMatch(), "Paris.", ("Paris",), 0),
        (ExactMatch(ignore_punctuation=True), "«Paris»，", ("Paris",), 1),
        (ExactMatch(ignore_punctuation=True), "well-known", ("well known",), 1),
        (ExactMatch(), "b", ("a", "b"), 1),
        (ExactMatch(), "", ("",), 1),
        (Contains(), "in Paris, now", ("Paris",), 1),
        (Contains(), "in paris, now", ("Paris",), 0),
        (Contains(ignore_case=True), "in paris, now", ("Rome", "PARIS"), 1),
        (Contains(ignore_punctuation=True), "U.S. Army", ("U S, Army",), 1),
        (Contains(), "", ("Paris",), 0),
        (Contains(), "x", ("", "Paris"), 0),
    ],
)
def test_each_case_of_the_table(
    metric: ExactMatch | Contains, prediction: str, references: tuple[str, ...], expected: float
) -> None:
    assert metric.score(Case(prediction=prediction, references=references)) == {metric.measures[0]: float(expected)}


def test_the_empty_reference_is_contained_in_nothing() -> None:
    found = Contains().score(Case(prediction="anything", references=(" ", "")))
    assert found == {"contains": Unscored(reason="the reference is empty")}


def test_a_signature_names_both_options() -> None:
    assert ExactMatch(ignore_case=True).signature == "exact_match|case:ignored|punctuation:kept"
    assert Contains().signature == "contains|case:kept|punctuation:kept"


@given(TEXTS, TEXTS)
def test_an_exact_match_is_contained_and_looser_options_lose_none(prediction: str, reference: str) -> None:
    case = Case(prediction=prediction, references=(reference, prediction))
    assert ExactMatch().score(case) == {"exact_match": 1.0}
    one = Case(prediction=prediction, references=(reference,))
    strict = ExactMatch().score(one)["exact_match"]
    loose = ExactMatch(ignore_case=True, ignore_punctuation=True).score(one)["exact_match"]
    assert isinstance(strict, float)
    assert isinstance(loose, float)
    assert loose >= strict
    if strict and reference.strip():
        assert Contains().score(one) == {"contains": 1.0}
