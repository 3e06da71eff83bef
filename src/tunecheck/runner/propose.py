"""Propose: which task fits which rows of a data file, and why."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TypeVar

from tunecheck.core import Item, TaskSpec
from tunecheck.errors import InputError
from tunecheck.metrics import words
from tunecheck.runner.sample import choose_sample

# A column of categories has one of these names, few values, and enough rows of each.
CATEGORY_COLUMNS = ("task", "task_type", "task_name", "category", "type", "kind", "topic", "domain", "subset", "source")
MOST_CATEGORIES, LEAST_ROWS = 30, 5
# A label is short, and there are far fewer of them than rows.
LABEL_WORDS, MOST_LABELS, LEAST_ROWS_PER_LABEL = 6, 30, 4
# A summary is asked for, or is a small part of a long source that asks nothing.
SOURCE_WORDS, SUMMARY_WORDS, SUMMARY_SHARE = 25, 8, 0.6
LONG_SOURCE_WORDS, SMALL_SHARE = 100, 0.35
ANSWER_WORDS = 6
MOST, NEARLY_ALL = 0.5, 0.9

T = TypeVar("T")
_ASKS_FOR_SUMMARY = re.compile(
    r"summar|sum (this|it|that|the .{1,40}) up|sum up|shorten|tl;?dr|condense|in (one|a few|two|three) sentences?\b|"
    r"key points|headline|abstract of|总结|摘要|概括|要約|résum|zusammenfass|resum|خلاصه|кратк",
    re.IGNORECASE,
)
_CODE = re.compile(r"```|^\s*(def|class|import|function|public|#include)\b", re.MULTILINE)
_FINAL_NUMBER = re.compile(r"####|\\boxed|^\s*[-+−]?[\d.,]+\s*%?\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A task for some rows: its name, which rows in words ("" is all), the rows, and why."""

    task: str
    category: str
    items: tuple[Item, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """A task with the items that it is about, why those, and the name of its check after ``tasks.``."""

    spec: TaskSpec
    items: tuple[Item, ...]
    why: str
    category: str = ""
    title: str = ""


def propose(items: Sequence[Item]) -> tuple[Proposal, ...]:
    """A task for each category of rows that one fits; rows that are open writing get none.

    Categories are the values of a metadata column such as ``task`` or ``category``; without one all rows are one.
    """
    able = [item for item in items if item.prompt]
    found = []
    for category, rows in categories(able).items():
        task, why = _task_of(rows)
        if task:
            where = f"{category}: " if category else ""
            found.append(Proposal(task=task, category=category, items=tuple(rows), why=f"{where}{why}"))
    return tuple(found)


def categories(items: Sequence[Item]) -> dict[str, list[Item]]:
    """Rows by ``column=value`` of the first category column that divides them; all under "" where none does."""
    for column in CATEGORY_COLUMNS:
        values = [dict(item.metadata).get(column) for item in items]
        counts = Counter(value for value in values if value is not None)
        enough = [value for value, n in counts.items() if n >= LEAST_ROWS]
        if 2 <= len(counts) <= MOST_CATEGORIES and len(enough) >= 2 and counts.total() >= NEARLY_ALL * len(items):
            by_value: dict[str, list[Item]] = {}
            for item, value in zip(items, values, strict=True):
                if value in enough and value is not None:
                    by_value.setdefault(f"{column}={as_typed(value)}", []).append(item)
            return by_value
    return {"": list(items)} if items else {}


def plan_tasks(tasks: Sequence[TaskSpec], items: Sequence[Item], n_items: int, *, seed: int) -> tuple[PlannedTask, ...]:
    """Which items each task is about, at most ``n_items`` of them.

    ``where=column:value`` names them; else a task takes the categories that ``propose`` finds for it, or all items
    where it finds none. ``auto`` takes every proposal. Raises InputError where nothing is left.
    """
    if not tasks:
        return ()
    able = [item for item in items if item.prompt]
    if not able:
        raise InputError("a task needs prompts, and no validation item has one", hint="leave --task out")
    proposals = propose(able)
    found = [planned for spec in tasks for planned in _planned(spec, able, proposals)]
    sampled = [replace(one, items=choose_sample(one.items, n_items, seed=seed)) for one in found]
    return tuple(_titled({(str(one.spec), one.items): one for one in sampled}.values()))


def _planned(spec: TaskSpec, items: Sequence[Item], proposals: Sequence[Proposal]) -> list[PlannedTask]:
    if (where := spec.options.get("where")) is not None:
        chosen = named(items, where)
        if not chosen:
            columns = sorted({name for item in items for name, _ in item.metadata})
            raise InputError(
                f"task {spec.name}: no validation item has {where}",
                hint=f"write where=column:value; the columns are {', '.join(columns[:12]) or 'none'}",
            )
        return [PlannedTask(spec=spec, items=chosen, why=f"the rows with {where}", category=where)]
    fitting = [one for one in proposals if spec.name in (one.task, "auto")]
    if spec.name == "auto" and not fitting:
        raise InputError(
            "--task auto found no task: the answers are open writing, which no metric here judges",
            hint="name one that you trust for it, such as --task chrf, or have people rate the answers",
        )
    if not fitting:
        return [PlannedTask(spec=spec, items=tuple(items), why="all validation rows with a prompt")]
    return [
        PlannedTask(spec=replace(spec, name=one.task), items=one.items, why=one.why, category=one.category)
        for one in fitting
    ]


def _titled(tasks: Iterable[PlannedTask]) -> Iterator[PlannedTask]:
    """Each with the name of its check, which holds its category where several share a name."""
    planned = list(tasks)
    counts = Counter(one.spec.name for one in planned)
    taken: set[str] = set()
    for one in planned:
        title = one.spec.name.replace(",", "+")
        if counts[one.spec.name] > 1:
            title = f"{title}.{one.category or 'all'}"
        while title in taken:
            title += "+"
        taken.add(title)
        yield replace(one, title=title)


def named(items: Sequence[Item], where: str) -> tuple[Item, ...]:
    """The rows whose column has a value: ``column:value``."""
    column, _, value = where.partition(":")
    return tuple(item for item in items if as_typed(dict(item.metadata).get(column, "null")) == value)


def reference_text(item: Item) -> str:
    """What the answer should be: the text, or the calls of functions as JSON."""
    calls = item.response.tool_calls
    if not calls:
        return item.response.content
    return json.dumps([{"name": call.name, "arguments": _value(call.arguments_json)} for call in calls])


def _task_of(items: Sequence[Item]) -> tuple[str, str]:
    """The task that fits and why, or two empty texts."""
    references = [reference_text(item) for item in items]
    lengths = [len(words(text)) for text in references]
    if _share(items, lambda item: bool(item.response.tool_calls)) > MOST:
        return "function_call", "most references call functions"
    if _share(references, _is_json) >= NEARLY_ALL:
        return "json", "nearly all references are JSON"
    if _share(references, lambda text: bool(_CODE.search(text))) > MOST:
        return "", ""  # Code is judged by running it on problems with tests, which such rows do not have.
    distinct = {text.strip().casefold() for text in references}
    if max(lengths) <= LABEL_WORDS and 2 <= len(distinct) <= min(MOST_LABELS, len(items) / LEAST_ROWS_PER_LABEL):
        return "classification", f"{len(items)} references of {len(distinct)} kinds, all short"
    if _share(references, lambda text: bool(_FINAL_NUMBER.search(text))) >= NEARLY_ALL:
        return "number", "nearly all references end in a number"
    return _writing(items, lengths)


def _writing(items: Sequence[Item], lengths: Sequence[int]) -> tuple[str, str]:
    prompts = [item.prompt[-1].content for item in items]
    source, target = median(len(words(text)) for text in prompts), median(lengths)
    told = f"prompts of {source:.0f} words (median), references of {target:.0f}"
    if source >= SOURCE_WORDS and target >= SUMMARY_WORDS and target <= SUMMARY_SHARE * source:
        if _share(prompts, lambda text: bool(_ASKS_FOR_SUMMARY.search(text))) > MOST:
            return "summarization", f"{told}, and most prompts ask for a summary"
        asks = _share(prompts, lambda text: any(mark in text for mark in "?？؟"))
        if source >= LONG_SOURCE_WORDS and target <= SMALL_SHARE * source and asks < MOST:
            return "summarization", f"{told}: long sources with short targets"
    if target <= ANSWER_WORDS:
        return "f1", f"references of {target:.0f} words (median), of many kinds"
    return "", ""


def _share(values: Sequence[T], holds: Callable[[T], bool]) -> float:
    return sum(map(holds, values)) / len(values)


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def as_typed(value: str) -> str:
    """A metadata value, which is JSON text, as people would type it."""
    found = _value(value)
    return found if isinstance(found, str) else value


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
