"""The text classifier: against scikit-learn, on texts of known kinds, and what must not change it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import minimize

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.text_classifier import N_FOLDS, held_out_scores, ridge_logistic, text_auc, tf_idf, unit_folds

POSITIVE = [
    "the cat sat on the mat", "a dog ran in the park", "the dog sat in the sun", "my cat likes the mat and the sun",
    "a park has a tree", "cat and dog and cat",
]  # fmt: skip
NEGATIVE = [
    "stocks fell on the news", "the bank cut the rate", "a bank sold stocks in the market",
    "rate news moved the market", "the market and the bank", "news of a rate cut",
]  # fmt: skip
TEXTS = [text.split() for text in [*POSITIVE, *NEGATIVE]]
IS_POSITIVE = np.arange(12) < 6

# scikit-learn 1.9.1: TfidfVectorizer(sublinear_tf=True, min_df=2, token_pattern=r"\S+") and LogisticRegression(C=1.0,
# tol=1e-10). The first row of the features, the slope of each word, and the log odds of each text.
THEIR_FIRST_ROW = [0.407112, 0.414976, 0.469771, 0.469771, 0.469771]
THEIR_SLOPES = {
    "a": 0.15788, "and": 0.16824, "bank": -0.52268, "cat": 0.51899, "cut": -0.38212, "dog": 0.44662, "in": 0.15372,
    "market": -0.52779, "mat": 0.34017, "news": -0.53449, "on": -0.04368, "park": 0.42234, "rate": -0.50399,
    "sat": 0.34402, "stocks": -0.40267, "sun": 0.3372, "the": -0.11526,
}  # fmt: skip
THEIR_ODDS = [
    0.53511, 0.6142, 0.60114, 0.63624, 0.44469, 0.6863, -0.49464, -0.69745, -0.48288, -0.82836, -0.43423, -0.59177
]  # fmt: skip
WITH_LITTLE_WORK = 2e-3

Texts = list[list[str]]


def made_texts(rng: np.random.Generator, n: int, own: float = 0.0, topic: str = "") -> Texts:
    """Texts of thirty words by Zipf's law; a share ``own`` of them are words of one topic."""
    chance = 1 / np.arange(3, 2003)
    words = rng.choice(2000, (n, 30), p=chance / chance.sum())
    topical = rng.random(words.shape) < own
    return [
        [f"{topic}{w % 50}" if t else f"w{w}" for w, t in zip(*row, strict=True)]
        for row in zip(words, topical, strict=True)
    ]


def estimated(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def names(prefix: str, n: int, group_size: int = 1) -> list[str]:
    return [f"{prefix}{k // group_size}" for k in range(n)]


def test_the_features_are_those_of_scikit_learn() -> None:
    features = tf_idf(TEXTS).toarray()
    assert features.shape == (12, 17)
    assert sorted(x for x in features[0].tolist() if x) == pytest.approx(THEIR_FIRST_ROW, abs=1e-6)
    assert np.linalg.norm(features, axis=1) == pytest.approx(np.ones(12))


def test_the_classifier_is_the_one_of_scikit_learn() -> None:
    features = tf_idf(TEXTS)
    slopes, intercept = ridge_logistic(features, IS_POSITIVE)
    order = list(dict.fromkeys(word for text in TEXTS for word in text if sum(word in other for other in TEXTS) > 1))
    assert dict(zip(order, slopes.tolist(), strict=True)) == pytest.approx(THEIR_SLOPES, abs=WITH_LITTLE_WORK)
    assert intercept == pytest.approx(0.06577, abs=WITH_LITTLE_WORK)
    assert (features @ slopes + intercept).tolist() == pytest.approx(THEIR_ODDS, abs=WITH_LITTLE_WORK)


@given(st.integers(0, 10_000), st.floats(0.1, 0.9))
@settings(max_examples=15, deadline=None)
def test_the_slopes_are_at_the_least_loss_that_scipy_finds(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    dense = rng.random((40, 6)) * (rng.random((40, 6)) < 0.5)
    target = rng.random(40) < share

    def loss(at: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        odds = dense @ at[:-1] + at[-1]
        return float(np.sum(np.logaddexp(0, odds) - target * odds) + 0.5 * at[:-1] @ at[:-1])

    slopes, intercept = ridge_logistic(sparse.csr_array(dense), target)
    best = float(minimize(loss, np.zeros(7), method="BFGS").fun)
    if 0 < target.sum() < 40:
        assert loss(np.array([*slopes, intercept])) == pytest.approx(best, abs=1e-4)


def test_texts_of_two_topics_are_told_apart_and_texts_of_one_kind_are_not() -> None:
    rng = np.random.default_rng(0)
    topics = text_auc(made_texts(rng, 60, 0.2, "a"), made_texts(rng, 40, 0.2, "b"), names("t", 60), names("v", 40))
    same = text_auc(made_texts(rng, 60), made_texts(rng, 40), names("t", 60), names("v", 40))
    assert estimated(topics).value > 0.95
    assert estimated(same).low < 0.5 < estimated(same).high
    assert estimated(same).n == 100


def test_the_99_percent_interval_of_texts_of_one_kind_holds_chance_as_95_percent_should() -> None:
    rng = np.random.default_rng(1)
    found = [
        estimated(text_auc(made_texts(rng, 60), made_texts(rng, 40), names("t", 60), names("v", 40), confidence=0.99))
        for _ in range(150)
    ]
    assert np.mean([one.value for one in found]) == pytest.approx(0.5, abs=0.02)
    assert sum(one.low > 0.5 for one in found) <= 0.04 * 150


def test_texts_that_return_inside_a_group_do_not_help_the_classifier() -> None:
    """Each group has words of its own. A fold that cut groups apart would tell the sets apart without a difference."""
    rng = np.random.default_rng(2)

    def grouped(n_groups: int) -> Texts:
        return [text for _ in range(n_groups) for text in [made_texts(rng, 1)[0]] * 4]

    found, cut = [], []
    for _ in range(20):
        train, val = grouped(20), grouped(20)
        found.append(estimated(text_auc(train, val, names("t", 80, 4), names("v", 80, 4))).value)
        cut.append(estimated(text_auc(train, val, names("t", 80), names("v", 80))).value)
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)
    assert np.mean(cut) > 0.9


@given(st.lists(st.booleans(), min_size=10, max_size=60), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_no_unit_lies_in_two_folds_and_folds_are_of_one_size(flags: list[bool], group_size: int) -> None:
    units = np.arange(len(flags)) // group_size
    is_positive = np.array(flags)[units * group_size]
    folds = unit_folds(is_positive, units)
    assert all(len(set(folds[units == unit].tolist())) == 1 for unit in units)
    for side in (is_positive, ~is_positive):
        n_units = [len(np.unique(units[side & (folds == fold)])) for fold in range(N_FOLDS)]
        assert max(n_units) - min(n_units) <= 1


def test_the_same_texts_get_the_same_scores_again() -> None:
    features, units = tf_idf(TEXTS), np.arange(12)
    again = held_out_scores(tf_idf(TEXTS), IS_POSITIVE, units)
    assert held_out_scores(features, IS_POSITIVE, units).tolist() == again.tolist()


def test_texts_without_words_are_at_chance() -> None:
    empty: Texts = [[] for _ in range(10)]
    found = estimated(text_auc(empty, empty, names("t", 10), names("v", 10)))
    assert found.value == 0.5
    assert tf_idf(empty).shape == (10, 0)


def test_fewer_units_than_folds_have_a_reason() -> None:
    texts = made_texts(np.random.default_rng(3), 12)
    found = text_auc(texts, texts, names("t", 12, 3), names("v", 12))
    assert found == Unscored(reason="5 folds need 5 items or groups in each set, and there are 4")


def test_two_thousand_five_hundred_texts_take_under_a_second() -> None:
    rng = np.random.default_rng(4)
    train, val = made_texts(rng, 2000), made_texts(rng, 500)
    started = time.process_time()
    text_auc(train, val, names("t", 2000), names("v", 500))
    assert time.process_time() - started < 1.0
