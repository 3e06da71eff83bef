"""The logged evaluation loss is compared with the scores of the same rows, as the trainer averages them."""

from __future__ import annotations

import numpy as np
import pytest

from tunecheck.checks import ScoredPart, check_curve, with_agreement
from tunecheck.core import CheckResult, History, Item, Message, Point, SequenceScore, Series, Totals

RNG = np.random.default_rng(0)
N_TOKENS = RNG.integers(3, 60, size=50)
NLL = N_TOKENS * RNG.normal(1.4, 0.3, size=50)


def part(nll: np.ndarray = NLL, full_factor: float = 2.0) -> ScoredPart:
    """Fifty items; whole sequences hold as many tokens of the prompt, each ``full_factor`` - 1 times as hard."""
    items = tuple(
        Item(form="text", response=Message(role="text", content=f"text {place}")) for place in range(len(nll))
    )
    scores = tuple(
        SequenceScore(
            item_id=item.id,
            response=Totals(nll_nats=float(loss), n_tokens=int(n), n_bytes=int(n), n_argmax=0),
            full=Totals(nll_nats=float(full_factor * loss), n_tokens=2 * int(n), n_bytes=2 * int(n), n_argmax=0),
        )
        for item, loss, n in zip(items, nll, N_TOKENS, strict=True)
    )
    return ScoredPart(part="validation", items=items, tuned=scores, base=None)


def batch_mean(batch_size: int) -> float:
    """What the Trainer logs: the mean over batches of each batch's mean per token."""
    batches = [slice(start, start + batch_size) for start in range(0, len(NLL), batch_size)]
    return float(np.mean([NLL[batch].sum() / N_TOKENS[batch].sum() for batch in batches]))


def agreed(
    last: float, *, n_eval: int | None = 50, kind: str = "nll", eval_set: str = "", full_factor: float = 2.0
) -> CheckResult:
    losses = [Point(float(step), loss) for step, loss in ((10, 2.5), (20, 2.0), (30, 1.7), (40, last))]
    history = History(
        source="trainer_state.json",
        format="Hugging Face Trainer",
        series=(Series(name="loss", split="eval", eval_set=eval_set, points=tuple(losses)),),
        last_step=40.0,
        n_eval=n_eval,
        loss_kind="preference" if kind == "preference" else "nll",
    )
    return with_agreement(check_curve(history), history, part(full_factor=full_factor), 8)


def codes(check: CheckResult) -> set[str]:
    return {finding.code for finding in check.findings if finding.code.startswith("curve.eval_")}


def test_the_mean_over_batches_of_the_responses_is_recognised() -> None:
    (finding,) = [f for f in agreed(batch_mean(8)).findings if f.code == "curve.eval_reproduced"]
    assert "over means of batches of 8, the responses" in finding.message
    assert finding.evidence["apart"] == pytest.approx(0, abs=1e-12)


def test_the_mean_over_all_tokens_of_whole_sequences_is_recognised() -> None:
    check = agreed(float(NLL.sum() / N_TOKENS.sum()))
    assert codes(check) == {"curve.eval_reproduced"}


def test_where_the_loss_of_responses_and_of_whole_sequences_both_fit_neither_is_claimed() -> None:
    # As many tokens of the prompt, each 1.04 times as hard: the two means are 2% apart.
    (finding,) = [f for f in agreed(batch_mean(8), full_factor=2.04).findings if f.code == "curve.eval_reproduced"]
    assert "batches of 8, the responses" in finding.message
    assert "whole sequences fits too" in finding.message
    assert "not shown" in finding.message


def test_one_mask_that_fits_is_told_without_doubt() -> None:
    (finding,) = [f for f in agreed(batch_mean(8), full_factor=4.0).findings if f.code == "curve.eval_reproduced"]
    assert "not shown" not in finding.message


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 3.0])
def test_a_loss_that_no_way_of_averaging_gives_is_told(factor: float) -> None:
    check = agreed(factor * float(NLL.sum() / N_TOKENS.sum()))
    (finding,) = [f for f in check.findings if f.code == "curve.eval_differs"]
    assert "template" in finding.hint
    assert check.status in ("warn", "unknown", "fail")


@pytest.mark.parametrize(
    "check",
    [agreed(1.0, n_eval=49), agreed(1.0, n_eval=None), agreed(1.0, kind="preference"), agreed(1.0, eval_set="code")],
    ids=["another number of rows", "an unknown number", "no likelihood", "one set of several"],
)
def test_what_is_not_comparable_is_not_compared(check: CheckResult) -> None:
    assert codes(check) == set()
