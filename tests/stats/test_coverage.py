"""How often 95% intervals hold the truth, on item losses and token counts as skewed as real ones."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
import pytest

from tunecheck.core import Estimate, Unscored
from tunecheck.stats import Ratio, difference_of_ratios, paired_difference, ratio, ratio_of_sums, transfer_ratio

Floats = npt.NDArray[np.float64]
REPETITIONS = 2000


def token_counts(rng: np.random.Generator, n: int, sigma: float = 0.7) -> Floats:
    return np.round(rng.lognormal(4, sigma, n)) + 1


def lognormal_nll(rng: np.random.Generator, n: int, mean: float = 2.0, sigma: float = 0.4) -> Floats:
    return mean * np.exp(sigma * rng.normal(size=n) - sigma**2 / 2)


def holds(found: Estimate | Unscored, truth: float) -> bool:
    assert isinstance(found, Estimate)
    return found.low < truth < found.high


def gain(rng: np.random.Generator, n: int, mean: float, sd: float = 0.4) -> Ratio:
    """A gain per token with a skewed spread and lognormal token counts."""
    tokens = token_counts(rng, n)
    found = ratio((mean + sd * (rng.gamma(4, 0.5, n) - 2)) * tokens, tokens, range(n))
    assert isinstance(found, Ratio)
    return found


@pytest.mark.parametrize("sigma", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("n", [30, 200])
def test_the_interval_of_a_mean_covers_nineteen_times_in_twenty(n: int, sigma: float) -> None:
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(REPETITIONS):
        tokens = token_counts(rng, n, sigma)
        hits += holds(ratio_of_sums(lognormal_nll(rng, n) * tokens, tokens, range(n)), 2.0)
    assert 0.925 <= hits / REPETITIONS <= 0.97


@pytest.mark.parametrize("n", [30, 200])
def test_the_interval_of_a_paired_gain_covers_nineteen_times_in_twenty(n: int) -> None:
    rng = np.random.default_rng(100 + n)
    hits = 0
    for _ in range(REPETITIONS):
        tokens, base = token_counts(rng, n), lognormal_nll(rng, n)
        tuned = base - 0.1 - 0.15 * rng.normal(size=n)
        hits += holds(interval_of_gain(base * tokens, tuned * tokens, tokens), 0.1)
    assert 0.925 <= hits / REPETITIONS <= 0.97


def interval_of_gain(base: Floats, tuned: Floats, tokens: Floats) -> Estimate:
    found = paired_difference((base, tokens), (tuned, tokens), range(len(tokens)))
    assert isinstance(found, Ratio)
    return found.interval()


@pytest.mark.parametrize(("n_train", "n_val"), [(30, 30), (200, 100)])
def test_the_interval_of_an_excess_gain_covers_nineteen_times_in_twenty(n_train: int, n_val: int) -> None:
    rng = np.random.default_rng(n_train)
    hits = sum(
        holds(difference_of_ratios(gain(rng, n_train, 0.5), gain(rng, n_val, 0.2)), 0.3) for _ in range(REPETITIONS)
    )
    assert 0.925 <= hits / REPETITIONS <= 0.97


@pytest.mark.parametrize(("n_train", "n_val"), [(30, 30), (200, 100), (200, 30)])
def test_the_interval_of_the_share_that_transfers_covers_nineteen_times_in_twenty(n_train: int, n_val: int) -> None:
    rng = np.random.default_rng(n_train + n_val)
    shares = [transfer_ratio(gain(rng, n_val, 0.2), gain(rng, n_train, 0.5)) for _ in range(REPETITIONS)]
    scored = [share for share in shares if isinstance(share, Estimate)]
    assert len(scored) > 0.97 * REPETITIONS
    assert 0.925 <= sum(holds(share, 0.4) for share in scored) / len(scored) <= 0.975


def test_the_bootstrap_of_the_share_covers_less_on_small_samples() -> None:
    """Why the share has Fieller's interval: on the same samples the percentile bootstrap misses more often."""
    rng = np.random.default_rng(7)
    fieller = bootstrap = 0
    repetitions, n, resamples = 300, 20, 500
    for _ in range(repetitions):
        sides = []
        for mean in (0.2, 0.5):
            tokens = token_counts(rng, n)
            sides.append(((mean + 0.4 * (rng.gamma(4, 0.5, n) - 2)) * tokens, tokens))
        (above_v, below_v), (above_t, below_t) = sides
        share = transfer_ratio(ratio(above_v, below_v, range(n)), ratio(above_t, below_t, range(n)))
        if isinstance(share, Unscored):
            continue
        fieller += holds(share, 0.4)
        v, t = (rng.multinomial(n, np.full(n, 1 / n), resamples) for _ in range(2))
        low, high = np.percentile((v @ above_v) / (v @ below_v) / ((t @ above_t) / (t @ below_t)), [2.5, 97.5])
        bootstrap += bool(low < 0.4 < high)
    assert fieller > bootstrap


def test_the_intervals_of_five_thousand_items_take_a_few_hundredths_of_a_second() -> None:
    rng = np.random.default_rng(0)
    tokens = token_counts(rng, 5000)
    nll, units = lognormal_nll(rng, 5000) * tokens, [f"{k // 2:032x}" for k in range(5000)]
    ratio_of_sums(nll, tokens, units)
    started = time.perf_counter()
    for _ in range(10):
        ratio_of_sums(nll, tokens, units)
    assert time.perf_counter() - started < 0.5
