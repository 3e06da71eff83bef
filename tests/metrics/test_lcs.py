"""Longest common subsequences against the plain table, and their union against rouge_score's own."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from tunecheck.metrics import lcs
from tunecheck.metrics.common_words import common_words
from tunecheck.metrics.lcs import lcs_length, places, union_lcs

WORDS = st.lists(st.sampled_from("abcd"), max_size=25)
SENTENCES = st.lists(WORDS, max_size=5)


def table_length(left: list[str], right: list[str]) -> int:
    """The length by the table of prefixes."""
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


def plain_union(reference: list[list[str]], candidate: list[list[str]]) -> list[str]:
    return sorted(word for sentence in reference for word in rouge_scorer._union_lcs(sentence, candidate))


@given(WORDS, WORDS)
@settings(max_examples=200, deadline=None)
def test_the_length_is_that_of_the_table(left: list[str], right: list[str]) -> None:
    assert lcs_length(left, right) == lcs_length(right, left) == table_length(left, right)


@pytest.mark.parametrize("block", [1, 2, 7, 30])
def test_blocks_change_no_length(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lcs, "_BLOCK", block)
    dice = random.Random(block)
    for _ in range(150):
        left, right = (dice.choices("abcdefgh"[: dice.randint(1, 8)], k=dice.randrange(40)) for _ in range(2))
        assert lcs_length(left, right) == table_length(left, right)
        assert places(left) == {word: sum(1 << at for at, one in enumerate(left) if one == word) for word in left}


def test_two_texts_of_twenty_thousand_words_are_counted_in_blocks() -> None:
    left = [f"w{n % 7001}" for n in range(20_000)]
    assert lcs_length(left, left) == 20_000
    assert lcs_length([*left, "x"], ["y", *left]) == 20_000


def test_a_table_that_is_too_large_has_no_length() -> None:
    left, right = ["a", "b"] * 10, ["b", "a"] * 10
    assert lcs_length(left, right, max_cells=399) is None
    assert lcs_length(left, right, max_cells=400) == 19
    assert union_lcs([left], [right], max_cells=419) is None
    assert union_lcs([left], [right], max_cells=420) is not None


def test_words_that_only_one_text_has_make_no_table_too_large() -> None:
    assert lcs_length(["x"] * 50 + ["a"], ["y"] * 50 + ["a"], max_cells=10) == 1
    assert union_lcs([["x", "a"]], [["y"] * 50 + ["a"]], max_cells=10) == ["a"]


def test_the_union_takes_the_words_that_rouge_score_takes() -> None:
    dice = random.Random(5)
    for _ in range(3_000):
        letters = "abcdef"[: dice.randint(1, 6)]
        sizes = [[dice.randrange(9) for _ in range(dice.randrange(1, 4))] for _ in range(2)]
        reference, candidate = ([dice.choices(letters, k=size) for size in some] for some in sizes)
        found = union_lcs(reference, candidate)
        assert found is not None
        assert sorted(found) == plain_union(reference, candidate), (reference, candidate)


def test_of_equally_long_subsequences_it_takes_the_one_of_rouge_score() -> None:
    # A word behind the match that the reference has not moves the match to the first d.
    assert union_lcs([["d", "d"]], [["d"], ["d", "c"]]) == ["d", "d"]


@given(SENTENCES, SENTENCES)
@settings(max_examples=80, deadline=None)
def test_the_union_is_that_of_rouge_score_for_any_sentences(
    reference: list[list[str]], candidate: list[list[str]]
) -> None:
    assert sorted(union_lcs(reference, candidate) or []) == plain_union(reference, candidate)


@given(WORDS, WORDS)
@settings(max_examples=200, deadline=None)
def test_common_words_are_as_many_as_can_be_and_the_same_from_both_sides(left: list[str], right: list[str]) -> None:
    mine, theirs = common_words(left, right)
    assert common_words(right, left) == (theirs, mine)
    assert [left[at] for at in sorted(mine)] == [right[at] for at in sorted(theirs)]
    assert len(mine) == table_length(left, right)
