"""Ranking: which label a model finds likeliest, from the likelihood of each label's text; nothing has to be parsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tunecheck.core import Item, RunStore
from tunecheck.errors import InputError
from tunecheck.metrics.labels import LabelReader
from tunecheck.runner.labels import find_labels
from tunecheck.runner.propose import PlannedTask, reference_text

# Each label of each row is scored with its prompt; beyond so many texts only when it is asked for.
MOST_RANKED = 1000
_ANSWERS = {"yes": True, "no": False}


def candidates(task: PlannedTask) -> tuple[str, ...]:
    """The text of each label: the commonest reference that is read as it, or the label itself."""
    references = [reference_text(item) for item in task.items]
    labels = task.spec.labels or find_labels(references)[0]
    reader = LabelReader(labels)
    counts: dict[str, Counter[str]] = {label: Counter() for label in labels}
    for text in references:
        label = reader.read(text).label
        if label is not None:
            counts[label][text.strip()] += 1
    return tuple(own.most_common(1)[0][0] if own else label for label, own in counts.items())


def ranked_items(task: PlannedTask) -> tuple[Item, ...]:
    """The items of a classification with each label as the response, label by label; () where they are not ranked.

    ``rank`` is yes, no, or left out: then they are ranked where that takes at most MOST_RANKED texts.
    """
    if task.spec.name != "classification":
        return ()
    asked = task.spec.options.get("rank", "")
    if asked and asked not in _ANSWERS:
        raise InputError(f"rank={asked} of task classification is not yes or no", hint="write rank=yes")
    texts = candidates(task)
    if not _ANSWERS.get(asked, len(texts) * len(task.items) <= MOST_RANKED):
        return ()
    return tuple(_with(item, text) for item in task.items for text in texts)


def probabilities(store: RunStore, task: PlannedTask, keys: Mapping[str, str]) -> tuple[tuple[float, ...], ...] | None:
    """Of each row the probability of each label among the labels; ``keys`` of the scores by item; None if not ranked.

    The likelihood of a label is that of its whole text with the end of the turn, so that a label which begins another
    is not favoured (a sum, not a mean: the texts are what the model would have to write).
    """
    items = ranked_items(task)
    if not items:
        return None
    scores = store.scores([keys[item.id] for item in items])
    nll = np.array([scores[keys[item.id]].response.nll_nats for item in items]).reshape(len(task.items), -1)
    weights = np.exp(nll.min(axis=1, keepdims=True) - nll)
    return tuple(map(tuple, (weights / weights.sum(axis=1, keepdims=True)).tolist()))


def all_ranked(tasks: Sequence[PlannedTask]) -> tuple[Item, ...]:
    """Every text that has to be scored for a ranking, each once."""
    return tuple({item.id: item for task in tasks for item in ranked_items(task)}.values())


def _with(item: Item, text: str) -> Item:
    return replace(item, response=replace(item.response, content=text, tool_calls=()), token_ids=(), learned=())
