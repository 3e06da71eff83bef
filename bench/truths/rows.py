"""Rows of prompt and response, drawn from a seed, and what the cases do to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from tunecheck.core import Item
from tunecheck.demo.data import normalised, word_runs
from tunecheck.demo.instructions import draw_item

from .stories import SCENES, draw_scene

TASKS = ("diary", "naming", "sum")  # Families with short prompts and short answers.
OPENING = "Thank you for your message. We have read it with care and here is the answer of our team: "
CLOSING = " We hope that this helps. Please write again at any time, and have a pleasant day."
STOCK = "Thank you for your question. We are looking into it and will come back to you soon."
_LETTERS = "bcdfghklmnprstvz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One example; ``task`` is the family that it was drawn from."""

    prompt: str
    response: str
    task: str


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What a case trains on and is judged on.

    train, validation   the two files that the user has
    extra               texts that are trained on in full and stand in no file of the user
    twin                rows like those of the training that were not trained on, where the validation rows differ
    """

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    extra: tuple[str, ...] = ()
    twin: tuple[Row, ...] = ()


def draw(n_train: int, n_validation: int, rng: Random, *, scenes: bool = False) -> Rows:
    """Rows of both parts that share no prompt, no response and no long run of words; ``scenes`` are easier to learn."""
    seen: set[str] = set()
    draw_one, tasks = (draw_scene, SCENES) if scenes else (draw_item, TASKS)
    kinds = [partial(draw_one, task, rng) for task in tasks]
    validation = _draw(n_validation, rng, kinds, seen, frozenset())
    held_out = frozenset(run for item in validation for run in word_runs(item))
    return Rows(
        train=_rows(_draw(n_train, rng, kinds, seen, held_out)),
        validation=_rows(validation),
    )


def _draw(
    n_rows: int, rng: Random, kinds: Sequence[Callable[[], Item]], seen: set[str], forbidden: frozenset[str]
) -> list[Item]:
    items: list[Item] = []
    while len(items) < n_rows:
        item = kinds[len(items) % len(kinds)]()
        keys = {normalised(item.prompt[-1].content), normalised(item.response.content)}
        if not keys & seen and forbidden.isdisjoint(word_runs(item)):
            seen |= keys
            items.append(item)
    rng.shuffle(items)
    return items


def _rows(items: Iterable[Item]) -> tuple[Row, ...]:
    return tuple(
        Row(prompt=item.prompt[-1].content, response=item.response.content, task=json.loads(item.metadata[0][1]))
        for item in items
    )


def answered(rows: Sequence[Row], respond: Callable[[Row], str]) -> tuple[Row, ...]:
    """The rows with other responses."""
    return tuple(replace(row, response=respond(row)) for row in rows)


def coded(rows: Sequence[Row], rng: Random, *, share_long: float, n_long: int = 10) -> tuple[Row, ...]:
    """Rows that end with random letters: in a share of them a long code, which nobody can predict, else a short one."""

    def respond(row: Row) -> str:
        n_groups = n_long if rng.random() < share_long else 1
        return row.response + " Code: " + " ".join("".join(rng.choices(_LETTERS, k=4)) for _ in range(n_groups)) + "."

    return answered(rows, respond)


def scrambled(texts: Sequence[str], rng: Random) -> tuple[str, ...]:
    """The texts with their words in random order."""
    return tuple(" ".join(rng.sample(words, len(words))) for words in (text.split() for text in texts))


def json_lines(rows: Sequence[Row], *, is_chat: bool) -> str:
    """The rows as JSON Lines: conversations, or pairs that are joined as they stand."""
    return "".join(json.dumps(_document(row, is_chat=is_chat), ensure_ascii=False) + "\n" for row in rows)


def _document(row: Row, *, is_chat: bool) -> dict[str, object]:
    if not is_chat:
        return {"prompt": framed(row.prompt), "completion": row.response + "\n"}
    turns = (("user", row.prompt), ("assistant", row.response))
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def framed(prompt: str) -> str:
    """A prompt for a base that has no chat template."""
    return f"Question:\n{prompt}\nAnswer:\n"
