"""How often the overfitting check is wrong: null runs must not fail, and memorisation must, whatever the split."""

from __future__ import annotations

import numpy as np

from tests.checks.parts import Floats, made_items, made_part
from tunecheck.checks import check_overfitting
from tunecheck.core import CheckResult, TrainingSettings

N_TRAIN, N_VAL = 200, 100
TRAIN, VALIDATION = made_items("train", N_TRAIN), made_items("validation", N_VAL)
SPREAD_OF_ITEMS, SPREAD_OF_GAINS = 0.6, 0.15


def run(rng: np.random.Generator, *, gain: float, memorised: float, shift: float) -> CheckResult:
    """One run: items of varying difficulty and length; ``memorised`` is the extra gain on training text alone."""

    def side(n: int, harder: float, gained: float) -> tuple[Floats, Floats, list[int]]:
        base = np.maximum(0.8, 2.0 + harder + SPREAD_OF_ITEMS * rng.normal(size=n))
        return (
            base - gained - SPREAD_OF_GAINS * rng.normal(size=n),
            base,
            (rng.lognormal(4, 0.6, n) + 2).astype(int).tolist(),
        )

    tuned_t, base_t, tokens_t = side(N_TRAIN, 0.0, gain + memorised)
    tuned_v, base_v, tokens_v = side(N_VAL, shift, gain)
    return check_overfitting(
        made_part(tuned_t, base_t, part="train", items=TRAIN, tokens=tokens_t),
        made_part(tuned_v, base_v, items=VALIDATION, tokens=tokens_v),
        leaked_ids=frozenset(),
        n_train_rows=N_TRAIN,
        settings=TrainingSettings(),
        signature="",
    )


def test_a_harder_split_without_memorisation_fails_at_most_one_run_in_forty() -> None:
    rng = np.random.default_rng(0)
    results = [run(rng, gain=0.2, memorised=0.0, shift=0.3) for _ in range(500)]
    assert sum(result.status == "fail" for result in results) <= 0.025 * 500
    assert sum(result.status == "pass" for result in results) > 0.95 * 500
    assert sum(result.measures["gap_label"] != "none" for result in results) > 0.8 * 500


def test_a_faint_gain_is_not_failed_by_chance() -> None:
    """The hardest null: the gain is hardly larger than its own error, so the share that transfers jumps about."""
    rng = np.random.default_rng(1)
    results = [run(rng, gain=0.03, memorised=0.0, shift=0.3) for _ in range(300)]
    assert sum(result.status == "fail" for result in results) <= 0.025 * 300


def test_memorisation_is_found_though_an_easier_split_hides_it() -> None:
    rng = np.random.default_rng(2)
    results = [run(rng, gain=0.1, memorised=0.3, shift=-0.3) for _ in range(200)]
    assert sum(result.status == "fail" for result in results) > 0.9 * 200
    assert sum(result.measures["gap_label"] == "none" for result in results) > 0.9 * 200
