"""Agreement: is the evaluation loss that the trainer logged the one that the same rows have here?

A figure that cannot be reproduced was measured on something else: another template, mask, maximum length, or weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tunecheck.checks.phrases import number, percent
from tunecheck.checks.scored import ScoredPart, columns
from tunecheck.checks.statuses import worst
from tunecheck.core import CheckResult, Finding, History, Totals

# Beyond this share two figures of the same rows are not the same measurement. Precision and the order of the rows in
# their batches move it by far less.
TOLERANCE = 0.05
# What the Trainer takes where nobody says.
USUAL_EVAL_BATCH = 8
# What carried a label in the training.
RESPONSES, SEQUENCES = "the responses", "whole sequences"


def with_agreement(
    check: CheckResult, history: History, validation: ScoredPart, eval_batch_size: int | None
) -> CheckResult:
    """The curve check with a finding on whether the logged evaluation loss of the kept model is reproduced.

    Compared only where the log tells of as many evaluation rows as the validation file holds, and has an evaluation at
    the step that was kept. Any of the ways to average counts as reproducing: means of batches, as the Hugging Face
    Trainer takes them, or over all tokens; of the responses, or of whole sequences.
    """
    logged = _logged(check, history)
    if logged is None or history.n_eval != len(validation.items):
        return check
    found = dict(_recomputed(validation, eval_batch_size or USUAL_EVAL_BATCH))
    if not found:
        return check
    apart = {way: abs(value - logged) / abs(logged) for way, value in found.items()}
    fitting = sorted((way for way in found if apart[way] <= TOLERANCE), key=apart.__getitem__)
    finding = _reproduced(logged, found, fitting) if fitting else _differs(logged, found)
    return replace(
        check,
        status=check.status if fitting else worst([check.status, "warn"]),
        findings=(*check.findings, finding),
    )


def _logged(check: CheckResult, history: History) -> float | None:
    """The evaluation loss at the step that was kept, where that loss is a likelihood."""
    step = check.measures.get("shipped_step")
    series = history.one("loss", "eval")
    if history.loss_kind != "nll" or series is None or series.eval_set or not isinstance(step, int | float):
        return None
    values = [point.value for point in series.points if point.step == step]
    return values[-1] if values and np.isfinite(values[-1]) and values[-1] else None


def _recomputed(part: ScoredPart, batch_size: int) -> Iterator[tuple[str, float]]:
    masks: dict[str, list[Totals]] = {
        RESPONSES: [score.response for score in part.tuned],
        SEQUENCES: [score.full for score in part.tuned if score.full is not None],
    }
    for mask, totals in masks.items():
        table = columns(totals)
        if len(totals) < len(part.items) or not table.n_tokens.sum():
            continue
        yield f"over the tokens of {mask}", float(table.nll_nats.sum() / table.n_tokens.sum())
        starts = np.arange(0, len(totals), batch_size)
        nll, n = (np.add.reduceat(values, starts) for values in (table.nll_nats, table.n_tokens))
        if (n > 0).all():
            yield f"over means of batches of {batch_size}, {mask}", float((nll / n).mean())


def _reproduced(logged: float, found: dict[str, float], fitting: list[str]) -> Finding:
    way = fitting[0]
    other = SEQUENCES if RESPONSES in way else RESPONSES
    beside = next((fit for fit in fitting if other in fit), None)
    doubt = "" if beside is None else f". {number(found[beside])} {beside} fits too: which one was trained is not shown"
    return Finding(
        code="curve.eval_reproduced",
        severity="info",
        message=f"the trainer's evaluation loss of {number(logged)} is reproduced: {number(found[way])} {way}{doubt}",
        evidence={"logged": logged, "recomputed": found[way], "apart": abs(found[way] - logged) / abs(logged)},
    )


def _differs(logged: float, found: dict[str, float]) -> Finding:
    told = "; ".join(f"{number(value)} {way}" for way, value in found.items())
    nearest = min(found.values(), key=lambda value: abs(value - logged))
    return Finding(
        code="curve.eval_differs",
        severity="warn",
        message=f"the trainer logged an evaluation loss of {number(logged)} for the kept step, and the same number of "
        f"rows gives here: {told}. {percent(abs(nearest - logged) / abs(logged))} apart at the nearest",
        evidence={"logged": logged, **found},
        hint="if --val is the file that the trainer evaluated on, look for a difference in the chat template, in the "
        "mask (which tokens carried a label), in the maximum length, or in how the adapter was merged",
    )
