"""Classification scores: scikit-learn's on 1,000 random label sets, with replies that gave no label among them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from sklearn import config_context
from sklearn import metrics as oracle

from tunecheck.core import Outcome, Reading, Unscored
from tunecheck.errors import DataError
from tunecheck.metrics.classification import MISSED, baselines, cells, per_class, scores_of, tabulate

N_SETS = 1000


def reading(label: str) -> Reading:
    """What was read, given by a label or by the outcome of a reply without one."""
    outcomes: dict[str, Outcome] = {"unparsed": "unparsed", "ambiguous": "ambiguous", "abstained": "abstained"}
    if label in outcomes:
        return Reading(label=None, labels=(), outcome=outcomes[label], method="no label")
    return Reading(label=label, labels=(label,), outcome="label", method="exact")


def random_set(seed: int) -> tuple[list[str], list[str], list[str]]:
    """Labels, references and predictions: skewed, with labels that either side lacks, some all of one kind."""
    rng = np.random.default_rng(seed)
    k, n = int(rng.integers(2, 13)), int(rng.integers(1, 201))
    labels = [f"label {at}" for at in range(k)]
    used = labels[: int(rng.integers(1, k + 1))]
    references = rng.choice(used, n, p=rng.dirichlet(np.full(len(used), 0.7))).tolist()
    junk = [*MISSED] if seed % 3 else []
    options = rng.permutation([*labels, *junk])[: int(rng.integers(1, k + len(junk) + 1))]
    guesses = rng.choice(options, n).tolist()
    right = rng.random(n) < rng.choice([0, 0.5, 0.9, 1])
    return labels, references, [a if is_right else b for a, b, is_right in zip(references, guesses, right, strict=True)]


def of_oracle(labels: Sequence[str], references: Sequence[str], predictions: Sequence[str]) -> dict[str, float]:
    """The same scores by scikit-learn, which is faster with numbers; what was not read is a class of its own."""
    code = {label: at for at, label in enumerate([*labels, *MISSED])}
    true, said = (np.array([code[label] for label in side]) for side in (references, predictions))

    def f1(average: str) -> float:
        return float(oracle.f1_score(true, said, labels=range(len(labels)), average=average, zero_division=np.nan))

    with config_context(assume_finite=True, skip_parameter_validation=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "accuracy": oracle.accuracy_score(true, said),
            "balanced_accuracy": oracle.balanced_accuracy_score(true, said),
            "macro_f1": f1("macro"),
            "micro_f1": f1("micro"),
            "weighted_f1": f1("weighted"),
            "mcc": oracle.matthews_corrcoef(true, said),
            "kappa": oracle.cohen_kappa_score(true, said),
        }


@pytest.fixture(scope="module")
def sets() -> list[tuple[list[str], list[str], list[str]]]:
    return [random_set(seed) for seed in range(N_SETS)]


@pytest.mark.parametrize("part", [slice(60), pytest.param(slice(60, N_SETS), marks=pytest.mark.slow)], ids=str)
def test_scores_are_those_of_scikit_learn(part: slice, sets: list[tuple[list[str], list[str], list[str]]]) -> None:
    undefined = 0
    for labels, references, predictions in sets[part]:
        ours = scores_of(tabulate(references, list(map(reading, predictions)), labels).confusion)
        theirs = of_oracle(labels, references, predictions)
        if {*references, *predictions} == {references[0]}:
            # Chance cannot be beaten: scikit-learn gives 0 or NaN with a warning, we give NaN.
            undefined += 1
            theirs |= {"mcc": np.nan, "kappa": np.nan}
        for name, value in theirs.items():
            assert ours[name] == pytest.approx(value, abs=1e-9, nan_ok=True), (name, references, predictions)
        read = [prediction in labels for prediction in predictions]
        right = [a == b for a, b in zip(references, predictions, strict=True)]
        assert ours["coverage"] == pytest.approx(np.mean(read))
        assert ours["accuracy_parsed"] == pytest.approx(sum(right) / sum(read) if any(read) else np.nan, nan_ok=True)
    assert undefined


def test_labels_that_nobody_has_are_left_out_of_macro_f1_where_zero_division_0_counts_them_as_failed(
    sets: list[tuple[list[str], list[str], list[str]]],
) -> None:
    for labels, references, predictions in sets[::20]:
        ours = scores_of(tabulate(references, list(map(reading, predictions)), labels).confusion)
        theirs = oracle.f1_score(references, predictions, labels=labels, average="macro", zero_division=0)
        n_known = len({*references, *predictions} & set(labels))
        assert float(ours["macro_f1"]) * n_known / len(labels) == pytest.approx(theirs, abs=1e-9)


def test_each_class_is_that_of_scikit_learn(sets: list[tuple[list[str], list[str], list[str]]]) -> None:
    for labels, references, predictions in sets[::20]:
        precision, recall, f1, support = oracle.precision_recall_fscore_support(
            references, predictions, labels=labels, zero_division=np.nan
        )
        for at, one in enumerate(per_class(tabulate(references, list(map(reading, predictions)), labels))):
            assert (one.label, one.support, one.predicted) == (labels[at], support[at], predictions.count(labels[at]))
            for ours, theirs in ((one.precision, precision[at]), (one.recall, recall[at]), (one.f1, f1[at])):
                assert isinstance(ours, Unscored) == np.isnan(theirs)
                assert isinstance(ours, Unscored) or ours == pytest.approx(theirs, abs=1e-12)


def test_a_class_without_numbers_says_why() -> None:
    never, absent, unused = per_class(tabulate(["a", "a"], [reading("b"), reading("unparsed")], ["a", "b", "c"]))
    assert never.precision == Unscored(reason="'a' was never predicted")
    assert (never.recall, never.f1) == (0.0, 0.0)
    assert absent.recall == Unscored(reason="no item has the label 'b'")
    assert unused.f1 == Unscored(reason="'c' is in no reference and no prediction")


def test_the_confusion_matrix_keeps_the_order_of_the_labels_and_three_columns_more() -> None:
    said = ["pos", "neg", "unparsed", "ambiguous", "abstained", "abstained"]
    found = tabulate(["pos"] * 3 + ["neg"] * 3, list(map(reading, said)), ["pos", "neg"])
    assert found.labels == ("pos", "neg")
    assert found.confusion.tolist() == [[1, 1, 1, 0, 0], [0, 0, 0, 1, 2]]
    scores = scores_of(found.confusion)
    assert scores["accuracy"] == pytest.approx(1 / 6)
    assert scores["coverage"] == pytest.approx(2 / 6)
    assert scores["accuracy_parsed"] == pytest.approx(1 / 2)


@given(arrays(np.int64, (7, 3, 6), elements=st.integers(0, 9)))
@settings(max_examples=30, deadline=None)
def test_many_matrices_at_once_score_like_one_at_a_time_and_within_their_ranges(confusion: NDArray[np.int64]) -> None:
    together = scores_of(confusion)
    for at, one in enumerate(confusion):
        for name, alone in scores_of(one).items():
            np.testing.assert_allclose(together[name][at], alone)
    for name, values in together.items():
        known = values[~np.isnan(values)]
        assert (known <= 1 + 1e-12).all(), name
        assert (known >= (-1 - 1e-12 if name in ("mcc", "kappa") else 0)).all(), name


@given(arrays(np.int64, (4, 7), elements=st.integers(0, 9)), st.permutations(range(4)))
@settings(max_examples=30, deadline=None)
def test_the_order_of_labels_does_not_matter(confusion: NDArray[np.int64], order: list[int]) -> None:
    shuffled = confusion[np.ix_(order, [*order, 4, 5, 6])]
    for name, value in scores_of(confusion).items():
        np.testing.assert_allclose(scores_of(shuffled)[name], value, atol=1e-12)


def test_a_bootstrap_of_10_000_resamples_is_one_call() -> None:
    rng = np.random.default_rng(0)
    scores = scores_of(rng.multinomial(300, np.full(5 * 8, 1 / 40), size=10_000).reshape(-1, 5, 8))
    assert {values.shape for values in scores.values()} == {(10_000,)}


def test_no_items_have_no_scores() -> None:
    found = tabulate([], [], ["a", "b"])
    assert all(np.isnan(value) for value in scores_of(found.confusion).values())
    assert baselines(found) == Unscored(reason="there are no items")


def test_baselines_are_of_the_references() -> None:
    found = baselines(tabulate(["a", "b", "b", "b"], [reading("unparsed")] * 4, ["a", "b", "c", "d"]))
    assert not isinstance(found, Unscored)
    assert (found.majority_label, found.majority) == ("b", 0.75)
    assert (found.prior_matched, found.uniform) == (0.625, 0.25)


def test_references_outside_the_labels_are_named_with_their_rows() -> None:
    with pytest.raises(DataError) as caught:
        cells(["a", "x", *"yyyyyy"], [reading("a")] * 8, ["a", "b"])
    assert str(caught.value) == (
        "references outside the 2 labels: row 2 has 'x', row 3 has 'y', row 4 has 'y', row 5 has 'y', row 6 has 'y' "
        "and 2 more\nadd them to the labels, or leave the labels out to take those of the references"
    )


def test_readings_are_parallel_and_of_the_same_task() -> None:
    with pytest.raises(ValueError, match="2 references need as many readings, not 1"):
        cells(["a", "a"], [reading("a")], ["a"])
    with pytest.raises(ValueError, match="reading 1 gives 'z', which is none of the labels"):
        cells(["a"], [reading("z")], ["a"])
