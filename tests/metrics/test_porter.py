"""Porter's stemmer against NLTK's, which rouge_score runs."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer

from tunecheck.metrics.porter import stem

STEMS = (
    "a be by cal car co dis die eng err fa fall feel fiz fli form gen geo goo ha happ hop hous lo log my nat oper opt "
    "pla pre rate rel roll sens sky ski slay sy syzyg tan tri try us veri view y yell za 3 4th x2"
)
ENDINGS = (
    "s es ies ied ed eed ing y ly al ally ational tional ator ation izer ization ize ity iti ities ive ively iveness "
    "ful fully fulli fulness ous ously ousness ness able ably bly ible ibility ance ancy anci ence ency enci ant ent "
    "ently ement ment er or ic ical icate iciti ion sion tion ism alism ate ated ative logy logi logies ou ll e"
)
IRREGULAR = (
    "sky skies dying lying tying news innings inning outings outing cannings canning howe proceed exceed succeed"
)
DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture(scope="module")
def nltk_stem() -> PorterStemmer:
    return PorterStemmer()


def test_words_with_every_two_endings_are_stemmed_as_nltk_does(nltk_stem: PorterStemmer) -> None:
    forms = [
        first + "".join(two)
        for first in STEMS.split()
        for two in product(["", *ENDINGS.split()], ["", "s", "ed", "ing", "ly", "y"])
    ]
    assert len(forms) > 15_000
    assert {form: stem(form) for form in forms} == {form: nltk_stem.stem(form) for form in forms}


def test_irregular_words_and_their_forms_are_stemmed_as_nltk_does(nltk_stem: PorterStemmer) -> None:
    forms = [word + ending for word in IRREGULAR.split() for ending in ["", "s", "ed", "ing"]]
    assert [stem(form) for form in forms] == [nltk_stem.stem(form) for form in forms]


def test_the_words_of_the_documentation_are_stemmed_as_nltk_does(nltk_stem: PorterStemmer) -> None:
    words = {word for page in DOCS.rglob("*.md") for word in re.findall("[a-z0-9]+", page.read_text("utf-8").lower())}
    assert len(words) > 1_000
    assert {word: stem(word) for word in words} == {word: nltk_stem.stem(word) for word in words}


@given(st.text("aeioybclstzwx1", max_size=8), st.sampled_from(ENDINGS.split()), st.sampled_from(["", *ENDINGS.split()]))
@settings(max_examples=300, deadline=None)
def test_no_string_is_stemmed_in_another_way(begin: str, middle: str, end: str) -> None:
    assert stem(begin + middle + end) == PorterStemmer().stem(begin + middle + end)


def test_a_word_of_a_million_letters_has_a_stem() -> None:
    assert stem("y" * 1_000_000 + "ing").startswith("yyyy")
