"""The comparison that decides a code task: pass@1 of tuned and base, paired by problem, with its test."""

from __future__ import annotations

import numpy as np

from tunecheck.checks.code_shares import NO_PROBLEM, Solved, both_sampled, differences, shares
from tunecheck.checks.task_comparison import Comparison
from tunecheck.core import Measured, Scores, Unscored
from tunecheck.metrics.pass_at import pass_at_k
from tunecheck.stats import mcnemar, sign_flip

DECIDING = "pass@1"
MCNEMAR = "McNemar, exact"
NO_SAMPLE = Unscored(reason="without a sample that counts")
_SEED = 42


def compare_code(tuned: Solved, base: Solved | None) -> Comparison:
    """pass@1 of both sides and its difference over the problems that both have samples of.

    With one sample of each problem on both sides the test is McNemar's exact test, else a permutation of the signs of
    the differences of the problems.
    """
    measured = Measured(name=DECIDING, decides=True, tuned=_scores(tuned), base=None if base is None else _scores(base))
    own = shares(tuned, [1], pass_at_k)["1"]
    if base is None:
        return Comparison(measured=measured, tuned=own)
    p_value, test = _test(*both_sampled(tuned, base))
    return Comparison(
        measured=measured,
        tuned=own,
        base=shares(base, [1], pass_at_k)["1"],
        difference=differences(tuned, base, [1], pass_at_k)["1"],
        p_value=p_value,
        test=test,
    )


def _scores(side: Solved) -> Scores:
    return Scores(values=tuple(right / n if n else NO_SAMPLE for n, right in zip(side.n, side.n_right, strict=True)))


def _test(tuned: Solved, base: Solved) -> tuple[float | None, str]:
    """Of the same problems."""
    if not tuned.ids:
        return None, NO_PROBLEM.reason
    first, second = (np.array(side.n_right) / np.array(side.n) for side in (tuned, base))
    if {*tuned.n, *base.n} == {1}:
        return mcnemar(int((first > second).sum()), int((first < second).sum())), MCNEMAR
    p_value = sign_flip(first - second, np.arange(len(first)), np.random.default_rng(_SEED))
    return p_value, "permutation of signs by problem"
