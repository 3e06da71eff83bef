"""Record: what a run keeps in its store, and the results that follow from it alone.

Derived numbers are not stored: the report and the verdict are worked out again from scores and facts, so that an old
run folder shows what today's rules say about it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError

import tunecheck
from tunecheck.checks import (
    ScoredPart,
    check_curve,
    check_leaks,
    check_overfitting,
    check_perplexity,
    check_preflight,
    decide,
    is_no_op,
    with_agreement,
)
from tunecheck.core import (
    CheckResult,
    Dataset,
    Drift,
    Finding,
    History,
    Item,
    LeakReport,
    PairFacts,
    ProbeFacts,
    RunResult,
    RunStore,
    SequenceScore,
    StoredItem,
    TrainingSettings,
)
from tunecheck.errors import RunFolderError
from tunecheck.runner.execute import Execution, Side
from tunecheck.runner.plan import Plan

DOCUMENT = "run"
UNFINISHED = "null"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFacts:
    """How one file was read: its name, shape and why, rows, bad rows left out, and the fingerprint of its items."""

    name: str
    shape: str
    evidence: str
    n_rows: int
    n_items: int
    skipped: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDocument:
    """All facts of a run besides its items and scores."""

    title: str
    created: str
    version: str
    seed: int
    max_length: int | None
    facts: PairFacts
    probe: ProbeFacts
    settings: TrainingSettings
    history: History | None
    no_history: str
    validation: DataFacts
    train: DataFacts | None
    leaks: LeakReport | None
    keys: Mapping[Side, Mapping[str, str]]
    n_cut_tokens: int


_ADAPTER = TypeAdapter(RunDocument)


def write_record(
    store: RunStore,
    plan: Plan,
    execution: Execution,
    *,
    title: str,
    created: str,
    seed: int,
    max_length: int | None,
    settings: TrainingSettings,
    history: History | None,
    no_history: str,
) -> None:
    """Keep the facts of a finished execution and its items, in place of those of an earlier one.

    ``no_history`` says why there is no training log, where there is none.
    """
    record = RunDocument(
        title=title,
        created=created,
        version=tunecheck.__version__,
        seed=seed,
        max_length=max_length,
        facts=execution.facts,
        probe=execution.probe,
        settings=settings,
        history=history,
        no_history=no_history,
        validation=_data_facts(plan.validation),
        train=_data_facts(plan.train) if plan.train else None,
        leaks=plan.leaks,
        keys=execution.keys,
        n_cut_tokens=execution.n_cut_tokens,
    )
    stored = [StoredItem(part="validation", position=n, item=item) for n, item in enumerate(plan.validation.items)]
    stored += [StoredItem(part="train", position=n, item=item) for n, item in enumerate(plan.train_sample)]
    # Three transactions: killed between them, the folder holds no finished run, and not the facts of one run with the
    # items of another.
    store.set_document(DOCUMENT, UNFINISHED)
    store.set_items(stored)
    # Python's own JSON keeps lone surrogates, which a column name of a JSON file can have and UTF-8 cannot.
    store.set_document(DOCUMENT, json.dumps(_ADAPTER.dump_python(record, mode="json")))


def conclude(store: RunStore, *, folder: str = "", automatic_only: bool = False) -> RunResult:
    """The results of the run that a store holds. Raises RunFolderError when it holds none."""
    text = store.document(DOCUMENT)
    if text is None or text == UNFINISHED:
        raise RunFolderError(
            f"{folder or 'the run'} holds no finished run",
            hint="run the same command again: it goes on where it stopped",
        )
    try:
        record = _ADAPTER.validate_python(json.loads(text))
    except (ValueError, RecursionError) as error:
        fields = f" ({error.error_count()} fields)" if isinstance(error, ValidationError) else ""
        raise RunFolderError(
            f"the record of the run in {folder or 'memory'} is not one of this version{fields}",
            hint="use another --out, or the version that wrote it",
        ) from error
    checks = _checks(store, record)
    return RunResult(
        verdict=decide(checks, automatic_only=automatic_only),
        checks=checks,
        facts=tuple(_facts(record)),
        title=record.title,
        folder=folder,
        version=record.version,
        created=record.created,
    )


def _data_facts(dataset: Dataset) -> DataFacts:
    return DataFacts(
        name=dataset.name,
        shape=dataset.shape,
        evidence=dataset.evidence,
        n_rows=dataset.n_rows,
        n_items=len(dataset),
        skipped=dataset.skipped,
        fingerprint=dataset.fingerprint,
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
    parts = _parts(store, record)
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
        )
    return checks


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


def _parts(store: RunStore, record: RunDocument) -> dict[str, ScoredPart]:
    items: dict[str, list[Item]] = {"validation": [], "train": []}
    for stored in store.items():
        items[stored.part].append(stored.item)
    tuned, base = (_scores(store, record.keys.get(side)) for side in ("tuned", "base"))
    assert tuned is not None
    return {
        part: ScoredPart(
            part="validation" if part == "validation" else "train",
            items=tuple(own),
            tuned=tuple(tuned[item.id] for item in own),
            base=tuple(base[item.id] for item in own) if base is not None else None,
            same_tokens=record.facts.same_tokens,
        )
        for part, own in items.items()
    }


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
        "seed": record.seed,
        "tunecheck": record.version,
    }
    return " | ".join(f"{name}={value}" for name, value in fields.items() if value is not None)


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
