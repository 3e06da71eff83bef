"""Which words the other answer lacks: symmetric, bounded, and nothing of the text lost."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from tests.web.dom_rules import beyond, text_of
from tests.web.hostile_texts import HOSTILE
from tests.web.page_rules import pages_rules
from tunecheck.metrics.lcs import lcs_length
from tunecheck.report.text import visible
from tunecheck.web.word_differences import MOST_WORDS, word_differences

_RULES = pages_rules()
_TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d", ",", ".", "é", "雨", "\n"]), max_size=14).map(" ".join)


def marks(html: str) -> list[str]:
    return [Markup(one).unescape() for one in re.findall("<mark>(.*?)</mark>", html, re.S)]


@pytest.mark.parametrize(
    ("one", "other", "lacking"),
    [
        ("the cat sat", "the cat sat", ([], [])),
        ("the cat sat", "the dog sat", (["cat"], ["dog"])),
        ("it rains", "it rains often here", ([], ["often here"])),
        ("it rains.", "it rains", (["."], [])),
        ("a b", "a\n\nb", ([], [])),
        ("one\ntwo", "three", (["one", "two"], ["three"])),
        ("雨が降る", "雪が降る", (["雨"], ["雪"])),
        ("", "all new", ([], ["all new"])),
        ("", "", ([], [])),
        ("x < y & z", "x > y & z", (["<"], [">"])),
    ],
)
def test_each_side_marks_what_the_other_lacks(one: str, other: str, lacking: tuple[list[str], list[str]]) -> None:
    assert tuple(marks(html) for html in word_differences(one, other)) == lacking


@given(_TEXTS, _TEXTS)
@settings(max_examples=300, deadline=None)
def test_marks_are_the_same_whichever_text_comes_first_and_as_few_as_can_be(one: str, other: str) -> None:
    left, right = word_differences(one, other)
    assert word_differences(other, one) == (right, left)
    assert (text_of(left), text_of(right)) == (one, other)
    n_common = lcs_length(one.split(), other.split())
    for html, text in ((left, one), (right, other)):
        assert len(" ".join(marks(html)).split()) == len(text.split()) - (n_common or 0)


@pytest.mark.parametrize("text", [text for _, text in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_hostile_texts_are_marked_and_nothing_else(text: str) -> None:
    for pages in (word_differences(text, "some words"), word_differences(text, text[::2])):
        for page in pages:
            page.encode("utf-8")
            assert beyond(page, _RULES) == []
            assert visible(text_of(page)) == text_of(page)


def test_texts_of_too_many_words_are_shown_unmarked_and_say_so() -> None:
    long = "a " * (MOST_WORDS + 1)
    for pages in (word_differences(long, "a"), word_differences("a", long)):
        assert all("too long to be compared" in page for page in pages)
        assert not any("<mark>" in page for page in pages)


@pytest.mark.parametrize("words", ["a ", "a b ", "ab c d e f g h "])
def test_texts_made_to_be_slow_are_not(words: str) -> None:
    one = (words * MOST_WORDS)[: MOST_WORDS * 2 - 2]
    start = time.perf_counter()
    word_differences(one, one[::-1] + "z")
    assert time.perf_counter() - start < 2
