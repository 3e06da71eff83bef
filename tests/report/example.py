"""Results of made-up runs, with numbers of a believable size: one to ship, one to hold, one that is incomplete."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from tunecheck.core import (
    CheckResult,
    Decision,
    Estimate,
    Finding,
    ItemComparison,
    Measure,
    RunResult,
    Status,
    Step,
    Unscored,
    Verdict,
)

METHOD = "paired bootstrap over items, 10,000 draws"
_ASKS = (
    "Summarise the complaint in one sentence for the support desk.",
    "Which of the three plans would you suggest to this customer, and why?",
    "Rewrite the reply so that it is polite and names the next step.",
    "Extract the order number and the date, as JSON with the keys order and date.",
    "A customer writes: the parcel came open and one cup is broken. Answer in German, in two sentences.",
)
_ANSWERS = (
    "The customer's second delivery arrived damaged and they ask for a replacement before Friday.",
    '{"order": "A-20417", "date": "2024-03-09"}',
    "Es tut uns leid, dass die Tasse zerbrochen ist. Wir schicken Ihnen heute eine neue.",
    "The Team plan: twelve people share it, and the export that they asked for is not in Basic.",
    "Thank you for waiting. I have passed the refund on; you will see it within three working days.\n\nKind regards",
)


def about(value: float, width: float, n: int = 500, method: str = METHOD) -> Estimate:
    return Estimate(value=value, low=value - width / 2, high=value + width / 2, n=n, method=method)


def comparisons(n: int, part: str, *, gain: float, base: bool = True, seed: int = 7) -> tuple[ItemComparison, ...]:
    """Items whose gain per token scatters around ``gain``."""
    rng = random.Random(f"{seed}{part}")
    made = []
    for place in range(n):
        n_tokens = rng.randint(12, 240)
        tuned = rng.gammavariate(9, 0.19)
        ask, answer = rng.choice(_ASKS), rng.choice(_ANSWERS)
        name = "val.jsonl" if part == "validation" else "train.jsonl"
        made.append(
            ItemComparison(
                item_id=f"{place:032x}",
                part="validation" if part == "validation" else "train",
                source=f"{name} line {place + 1}",
                prompt=f"system: You answer for the support desk of a shop for cups.\nuser: {ask}",
                response=answer * (1 + (place % 9 == 0) * 12),
                n_tokens=n_tokens,
                n_bytes=n_tokens * 4,
                tuned_nll_nats=tuned * n_tokens,
                base_nll_nats=(tuned + rng.gauss(gain, 0.22)) * n_tokens if base else None,
            )
        )
    return tuple(made)


def perplexity_check(*, base: bool = True, n: int = 500, gain: float = 0.41, status: Status = "pass") -> CheckResult:
    def side(nll: float, perplexity: float, accuracy: float) -> dict[str, Measure]:
        return {
            "nll_nats": about(nll, 0.062),
            "perplexity": about(perplexity, perplexity * 0.055),
            "bits_per_byte": about(nll * 0.36, 0.022),
            "token_accuracy": about(accuracy, 0.018),
            "n_items": n,
            "n_tokens": 61_204,
            "n_bytes": 246_113,
        }

    measures: dict[str, Measure] = {"tuned": side(1.712, 5.54, 0.634)}
    summary = "Perplexity on 500 validation items is 5.54."
    if base:
        measures["base"] = side(2.122, 8.35, 0.547)
        measures["paired"] = {
            "nll_gain_nats": about(gain, 0.038),
            "perplexity_ratio": about(0.664, 0.026),
            "improvement_percent": about(33.6, 2.6),
        }
        summary = "Tuning lowered perplexity on 500 validation items from 8.35 to 5.54, a third less."
    return CheckResult(
        check="perplexity",
        status=status,
        summary=summary,
        measures=measures,
        findings=(
            Finding(
                code="perplexity.truncated",
                severity="info",
                message="18 items were longer than the window of 2,048 tokens and were scored in overlapping windows.",
                evidence={"n_items": 18, "window_tokens": 2048},
                hint="nothing to do; --window 4096 scores them whole",
            ),
        ),
        signature="data=val.jsonl:9f2c split=validation template=chatml mask=response dtype=float32 v=0.1.0",
        comparisons=comparisons(n, "validation", gain=gain, base=base),
    )


def overfitting_check(*, gap: float = 0.11, status: Status = "pass", n: int = 500) -> CheckResult:
    findings: tuple[Finding, ...] = ()
    if status == "fail":
        findings = (
            Finding(
                code="overfit.verbatim",
                severity="fail",
                message="The tuned model continues 41 of 200 training responses word for word; its base continues 2.",
                evidence={"tuned_share": 0.205, "base_share": 0.01, "longest_match_tokens": 118},
                hint="train for one epoch fewer, or deduplicate the training set",
            ),
            Finding(
                code="overfit.gap",
                severity="warn",
                message="The loss on validation rows is 0.64 nats per token above the loss on training rows.",
                evidence={"gap_nats": 0.64, "mark_nats": 0.5},
                hint="stop at step 1,200, where the evaluation loss was lowest",
            ),
        )
    return CheckResult(
        check="overfitting",
        status=status,
        summary=f"Loss on validation rows is {gap:.2f} nats per token above training rows.",
        measures={
            "train_nll_nats": about(1.712 - gap, 0.05),
            "val_nll_nats": about(1.712, 0.06),
            "gap_nats": about(gap, 0.07, method="bootstrap over items of both parts"),
            "gap_label": "high" if gap > 0.5 else "none",
            "gain_train_nats": about(0.41 + gap, 0.04),
            "gain_val_nats": about(0.41, 0.038),
            "excess_gain_nats": about(gap, 0.06),
            "transfer_ratio": about(0.41 / (0.41 + gap), 0.08),
            "membership_auc": Unscored(reason="no held-out rows from before training"),
        },
        findings=findings,
        signature="data=train.jsonl:41aa+val.jsonl:9f2c sample=500 seed=42 dtype=float32 v=0.1.0",
        comparisons=(
            *comparisons(n, "train", gain=0.41 + gap),
            *comparisons(n, "validation", gain=0.41),
        ),
    )


_STEPS: tuple[tuple[str, str], ...] = (
    ("curve", "Training curve"),
    ("perplexity", "Perplexity"),
    ("overfitting", "Overfitting"),
    ("tasks", "Task metrics"),
    ("review", "Human review"),
    ("ab", "Blind comparison"),
)


def checklist(**steps: tuple[Status, str]) -> tuple[Step, ...]:
    unknown: tuple[Status, str] = ("unknown", "Not run.")
    return tuple(
        Step(name=name, title=title, status=steps.get(name, unknown)[0], summary=steps.get(name, unknown)[1])
        for name, title in _STEPS
    )


def run(decision: Decision, reasons: tuple[str, ...], steps: tuple[Step, ...], *checks: CheckResult) -> RunResult:
    next_steps = {
        "ship": ("Keep this folder beside the model: it is the evidence.",),
        "hold": (
            "Train for one epoch fewer and run again: tunecheck run ./out-2 --val val.jsonl",
            "Look for copies between the two files",
        ),
        "incomplete": (
            "Let two people rate 50 answers blind: tunecheck review create ./tunecheck-runs/support",
            "Give the model's base, so that the gain can be measured: --base MODEL",
        ),
    }[decision]
    return RunResult(
        verdict=Verdict(decision=decision, reasons=reasons, checklist=steps, next_steps=next_steps),
        checks={check.check: check for check in checks},
        facts=(
            ("Tuned model", "./out/support-lora (LoRA, rank 16, alpha 32)"),
            ("Base model", "example-org/small-1.5b, revision 4f1e2d"),
            ("Validation data", "val.jsonl, 500 items, fingerprint 9f2c81d00a7e4b15"),
            ("Template", "chatml, from the tokenizer"),
            ("Precision", "float32 on cpu"),
            ("Seed", "42"),
        ),
        title="support-lora on val.jsonl",
        folder="tunecheck-runs/support",
        version="0.1.0",
        created="2025-03-09 14:21 UTC",
    )


def curve_check(status: Status = "pass") -> CheckResult:
    return CheckResult(
        check="curve",
        status=status,
        summary="The evaluation loss fell until step 1,400 of 1,500 and gave nothing back.",
        measures={
            "label": "healthy",
            "best_step": 1400,
            "best_eval_loss": 1.7094,
            "shipped_step": 1500,
            "give_back": 0.002,
        },
        signature="log=trainer_state.json:77b0 v=0.1.0",
    )


def unknown_check(name: str, summary: str) -> CheckResult:
    return CheckResult(check=name, status="unknown", summary=summary)


def ship() -> RunResult:
    steps = checklist(
        curve=("pass", "The evaluation loss fell until step 1,400 of 1,500."),
        perplexity=("pass", "Perplexity fell from 8.35 to 5.54 on 500 validation items."),
        overfitting=("pass", "What was gained on training rows is gained on validation rows too."),
        tasks=("pass", "ROUGE-L rose by 0.06 [0.04, 0.08]."),
        review=("pass", "Two people rated 50 items; no axis fell."),
        ab=("pass", "People preferred the tuned model on 34 of 50 items."),
    )
    return run("ship", ("All six steps pass.",), steps, curve_check(), perplexity_check(), overfitting_check())


def hold() -> RunResult:
    steps = checklist(
        curve=("warn", "The evaluation loss rose by 0.08 nats after step 1,200."),
        perplexity=("pass", "Perplexity fell from 8.35 to 5.54 on 500 validation items."),
        overfitting=("fail", "41 of 200 training responses come back word for word."),
        tasks=("unknown", "No task was named."),
    )
    return run(
        "hold",
        (
            "The tuned model continues 41 of 200 training responses word for word; its base continues 2.",
            "The loss on validation rows is 0.64 nats per token above the loss on training rows.",
        ),
        steps,
        curve_check("warn"),
        perplexity_check(),
        overfitting_check(gap=0.64, status="fail"),
        unknown_check("tasks", "No task was named; --task summarization measures one."),
        unknown_check("review", "Nobody has rated answers yet."),
        unknown_check("ab", "Nobody has compared answers yet."),
    )


def incomplete() -> RunResult:
    steps = checklist(
        curve=("unknown", "The output folder holds no training log."),
        perplexity=("pass", "Perplexity on 500 validation items is 5.54; there is no base to compare with."),
    )
    return run(
        "incomplete",
        ("Nobody has rated or compared answers yet.",),
        steps,
        perplexity_check(base=False),
        unknown_check("curve", "The output folder holds no training log."),
    )


def without_items() -> RunResult:
    result = ship()
    bare = {name: replace(check, comparisons=()) for name, check in result.checks.items()}
    return replace(result, checks=bare)


def light() -> RunResult:
    """A run whose page has no chart, for tests that are not about the page."""
    return run("ship", ("All is well.",), checklist(curve=("pass", "Healthy.")), curve_check())


def rewritten(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of a record in which every free text, at any depth, went through ``change``."""
    match value:
        case str():
            return change(value)
        case tuple():
            return tuple(rewritten(inner, change) for inner in value)
        case dict():
            return {change(key): rewritten(inner, change) for key, inner in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            kept = {"status", "severity", "decision", "part", "check", "name"}
            names = [field.name for field in fields(value) if field.name not in kept]
            return replace(value, **{name: rewritten(getattr(value, name), change) for name in names})
        case _:
            return value


def hostile(text: str) -> RunResult:
    """The run to hold, with ``text`` after every free text of it: names of measures, sources, prompts, facts, all."""
    result = hold()
    few = {name: replace(check, comparisons=check.comparisons[:12]) for name, check in result.checks.items()}
    # Its figures are tested by themselves; here they would only take time.
    few["overfitting"] = replace(few["overfitting"], measures={})
    changed = rewritten(replace(result, checks={}), lambda old: f"{old} {text}")
    checks = {
        name: replace(
            rewritten(replace(check, measures={}), lambda old: f"{old} {text}"),
            measures=dict(check.measures)
            | {f"key {text}": f"value {text}", "group": {f"inner {text}": Unscored(reason=text)}},
        )
        for name, check in few.items()
    }
    odd = CheckResult(check=f"odd {text}", status="warn", summary=text, measures={text: text}, signature=text)
    return replace(changed, checks=checks | {odd.check: odd})
