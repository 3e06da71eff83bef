from __future__ import annotations

import random
import re
import string
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case
from tunecheck.metrics.squad import Squad, answer_tokens, token_f1

ASCII = st.text(st.characters(max_codepoint=127), max_size=60)
ANY = st.text(st.characters(), max_size=40)


def formula(prediction: str, reference: str) -> tuple[float, float]:
    """The published steps one by one: lower case, punctuation, articles, white space; then the overlap as counts."""

    def normal(text: str) -> str:
        kept = "".join(sign for sign in text.lower() if sign not in set(string.punctuation))
        return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())

    mine, theirs = normal(prediction).split(), normal(reference).split()
    exact = float(normal(prediction) == normal(reference))
    if not mine or not theirs:
        return float(mine == theirs), exact
    same = sum((Counter(mine) & Counter(theirs)).values())
    if same == 0:
        return 0.0, exact
    precision, recall = same / len(mine), same / len(theirs)
    return (2 * precision * recall) / (precision + recall), exact


def both(prediction: str, *references: str) -> tuple[object, object]:
    found = Squad().score(Case(prediction=prediction, references=references))
    return found["f1"], found["exact"]


@given(ASCII, ASCII)
def test_texts_in_ascii_score_by_the_published_formula(prediction: str, reference: str) -> None:
    assert both(prediction, reference) == formula(prediction, reference)


def test_answers_of_common_words_score_by_the_published_formula() -> None:
    dice = random.Random(5)
    vocabulary = ["the", "a", "an", "The", "cat.", "sat,", "on", "Mat!", "don't", "U.S.", "12,5", "$3", "(it)", "theme"]
    for _ in range(2000):
        prediction, reference = (" ".join(dice.choices(vocabulary, k=dice.randrange(9))) for _ in range(2))
        assert both(prediction, reference) == formula(prediction, reference)


@pytest.mark.parametrize(
    ("prediction", "references", "f1", "exact"),
    [
        ("The Eiffel Tower", ("Eiffel tower.",), 1, 1),
        ("Denver Broncos won", ("Denver Broncos", "The Broncos"), 0.8, 0),
        ("cat cat", ("cat",), 2 / 3, 0),
        ("the", ("a",), 1, 1),
        ("", ("cat",), 0, 0),
        ("", ("",), 1, 1),
        ("北京。", ("北京",), 1, 1),
        ("在北京", ("北京",), 0.8, 0),
        ("2008年", ("2008 年",), 1, 1),
        ("«Москва»", ("москва",), 1, 1),
        ("ที่นี่", ("ที่นี่!",), 1, 1),
        ("تهران؟", ("تهران",), 1, 1),
    ],
)
def test_answers_scored_by_hand(prediction: str, references: tuple[str, ...], f1: float, exact: float) -> None:
    assert both(prediction, *references) == (pytest.approx(f1), exact)


def test_letters_of_scripts_without_spaces_keep_their_marks() -> None:
    assert answer_tokens("ที่GPT-4は北") == ["ที่", "gpt4", "は", "北"]


def test_without_normalisation_words_are_compared_as_they_stand() -> None:
    found = Squad(normalise="none").score(Case(prediction="The cat", references=("the cat",)))
    assert found == {"f1": 0.5, "exact": 0.0}
    with pytest.raises(InputError, match="f1 has no normalisation 'x'"):
        Squad(normalise="x")  # type: ignore[arg-type]


@given(ANY, ANY)
def test_f1_is_symmetric_bounded_and_one_for_equal_texts(one: str, other: str) -> None:
    left, right = answer_tokens(one), answer_tokens(other)
    assert token_f1(left, right) == pytest.approx(token_f1(right, left))
    assert 0 <= token_f1(left, right) <= 1
    assert both(one, other, one) == (1.0, 1.0)


@pytest.mark.parametrize("text", ["a " * 500_000, "北" * 300_000, "\u0e31" * 300_000, "\u0300\u0316" * 150_000])
def test_long_hostile_texts_are_scored_in_seconds(text: str) -> None:
    begin = time.perf_counter()
    both(text, "a cat")
    assert time.perf_counter() - begin < 20
