"""Plan: read the data, find what it shares, choose the sample of the training set. Nothing is scored or written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tunecheck import data, packs
from tunecheck.core import Dataset, Item, LeakReport, TaskSpec
from tunecheck.data.leaks import find_leaks
from tunecheck.errors import DataError
from tunecheck.metrics.nearest import nearest_by_words
from tunecheck.runner.code_tasks import PlannedCode
from tunecheck.runner.exported import without_exported
from tunecheck.runner.propose import PlannedTask, plan_tasks
from tunecheck.runner.ranking import all_ranked
from tunecheck.runner.sample import choose_sample

# The sample of the training set is as large as the validation set, and not smaller than this where there are that many.
LEAST_TRAIN_SAMPLE = 256
# Comparing predictions over the vocabulary takes another pass, so a sample has to do.
COMPARED_ITEMS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be scored: validation items, a sample of the training set, and what the two sets share.

    similarity  of each validation item, by id, to the training item it is most like, 0 to 1; None without a train set
    general     text to measure forgetting on; None where nothing does
    asked       validation items whose prompts are answered: a sample of those that the training set does not give away
    compared    validation items on which the predictions of base and tuned are compared token by token
    skills, unrelated   the prompts that come with tunecheck, to be answered too
    tasks       what base and tuned are compared by, each with its items
    code        problems that both write programs for
    """

    validation: Dataset
    train: Dataset | None
    train_sample: tuple[Item, ...]
    leaks: LeakReport | None
    similarity: Mapping[str, float] | None = None
    general: Dataset | None = None
    compared: tuple[Item, ...] = ()
    asked: tuple[Item, ...] = ()
    skills: tuple[Item, ...] = ()
    unrelated: tuple[Item, ...] = ()
    tasks: tuple[PlannedTask, ...] = ()
    code: tuple[PlannedCode, ...] = ()

    @property
    def own_prompts(self) -> tuple[Item, ...]:
        """Every validation item whose prompt is answered, each once."""
        return tuple({item.id: item for part in (self.asked, *(t.items for t in self.tasks)) for item in part}.values())

    @property
    def to_answer(self) -> tuple[Item, ...]:
        """Every item whose prompt is answered, each once."""
        return tuple({item.id: item for item in (*self.own_prompts, *self.skills, *self.unrelated)}.values())

    def to_score(self, *, with_general: bool) -> tuple[Item, ...]:
        """Every item that is scored, each once; general text only where there is a base to compare with."""
        general = self.general.items if self.general is not None and with_general else ()
        items = (*self.validation.items, *self.train_sample, *general, *all_ranked(self.tasks))
        return tuple({item.id: item for item in items}.values())


def make_plan(
    validation: Any,
    train: Any = None,
    *,
    seed: int = 42,
    shape: str = "auto",
    skip_bad_rows: bool = False,
    group_column: str | None = None,
    general: str | None = None,
    n_answers: int = 0,
    tasks: Sequence[TaskSpec] = (),
    n_task_items: int = 200,
) -> Plan:
    """Read both sets and choose the training sample.

    With a training set, ``general`` (a file, else the bundled passages) is scored too, and with ``n_answers`` so many
    validation prompts and the bundled ones are answered. Each of ``tasks`` gets at most ``n_task_items`` items.

    Raises DataError for rows that cannot be read, for fewer than two items, and for a validation set that is the
    training set.
    """
    val = without_exported(_read(validation, "validation data", shape, skip_bad_rows, group_column))
    if len({item.unit for item in val}) < 2:
        what = "one item" if len(val) == 1 else "copies or parts of one item only"
        raise DataError(
            f"{val.name} holds {what}: how sure a number is shows only from two on",
            hint="give at least 30 items; a few hundred resolve differences of 0.05 nats",
        )
    if train is None:
        planned = plan_tasks(tasks, val.items, n_task_items, seed=seed)
        return Plan(validation=val, train=None, train_sample=(), leaks=None, tasks=planned)
    train_set = _read(train, "training data", shape, skip_bad_rows, group_column)
    leaks = find_leaks(train_set.items, val.items)
    if len(leaks.of_kind("exact")) == len(val):
        raise DataError(
            f"every item of {val.name} stands in {train_set.name}: the validation set is the training set",
            hint="hold out items before training, and give those to --val",
        )
    sample = choose_sample(train_set.items, max(len(val), LEAST_TRAIN_SAMPLE), seed=seed)
    if len({item.unit for item in sample}) < 2:
        raise DataError(
            f"{train_set.name} holds one item: a gap needs at least two", hint="give the whole training set"
        )
    plan = Plan(
        validation=val,
        train=train_set,
        train_sample=sample,
        leaks=leaks,
        similarity=similarities(val.items, train_set.items),
        general=_general(general),
        compared=choose_sample(val.items, COMPARED_ITEMS, seed=seed),
        tasks=plan_tasks(
            tasks, [item for item in val.items if item.id not in leaks.leaked_ids], n_task_items, seed=seed
        ),
    )
    return plan if n_answers == 0 else _with_prompts(plan, leaks.leaked_ids, n_answers, seed)


def _general(source: str | None) -> Dataset | None:
    """The text to measure forgetting on: a file, read as any other, or the bundled passages; None for "none"."""
    if source == "none":
        return None
    if source is not None:
        return data.load(source)
    return Dataset(
        name=f"the general passages of tunecheck #{packs.fingerprint('general')}",
        shape="text",
        evidence="written for tunecheck",
        items=packs.general_items(),
        n_rows=len(packs.general_items()),
    )


def _with_prompts(plan: Plan, leaked: Collection[str], n_answers: int, seed: int) -> Plan:
    """With the prompts to answer: validation prompts that were not given away, the skills and the unrelated ones.

    The bundled prompts take the form that the user's have: a chat template is used where theirs is.
    """
    able = [item for item in plan.validation.items if item.prompt and item.id not in leaked]
    form: packs.PromptForm = "chat" if any(item.form == "chat" for item in able) else "completion"
    return replace(
        plan,
        asked=choose_sample(able, n_answers, seed=seed),
        skills=packs.skill_items(form),
        unrelated=packs.unrelated_items(form),
    )


def similarities(validation: Sequence[Item], train: Sequence[Item]) -> dict[str, float]:
    """Of each validation item, by id, how alike its prompt and the most similar training prompt are, 0 to 1.

    An item without a prompt is compared by its text. Alike is metrics.nearest_by_words.
    """
    found = nearest_by_words(map(_asked, validation), map(_asked, train))
    return {item.id: value for item, value in zip(validation, found.similarity.tolist(), strict=True)}


def _asked(item: Item) -> str:
    return item.prompt_text or item.response.content


def _read(source: Any, name: str, shape: str, skip_bad_rows: bool, group_column: str | None) -> Dataset:
    if isinstance(source, Dataset):
        return source
    given = None if isinstance(source, (str, Path)) else name
    return data.load(source, name=given, shape=shape, skip_bad_rows=skip_bad_rows, group_column=group_column)
