"""Studies: a rating sheet drawn from a pool of answers, and studies of both kinds kept in a run's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from tunecheck.core import (
    Clock,
    PairStudy,
    ReviewStudy,
    SheetAnswer,
    Side,
    StoredStudy,
    StudyKind,
    StudyStore,
)
from tunecheck.errors import InputError, RunFolderError
from tunecheck.study import new_secret, pair_study_from, parse_axes, stratified_sample, study_from, study_text

AnyStudyT = TypeVar("AnyStudyT", bound=ReviewStudy | PairStudy)

# Of a hundred answers so many come back: enough to see who guesses, and little more to read.
REPEATED_SHARE = 0.08
# What the check wants before it says more than unknown; with fewer, repeats would be too many of them.
LEAST_ITEMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    noun: str
    begun: str


_WORDS: dict[StudyKind, _Words] = {
    "review": _Words(noun="a rating sheet", begun="people have begun to rate the sheet in {}"),
    "ab": _Words(noun="an A/B test", begun="people have begun to vote in the A/B test in {}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A prompt with the answers that could go on a sheet; ``base`` is None where the base was not asked.

    ``messages`` has the prompt as (role, content) where it is a conversation.
    """

    item: str
    prompt: str
    reference: str
    tuned: str
    base: str | None
    unit: str
    strata: tuple[tuple[str, str], ...]
    source: str
    messages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What a study can be made from: the candidates, what they are called, and all that could change an answer.

    ``names`` are those of the models, which would give an answer away that says them.
    """

    title: str
    candidates: tuple[Candidate, ...]
    signature: str
    names: tuple[str, ...] = ()


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
    candidates = distinct(pool.candidates)
    if not candidates:
        raise InputError(f"{pool.title} has no answers to rate", hint="check the file: tunecheck generate writes one")
    n_without = sum(one.base is None for one in candidates)
    is_mixed = not tuned_only and 0 < n_without < len(candidates)
    if is_mixed:
        candidates = [one for one in candidates if one.base is not None]
    chosen = chosen_of(candidates, items, seed)
    notes = [] if len(chosen) == items else [f"there are {len(chosen):,} prompts with answers, fewer than {items:,}"]
    if is_mixed:
        notes.append(f"{n_without:,} prompts have no answer of the base: left out")
    if len(chosen) < LEAST_ITEMS:
        notes.append(f"a verdict needs {LEAST_ITEMS} rated prompts, so this sheet cannot lead to one")
    with_base = not tuned_only and any(one.base is not None for one in chosen)
    if not with_base and not tuned_only:
        notes.append("no answers of the base: the sheet has those of tuned alone, and no mean to compare with")
    sides: tuple[Side, ...] = ("tuned", "base") if with_base else ("tuned",)
    answers = tuple(answer for one in chosen for side in sides if (answer := _answer(one, side)) is not None)
    usual = round(REPEATED_SHARE * len(answers)) if len(chosen) >= LEAST_ITEMS else 0
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


def keep_study(studies: StudyStore, study: AnyStudyT, *, again: bool = False, folder: str = "") -> AnyStudyT:
    """Keep a study; with its number. Raises RunFolderError where there is one of its kind, unless ``again``."""
    kind: StudyKind = "review" if isinstance(study, ReviewStudy) else "ab"
    earlier = studies.study(kind)
    if earlier is not None and not again:
        words, where = _WORDS[kind], folder or "this folder"
        begun = (
            words.begun.format(where)
            if studies.ratings(earlier.number)
            else f"there is {words.noun} in {where} already, and people may have its files"
        )
        raise RunFolderError(
            begun, hint=f"go on with it: tunecheck serve {folder or 'RUN'}; or make another, aside from it: add --again"
        )
    return replace(study, number=studies.add_study(kind, created=study.created, text=study_text(study)))


def current_study(studies: StudyStore, folder: str = "") -> ReviewStudy:
    """The sheet that people rate now. Raises RunFolderError where there is none."""
    return study_from(_current(studies, "review", folder))


def current_comparison(studies: StudyStore, folder: str = "") -> PairStudy:
    """The A/B test that people vote in now. Raises RunFolderError where there is none."""
    return pair_study_from(_current(studies, "ab", folder))


def _current(studies: StudyStore, kind: StudyKind, folder: str) -> StoredStudy:
    stored = studies.study(kind)
    if stored is None:
        raise RunFolderError(
            f"{folder or 'this folder'} has no {_WORDS[kind].noun.partition(' ')[2]}",
            hint=f"make one: tunecheck {kind} create {folder or 'RUN'}",
        )
    return stored


def distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The first of those that share a prompt: people would read it twice, and its copies are no further evidence."""
    return list({one.prompt or one.item: one for one in reversed(candidates)}.values())[::-1]


def chosen_of(candidates: Sequence[Candidate], items: int, seed: int) -> list[Candidate]:
    """A stratified sample, in the order of the candidates."""
    keys = [one.item for one in candidates]
    return [candidates[at] for at in stratified_sample(keys, [one.strata for one in candidates], items, seed=seed)]


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
