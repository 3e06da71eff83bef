"""The overfitting check: does what the model learned on its training text also help on text that it has not seen?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tunecheck.checks.answer_signs import Answers, answer_signs
from tunecheck.checks.contrast import Contrast, contrast, gap_label
from tunecheck.checks.forgetting_sign import OutsideTask, forgetting_sign
from tunecheck.checks.leaks import LEAK_FAIL, LEAK_WARN, TAKE_OUT
from tunecheck.checks.overfit_rules import Ruling, evidence, rule
from tunecheck.checks.perplexity_findings import FEW_UNITS, unscored_finding
from tunecheck.checks.phrases import count, number, percent, whole
from tunecheck.checks.scored import TOKENISERS_DIFFER, ScoredPart
from tunecheck.checks.signs import Sign, extraction_sign, known, membership_sign, near_far_sign
from tunecheck.checks.statuses import worst
from tunecheck.checks.suggestions import suggestions
from tunecheck.core import CheckResult, Estimate, Finding, Measure, Severity, Status, Step, TrainingSettings, Unscored
from tunecheck.errors import DataError

NO_ANSWERS = "no validation prompt was answered (--answers 0, or rows without prompts)"
GAP_TITLE = "Gain on training and validation text"
NOTHING_STANDS_OUT = "no setting stands out: keep an earlier checkpoint, or gather more varied training rows"


def check_overfitting(
    train: ScoredPart,
    validation: ScoredPart,
    *,
    leaked_ids: frozenset[str],
    n_train_rows: int,
    settings: TrainingSettings,
    signature: str,
    similarity: Mapping[str, float] | None = None,
    answers: Answers | None = None,
    outside: OutsideTask | None = None,
) -> CheckResult:
    """Contrast the gain over the base on training text with that on validation text, and weigh the other signs.

    ``train`` may be a sample of the ``n_train_rows`` of the training set. ``leaked_ids`` are the validation items that
    it gives away: they are left out on both sides, and told apart under ``with_leaked``. Without a base, or where
    the two models tokenise differently, the plain gap decides. ``similarity`` is that of each validation item, by id,
    to the training item it is most like; ``answers`` are those of both sides to some validation prompts, and
    ``outside`` is what both did outside of the task. Raises DataError when every validation item leaked. The
    comparisons are those of the training items; the validation items stand in the perplexity check.
    """
    n_leaked = sum(item.id in leaked_ids for item in validation.items)
    _refuse_if_all_leaked(n_leaked, len(validation.items))
    scored_train, scored_val = train.with_tokens(), validation.with_tokens()
    clean_train, clean_val = scored_train.without(leaked_ids), scored_val.without(leaked_ids)
    found = contrast(clean_train, clean_val)
    advice = "; ".join(suggestions(settings, n_train_rows)) or NOTHING_STANDS_OUT
    ruling = rule(found, advice)
    leaks = list(leak_findings(n_leaked, len(validation.items)))
    context = context_findings(found, ruling.status, has_base=train.base is not None and validation.base is not None)
    unscored = [
        unscored_finding(f"overfit.unscored_{before.part}", before, after)
        for before, after in ((train, scored_train), (validation, scored_val))
        if len(after.items) < len(before.items)
    ]
    signs = (
        membership_sign(clean_train, clean_val, advice),
        extraction_sign(clean_train, clean_val),
        near_far_sign(clean_val, similarity),
        *answer_signs(answers, NO_ANSWERS),
        forgetting_sign(outside or OutsideTask(), clean_val.items, advice),
    )
    with_leaked = {"with_leaked": _with_leaked(contrast(scored_train, scored_val))} if n_leaked else {}
    return CheckResult(
        check="overfitting",
        status=worst([_status(ruling, leaks), known(signs)]),
        summary=_summary(ruling, leaks, signs),
        measures={**found.measures(), **_measures_of(signs), **with_leaked},
        findings=(*ruling.findings(found), *leaks, *context, *unscored, *(f for sign in signs for f in sign.findings)),
        signature=signature,
        signs=(
            Step(name="gap", title=GAP_TITLE, status=ruling.status, summary=ruling.summary),
            *(s.step for s in signs),
        ),
        comparisons=clean_train.comparisons(),
        exhibits=tuple(shown for sign in signs for shown in sign.exhibits),
    )


def leak_findings(n_leaked: int, n_items: int) -> Iterator[Finding]:
    """How much of the validation set also stands in the training set: info, warn above 1%, fail above 10%."""
    if not n_leaked:
        return
    share = n_leaked / n_items
    severity: Severity = "fail" if share > LEAK_FAIL else "warn" if share > LEAK_WARN else "info"
    yield Finding(
        code="overfit.leaked",
        severity=severity,
        message=f"{n_leaked:,} of {count(n_items, 'validation item')} ({percent(share)}) are given away by the "
        "training set; they are left out of the figures",
        evidence={"n_leaked": n_leaked, "n_items": n_items, "share": share},
        hint=TAKE_OUT,
    )


def context_findings(found: Contrast, status: Status, *, has_base: bool) -> Iterator[Finding]:
    """What the reader must know to weigh the ruling: no base, what the plain gap hides, a small sample."""
    gap = found.gap_estimate
    if isinstance(gap, Unscored):
        return
    if not has_base:
        yield Finding(
            code="overfit.no_base",
            severity="info",
            message="without a base model the plain gap decides, and it cannot tell memorised training text from "
            "validation text that is merely harder",
            hint="give the base model with --base MODEL: the gains over it are far tighter",
        )
    elif isinstance(found.excess, Unscored):
        yield Finding(
            code="overfit.tokenisers_differ",
            severity="info",
            message=f"{TOKENISERS_DIFFER}; the plain gap of the tuned model decides",
            hint="compare with the model that was tuned: it has the same tokenizer",
        )
    else:
        yield from _plain_gap(found, gap, status)
    if min(found.n_train, found.n_val) < FEW_UNITS:
        yield Finding(
            code="overfit.few_items",
            severity="info",
            message=f"{count(found.n_train, 'training item')} and {count(found.n_val, 'validation item')}: below "
            f"{FEW_UNITS} on a side the intervals are rough",
            evidence={"n_train": found.n_train, "n_val": found.n_val},
            hint="add items to the smaller side",
        )


def _plain_gap(found: Contrast, gap: Estimate, status: Status) -> Iterator[Finding]:
    label, excess = gap_label(gap.value), found.excess_estimate
    assert not isinstance(excess, Unscored)
    if label != "none" and status == "pass":
        why = "the validation text is harder for the base too, so the gap is difficulty, not memory"
    elif label == "none" and status == "fail" and excess.low > 0:
        why = "the validation text is easier for the base, which hides the gap"
    else:
        return
    yield Finding(
        code="overfit.plain_gap",
        severity="info",
        message=f"the plain gap of {number(gap.value)} nats per token reads '{label}', but the gain over the base "
        f"differs by {whole(excess, ' nats per token')}: {why}",
        evidence=evidence(found),
    )


def _status(ruling: Ruling, leaks: list[Finding]) -> Status:
    severities = [finding.severity for finding in leaks if finding.severity != "info"]
    return worst([ruling.status, *severities])


def _summary(ruling: Ruling, leaks: list[Finding], signs: Sequence[Sign]) -> str:
    """The sentence of the ruling; what made the status worse than it comes first: leaks, else the worst sign."""
    told = ruling.summary
    if _status(ruling, leaks) != ruling.status:
        share = leaks[0].evidence["share"]
        assert isinstance(share, float)
        told = (
            f"{percent(share)} of the validation items are given away by the training set; on the others, "
            f"{told[0].lower()}{told[1:]}"
        )
    apart = known(signs)
    if worst([_status(ruling, leaks), apart]) == _status(ruling, leaks):
        return told
    return f"{next(sign.sentence for sign in signs if sign.status == apart)} {told}"


def _measures_of(signs: Sequence[Sign]) -> dict[str, Measure]:
    headline = {name: value for sign in signs for name, value in sign.headline.items()}
    return {**headline, **{sign.name: sign.details for sign in signs if sign.details}}


def _with_leaked(found: Contrast) -> dict[str, Measure]:
    return {
        "gap_nats": found.gap_estimate,
        "excess_gain_nats": found.excess_estimate,
        "transfer_ratio": found.transfer,
    }


def _refuse_if_all_leaked(n_leaked: int, n_items: int) -> None:
    if not n_leaked or n_leaked < n_items:
        return
    all_of_it = "its only item stands" if n_items == 1 else f"all {n_items:,} of its items stand"
    raise DataError(
        f"the validation set is the training set: {all_of_it} also in the training data",
        hint="hold items out before training, and give those to --val",
    )
