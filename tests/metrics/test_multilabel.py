"""Multi-label scores: scikit-learn's on random label sets."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from tunecheck.errors import DataError
from tunecheck.metrics.labels import LabelReader
from tunecheck.metrics.multilabel import item_totals, multilabel_scores, predicted_sets

LABELS = list("abcde")
SETS = st.lists(st.sets(st.sampled_from(LABELS)), min_size=1, max_size=12)


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(12):
        k, n = int(rng.integers(2, 9)), int(rng.integers(1, 60))
        labels = [f"label {at}" for at in range(k)]
        true, said = (rng.random((n, k)) < rng.random(k) * rng.choice([0.2, 1]) for _ in range(2))
        of_true, of_said = ([[labels[at] for at in np.flatnonzero(row)] for row in side] for side in (true, said))
        ours = multilabel_scores(item_totals(of_true, of_said, labels).sum(0))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = {
                "subset_accuracy": oracle.accuracy_score(true, said),
                "hamming_loss": oracle.hamming_loss(true, said),
                "jaccard": oracle.jaccard_score(true, said, average="samples", zero_division=1),
                "samples_f1": oracle.f1_score(true, said, average="samples", zero_division=1),
                "micro_f1": oracle.f1_score(true, said, average="micro", zero_division=np.nan),
                "macro_f1": oracle.f1_score(true, said, average="macro", zero_division=np.nan),
            }
        for name, value in theirs.items():
            assert ours[name] == pytest.approx(value, abs=1e-12, nan_ok=True), name
        assert ours["coverage"] == 1


@given(SETS)
@settings(max_examples=30, deadline=None)
def test_the_references_themselves_score_in_full(references: list[set[str]]) -> None:
    scores = multilabel_scores(item_totals(references, references, LABELS).sum(0))
    assert scores["hamming_loss"] == 0
    for name, value in scores.items():
        assert name == "hamming_loss" or value == 1 or (name in ("micro_f1", "macro_f1") and not any(references))


@given(SETS)
@settings(max_examples=30, deadline=None)
def test_many_totals_at_once_score_like_one_at_a_time(references: list[set[str]]) -> None:
    totals = item_totals(references, list(reversed(references)), LABELS)
    draws = np.random.default_rng(0).integers(0, len(totals), (9, len(totals)))
    together = multilabel_scores(totals[draws].sum(1))
    for at, draw in enumerate(draws):
        for name, alone in multilabel_scores(totals[draw].sum(0)).items():
            np.testing.assert_allclose(together[name][at], alone)


def test_a_reply_that_was_not_read_is_wrong_even_where_no_label_was_right() -> None:
    reader = LabelReader(LABELS, multi=True)
    predictions = predicted_sets([reader.read("trains"), reader.read("none"), reader.read("a, b")])
    assert predictions == (None, (), ("a", "b"))
    totals = item_totals([(), (), ("a",)], predictions, LABELS)
    assert totals[:, :6].round(3).tolist() == [[1, 0, 0, 1, 0, 0], [1, 1, 1, 0, 1, 1], [1, 0, 0.667, 0.2, 0.5, 1]]


def test_no_items_have_no_scores() -> None:
    scores = multilabel_scores(item_totals([], [], LABELS).sum(0))
    assert all(np.isnan(value) for value in scores.values())


def test_references_outside_the_labels_are_named_with_their_rows() -> None:
    with pytest.raises(DataError) as caught:
        item_totals([("a",), ("a", "x")], [(), ()], LABELS)
    assert str(caught.value) == (
        "references outside the 5 labels: row 2 has 'x'\n"
        "add them to the labels, or leave the labels out to take those of the references"
    )


def test_predictions_are_parallel_and_of_the_same_task() -> None:
    with pytest.raises(ValueError, match="1 references need as many predictions, not 2"):
        item_totals([()], [(), ()], LABELS)
    with pytest.raises(ValueError, match="prediction 1 has 'x', which is none of the labels"):
        item_totals([()], [("x",)], LABELS)
    with pytest.raises(ValueError, match="there are no labels"):
        item_totals([()], [()], [])
