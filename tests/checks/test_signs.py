"""Signs: how the check weighs them, and what a page gets to show."""

from __future__ import annotations

from array import array
from dataclasses import replace

import numpy as np
import pytest

from tests.checks.parts import made_items
from tunecheck.checks import ScoredPart, check_overfitting
from tunecheck.checks.scored import PartName
from tunecheck.checks.signs import Sign, extraction_sign, known, membership_sign, near_far_sign, sentence_of
from tunecheck.core import Finding, Message, SequenceScore, Status, TokenScores, Totals, TrainingSettings, Unscored

N_TOKENS = 40


def sign(status: Status) -> Sign:
    return Sign(name="s", title="S", status=status, sentence="It is so.", headline={}, details={})


def made(part: PartName, n: int, *, remembered: bool, seed: int = 0) -> ScoredPart:
    """Items with their tokens: the tuned model gains a little everywhere, or knows nearly every token for sure."""
    rng = np.random.default_rng((seed, n, remembered))
    # The words must not tell the parts apart, or scores would prove nothing.
    items = tuple(
        replace(item, prompt=(Message(role="user", content=f"question {int(rng.integers(10**6))}"),))
        for item in made_items(part, n)
    )

    def score(item_id: str, nll: np.ndarray) -> SequenceScore:
        best = (nll < 0.3).astype(int)
        tokens = TokenScores(
            positions=array("q", range(len(nll))), nll_nats=array("d", nll), is_argmax=array("b", best.tolist())
        )
        totals = Totals(nll_nats=float(nll.sum()), n_tokens=len(nll), n_bytes=4 * len(nll), n_argmax=int(best.sum()))
        return SequenceScore(item_id=item_id, response=totals, tokens=tokens)

    base = [0.5 + rng.exponential(1.5, N_TOKENS) for _ in items]
    tuned = [nll * (0.02 if remembered else 0.8) * rng.uniform(0.9, 1.1, N_TOKENS) for nll in base]
    return ScoredPart(
        part=part,
        items=items,
        tuned=tuple(score(item.id, nll) for item, nll in zip(items, tuned, strict=True)),
        base=tuple(score(item.id, nll) for item, nll in zip(items, base, strict=True)),
    )


@pytest.fixture(scope="module")
def remembered() -> tuple[ScoredPart, ScoredPart]:
    return made("train", 60, remembered=True), made("validation", 60, remembered=False)


@pytest.fixture(scope="module")
def healthy() -> tuple[ScoredPart, ScoredPart]:
    return made("train", 60, remembered=False, seed=1), made("validation", 60, remembered=False, seed=2)


def test_what_could_not_be_measured_says_nothing() -> None:
    assert known([sign("pass"), sign("unknown")]) == "pass"
    assert known([sign("warn"), sign("unknown")]) == "warn"
    assert known([]) == "pass"


def test_the_sentence_is_that_of_the_worst_finding() -> None:
    found = [
        Finding(code="a", severity="info", message="nothing"),
        Finding(code="b", severity="warn", message="something"),
        Finding(code="c", severity="fail", message="everything"),
    ]
    assert sentence_of(found, "Fine.") == "Everything."
    assert sentence_of(found[:1], "Fine.") == "Fine."


def test_memory_fails_by_scores_and_by_extraction_and_the_rows_are_shown(
    remembered: tuple[ScoredPart, ScoredPart],
) -> None:
    found = [membership_sign(*remembered, "fewer epochs"), extraction_sign(*remembered)]
    assert [one.status for one in found] == ["fail", "fail"]
    assert {f.code for one in found for f in one.findings} == {"overfit.membership", "overfit.verbatim"}
    for one in found:
        (shown,) = one.exhibits
        assert shown.exhibits[0].where.startswith("train.jsonl line ")
        assert "user: question" in shown.exhibits[0].texts[0][1]


def test_a_healthy_model_passes_both(healthy: tuple[ScoredPart, ScoredPart]) -> None:
    found = [membership_sign(*healthy, ""), extraction_sign(*healthy)]
    assert [(one.status, one.findings, one.exhibits) for one in found] == [("pass", (), ())] * 2
    assert all(one.sentence.endswith(".") for one in found)


def test_scores_of_an_older_version_without_tokens_are_unknown(healthy: tuple[ScoredPart, ScoredPart]) -> None:
    old = [replace(part, tuned=tuple(replace(score, tokens=None) for score in part.tuned)) for part in healthy]
    for one in (membership_sign(old[0], old[1], ""), extraction_sign(old[0], old[1])):
        assert one.status == "unknown"
        assert all(isinstance(value, Unscored) for value in one.headline.values())


def test_without_similarities_near_and_far_is_unknown(healthy: tuple[ScoredPart, ScoredPart]) -> None:
    found = near_far_sign(healthy[1], None)
    assert (found.status, found.sentence) == (
        "unknown", "Not measured: the distance to the training rows was not measured: run again."
    )  # fmt: skip


def test_the_check_takes_the_worst_sign_and_says_it_first(remembered: tuple[ScoredPart, ScoredPart]) -> None:
    train, validation = remembered
    ids = {item.id: k / len(validation.items) for k, item in enumerate(validation.items)}
    result = check_overfitting(
        train,
        validation,
        leaked_ids=frozenset(),
        n_train_rows=60,
        settings=TrainingSettings(epochs=30),
        signature="",
        similarity=ids,
    )
    assert result.status == "fail"
    assert [step.name for step in result.signs] == [
        "gap", "membership", "extraction", "near_far", "copying", "diversity", "forgetting"
    ]  # fmt: skip
    assert {"membership_auc", "verbatim_excess", "near_gain_nats", "copy_excess"} <= set(result.measures)
    assert {"membership", "extraction", "near_far"} <= set(result.measures)
    assert len(result.exhibits) >= 2
