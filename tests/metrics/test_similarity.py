"""Similarity of texts: exact against a plain count of shingles, on any texts and any threshold."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.metrics import contained_pairs, shingle, similar_pairs, without_boilerplate, words

TEXTS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=30).map(" ".join), max_size=12)
THRESHOLDS = st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.85, 1.0])


def plain(text: str, width: int, *, short: bool) -> set[tuple[str, ...]]:
    """Shingles of a text, written down as they are defined."""
    units = words(text)
    if short and len(units) < 10:
        units, width = list(" ".join(units)), 5
    width = min(width, len(units))
    return {tuple(units[at : at + width]) for at in range(len(units) - width + 1)} if units else set()


@given(TEXTS, TEXTS, THRESHOLDS)
@settings(max_examples=150, deadline=None)
def test_every_similar_pair_is_found_and_no_other(left: list[str], right: list[str], threshold: float) -> None:
    sets = [[plain(text, 3, short=True) for text in side] for side in (left, right)]
    expected = {
        (i, j): len(a & b) / len(a | b)
        for i, a in enumerate(sets[0])
        for j, b in enumerate(sets[1])
        if a & b and len(a & b) / len(a | b) >= threshold - 1e-12
    }
    found = similar_pairs(shingle(left), shingle(right), threshold=threshold)
    assert {(i, j): value for i, j, value in found} == pytest.approx(expected)
    within = similar_pairs(shingle(left), threshold=threshold)
    both = similar_pairs(shingle(left), shingle(left), threshold=threshold)
    assert [pair[:2] for pair in within] == [(i, j) for i, j, _ in both if i < j]


@given(TEXTS, TEXTS, THRESHOLDS)
@settings(max_examples=150, deadline=None)
def test_every_contained_text_is_found_and_no_other(wholes: list[str], parts: list[str], threshold: float) -> None:
    sets = [[plain(text, 2, short=False) for text in side] for side in (wholes, parts)]
    expected = {
        (i, j): len(a & b) / len(b)
        for i, a in enumerate(sets[0])
        for j, b in enumerate(sets[1])
        if a & b and len(a & b) / len(b) >= threshold - 1e-12
    }
    found = contained_pairs(shingle(wholes, 2, short=False), shingle(parts, 2, short=False), threshold=threshold)
    assert {(i, j): value for i, j, value in found} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello, WORLD!", "hello world"),
        ("ｆｕｌｌ width", "full width"),
        ("straße", "STRASSE"),
        ("first\r\n\r\n  second", "first second"),
        ("snake_case", "snake case"),
    ],
)
def test_case_width_punctuation_and_layout_are_no_difference(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize("text", ["今天天气很好我们去公园", "これはテストです今日は", "ภาษาไทยไม่มีช่องว่าง"])
def test_scripts_without_spaces_have_words(text: str) -> None:
    assert len(words(text)) > 8
    near = [text * 3, text * 3 + text[:2], text[::-1] * 3]
    assert [pair[:2] for pair in similar_pairs(shingle(near))] == [(0, 1)]


@pytest.mark.parametrize("texts", [[], [""], ["", "..."], ["a"], ["a", "a"], ["ab", ""]])
def test_texts_with_next_to_nothing_in_them(texts: list[str]) -> None:
    found = [pair[:2] for pair in similar_pairs(shingle(texts))]
    assert found == ([(0, 1)] if texts == ["a", "a"] else [])
    assert len(contained_pairs(shingle(texts), shingle([]))) == 0


def test_the_words_of_a_template_are_no_likeness() -> None:
    rng = random.Random(0)
    template = " ".join(f"t{n}" for n in range(80)) + " "
    rows = [template + " ".join(f"w{rng.randrange(5000)}" for _ in range(8)) for _ in range(300)]
    shingles = shingle([*rows, rows[7] + " indeed"])
    assert len(similar_pairs(shingles)) > 10_000
    varying, _ = without_boilerplate(shingles, shingles)
    assert [pair[:2] for pair in similar_pairs(varying)] == [(7, 300)]


def test_a_text_that_is_all_template_is_similar_to_nothing_more() -> None:
    shingles = shingle(["one and the same text in every row of the file it seems"] * 300)
    left, right = without_boilerplate(shingles, shingles)
    assert not left.sizes.any()
    assert len(similar_pairs(left, right)) == 0


def test_the_chunks_of_a_long_list_meet_without_a_seam() -> None:
    texts = [f"{n} {n + 1} {n + 2} {n * 7} {n * 3} some words that stand in all rows" for n in range(20_000)]
    shingles = shingle([*texts, texts[3], texts[19_999]])
    assert [pair[:2] for pair in similar_pairs(shingles, threshold=0.99)] == [(3, 20_000), (19_999, 20_001)]
    assert bool(np.all(shingles.sizes >= 10))
