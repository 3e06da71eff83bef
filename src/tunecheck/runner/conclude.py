"""Conclude: the results that follow from what a run keeps in its store, and from that alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import tunecheck
from tunecheck.checks import (
    NO_BASE,
    NOT_RUN,
    Answers,
    OutsideTask,
    PartName,
    ScoredPart,
    SkillAnswers,
    Task,
    check_curve,
    check_leaks,
    check_overfitting,
    check_perplexity,
    check_preflight,
    check_tasks,
    decide,
    is_no_op,
    with_agreement,
)
from tunecheck.core import (
    CheckResult,
    Drift,
    Finding,
    Item,
    PairFacts,
    ProbeFacts,
    RunResult,
    RunStore,
    SequenceScore,
    StudyStore,
    Unscored,
)
from tunecheck.packs import skill_of
from tunecheck.runner.ab import comparison_of
from tunecheck.runner.record import DOCUMENT, TASK_PART, RunDocument, answers_to, read_record, task_rows, texts_of
from tunecheck.runner.review import review_of
from tunecheck.runner.studies import current_comparison, current_study
from tunecheck.runner.tasks import pooled_of

# Of the answers to a task's prompts, so many may lack an end before it is told.
MOST_CUT_OFF = 0.1
NO_ANSWERS = Unscored(reason="nothing was asked (--answers 0)")
Items = Mapping[str, Mapping[int, Item]]


def conclude(
    store: RunStore, *, folder: str = "", studies: StudyStore | None = None, automatic_only: bool = False
) -> RunResult:
    """The results of the run that a store holds, and of what people said in ``studies``.

    A folder that has a rating sheet or an A/B test and no run has the results of these. Raises RunFolderError where
    there is nothing.
    """
    said = _said(studies) if studies is not None else {}
    if said and store.document(DOCUMENT) is None:
        assert studies is not None
        return _from_people(said, studies, folder, automatic_only=automatic_only)
    record = read_record(store, folder)
    checks = _checks(store, record) | said
    return RunResult(
        verdict=decide(checks, automatic_only=automatic_only),
        checks=checks,
        facts=tuple(_facts(record)),
        title=record.title,
        folder=folder,
        version=record.version,
        created=record.created,
    )


def _said(studies: StudyStore) -> dict[str, CheckResult]:
    """The checks of what people were asked."""
    found = {"review": review_of(studies), "ab": comparison_of(studies)}
    return {name: check for name, check in found.items() if check is not None}


def _from_people(
    checks: dict[str, CheckResult], studies: StudyStore, folder: str, *, automatic_only: bool
) -> RunResult:
    """What people say of a folder without a run."""
    study = current_study(studies, folder) if "review" in checks else current_comparison(studies, folder)
    return RunResult(
        verdict=decide(checks, automatic_only=automatic_only),
        checks=checks,
        facts=(("Answers from", study.title), ("Seed", str(study.seed))),
        title=study.title,
        folder=folder,
        version=tunecheck.__version__,
        created=study.created,
    )


def _checks(store: RunStore, record: RunDocument) -> dict[str, CheckResult]:
    line = signature(record)
    preflight = check_preflight(record.facts, record.probe, signature=line)
    checks = {"preflight": preflight, "curve": _curve(record, line)}
    if record.leaks is not None:
        checks["leaks"] = check_leaks(record.leaks, signature=line)
    if is_no_op(record.probe):
        why = "not run: the tuned model is its base, see preflight"
        for name in ("perplexity", "overfitting"):
            checks[name] = CheckResult(check=name, status="unknown", summary=why, signature=line)
        return checks
    items = _items(store)
    parts = _parts(store, record, items)
    if record.history is not None:
        batch = record.settings.eval_batch_size
        checks["curve"] = with_agreement(checks["curve"], record.history, parts["validation"], batch)
    leaked = record.leaks.leaked_ids if record.leaks is not None else frozenset[str]()
    checks["perplexity"] = check_perplexity(
        parts["validation"], signature=line, findings=_data_findings(record), leaked_ids=leaked
    )
    reason = _no_overfitting(record, leaked, parts["validation"])
    if reason or record.train is None:
        checks["overfitting"] = CheckResult(check="overfitting", status="unknown", summary=reason, signature=line)
    else:
        checks["overfitting"] = check_overfitting(
            parts["train"],
            parts["validation"],
            leaked_ids=leaked,
            n_train_rows=record.train.n_items,
            settings=record.settings,
            signature=line,
            similarity=record.similarity,
            answers=_answers(store, record, items),
            outside=_outside(store, record, items, parts["general"]),
        )
    return checks | _tasks(store, record, items)


def _tasks(store: RunStore, record: RunDocument, items: Items) -> dict[str, CheckResult]:
    """The tasks that were asked for, by the names of their checks."""
    tasks = []
    for facts in record.tasks:
        asked = tuple(items.get(f"{TASK_PART}{facts.title}", {}).values())
        rows = task_rows(store, asked, record.answers)
        tasks.append(Task(facts=facts, rows=rows, pooled=pooled_of(facts), findings=_cut_off(store, record, asked)))
    line = signature(record)
    return {
        name: replace(check, signature=f"{line} | task={check.signature}")
        for name, check in check_tasks(tasks, record.code).items()
    }


def _cut_off(store: RunStore, record: RunDocument, asked: tuple[Item, ...]) -> tuple[Finding, ...]:
    """That answers are only beginnings, where many are."""
    answers = answers_to(store, asked, record.answers["tuned"])
    n_cut = sum(one.is_truncated for one in answers)
    if n_cut <= MOST_CUT_OFF * len(answers):
        return ()
    return (
        Finding(
            code="tasks.cut_off",
            severity="warn",
            message=f"{n_cut:,} of {len(answers):,} answers of tuned reached the longest length and have no end",
            evidence={"n_cut_off": n_cut, "n_answers": len(answers)},
            hint="give them room with --max-new-tokens, or see why they find no end",
        ),
    )


def _curve(record: RunDocument, line: str) -> CheckResult:
    if record.history is None:
        return CheckResult(check="curve", status="unknown", summary=record.no_history, signature=line)
    return replace(check_curve(record.history), signature=line)


def _no_overfitting(record: RunDocument, leaked: frozenset[str], validation: ScoredPart) -> str:
    """Why the check cannot be made, or ""."""
    if record.train is None:
        return "not run: no training data was named (--train FILE), so there is nothing to compare with."
    if all(item.id in leaked for item in validation.items):
        return "not run: the training set gives every validation item away, see the leaks."
    return ""


def _items(store: RunStore) -> dict[str, dict[int, Item]]:
    """The stored items by part and position, in order."""
    found: dict[str, dict[int, Item]] = {}
    for stored in store.items():
        found.setdefault(stored.part, {})[stored.position] = stored.item
    return found


def _parts(store: RunStore, record: RunDocument, items: Items) -> dict[str, ScoredPart]:
    tuned, base = (_scores(store, record.keys.get(side)) for side in ("tuned", "base"))
    assert tuned is not None
    parts: dict[str, ScoredPart] = {}
    names: tuple[PartName, ...] = ("validation", "train", "general")
    for part in names:
        own = tuple(item for item in items.get(part, {}).values() if item.id in tuned)
        parts[part] = ScoredPart(
            part=part,
            items=own,
            tuned=tuple(tuned[item.id] for item in own),
            base=tuple(base[item.id] for item in own) if base is not None else None,
            same_tokens=record.facts.same_tokens,
        )
    return parts


def _answers(store: RunStore, record: RunDocument, items: Items) -> Answers | None:
    """What both sides answered to validation prompts; None where nothing was asked."""
    asked = tuple(items.get("asked", {}).values())
    if not asked or record.copies is None:
        return None
    sides = {side: answers_to(store, asked, keys) for side, keys in record.answers.items()}
    return Answers(
        items=asked,
        tuned=sides["tuned"],
        base=sides.get("base"),
        copies=record.copies,
        rows=items.get("copied", {}),
    )


def _outside(store: RunStore, record: RunDocument, items: Items, general: ScoredPart) -> OutsideTask:
    """What both sides did outside of the task, as far as the run went there."""
    no_base = Unscored(reason=NO_BASE)
    if record.facts.base is None:
        return OutsideTask(general=no_base, skills=no_base, style=no_base, divergence=no_base)
    return OutsideTask(
        general=general if general.items else Unscored(reason="no general text was scored"),
        skills=_skills(store, record, items),
        style=record.style if record.style is not None else NO_ANSWERS,
        divergence=record.divergence if record.divergence is not None else NOT_RUN,
    )


def _skills(store: RunStore, record: RunDocument, items: Items) -> SkillAnswers | Unscored:
    # A skill of an older pack that today's does not have can no longer be checked.
    asked = tuple(item for item in items.get("skills", {}).values() if skill_of(item) is not None)
    if not asked:
        return NO_ANSWERS
    sides = {side: texts_of(store, asked, keys) for side, keys in record.answers.items()}
    return SkillAnswers(items=asked, tuned=sides["tuned"], base=sides.get("base"))


def _scores(store: RunStore, keys: Mapping[str, str] | None) -> dict[str, SequenceScore] | None:
    if keys is None:
        return None
    stored = store.scores(keys.values())
    # Two items that differ in form only can have the same tokens, and then share one score.
    return {item_id: replace(stored[key], item_id=item_id) for item_id, key in keys.items()}


def _data_findings(record: RunDocument) -> list[Finding]:
    findings = [
        Finding(
            code="data.skipped_rows",
            severity="warn",
            message=f"{part.name}: {len(part.skipped)} of {part.n_rows} rows could not be read and were left out.",
            evidence={"first": part.skipped[0]},
            hint="correct them: what is missing may not be missing at random",
        )
        for part in (record.validation, record.train)
        if part is not None and part.skipped
    ]
    if record.n_cut_tokens:
        findings.append(
            Finding(
                code="data.cut_tokens",
                severity="warn",
                message=f"{record.n_cut_tokens:,} tokens beyond --max-length {record.max_length} were cut off "
                "and not scored.",
                hint="leave out --max-length: longer texts are then scored whole, in overlapping windows",
            )
        )
    return findings


def signature(record: RunDocument) -> str:
    """All that could change a number of this run, on one line."""
    facts = record.facts
    fields = {
        "data": f"{record.validation.name}#{record.validation.fingerprint}",
        "train": f"{record.train.name}#{record.train.fingerprint}" if record.train else None,
        "mask": "reference response",
        "template": f"{facts.template_from}#{facts.template_fingerprint}",
        "engine": f"transformers {facts.device} {facts.dtype}",
        "context": facts.context,
        "max_length": record.max_length,
        "general": f"{record.general.name}#{record.general.fingerprint}" if record.general else None,
        "answers": _answered(record),
        "seed": record.seed,
        "tunecheck": record.version,
    }
    return " | ".join(f"{name}={value}" for name, value in fields.items() if value is not None)


def _answered(record: RunDocument) -> str | None:
    lengths = [f"{name} {settings.max_new_tokens} tokens" for name, settings in record.generation.items()]
    return f"greedy, {', '.join(lengths)}" if lengths else None


def _facts(record: RunDocument) -> list[tuple[str, str]]:
    facts, probe = record.facts, record.probe
    lines = [("Tuned model", f"{facts.tuned} ({facts.method}, {facts.n_parameters:,} parameters)")]
    if facts.base is not None:
        how = "one copy of the weights, adapter off and on" if facts.shared else f"loaded apart: {facts.apart_reason}"
        lines.append(("Base model", f"{facts.base} ({how})"))
    lines.append(("Tokenizer", facts.tokenizer_from))
    lines.append(("Chat template", f"{facts.template_from} #{facts.template_fingerprint}"))
    lines.append(("Precision", _precision(facts, probe)))
    lines.append(
        ("Scored", "the reference response; the prompt is context. Longer than the context: overlapping windows")
    )
    lines.append(("Context", f"{facts.context:,} tokens"))
    for label, part in (("Validation data", record.validation), ("Training data", record.train)):
        if part is not None:
            skipped = f", {len(part.skipped)} bad rows left out" if part.skipped else ""
            lines.append((label, f"{part.name}: {part.n_items:,} items, shape {part.shape}{skipped}. {part.evidence}"))
    if record.history is not None:
        lines.append(("Training log", "; ".join(record.history.evidence)))
    if record.settings.sources:
        lines.append(("Training settings from", ", ".join(record.settings.sources)))
    lines.append(("Seed", str(record.seed)))
    return lines


def _precision(facts: PairFacts, probe: ProbeFacts) -> str:
    text = f"{facts.dtype} on {facts.device} ({facts.dtype_why}); the files hold {facts.dtype_stored}"
    if isinstance(probe.drift, Drift):
        drift = probe.drift
        return (
            f"{text}. Against float32 over {drift.n_items} items it moves the mean by {drift.mean_nats:+.2g} nats per "
            f"token, at most {abs(drift.largest_nats):.2g}"
        )
    return f"{text}. Drift from float32 not measured: {probe.drift}" if probe.drift else text
