"""The demo's rows: a training part and a held-out part that share no prompt, and no response but labels."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tunecheck.core import Item
from tunecheck.demo.instructions import FAMILIES, draw_item

# Texts that share so long a run of words are commonly taken for copies of each other (Brown et al. 2020, appendix C).
RUN_WORDS = 13
# A response of fewer words is a label, which many rows share.
LABEL_WORDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoData:
    """The rows of both parts, in the order of their files."""

    train: tuple[Item, ...]
    validation: tuple[Item, ...]


def generate(*, n_train: int, n_validation: int, seed: int) -> DemoData:
    """Draw the rows of both parts from the seed.

    The families take turns in each part. A row is drawn again when its prompt, or a response that is no label, is
    already there (letter case, spacing and punctuation aside), and a training row also when it has RUN_WORDS words in a
    row in common with a held-out one. The validation rows do not depend on ``n_train``.
    """
    seen: set[str] = set()
    validation = _draw(n_validation, Random(f"{seed} validation"), seen, frozenset())  # noqa: S311 (made-up texts)
    held_out = frozenset(run for item in validation for run in word_runs(item))
    train = _draw(n_train, Random(f"{seed} train"), seen, held_out)  # noqa: S311 (made-up texts)
    return DemoData(train=train, validation=validation)


def _draw(n_rows: int, rng: Random, seen: set[str], forbidden: frozenset[str]) -> tuple[Item, ...]:
    tasks = sorted(FAMILIES)
    items: list[Item] = []
    while len(items) < n_rows:
        item = draw_item(tasks[len(items) % len(tasks)], rng)
        keys = _keys(item)
        if not keys & seen and forbidden.isdisjoint(word_runs(item)):
            seen |= keys
            items.append(item)
    rng.shuffle(items)
    return tuple(items)


def word_runs(item: Item) -> frozenset[str]:
    """All runs of RUN_WORDS words of the prompt and of the response, normalised."""
    runs: set[str] = set()
    for text in (item.prompt[-1].content, item.response.content):
        found = normalised(text).split()
        runs.update(" ".join(found[start : start + RUN_WORDS]) for start in range(len(found) - RUN_WORDS + 1))
    return frozenset(runs)


def normalised(text: str) -> str:
    """The text without letter case, spacing and punctuation.

    >>> normalised("It was  Vera, who: helped!")
    'it was vera who helped'
    """
    return " ".join(re.findall(r"\w+", text.casefold()))


def n_leaked(data: DemoData) -> int:
    """How many held-out items the training part gives away.

    An item counts when its prompt or its response stands in the training part, normalised, or when it has RUN_WORDS
    words in a row in common with a training row. ``generate`` leaves none. Labels give nothing away.
    """
    texts = {text for item in data.train for text in _keys(item)}
    runs = {run for item in data.train for run in word_runs(item)}
    return sum(not texts.isdisjoint(_keys(item)) or not runs.isdisjoint(word_runs(item)) for item in data.validation)


def _keys(item: Item) -> frozenset[str]:
    """The prompt and, unless it is a label, the response, normalised."""
    prompt, response = normalised(item.prompt[-1].content), normalised(item.response.content)
    return frozenset({prompt} if len(response.split()) < LABEL_WORDS else {prompt, response})


def json_lines(items: Sequence[Item]) -> str:
    """The rows as JSON Lines in messages shape, with the family as ``task``."""
    lines = []
    for item in items:
        messages = [{"role": m.role, "content": m.content} for m in (*item.prompt, item.response)]
        extra = {name: json.loads(text) for name, text in item.metadata}
        lines.append(json.dumps({"messages": messages, **extra}, ensure_ascii=False) + "\n")
    return "".join(lines)
