"""Pools: the answers that a rating sheet can be made from: a run's, a file's, or what a model says now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tunecheck import data, store
from tunecheck.checks.scored import response_text
from tunecheck.core import Answers, Dataset, GenerationSettings, Item, Predictions
from tunecheck.data.predictions import Fields, load_predictions
from tunecheck.errors import InputError
from tunecheck.runner.answers import generate_answers
from tunecheck.runner.exported import without_exported
from tunecheck.runner.progress import Progress
from tunecheck.runner.propose import as_typed
from tunecheck.runner.record import TASK_PART, RunDocument, read_record, texts_of
from tunecheck.runner.studies import Candidate, Pool
from tunecheck.study import stratified_sample

# A letter with a digit, as Qwen2.5-0.5B has it.
_OWN_NAME = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9])")
STRATA = ("category", "task", "difficulty")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunModels:
    """The models of a run, as they were named, and its validation items.

    ``base`` is None where tuned brings its own, or there is none.
    """

    tuned: str
    base: str | None
    has_base: bool
    validation: Dataset


def pool_of_run(folder: Path) -> Pool | None:
    """The answers that a finished run keeps, to validation prompts and those of its tasks; None where it asked nothing.

    Raises RunFolderError for a folder without a finished run.
    """
    with store.open_run(folder, create=False, read_only=True) as kept:
        record = read_record(kept, str(folder))
        parts = ("asked", *(f"{TASK_PART}{task.title}" for task in record.tasks))
        wanted = set(parts)
        asked = {stored.item.id: stored.item for stored in kept.items() if stored.part in wanted}
        answers = record.answers
        items = tuple(item for item in asked.values() if all(item.id in answers[side] for side in answers))
        sides = {side: texts_of(kept, items, keys) for side, keys in answers.items() if items}
    if "tuned" not in sides:
        return None
    return Pool(
        title=record.title,
        candidates=tuple(_of_item(item, sides) for item in items),
        signature=_signature_of(record),
        names=_names_of(record),
    )


def models_of_run(folder: Path) -> RunModels:
    """What can answer the validation prompts of a finished run now."""
    with store.open_run(folder, create=False, read_only=True) as kept:
        record = read_record(kept, str(folder))
        items = tuple(stored.item for stored in kept.items() if stored.part == "validation")
    data = record.validation
    return RunModels(
        tuned=record.facts.tuned,
        base=None if record.facts.shared else record.facts.base,
        has_base=record.facts.base is not None,
        validation=Dataset(name=data.name, items=items, shape=data.shape, evidence=data.evidence, n_rows=data.n_rows),
    )


def pool_of_predictions(predictions: Predictions) -> Pool:
    """The rows of a predictions file whose tuned answer is there, and the base's too where the file has a base."""
    candidates = tuple(
        Candidate(
            item=row.source,
            prompt=row.prompt,
            reference="\n\nor:\n\n".join(row.references),
            tuned=row.tuned,
            base=row.base if isinstance(row.base, str) else None,
            unit=row.unit,
            strata=row.strata,
            source=row.source,
            messages=row.messages,
        )
        for row in predictions.rows
        if isinstance(row.tuned, str)
    )
    return Pool(
        title=Path(predictions.name).name,
        candidates=candidates,
        signature=f"data={predictions.name}#{predictions.fingerprint}",
    )


def pool_of_answers(answers: Answers, items: Sequence[Item], name: str) -> Pool:
    """The first sample of each of these prompts that a model answered."""
    messages = {item.id: _messages(item) for item in items}
    candidates = tuple(
        Candidate(
            item=row.item_id,
            prompt=row.prompt,
            reference=row.reference,
            tuned=row.tuned.text,
            base=row.base.text if row.base else None,
            unit=row.item_id,
            strata=_strata(row.metadata),
            source="",
            messages=messages.get(row.item_id, ()),
        )
        for row in answers.rows
        if row.tuned.sample == 0
    )
    return Pool(title=name, candidates=candidates, signature=answers.signature)


def read_pool(
    predictions: Any,
    base: Any,
    *,
    stratify_by: Sequence[str] = (),
    skip_bad_rows: bool = False,
    **fields: str | None,
) -> Pool:
    """The pool of a predictions file, or of rows in memory; references may be missing.

    ``fields`` name columns: prediction_field, reference_field, base_field, prompt_field, id_field, group_field. Raises
    TypeError for others.
    """
    known = {f"{name}_field" for name in ("prediction", "reference", "base", "prompt", "id", "group")}
    unknown = sorted(set(fields) - known)
    if unknown:
        raise TypeError(f"unknown options: {', '.join(unknown)}")
    read = load_predictions(
        predictions,
        base=base,
        fields=Fields(**{name.removesuffix("_field"): column for name, column in fields.items()}),
        strata=tuple(dict.fromkeys((*stratify_by, *STRATA))),
        name=None if isinstance(predictions, (str, Path)) else "answers",
        skip_bad_rows=skip_bad_rows,
        needs_reference=False,
    )
    missing = [name for name in stratify_by if not any(name in dict(row.strata) for row in read.rows)]
    if missing:
        raise InputError(f"no row has the column {missing[0]!r}", hint="check --stratify-by")
    return pool_of_predictions(read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who answers."""

    model: Any
    base: Any
    with_base: bool
    tokenizer: Any = None


def answered_now(asker: Asker, read: Dataset, items: int, seed: int, max_new_tokens: int, progress: Progress) -> Pool:
    """What the model says to a sample of the data: only what will be on the sheet is answered.

    Prompts that were exported for training are not asked.
    """
    read = without_exported(read)
    distinct = list({item.prompt_text or item.id: item for item in reversed(read.items)}.values())[::-1]
    chosen = [distinct[at] for at in sample_items(distinct, items, seed)]
    settings = GenerationSettings(max_new_tokens=max_new_tokens, seed=seed)
    answers = generate_answers(
        asker.model, replace(read, items=tuple(chosen)), settings, base=asker.base, with_base=asker.with_base,
        tokenizer=asker.tokenizer, progress=progress,
    )  # fmt: skip
    return pool_of_answers(answers, chosen, Path(read.name).name)


def answered_by_run(
    run: Path, items: int, seed: int, max_new_tokens: int, progress: Progress, tuned_only: bool
) -> Pool:
    """The run kept no answers, so its models give some now, to its validation prompts."""
    found = models_of_run(run)
    progress.say(f"the run in {run} keeps no answers: {found.tuned} answers now")
    asker = Asker(
        model=found.tuned, base=None if tuned_only else found.base, with_base=found.has_base and not tuned_only
    )
    return answered_now(asker, found.validation, items, seed, max_new_tokens, progress)


def read_prompts(source: Any, *, skip_bad_rows: bool = False) -> Dataset:
    """The prompts that a model shall answer: a file, or rows in memory."""
    if source is None:
        raise InputError("a model needs prompts to answer", hint="name them: --data FILE")
    name = None if isinstance(source, (str, Path)) else "the data"
    return data.load(source, name=name, skip_bad_rows=skip_bad_rows)


def has_base(model: Any) -> bool:
    """Whether a model brings a base of its own, as adapters do."""
    if isinstance(model, (str, Path)):
        return (Path(model) / "adapter_config.json").exists()
    return hasattr(model, "peft_config")


def sample_items(items: Sequence[Item], size: int, seed: int) -> list[int]:
    """Places of a stratified sample of items."""
    strata = [tuple((name, value) for name, value in item.metadata if name in STRATA) for item in items]
    return stratified_sample([item.id for item in items], strata, size, seed=seed)


def _of_item(item: Item, sides: dict[Any, dict[str, str]]) -> Candidate:
    return Candidate(
        item=item.id,
        prompt=item.readable_prompt,
        reference=response_text(item),
        tuned=sides["tuned"][item.id],
        base=sides["base"][item.id] if "base" in sides else None,
        unit=item.unit,
        strata=_strata(item.metadata),
        source=item.source,
        messages=_messages(item),
    )


def _messages(item: Item) -> tuple[tuple[str, str], ...]:
    """The prompt of an item as a conversation; a single text of the user is none."""
    found = tuple((message.role, message.content) for message in item.prompt)
    return found if len(found) > 1 or any(role != "user" for role, _ in found) else ()


def _strata(metadata: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, as_typed(value)) for name, value in metadata if name in STRATA)


def _names_of(record: RunDocument) -> tuple[str, ...]:
    """The models' own names; a folder's like "final" or "checkpoint-100" is a word that an answer may well have."""
    given = [one for one in (record.facts.tuned, record.facts.base) if one]
    names = [Path(one).name for one in given]
    return tuple(name for name in names if _OWN_NAME.search(name) and not name.lower().startswith("checkpoint"))


def _signature_of(record: RunDocument) -> str:
    return f"data={record.validation.name}#{record.validation.fingerprint} | tunecheck={record.version}"
