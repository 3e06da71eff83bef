"""Diversity: tables made elsewhere, and what must hold for any set of texts."""

from __future__ import annotations

import gzip
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.metrics.diversity import (
    compression_ratio,
    cut_alike,
    ead,
    entropy_terms,
    looping,
    opening_alike,
    self_repetition,
    tf_idf,
)

TEXTS = st.lists(st.lists(st.sampled_from("abcdef"), max_size=9), min_size=1, max_size=9)
FABLE = [
    "the cat sat on the mat",
    "the cat ate the fish on the mat",
    "a dog ran in the park",
    "birds sing songs in the early morning",
    "the cat sat on the mat",
]


def vendi(texts: list[list[str]]) -> float:
    return math.exp(entropy_terms(tf_idf(texts, among=texts)).mean())


def test_the_vendi_score_is_that_of_its_authors() -> None:
    # vendi-score 0.0.3, score_dual of the rows of scikit-learn 1.9.1, TfidfVectorizer.
    assert vendi([text.split() for text in FABLE]) == pytest.approx(3.236726474534, rel=1e-9)


def test_tf_idf_is_that_of_scikit_learn() -> None:
    # scikit-learn 1.9.1, TfidfVectorizer: products of the first row with all.
    rows = tf_idf([text.split() for text in FABLE], among=[text.split() for text in FABLE])
    np.testing.assert_allclose(
        (rows @ rows.T).toarray()[0], [1.0, 0.684422396735, 0.120641357656, 0.109901120902, 1.0], rtol=1e-9
    )


@pytest.mark.parametrize(
    ("texts", "vocabulary", "expected"),
    [
        # 3 distinct of 4 draws: 3 / (10 (1 - 0.9^4)).
        ([["a", "b"], ["a", "c"]], 10, 3 / 3.439),
        # All of a vocabulary of 2 in 2 draws: 2 / (2 (1 - 0.5^2)).
        ([["a", "b"]], 2, 4 / 3),
        ([["a"] * 50], 1, 1.0),
        ([[]], 10, 0.0),
    ],
)
def test_ead_is_the_formula_by_hand(texts: list[list[str]], vocabulary: int, expected: float) -> None:
    assert ead(texts, vocabulary=vocabulary) == pytest.approx(expected)


def test_ead_of_uniform_draws_is_one_at_any_length_where_distinct_1_falls() -> None:
    dice = random.Random(1)
    vocabulary = [str(k) for k in range(500)]
    for size in (200, 2_000, 20_000):
        texts = [dice.choices(vocabulary, k=100) for _ in range(size // 100)]
        assert ead(texts, vocabulary=500) == pytest.approx(1.0, abs=0.05)


def test_ead_keeps_its_digits_with_a_large_vocabulary() -> None:
    # Two draws without repetition: 2 / (V (1 - (1 - 1/V)^2)) = 2 / (2 - 1/V).
    assert ead([["a", "b"]], vocabulary=10**9) == pytest.approx(2 / (2 - 1e-9), rel=1e-12)


def test_compression_is_near_that_of_gzip() -> None:
    text = " ".join(random.Random(2).choices(FABLE, k=400)).encode()
    # gzip adds a header of 12 bytes to the same stream.
    assert len(text) / compression_ratio(text) + 12 == pytest.approx(len(gzip.compress(text, 6)), abs=1)
    assert compression_ratio(b"") == 1.0


def test_repetition_by_hand() -> None:
    texts = [text.split() for text in FABLE]
    # Texts 1, 5: "the cat sat on", ...; text 2 shares only "on the mat" with them, three words.
    assert self_repetition(texts) == pytest.approx(2 / 5)
    assert self_repetition(texts, width=3) == pytest.approx(3 / 5)
    assert opening_alike(texts) == pytest.approx(2 / 5)
    assert opening_alike(texts, width=2) == pytest.approx(3 / 5)
    # Seven runs of four words, of which four are distinct.
    assert looping(list("abcdabcdab")) == pytest.approx(3 / 7)
    assert (looping(["a"] * 3), looping([])) == (0.0, 0.0)


@given(st.lists(st.sampled_from("abcdef"), min_size=4, max_size=9), st.integers(2, 9))
@settings(max_examples=40, deadline=None)
def test_equal_texts_are_the_least_diverse(text: list[str], n: int) -> None:
    texts = [text] * n
    assert vendi(texts) == pytest.approx(1.0)
    assert (self_repetition(texts), opening_alike(texts)) == (1.0, 1.0)


@given(st.integers(1, 20))
@settings(max_examples=20, deadline=None)
def test_texts_without_a_word_in_common_are_as_many_kinds(n: int) -> None:
    texts = [[f"{k} {place}" for place in range(6)] for k in range(n)]
    assert vendi(texts) == pytest.approx(n)
    assert (self_repetition(texts), opening_alike(texts)) == (0.0, 0.0)


@given(TEXTS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_texts_does_not_matter(texts: list[list[str]], dice: random.Random) -> None:
    shuffled = dice.sample(texts, len(texts))
    assert vendi(shuffled) == pytest.approx(vendi(texts))
    for statistic in (self_repetition, opening_alike, lambda some: ead(some, vocabulary=6)):
        assert statistic(shuffled) == pytest.approx(statistic(texts))


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_every_statistic_stays_in_its_range(texts: list[list[str]]) -> None:
    assert 1 - 1e-9 <= vendi(texts) <= len(texts) + 1e-9
    assert 0 <= self_repetition(texts) <= 1
    assert 0 <= opening_alike(texts) <= 1
    assert all(0 <= looping(text) < 1 for text in texts)
    assert ead(texts, vocabulary=100) >= 0


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_the_vendi_score_is_the_entropy_of_the_eigenvalues_of_either_product(texts: list[list[str]]) -> None:
    rows = tf_idf(texts, among=texts).toarray()
    values = np.linalg.eigvalsh(rows.T @ rows / len(texts))
    values = values[values > 1e-12]
    assert vendi(texts) == pytest.approx(float(np.exp(-np.sum(values * np.log(values)))), rel=1e-6)


@given(TEXTS, TEXTS)
@settings(max_examples=60, deadline=None)
def test_cut_texts_are_beginnings_of_equal_length(left: list[list[str]], right: list[list[str]]) -> None:
    n = min(len(left), len(right))
    one, other = cut_alike(left[:n], right[:n], least=3)
    for a, b, cut_a, cut_b in zip(left, right, one, other, strict=False):
        assert (cut_a, cut_b) == (a[: len(cut_a)], b[: len(cut_b)])
        assert len(cut_a) == len(cut_b) or min(len(cut_a), len(cut_b)) < 3


def test_an_entropy_term_is_the_influence_of_its_text() -> None:
    dice = random.Random(4)
    texts = [dice.choices("abcdefghij", k=4) for _ in range(200)]
    rows = tf_idf(texts, among=texts)
    terms = entropy_terms(rows)
    for place in (0, 77, 199):
        others = np.delete(np.arange(200), place)
        apart = entropy_terms(rows).mean() - entropy_terms(rows[others]).mean()
        assert apart == pytest.approx((terms[place] - terms.mean()) / 199, abs=2e-4)
