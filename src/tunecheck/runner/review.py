"""Review: a rating sheet made from answers that are there or that a model gives, and what people said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunecheck import store
from tunecheck.checks import check_review
from tunecheck.checks.scored import response_text
from tunecheck.core import (
    Answers,
    CheckResult,
    Clock,
    Item,
    Predictions,
    ReviewStudy,
    SheetAnswer,
    Side,
    StudyStore,
    Unscored,
)
from tunecheck.data.predictions import load_predictions
from tunecheck.errors import InputError, RunFolderError
from tunecheck.runner.record import TASK_PART, RunDocument, read_record, texts_of
from tunecheck.study import new_secret, parse_axes, stratified_sample, study_from, study_text

STRATA = ("category", "task", "difficulty")
FIRST_RATER = "rater 1"
# Of a hundred answers so many come back: enough to see who guesses, and little more to read.
REPEATED_SHARE = 0.08
LEAST_ITEMS_FOR_REPEATS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A prompt with the answers that could go on a sheet; ``base`` is None where the base was not asked."""

    item: str
    prompt: str
    reference: str
    tuned: str
    base: str | None
    unit: str
    strata: tuple[tuple[str, str], ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What a sheet can be made from: the candidates, what they are called, and all that could change an answer."""

    title: str
    candidates: tuple[Candidate, ...]
    signature: str


def pool_of_run(folder: Path) -> Pool:
    """The answers that a finished run keeps: to validation prompts, and to those of its tasks.

    Raises RunFolderError for a run that asked nothing.
    """
    with store.open_run(folder, create=False, read_only=True) as kept:
        record = read_record(kept, str(folder))
        parts = ("asked", *(f"{TASK_PART}{task.title}" for task in record.tasks))
        wanted = set(parts)
        asked = {stored.item.id: stored.item for stored in kept.items() if stored.part in wanted}
        answers = record.answers
        items = tuple(item for item in asked.values() if all(item.id in answers[side] for side in answers))
        sides = {side: texts_of(kept, items, keys) for side, keys in answers.items() if items}
    if not items or "tuned" not in sides:
        raise RunFolderError(
            f"the run in {folder} keeps no answers",
            hint="let both models answer, then name the file: tunecheck generate TUNED --data FILE --with-base --out "
            f"answers.jsonl; tunecheck review create {folder} --predictions answers.jsonl",
        )
    return Pool(
        title=record.title,
        candidates=tuple(_of_item(item, sides) for item in items),
        signature=_signature_of(record),
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
        )
        for row in predictions.rows
        if isinstance(row.tuned, str) and not isinstance(row.base, Unscored)
    )
    return Pool(
        title=Path(predictions.name).name,
        candidates=candidates,
        signature=f"data={predictions.name}#{predictions.fingerprint}",
    )


def pool_of_answers(answers: Answers, name: str) -> Pool:
    """The first sample of each prompt that a model answered."""
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
        )
        for row in answers.rows
        if row.tuned.sample == 0
    )
    return Pool(title=name, candidates=candidates, signature=answers.signature)


def read_pool(predictions: Any, base: Any, *, stratify_by: Sequence[str] = (), skip_bad_rows: bool = False) -> Pool:
    """The pool of a predictions file, or of rows in memory; references may be missing."""
    read = load_predictions(
        predictions,
        base=base,
        strata=tuple(dict.fromkeys((*stratify_by, *STRATA))),
        name=None if isinstance(predictions, (str, Path)) else "answers",
        skip_bad_rows=skip_bad_rows,
        needs_reference=False,
    )
    missing = [name for name in stratify_by if not any(name in dict(row.strata) for row in read.rows)]
    if missing:
        raise InputError(f"no row has the column {missing[0]!r}", hint="check --stratify-by")
    return pool_of_predictions(read)


def draw_study(
    pool: Pool,
    *,
    items: int = 50,
    seed: int = 42,
    tuned_only: bool = False,
    axes: Sequence[str] = (),
    repeats: int | None = None,
    bar: float = 3.0,
    instructions: str = "",
    secret: str | None = None,
    clock: Clock = lambda: datetime.now(UTC),
) -> tuple[ReviewStudy, tuple[str, ...]]:
    """A study of a stratified sample of the pool, and what there is to say about it.

    The sample follows from ``seed`` and the items alone; each rater's order from ``secret``, which is random.
    """
    if items < 1:
        raise InputError(f"a sheet of {items} items has nothing to rate", hint="--items 50")
    candidates = _distinct(pool.candidates)
    if not candidates:
        raise InputError(f"{pool.title} has no answers to rate", hint="check the file: tunecheck generate writes one")
    keys = [one.item for one in candidates]
    chosen = [candidates[at] for at in stratified_sample(keys, [one.strata for one in candidates], items, seed=seed)]
    notes = [] if len(chosen) == items else [f"there are {len(chosen):,} prompts with answers, fewer than {items:,}"]
    with_base = not tuned_only and any(one.base is not None for one in chosen)
    if not with_base and not tuned_only:
        notes.append("no answers of the base: the sheet has those of tuned alone, and no mean to compare with")
    sides: tuple[Side, ...] = ("tuned", "base") if with_base else ("tuned",)
    answers = tuple(answer for one in chosen for side in sides if (answer := _answer(one, side)) is not None)
    usual = round(REPEATED_SHARE * len(answers)) if len(chosen) >= LEAST_ITEMS_FOR_REPEATS else 0
    study = ReviewStudy(
        number=0,
        title=pool.title,
        created=clock().isoformat(timespec="seconds"),
        secret=secret or new_secret(),
        seed=seed,
        axes=parse_axes(tuple(axes)),
        answers=answers,
        n_repeats=usual if repeats is None else min(repeats, len(answers)),
        bar=bar,
        instructions=instructions,
        signature=f"{pool.signature} | items={len(chosen)} | seed={seed}",
    )
    return study, tuple(notes)


def keep_study(studies: StudyStore, study: ReviewStudy, *, again: bool = False, folder: str = "") -> ReviewStudy:
    """Keep a study; with its number. Raises RunFolderError where people have begun on an earlier one."""
    earlier = studies.study("review")
    if earlier is not None and not again and studies.ratings(earlier.number):
        raise RunFolderError(
            f"people have begun to rate the sheet in {folder or 'this folder'}",
            hint="go on with it: tunecheck serve RUN; or begin anew and keep theirs aside: add --again",
        )
    number = studies.add_study("review", created=study.created, text=study_text(study))
    return replace(study, number=number)


def current_study(studies: StudyStore, folder: str = "") -> ReviewStudy:
    """The sheet that people rate now. Raises RunFolderError where there is none."""
    stored = studies.study("review")
    if stored is None:
        raise RunFolderError(
            f"{folder or 'this folder'} has no rating sheet",
            hint=f"make one: tunecheck review create {folder or 'RUN'}",
        )
    return study_from(stored)


def review_of(studies: StudyStore) -> CheckResult | None:
    """The check `review` from all that people said, or None where there is no sheet."""
    stored = studies.study("review")
    if stored is None:
        return None
    study = study_from(stored)
    return check_review(study, studies.ratings(study.number), studies.raters(), signature=study.signature)


def show_review(run: str | Path) -> CheckResult:
    """The check `review` of a folder as it stands. Raises RunFolderError where there is no sheet."""
    with store.open_studies(Path(run), read_only=True) as studies:
        current_study(studies, str(run))
        found = review_of(studies)
    assert found is not None
    return found


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
    )


def _strata(metadata: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in metadata if name in STRATA)


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The first of those that share a prompt: people would rate it twice, and its copies are no further evidence."""
    return list({one.prompt or one.item: one for one in reversed(candidates)}.values())[::-1]


def _answer(one: Candidate, side: Side) -> SheetAnswer | None:
    text = one.tuned if side == "tuned" else one.base
    if text is None:
        return None
    return SheetAnswer(
        item=one.item,
        side=side,
        prompt=one.prompt,
        reference=one.reference,
        generated=text,
        unit=one.unit,
        strata=one.strata,
        source=one.source,
    )


def _signature_of(record: RunDocument) -> str:
    return f"data={record.validation.name}#{record.validation.fingerprint} | tunecheck={record.version}"
