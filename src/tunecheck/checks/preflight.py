"""Preflight: is there anything to compare, and is the comparison fair? Answered before any scoring."""

from __future__ import annotations

from tunecheck.core import CheckResult, Drift, Finding, PairFacts, ProbeFacts, Status

# Kernels sum in another order for another batch shape; float32 moves by some 1e-6, 16-bit precisions by some 1e-2.
BATCH_TOLERANCE_NATS = {"float32": 1e-3, "bfloat16": 0.25, "float16": 0.1}


def check_preflight(facts: PairFacts, probe: ProbeFacts, *, signature: str) -> CheckResult:
    """Findings about the two sides: no change at all, a base on its own, other tokenizers, templates or end tokens."""
    findings = [
        finding
        for finding in (
            _no_change(facts, probe),
            _batch_dependence(facts, probe),
            _tokenizer(facts),
            _template(facts),
            _end_tokens(facts),
            _apart(facts),
            *(Finding(code="preflight.note", severity="info", message=note) for note in facts.notes),
        )
        if finding is not None
    ]
    worst = {finding.severity for finding in findings}
    status: Status = "fail" if "fail" in worst else "warn" if "warn" in worst else "pass"
    return CheckResult(
        check="preflight",
        status=status,
        summary=_summary(facts, probe, status, findings),
        measures={
            "tuned_vs_base_nats": probe.tuned_vs_base_nats,
            "batch_dependence_nats": probe.batch_nats,
            "n_items": probe.n_items,
            "precision": facts.dtype,
            "precision_drift_nats": probe.drift.mean_nats if isinstance(probe.drift, Drift) else None,
        },
        findings=tuple(findings),
        signature=signature,
    )


def is_no_op(probe: ProbeFacts) -> bool:
    """Whether tuned and base gave every token of the probe the same probability."""
    return probe.tuned_vs_base_nats == 0.0


def _summary(facts: PairFacts, probe: ProbeFacts, status: Status, findings: list[Finding]) -> str:
    if status != "pass":
        return next(finding.message for finding in findings if finding.severity == status)
    if probe.tuned_vs_base_nats is None:
        return f"The model loads and scores do not depend on the batch (tried on {probe.n_items} items)."
    how = "one copy of the weights, adapter off and on" if facts.shared else "two copies of the weights"
    return f"The tuned model differs from its base ({how}), and scores do not depend on the batch."


def _no_change(facts: PairFacts, probe: ProbeFacts) -> Finding | None:
    if not is_no_op(probe):
        return None
    likely = facts.nothing_learned or (
        "the adapter is not the one that was trained, it was saved before training, or training changed nothing "
        "(learning rate 0, every label masked)"
    )
    return Finding(
        code="preflight.no_change",
        severity="fail",
        message=f"The tuned model is its base: it gives every token of {probe.n_items} items the same probability.",
        evidence={"likely_cause": likely, "tuned": facts.tuned, "base": facts.base},
        hint=f"likely cause: {likely}",
    )


def _batch_dependence(facts: PairFacts, probe: ProbeFacts) -> Finding | None:
    tolerance = BATCH_TOLERANCE_NATS.get(facts.dtype, 0.25)
    if probe.batch_nats <= tolerance:
        return None
    return Finding(
        code="preflight.batch_dependence",
        severity="warn",
        message=f"A token's score moves by {probe.batch_nats:.3g} nats with the batch that its item is in.",
        evidence={"largest_change_nats": probe.batch_nats, "tolerated_nats": tolerance},
        hint="score one sequence at a time: --batch-tokens 1",
    )


def _tokenizer(facts: PairFacts) -> Finding | None:
    if not facts.same_tokens:
        return Finding(
            code="preflight.tokenizer",
            severity="warn",
            message="The tuned model's tokenizer knows tokens that the base does not: each side used its own.",
            evidence={"tokenizer_from": facts.tokenizer_from},
            hint="compare bits per byte, which do not depend on the tokenizer",
        )
    if not facts.tokenizer_differs:
        return None
    return Finding(
        code="preflight.tokenizer",
        severity="warn",
        message=f"The tokenizer in {facts.tokenizer_from} is not the base's; it was used for both sides.",
        evidence={"tokenizer_from": facts.tokenizer_from, "base": facts.base},
        hint="if that was not meant, save the base's tokenizer with the tuned model",
    )


def _template(facts: PairFacts) -> Finding | None:
    if not facts.template_differs:
        return None
    return Finding(
        code="preflight.template",
        severity="info",
        message=f"The chat template of {facts.template_from} is not the base's; it was used for both sides.",
        evidence={"template": facts.template_fingerprint},
        hint="a base that was never shown this template may lose some of its skill to it",
    )


def _end_tokens(facts: PairFacts) -> Finding | None:
    if not facts.end_tokens or not facts.stop_tokens or set(facts.end_tokens) & set(facts.stop_tokens):
        return None
    ends, stops = ", ".join(facts.end_tokens), ", ".join(facts.stop_tokens)
    return Finding(
        code="preflight.end_token",
        severity="warn",
        message=f"The tokenizer ends a turn with {ends}, but the model's configuration stops at {stops}.",
        evidence={"tokenizer": ends, "model": stops},
        hint=f"set eos_token_id in generation_config.json to the id of {ends}, or answers may not end",
    )


def _apart(facts: PairFacts) -> Finding | None:
    if facts.base is None or facts.shared or facts.method == "full model" or not facts.apart_reason:
        return None
    return Finding(
        code="preflight.base_apart",
        severity="info",
        message=f"The base was loaded on its own: {facts.apart_reason}.",
        evidence={"method": facts.method},
    )
