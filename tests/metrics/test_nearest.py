"""The nearest text: against cosines and sets counted one pair at a time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.metrics import tokenise, words
from tunecheck.metrics.nearest import nearest_by_shingles, nearest_by_words

TEXTS = st.lists(st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl"]), max_size=8).map(" ".join), max_size=8)


def cosine(one: str, other: str, all_texts: Sequence[str]) -> float:
    def weigh(text: str) -> dict[str, float]:
        counted = Counter(words(text))
        holding = {word: sum(word in words(text) for text in all_texts) for word in counted}
        return {word: (1 + math.log(f)) * math.log(len(all_texts) / holding[word]) for word, f in counted.items()}

    left, right = weigh(one), weigh(other)
    lengths = [math.sqrt(sum(x * x for x in side.values())) for side in (left, right)]
    dot = sum(x * right.get(word, 0.0) for word, x in left.items())
    return dot / (lengths[0] * lengths[1]) if all(lengths) else 0.0


@given(texts=TEXTS, among=TEXTS)
@settings(max_examples=60, deadline=None)
def test_the_cosine_is_that_of_each_pair(texts: list[str], among: list[str]) -> None:
    found = nearest_by_words(texts, among)
    assert len(found) == len(texts)
    for text, place, value in zip(texts, found.place.tolist(), found.similarity.tolist(), strict=True):
        cosines = [cosine(text, other, [*texts, *among]) for other in among]
        assert value == pytest.approx(max(cosines, default=0.0), abs=1e-9)
        assert 0 <= value <= 1
        assert (place == -1) == (value == 0)
        assert place == -1 or cosines[place] == pytest.approx(value, abs=1e-9)


def test_the_cosine_is_that_of_scikit_learn_where_its_weights_are_the_same() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text", reason="scikit-learn is not installed")
    dice = np.random.default_rng(0)
    corpus = [" ".join(dice.choice([f"w{k}" for k in range(60)], 12)) for _ in range(40)]
    # scikit-learn adds one to every idf, so its vectors are made from counts here, and only its products are used.
    counts = text.CountVectorizer().fit_transform(corpus).toarray().astype(float)
    tf = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0)
    vectors = tf * np.log(40 / (counts > 0).sum(axis=0))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = (vectors[:10] @ vectors[10:].T).max(axis=1)
    assert nearest_by_words(corpus[:10], corpus[10:]).similarity == pytest.approx(expected)


def test_more_texts_than_a_block_are_all_compared() -> None:
    texts = [f"word{k} other{k % 7}" for k in range(600)]
    found = nearest_by_words(texts, texts[::-1])
    assert found.place.tolist() == list(range(599, -1, -1))
    assert found.similarity == pytest.approx(np.ones(600))


def test_words_that_all_texts_have_are_no_likeness() -> None:
    found = nearest_by_words(["please tell me", "please tell me"], ["please tell me"])
    assert (found.place.tolist(), found.similarity.tolist()) == ([-1, -1], [0.0, 0.0])


def test_nothing_is_near_where_there_is_nothing() -> None:
    assert nearest_by_words([], ["a"]).place.tolist() == []
    assert nearest_by_words(["a", ""], []).place.tolist() == [-1, -1]
    assert nearest_by_shingles([], ["a"]).place.tolist() == []
    assert nearest_by_shingles(["a", ""], []).place.tolist() == [-1, -1]


def test_tokens_do_as_well_as_texts() -> None:
    texts, among = ["a red fox", "blue sea"], ["one red fox", "the sea", "a pan"]
    assert (
        nearest_by_words(tokenise(texts), tokenise(among)).place.tolist()
        == nearest_by_words(texts, among).place.tolist()
    )


def test_shingles_tell_a_copy_from_text_about_the_same() -> None:
    dice = np.random.default_rng(1)
    vocabulary = [f"w{k}" for k in range(50)]
    among = [" ".join(dice.choice(vocabulary, 30)) for _ in range(30)]
    shuffled = [" ".join(dice.permutation(among[k].split())) for k in range(5)]
    found = nearest_by_shingles([*among[:5], *shuffled], among)
    assert found.place[:5].tolist() == [0, 1, 2, 3, 4]
    assert found.similarity[:5].tolist() == [1.0] * 5
    assert found.similarity[5:].max() < 0.3
    assert nearest_by_words(shuffled, among).similarity == pytest.approx(np.ones(5))


@given(texts=TEXTS, among=TEXTS)
@settings(max_examples=30, deadline=None)
def test_shingles_give_a_place_exactly_where_there_is_likeness(texts: list[str], among: list[str]) -> None:
    found = nearest_by_shingles(texts, among)
    assert ((found.place == -1) == (found.similarity == 0)).all()
    assert ((found.similarity >= 0) & (found.similarity <= 1)).all()
    assert (found.place < len(among)).all()
