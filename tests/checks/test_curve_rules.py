"""Curve rules: what simulated families of curves are called, and what no value may break."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.curves import Floats, shape
from tunecheck.checks.curve_rules import EvalReading, TrainFacts, read_evaluations
from tunecheck.checks.curve_train_rules import read_training, spikes, staircase, stuck_at_uniform

N_RUNS = 100
LEARNED = TrainFacts(fell=True)
OVERFITTED = {"overfit", "mild_overfit", "diverged"}


def read(losses: list[float] | Floats, train: TrainFacts = LEARNED) -> EvalReading:
    return read_evaluations(np.linspace(100, 100 * len(losses), len(losses)), np.array(losses, dtype=np.float64), train)


def labels(kind: str, n: int, noise: float) -> Counter[str]:
    rng = np.random.default_rng(n)
    return Counter(read(shape(kind, n, noise, rng)).label for _ in range(N_RUNS))


@pytest.mark.parametrize("n", [4, 5, 6, 10, 20, 60])
@pytest.mark.parametrize("kind", ["falling", "healthy", "plateau", "flat"])
def test_curves_without_overfitting_are_called_so_in_fewer_than_five_of_a_hundred(kind: str, n: int) -> None:
    found = labels(kind, n, 0.01)
    assert sum(found[label] for label in OVERFITTED) < 0.05 * N_RUNS, found


@pytest.mark.parametrize("n", [4, 5, 6, 10, 20, 60])
@pytest.mark.parametrize("kind", ["overfit", "rising"])
def test_clear_overfitting_is_found_in_more_than_nine_of_ten(kind: str, n: int) -> None:
    found = labels(kind, n, 0.03)
    assert found["overfit"] > 0.9 * N_RUNS, found


@pytest.mark.parametrize("n", [6, 20, 60])
def test_a_steady_fall_is_still_falling_and_a_flat_one_no_gain(n: int) -> None:
    assert labels("falling", n, 0.01)["still_falling"] > 0.9 * N_RUNS
    assert labels("flat", n, 0.002)["plateau"] > 0.9 * N_RUNS


@pytest.mark.parametrize(
    ("losses", "train", "label"),
    [
        ([2.0, 1.6, 1.4, 1.25, 1.15, 1.08], LEARNED, "still_falling"),
        ([2.0, 1.6, 1.4, 1.25, 1.15, 1.08], TrainFacts(fell=True, low_rate=True), "healthy"),
        ([1.178, 0.745, 0.652, 0.6275, 0.6276, 0.6287], LEARNED, "plateau"),
        ([1.0, 0.9, 0.95, 1.1], LEARNED, "overfit"),
        ([1.2, 1.3, 1.4, 1.6], LEARNED, "overfit"),
        # Before the training it was far higher: the share that is given back is small, the rise is not.
        ([3.5, 1.25, 1.2, 1.25, 1.35, 1.5], LEARNED, "overfit"),
        ([2.0, 1.6, 1.4, 1.35, 1.37, 1.38, 1.4, 1.41], LEARNED, "mild_overfit"),
        # Both losses rise: that is not overfitting.
        ([2.0, 1.5, 4.0, 7.0, 9.0], TrainFacts(fell=False), "diverged"),
        ([2.0, 1.5, 4.0, 7.0, 9.0], TrainFacts(), "diverged"),
        ([2.0, 2.0, 2.001, 1.999], TrainFacts(fell=False), "not_learning"),
        ([2.0, 2.0, 2.001, 1.999], TrainFacts(fell=True, untrained_until=100), "not_learning"),
    ],
)
def test_curves_that_a_person_would_name_without_doubt(losses: list[float], train: TrainFacts, label: str) -> None:
    assert read(losses, train).label == label


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e3])
@pytest.mark.parametrize("kind", ["falling", "plateau", "overfit"])
def test_the_scale_of_a_loss_changes_no_label(kind: str, scale: float) -> None:
    losses = shape(kind, 12, 0.003, np.random.default_rng(5))
    assert read(scale * losses).label == read(losses).label


@given(st.lists(st.floats(-1e14, 1e14), min_size=4, max_size=40), st.sampled_from([True, False, None]))
@settings(max_examples=100, deadline=None)
def test_every_finite_curve_has_a_reading(losses: list[float], fell: bool | None) -> None:
    found = read(losses, TrainFacts(fell=fell))
    assert found.best == min(losses)
    assert found.give_back is None or found.give_back >= 0
    assert found.next_gain >= 0


@given(st.lists(st.floats(), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_every_training_loss_has_a_reading(losses: list[float]) -> None:
    values = np.array(losses)
    found = read_training(values)
    assert found.n + found.n_broken == len(losses)
    assert not (found.diverged and found.fell)
    spikes(values)
    stuck_at_uniform(values, None)
    staircase(np.linspace(0.1, 3, len(losses)), values)


def test_a_training_loss_that_climbs_diverged_and_a_warm_up_bump_did_not() -> None:
    t = np.arange(1, 51) / 50
    assert read_training(np.where(t < 0.6, 2 - t, 1.4 + 8 * (t - 0.6))).diverged
    assert read_training(np.array([2.1, 1.8, 1.5, 6.0, 9.0])).diverged
    bump = 2 + 0.5 * np.exp(-(((t - 0.05) / 0.03) ** 2)) - 0.8 * t
    assert not read_training(bump).diverged
    assert read_training(bump).fell


def test_a_flat_training_loss_is_seen_and_a_noisy_one_is_left_open() -> None:
    rng = np.random.default_rng(3)
    assert read_training(1.2 + 0.005 * rng.standard_normal(100)).fell is False
    assert read_training(1.2 + 0.3 * rng.standard_normal(30)).fell is None


def test_stairs_are_seen_and_a_smooth_fall_has_none() -> None:
    rng = np.random.default_rng(4)
    epochs = (np.arange(150) + 1) / 50
    noise = 0.03 * rng.standard_normal(150)
    stairs = staircase(epochs, 1.5 - 0.3 * (np.ceil(epochs) - 1) + noise)
    assert stairs is not None
    assert (stairs.n_drops, stairs.n_ends) == (2, 2)
    assert staircase(epochs, 1.0 + np.exp(-epochs) + noise) is None


def test_a_loss_at_the_logarithm_of_the_vocabulary_is_stuck() -> None:
    known = np.array([5.0, 9.7, 9.71, 9.7, 9.69])
    assert stuck_at_uniform(known, round(math.exp(9.7))) == round(math.exp(9.7))
    assert stuck_at_uniform(np.array([11.8, 10.3735, 10.3735, 10.3735]), None) == 32000
    assert stuck_at_uniform(np.array([2.0, 1.5, 1.4, 1.3]), 32000) is None
    assert stuck_at_uniform(np.array([3.0, 2.0, 2.0, 2.0]), None) is None


def test_a_spike_is_found_where_it_is_and_small_losses_have_none() -> None:
    losses = 1 + np.exp(-np.arange(60) / 10)
    losses[40] = 3.0
    assert spikes(losses) == [40]
    tiny = np.concatenate([losses[:20], np.tile([1e-4, 3e-4], 20)])
    assert spikes(tiny) == []
