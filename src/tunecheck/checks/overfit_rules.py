"""Overfit rules: which status a contrast of training and validation text earns, and the sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass

from tunecheck.checks.contrast import GAP_HIGH, GAP_SOME, Contrast, gap_label
from tunecheck.checks.paired_gain import more_units_needed
from tunecheck.checks.phrases import count, number, percent, span, whole
from tunecheck.core import Estimate, Finding, Severity, Status, Unscored
from tunecheck.stats import Ratio

# Heuristic marks on the share of the training gain that validation text keeps; no paper derives them. An excess gain
# above half of the training gain is the same as a share below one half, so one mark stands for both. A share below it
# fails only when the interval of the excess gain lies above zero too, so that chance alone cannot fail a run.
TRANSFER_FAIL = 0.5
TRANSFER_WATCH = 0.7

# Findings of these codes mean that more data could turn a warning into a pass or a fail.
UNSETTLED_CODES = frozenset({"overfit.not_learned", "overfit.no_transfer_shown", "overfit.unsettled"})

NATS = " nats per token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A status, the sentence that says why, and what was found: None where there is nothing to act on."""

    status: Status
    summary: str
    code: str = ""
    hint: str = ""
    unsettled: str = ""

    def findings(self, contrast: Contrast) -> list[Finding]:
        """The ruling as findings: the one that decided, and that more data could decide otherwise."""
        found: list[Finding] = []
        if self.code:
            severity: Severity = "fail" if self.status == "fail" else "warn"
            message = self.summary.removesuffix(".")
            found.append(
                Finding(
                    code=self.code,
                    severity=severity,
                    message=message[0].lower() + message[1:],
                    evidence=evidence(contrast),
                    hint=self.hint,
                )
            )
        if self.unsettled:
            found.append(
                Finding(
                    code="overfit.unsettled",
                    severity="warn",
                    message=self.unsettled,
                    evidence=evidence(contrast),
                    hint="add validation items, and score more of the training set",
                )
            )
        return found


def rule(contrast: Contrast, advice: str) -> Ruling:
    """Apply the rules on the gains where there is a base, else on the plain gap; ``advice`` is the hint then given."""
    if isinstance(contrast.gain_train, Ratio) and isinstance(contrast.gain_val, Ratio):
        return rule_on_gains(contrast, contrast.gain_train, contrast.gain_val, advice)
    return rule_on_gap(contrast, advice)


def rule_on_gains(contrast: Contrast, train: Ratio, validation: Ratio, advice: str) -> Ruling:
    """Rules on the gains over the base, in order: harm, not learned, overfit, watch, no transfer shown, pass."""
    on_train, on_val = train.interval(), validation.interval()
    if on_val.high < 0:
        return _harm(contrast, on_val, advice)
    if on_train.low <= 0:
        return _not_learned(contrast, on_train)
    kept, excess = contrast.transfer, contrast.excess_estimate
    assert isinstance(kept, Estimate), "the interval of the training gain leaves out zero"
    assert isinstance(excess, Estimate), "both gains have one"
    share, over = _share(kept), _over(contrast)
    only = "only " if kept.value > 0 else ""
    if excess.low > 0 and kept.value < TRANSFER_FAIL:
        return Ruling(
            status="fail", code="overfit.gap", hint=advice, summary=f"Validation text keeps {only}{share}, {over}."
        )
    if kept.value < TRANSFER_WATCH:
        unsettled = (
            f"the share that validation text keeps may lie below the mark of {percent(TRANSFER_FAIL)} that fails: its "
            f"interval starts at {percent(kept.low)}"
        )
        return Ruling(
            status="warn",
            code="overfit.watch",
            hint=advice,
            summary=f"Validation text keeps {share}, {over}.",
            unsettled=unsettled if kept.low < TRANSFER_FAIL else "",
        )
    if on_val.low <= 0:
        return _no_transfer_shown(contrast, validation, on_val)
    return Ruling(status="pass", summary=f"Validation text keeps {share}, {over}.")


def rule_on_gap(contrast: Contrast, advice: str) -> Ruling:
    """Rules on the plain gap, where there is no base: it also holds how much harder the validation text is."""
    gap = contrast.gap_estimate
    if isinstance(gap, Unscored):
        return Ruling(status="unknown", summary=f"Overfitting could not be measured: {gap.reason}.")
    label = gap_label(gap.value)
    summary = f"The gap between validation and training loss is {whole(gap, NATS)}, {_over(contrast)}."
    unsettled = f"the gap may lie above the mark of {GAP_HIGH} nats that fails: its interval ends at {number(gap.high)}"
    if label == "high" and gap.low > GAP_SOME:
        return Ruling(status="fail", code="overfit.gap", hint=advice, summary=summary)
    if label == "none":
        wide = gap.high > GAP_HIGH
        return Ruling(status="warn" if wide else "pass", summary=summary, unsettled=unsettled if wide else "")
    return Ruling(
        status="warn",
        code="overfit.watch",
        hint=advice,
        summary=summary,
        unsettled=unsettled if gap.high > GAP_HIGH else "",
    )


def evidence(contrast: Contrast) -> dict[str, float | None]:
    """The values behind a ruling, without their intervals; None where one is unscored."""
    found = {
        "gap_nats": contrast.gap,
        "gain_train_nats": contrast.gain_train,
        "gain_val_nats": contrast.gain_val,
        "excess_gain_nats": contrast.excess,
        "transfer_ratio": contrast.transfer,
    }
    return {name: None if isinstance(value, Unscored) else value.value for name, value in found.items()}


def _harm(contrast: Contrast, gain: Estimate, advice: str) -> Ruling:
    interval = f"95% interval {number(-gain.high)} to {number(-gain.low)}"
    return Ruling(
        status="fail",
        code="overfit.harm",
        hint=advice,
        summary=f"On validation text the tuned model is {number(-gain.value)}{NATS} worse than its base ({interval}), "
        f"over {count(contrast.n_val, 'validation item')}.",
    )


def _not_learned(contrast: Contrast, gain: Estimate) -> Ruling:
    items = f"over {count(contrast.n_train, 'training item')}"
    hint = (
        "check that the scored folder holds the weights that were trained and that the training file and the chat "
        "template are those of the training; if they are, train longer or with a higher learning rate"
    )
    if gain.high < 0:
        interval = f"95% interval {number(-gain.high)} to {number(-gain.low)}"
        summary = f"On its own training text the tuned model is {number(-gain.value)}{NATS} worse than its base"
        return Ruling(status="fail", code="overfit.not_learned", hint=hint, summary=f"{summary} ({interval}), {items}.")
    return Ruling(
        status="warn",
        code="overfit.not_learned",
        hint=hint,
        summary=f"The tuned model shows no gain on its own training text: {whole(gain, NATS)}, {items}.",
    )


def _no_transfer_shown(contrast: Contrast, validation: Ratio, gain: Estimate) -> Ruling:
    more = more_units_needed(validation)
    return Ruling(
        status="warn",
        code="overfit.no_transfer_shown",
        hint="add more validation items"
        if more is None
        else f"add about {count(more, f'validation {validation.noun}')}: enough to settle a gain of this size",
        summary=f"No gain on validation text is shown: {number(gain.value)}{NATS} ({span(gain)}), "
        f"over {count(contrast.n_val, 'validation item')}.",
    )


def _share(kept: Estimate) -> str:
    interval = f"{percent(kept.confidence)} interval {percent(kept.low)} to {percent(kept.high)}"
    if kept.value <= 0:
        return f"none of the gain on training text (share {percent(kept.value)}, {interval})"
    return f"{percent(kept.value)} of the gain on training text ({interval})"


def _over(contrast: Contrast) -> str:
    return f"over {count(contrast.n_train, 'training item')} and {count(contrast.n_val, 'validation item')}"
