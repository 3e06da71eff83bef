"""Review against a known truth: intervals hold it, and the test seldom rejects what is so, whoever the raters are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from tests.checks.review_parts import study
from tunecheck.checks.review_means import SideMeans, side_means
from tunecheck.checks.review_rows import Floats, RatedRows
from tunecheck.core import Estimate
from tunecheck.study import parse_axes

AXES = parse_axes(("accuracy",))
N_ROUNDS = 400


def drawn(
    rng: np.random.Generator, n_items: int, n_raters: int, *, better: float, spread: float, middle: float
) -> Floats:
    """Ratings of shape (raters, items, 2), tuned first: raters of fixed strictness, items that both sides share."""
    strictness = np.linspace(-0.6, 0.6, n_raters)[:, None, None] if n_raters > 1 else np.zeros((1, 1, 1))
    items = rng.normal(middle, spread, (1, n_items, 1))
    sides = rng.normal(0, 0.4, (1, n_items, 2)) + np.array([better, 0.0])
    values = items + sides + strictness + rng.normal(0, 0.5, (n_raters, n_items, 2))
    return np.asarray(np.clip(np.round(values), 1, 5))


def rounds(
    n_items: int, n_raters: int, *, better: float, spread: float, middle: float, gaps: float = 0.0
) -> Iterator[SideMeans]:
    """Each rater leaves out a share of the answers, at random."""
    sheet, names = study(n_items, axes=AXES), tuple(f"rater {number}" for number in range(n_raters))
    rng = np.random.default_rng(11)
    for _ in range(N_ROUNDS):
        values = drawn(rng, n_items, n_raters, better=better, spread=spread, middle=middle)
        kept = rng.random(values.size) >= gaps
        rows = RatedRows(
            study=sheet,
            names=names,
            raters=np.repeat(np.arange(n_raters), 2 * n_items)[kept],
            entries=np.tile(np.arange(2 * n_items), n_raters)[kept],
            scores=values.reshape(-1, 1)[kept],
        )
        axes, _ = side_means(rows, rng)
        yield axes["accuracy"]


@cache
def truth(n_raters: int, better: float, spread: float, middle: float) -> tuple[float, float]:
    values = drawn(np.random.default_rng(5), 300_000, n_raters, better=better, spread=spread, middle=middle)
    tuned, base = values.mean(axis=(0, 1))
    return float(tuned), float(tuned - base)


@pytest.mark.parametrize("n_items", [10, 20, 50])
@pytest.mark.parametrize("n_raters", [1, 3])
@pytest.mark.parametrize(("better", "spread", "middle"), [(0.5, 1.0, 3.0), (0.3, 0.5, 4.6), (0.0, 0.3, 3.5)])
def test_the_intervals_hold_the_truth(n_items: int, n_raters: int, better: float, spread: float, middle: float) -> None:
    mean, difference = truth(n_raters, better, spread, middle)
    held = np.zeros(2)
    for found in rounds(n_items, n_raters, better=better, spread=spread, middle=middle):
        assert isinstance(found.tuned, Estimate)
        assert isinstance(found.difference, Estimate)
        held += [found.tuned.low <= mean <= found.tuned.high,
                 found.difference.low <= difference <= found.difference.high]  # fmt: skip
    assert (held / N_ROUNDS >= 0.93).all(), held / N_ROUNDS


@pytest.mark.parametrize(("n_raters", "gaps"), [(1, 0.0), (3, 0.0), (3, 0.5), (8, 0.0)])
def test_of_equal_models_one_in_twenty_is_called_different_however_many_raters_there_are(
    n_raters: int, gaps: float
) -> None:
    found = [one.p_value for one in rounds(20, n_raters, better=0.0, spread=1.0, middle=3.3, gaps=gaps)]
    rejected = np.mean([isinstance(p_value, float) and p_value < 0.05 for p_value in found])
    # Beyond 0.08 lies one in two hundred of such shares at a true 0.05.
    assert rejected <= 0.08


def test_a_real_difference_is_found() -> None:
    found = [one.p_value for one in rounds(50, 2, better=0.5, spread=1.0, middle=3.0)]
    assert np.mean([isinstance(p_value, float) and p_value < 0.05 for p_value in found]) > 0.9
