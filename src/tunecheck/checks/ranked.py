"""Ranked labels: right by likelihood, whether the probabilities can be believed, and whether form hides knowledge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunecheck.checks.phrases import number, percent
from tunecheck.core import Finding, LabelFacts, Measure, Reading
from tunecheck.metrics.calibration import brier_items, expected_calibration_error, log_loss_items, reliability
from tunecheck.stats import mcnemar, ratio_of_sums, share

# By so much the likeliest label has to be right more often than the written one before it is told.
GAP = 0.1
ALPHA = 0.05

Probabilities = Sequence[Sequence[float]]


def ranked_measures(facts: LabelFacts, probabilities: Probabilities, units: Sequence[str]) -> dict[str, Measure]:
    """Accuracy of the likeliest label, calibration error, Brier score, log loss in nats, and the bars of a diagram."""
    found = np.array(probabilities, dtype=np.float64)
    references = _codes(facts)
    ones = np.ones(len(references))
    return {
        "accuracy": share(_is_right(facts, probabilities).astype(float), list(units)),
        "calibration_error": expected_calibration_error(found, references),
        "brier": ratio_of_sums(brier_items(found, references), ones, list(units), at_least=0, at_most=2),
        "log_loss_nats": ratio_of_sums(log_loss_items(found, references), ones, list(units), at_least=0),
        "reliability": tuple(
            {"low": one.low, "high": one.high, "n": one.n, "confidence": one.confidence, "accuracy": one.accuracy}
            for one in reliability(found, references)
        ),
    }


def rank_gap(facts: LabelFacts) -> Finding | None:
    """That the tuned model finds the right label likeliest and does not write it."""
    if facts.tuned_probabilities is None:
        return None
    by_rank = _is_right(facts, facts.tuned_probabilities)
    written = np.array(
        [isinstance(one, Reading) and one.label == ref for one, ref in zip(facts.tuned, facts.references, strict=True)]
    )
    gap = float(by_rank.mean() - written.mean())
    p_value = mcnemar(int((by_rank & ~written).sum()), int((written & ~by_rank).sum()))
    if gap < GAP or p_value >= ALPHA:
        return None
    return Finding(
        code="tasks.rank_gap",
        severity="warn",
        message=f"the label that tuned finds likeliest is right for {percent(float(by_rank.mean()))} of the rows, the "
        f"one that it writes for {percent(float(written.mean()))} (p {number(p_value)}): it knows more than it says",
        evidence={"ranked": float(by_rank.mean()), "written": float(written.mean()), "p_value": p_value},
        hint="look at how the answers are worded: ask for the label alone, or give other spellings as aliases",
    )


def _codes(facts: LabelFacts) -> NDArray[np.int64]:
    places = {label: place for place, label in enumerate(facts.labels)}
    return np.array([places[label] for label in facts.references], dtype=np.int64)


def _is_right(facts: LabelFacts, probabilities: Probabilities) -> NDArray[np.bool_]:
    right: NDArray[np.bool_] = np.array(probabilities, dtype=np.float64).argmax(axis=1) == _codes(facts)
    return right
