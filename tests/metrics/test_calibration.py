"""Calibration: log loss and Brier score of scikit-learn, and a calibration error worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as oracle

from tunecheck.core import Unscored
from tunecheck.errors import DataError
from tunecheck.metrics.calibration import (
    brier_items,
    expected_calibration_error,
    log_loss_items,
    reliability,
)


def drawn(seed: int, n: int, k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Probabilities, sharp and flat, with references that follow them."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(k, rng.choice([0.05, 1, 5])), n)
    return probabilities, np.array([rng.choice(k, p=row) for row in probabilities], dtype=np.int64)


@pytest.mark.parametrize("seed", range(40))
def test_log_loss_and_brier_score_are_those_of_scikit_learn(seed: int) -> None:
    probabilities, references = drawn(seed, n=1 + seed * 5, k=2 + seed % 9)
    labels = list(range(probabilities.shape[1]))
    # scikit-learn takes two labels by the probability of the second.
    given_to_brier = probabilities if len(labels) > 2 else probabilities[:, 1]
    brier = oracle.brier_score_loss(references, given_to_brier, labels=labels, scale_by_half=False)
    assert brier_items(probabilities, references).mean() == pytest.approx(brier, abs=1e-12)
    loss = oracle.log_loss(references, probabilities, labels=labels)
    assert log_loss_items(probabilities, references).mean() == pytest.approx(loss, abs=1e-9)


def test_a_calibration_error_worked_by_hand() -> None:
    top = np.array([0.95, 0.94, 0.70, 0.69, 0.55])
    probabilities, references = np.column_stack([top, 1 - top]), np.array([0, 1, 0, 1, 1])
    # Of 15 bins: (14/15, 1] holds 0.95 and 0.94, right once; (10/15, 11/15] holds 0.70 and 0.69, right once;
    # (8/15, 9/15] holds 0.55, wrong. So 2/5 * 0.445 + 2/5 * 0.195 + 1/5 * 0.55.
    assert expected_calibration_error(probabilities, references) == pytest.approx(0.366)
    bars = reliability(probabilities, references)
    assert [(round(bar.low * 15), round(bar.high * 15), bar.n, bar.accuracy) for bar in bars] == [
        (8, 9, 1, 0.0),
        (10, 11, 2, 0.5),
        (14, 15, 2, 0.5),
    ]
    assert [bar.confidence for bar in bars] == pytest.approx([0.55, 0.695, 0.945])


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 6), st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_bins_hold_every_item_once_and_within_their_edges(seed: int, n: int, k: int, n_bins: int) -> None:
    probabilities, references = drawn(seed, n, k)
    bars = reliability(probabilities, references, n_bins=n_bins)
    assert sum(bar.n for bar in bars) == n
    assert all(bar.low - 1e-9 <= bar.confidence <= bar.high + 1e-9 for bar in bars)
    assert sum(bar.n * bar.accuracy for bar in bars) == pytest.approx(np.sum(probabilities.argmax(1) == references))
    error = expected_calibration_error(probabilities, references, n_bins=n_bins)
    assert not isinstance(error, Unscored)
    # By the triangle inequality no binning errs less than a single bin.
    single = expected_calibration_error(probabilities, references, n_bins=1)
    assert not isinstance(single, Unscored)
    assert single - 1e-12 <= error <= 1
    assert (brier_items(probabilities, references) <= 2 + 1e-12).all()
    assert (log_loss_items(probabilities, references) >= 0).all()


def test_certainty_that_is_right_costs_nothing_and_wrong_costs_a_bounded_lot() -> None:
    sure = np.array([[1.0, 0.0]])
    assert expected_calibration_error(sure, np.array([0])) == 0
    assert expected_calibration_error(sure, np.array([1])) == 1
    assert log_loss_items(sure, np.array([1]))[0] == pytest.approx(36.04, abs=0.01)
    assert brier_items(sure, np.array([1]))[0] == 2


def test_no_items_have_no_calibration_error() -> None:
    nothing = np.zeros((0, 3))
    assert expected_calibration_error(nothing, np.zeros(0, dtype=np.int64)) == Unscored(reason="there are no items")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ([np.nan, 0.5], "hold nan"),
        ([np.inf, 0.5], "sum to inf, not 1"),
        ([-0.1, 1.1], "hold -0.1"),
        ([0.5, 0.4], "sum to 0.9, not 1"),
        ([0.5, 0.50001], "sum to 1.00001, not 1"),
    ],
)
def test_rows_that_are_no_probabilities_are_named(row: list[float], what: str) -> None:
    with pytest.raises(DataError) as caught:
        brier_items(np.array([[0.5, 0.5], row, row]), np.array([0, 1, 1]))
    assert str(caught.value) == (
        f"probabilities of row 2 {what} (2 of 3 rows are bad)\n"
        "give one probability per label that sum to 1 in each row, such as a softmax of the label scores"
    )


def test_shapes_and_codes_must_fit() -> None:
    with pytest.raises(ValueError, match=r"shapes \(1, 2\) and \(2,\) are not \(n, K\) and \(n\)"):
        reliability(np.array([[0.5, 0.5]]), np.array([0, 1]))
    with pytest.raises(ValueError, match="codes of references must be 0 to 1"):
        log_loss_items(np.array([[0.5, 0.5]]), np.array([2]))
