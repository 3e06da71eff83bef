"""Record: the facts that a run keeps in its store; every result follows from them, the items and the scores.

Derived numbers are not stored: the report and the verdict are worked out again from scores and facts, so that an old
run folder shows what today's rules say about it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter, ValidationError

import tunecheck
from tunecheck.checks import Copies, StyleAnswers, StyleFacts, find_copies, find_style
from tunecheck.core import (
    CodeFacts,
    CodeRunner,
    Completion,
    Dataset,
    GenerationSettings,
    History,
    Item,
    LeakReport,
    PairFacts,
    Prediction,
    ProbeFacts,
    RunStore,
    StoredItem,
    TaskFacts,
    TrainingSettings,
    Unscored,
)
from tunecheck.errors import RunFolderError
from tunecheck.runner.code_tasks import judge_code
from tunecheck.runner.execute import Execution, Side
from tunecheck.runner.plan import Plan
from tunecheck.runner.progress import Progress
from tunecheck.runner.propose import PlannedTask
from tunecheck.runner.ranking import probabilities
from tunecheck.runner.tasks import as_row, measure_task

DOCUMENT = "run"
UNFINISHED = "null"
# What the part of a task's items begins with; its title follows.
TASK_PART = "task "


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
    """All facts of a run besides its items and scores.

    similarity  of each validation item, by id, to the training item it is most like
    answers     for each side the key under which the store keeps an item's answer
    generation  how each group of prompts was answered
    divergence  KL(base || tuned) over the response of some validation items in nats, and how many tokens those are
    copies      what answers to validation prompts share with the training responses, in the order of the part "asked"
    style       what answers to unrelated prompts share with the training responses
    tasks       how the answers to validation prompts scored, task by task
    code        what programs that both sides wrote showed when they ran, task by task

    Runs of older versions have none of these.
    """

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
    similarity: Mapping[str, float] | None = None
    general: DataFacts | None = None
    answers: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    generation: Mapping[str, GenerationSettings] = field(default_factory=dict)
    copies: Copies | None = None
    style: StyleFacts | Unscored | None = None
    divergence: Mapping[str, tuple[float, int]] | None = None
    tasks: tuple[TaskFacts, ...] = ()
    code: tuple[CodeFacts, ...] = ()


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
    progress: Progress,
    code_runner: CodeRunner | None = None,
) -> None:
    """Keep the facts of a finished execution and its items, in place of those of an earlier one.

    ``no_history`` says why there is no training log, where there is none. ``code_runner`` runs what both sides wrote;
    a plan with code tasks needs one.
    """
    copies = _copies(store, plan, execution)
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
        similarity=plan.similarity,
        general=_data_facts(plan.general) if plan.general else None,
        answers=execution.answers,
        generation=execution.settings,
        copies=copies,
        style=_style(store, plan, execution),
        divergence=execution.divergence,
        tasks=_tasks(store, plan, execution, progress),
        code=_code(store, plan, execution, progress, code_runner),
    )
    parts = {
        "validation": plan.validation.items,
        "train": plan.train_sample,
        "general": plan.general.items if plan.general else (),
        "asked": plan.asked,
        "skills": plan.skills,
        "unrelated": plan.unrelated,
        **{f"{TASK_PART}{task.title}": task.items for task in plan.tasks},
    }
    stored = [StoredItem(part=part, position=n, item=item) for part, own in parts.items() for n, item in enumerate(own)]
    if plan.train and copies:
        stored += [StoredItem(part="copied", position=row, item=plan.train.items[row]) for row in sorted(copies.rows)]
    # Three transactions: killed between them, the folder holds no finished run, and not the facts of one run with the
    # items of another.
    store.set_document(DOCUMENT, UNFINISHED)
    store.set_items(stored)
    # Python's own JSON keeps lone surrogates, which a column name of a JSON file can have and UTF-8 cannot.
    store.set_document(DOCUMENT, json.dumps(_ADAPTER.dump_python(record, mode="json")))


def read_record(store: RunStore, folder: str = "") -> RunDocument:
    """The facts of the finished run that a store holds. Raises RunFolderError when it holds none."""
    text = store.document(DOCUMENT)
    if text is None or text == UNFINISHED:
        raise RunFolderError(
            f"{folder or 'the run'} holds no finished run",
            hint="run the same command again: it goes on where it stopped",
        )
    try:
        return _ADAPTER.validate_python(json.loads(text))
    except (ValueError, RecursionError) as error:
        fields = f" ({error.error_count()} fields)" if isinstance(error, ValidationError) else ""
        raise RunFolderError(
            f"the record of the run in {folder or 'memory'} is not one of this version{fields}",
            hint="use another --out, or the version that wrote it",
        ) from error


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


def _copies(store: RunStore, plan: Plan, execution: Execution) -> Copies | None:
    """What the answers share with the whole training set, which the store does not keep."""
    if plan.train is None or not plan.asked or "tuned" not in execution.answers:
        return None
    texts = {
        side: [one.text for one in answers_to(store, plan.asked, keys)] for side, keys in execution.answers.items()
    }
    return find_copies(plan.asked, tuned=texts["tuned"], base=texts.get("base"), training=plan.train.items)


def _style(store: RunStore, plan: Plan, execution: Execution) -> StyleFacts | Unscored | None:
    if plan.train is None or not plan.unrelated or "tuned" not in execution.answers:
        return None
    sides = {side: texts_of(store, plan.unrelated, keys) for side, keys in execution.answers.items()}
    return find_style(
        StyleAnswers(items=plan.unrelated, tuned=sides["tuned"], base=sides.get("base"), training=plan.train.items)
    )


def _tasks(store: RunStore, plan: Plan, execution: Execution, progress: Progress) -> tuple[TaskFacts, ...]:
    if "tuned" not in execution.answers:
        return ()
    return tuple(_task(store, task, execution, progress) for task in plan.tasks)


def _code(
    store: RunStore, plan: Plan, execution: Execution, progress: Progress, runner: CodeRunner | None
) -> tuple[CodeFacts, ...]:
    """What the programs showed; nothing where no side was asked, as for a tuned model that is its base."""
    found = []
    for task in plan.code:
        keys = execution.code.get(task.title, {})
        if runner is not None and "tuned" in keys:
            found.append(judge_code(task, keys, store, runner, progress))
    return tuple(found)


def _task(store: RunStore, task: PlannedTask, execution: Execution, progress: Progress) -> TaskFacts:
    rows = task_rows(store, task.items, execution.answers)
    facts = measure_task(task.spec, rows, progress, why=task.why, title=task.title)
    if facts.labels is None:
        return facts
    ranked = {side: probabilities(store, task, keys) for side, keys in execution.keys.items()}
    labels = replace(facts.labels, tuned_probabilities=ranked.get("tuned"), base_probabilities=ranked.get("base"))
    return replace(facts, labels=labels)


def task_rows(
    store: RunStore, items: tuple[Item, ...], answers: Mapping[Side, Mapping[str, str]]
) -> tuple[Prediction, ...]:
    """The stored answers of both sides to these items as rows of predictions; ``answers`` are keys by side and item."""
    sides = {side: texts_of(store, items, keys) for side, keys in answers.items()}
    return tuple(
        as_row(item, place, **{side: sides[side][item.id] for side in sides}) for place, item in enumerate(items, 1)
    )


def answers_to(store: RunStore, items: tuple[Item, ...], keys: Mapping[str, str]) -> tuple[Completion, ...]:
    """The stored answers to these items, in their order; ``keys`` by the id of the item."""
    found = store.completions([keys[item.id] for item in items])
    return tuple(found[keys[item.id]] for item in items)


def texts_of(store: RunStore, items: tuple[Item, ...], keys: Mapping[str, str]) -> dict[str, str]:
    """What was answered to these items, by the id of the item."""
    return {item.id: one.text for item, one in zip(items, answers_to(store, items, keys), strict=True)}
