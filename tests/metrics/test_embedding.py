"""BERTScore and embedding similarity over vectors made by hand: formulas, absences, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tunecheck.core import Unscored
from tunecheck.metrics import embedding
from tunecheck.metrics.embedding import BertScore, EmbeddingSimilarity, TextVector, TokenVectors, cosine, greedy_match
from tunecheck.metrics.metric import Case

HOSTILE = ["", " \n", "\x00", "🙂🙂", "\u202eabc", "\ud800", "[" * 100_000, "a " * 500_000]


class Letters:
    """Every word is a vector that its letters choose, between two marks; ten tokens fit."""

    name, max_tokens = "letters", 10

    def __init__(self) -> None:
        self.asked: list[str] = []

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        self.asked += texts
        made = []
        for text in texts:
            words = text.split()
            ids = [0, *(1 + sum(map(ord, word)) % 97 for word in words[:8]), 1]
            vectors = np.stack([np.random.RandomState(n).normal(size=6) for n in ids])
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            special = np.array([True, *[False] * (len(ids) - 2), True])
            cut = max(0, len(words) - 8)
            made.append(TokenVectors(vectors=vectors.astype(np.float32), is_special=special, n_cut=cut))
        return made

    def text_vectors(self, texts: Sequence[str]) -> list[TextVector]:
        return [
            TextVector(vector=one.vectors.mean(axis=0), is_empty=one.is_empty, n_cut=one.n_cut)
            for one in self.token_vectors(texts)
        ]


def unit(n: int) -> st.SearchStrategy[np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    """Between one and ``n`` vectors of unit length in five dimensions."""
    shape = st.tuples(st.integers(1, n), st.just(5))
    made = arrays.arrays(np.float32, shape, elements=st.floats(-1, 1, width=32))
    return made.map(lambda rows: (rows + 1e-3) / np.linalg.norm(rows + 1e-3, axis=1, keepdims=True)).filter(
        lambda rows: bool(np.isfinite(rows).all())
    )


def test_a_table_worked_by_hand() -> None:
    prediction = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    reference = np.array([[0.8, 0.6], [0, 1]], dtype=np.float32)
    # Nearest: .8, 1 and .96 for the prediction's tokens; .96 and 1 for the reference's.
    even = greedy_match(prediction, reference, np.ones(3), np.ones(2))
    precision, recall = (0.8 + 1 + 0.96) / 3, (0.96 + 1) / 2
    assert even == pytest.approx((precision, recall, 2 * precision * recall / (precision + recall)), abs=1e-7)
    # A token of weight 0 is not counted, and may still be the nearest: the third is, for the reference's first.
    special = greedy_match(prediction, reference, np.array([1, 1, 0]), np.array([1, 0]))
    assert special[:2] == pytest.approx((0.9, 0.96), abs=1e-7)


def test_f1_is_zero_where_precision_and_recall_have_no_sign_in_common() -> None:
    prediction = np.array([[1, 0]], dtype=np.float32)
    reference = np.array([[0, 1], [-1, 0]], dtype=np.float32)
    precision, recall, f1 = greedy_match(prediction, reference, np.ones(1), np.ones(2))
    assert (precision, recall, f1) == (0.0, -0.5, 0.0)
    assert greedy_match(prediction, -prediction, np.ones(1), np.ones(1)) == (-1.0, -1.0, -1.0)


def test_a_side_without_weight_has_no_score() -> None:
    one = np.ones((1, 1), dtype=np.float32)
    with pytest.raises(ValueError, match="each side needs a token of some weight"):
        greedy_match(one, one, np.zeros(1), np.ones(1))


@given(unit(6), unit(6))
@settings(max_examples=80, deadline=None)
def test_swapping_the_texts_exchanges_precision_and_recall(left: embedding.Vectors, right: embedding.Vectors) -> None:
    there = greedy_match(left, right, np.ones(len(left)), np.ones(len(right)))
    back = greedy_match(right, left, np.ones(len(right)), np.ones(len(left)))
    assert there == pytest.approx((back[1], back[0], back[2]), abs=1e-12)
    assert all(-1 <= value <= 1 for value in there)
    assert greedy_match(left, left, np.ones(len(left)), np.ones(len(left))) == pytest.approx((1, 1, 1), abs=1e-6)


@given(unit(2), st.floats(1e-3, 1e3))
@settings(max_examples=80, deadline=None)
def test_the_cosine_lies_between_minus_one_and_one_and_ignores_length(rows: embedding.Vectors, scale: float) -> None:
    a, b = rows[0], rows[-1]
    assert -1 <= cosine(a, b) <= 1
    assert cosine(a, b) == cosine(b, a) == pytest.approx(cosine(a * np.float32(scale), b), abs=1e-6)
    assert cosine(a, a) == pytest.approx(1, abs=1e-6)
    assert cosine(a, np.zeros_like(a)) == 0.0


@pytest.mark.parametrize("metric", [BertScore, EmbeddingSimilarity])
def test_equal_texts_score_one_and_the_best_reference_counts(
    metric: type[BertScore] | type[EmbeddingSimilarity],
) -> None:
    made = metric(Letters())
    said = "one two three"
    (alone,) = [made.score(Case(prediction=said, references=("four five",)))]
    both = made.score(Case(prediction=said, references=("four five", said)))
    for name in made.measures:
        value, best = alone[name], both[name]
        assert isinstance(value, float)
        assert isinstance(best, float)
        assert value < best == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("metric", [BertScore, EmbeddingSimilarity])
def test_what_cannot_be_compared_is_unscored_and_an_empty_answer_is_wrong(
    metric: type[BertScore] | type[EmbeddingSimilarity],
) -> None:
    made, long = metric(Letters()), "word " * 9

    def score(prediction: str, *references: str) -> object:
        found = made.score(Case(prediction=prediction, references=references))
        assert tuple(found) == made.measures
        assert len(set(found.values())) == 1
        return found[made.measures[0]]

    assert score("", "a reference") == 0.0
    assert score("", "") == score("a", " ") == Unscored(reason="the reference is empty")
    assert score("a", "", "a") == pytest.approx(1, abs=1e-6)
    assert score(long, "a") == Unscored(reason="the prediction is longer than the model's 10 tokens")
    assert score("", "a", long) == Unscored(reason="a reference is longer than the model's 10 tokens")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_makes_a_metric_raise(text: str) -> None:
    for metric in (BertScore(Letters()), EmbeddingSimilarity(Letters())):
        for case in (Case(prediction=text, references=("a b",)), Case(prediction="a b", references=(text,))):
            for value in metric.score(case).values():
                assert isinstance(value, Unscored) or -1 <= value <= 1


def test_references_are_embedded_once_and_predictions_every_time() -> None:
    letters = Letters()
    metric = BertScore(letters)
    for prediction in ("base", "tuned"):
        metric.score(Case(prediction=prediction, references=("right", "correct", "right")))
    assert letters.asked == ["base", "right", "correct", "tuned"]


def test_kept_references_are_bounded_and_the_least_recently_used_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    letters = Letters()
    (one,) = letters.token_vectors(["word"])
    monkeypatch.setattr(embedding, "REFERENCE_BYTES", 2 * one.n_bytes)
    metric = BertScore(letters)
    letters.asked.clear()
    for reference in ("a", "b", "a", "c", "a", "b"):
        metric.score(Case(prediction="x", references=(reference,)))
    assert [text for text in letters.asked if text != "x"] == ["a", "b", "c", "b"]


def test_signatures_name_the_model_and_that_nothing_is_rescaled() -> None:
    assert BertScore(Letters()).signature == (
        "bertscore|model:letters|idf:no|rescaled:no|references:best of each measure"
    )
    assert EmbeddingSimilarity(Letters()).signature == "embedding_similarity|model:letters|cosine|references:best"
    assert BertScore.measures[0] == "bertscore"
