"""The bundled packs as records: general passages to score, prompts whose answers are checked by rule, open prompts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from tunecheck.core import Item, Message
from tunecheck.packs.rules import Rule

PASSAGE_BYTES = 400
# A cut further than this from the last space is in a script that has none.
_LONGEST_WORD = 30

Pack = Literal["general", "skills", "unrelated"]
PromptForm = Literal["chat", "completion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One prompt with one way to be right: ``id`` is unique within the pack, ``kind`` names what it asks for."""

    id: str
    kind: str
    prompt: str
    rule: Rule


@cache
def general_items(*, whole: bool = False) -> tuple[Item, ...]:
    """The general passages, written for this pack, in the order of their kinds' names.

    Each is an item of the form ``text`` with the metadata ``kind`` and ``language``, and is its own unit: the kinds
    are fixed and the passages of a kind are the draws. Unless they are wanted whole, only the beginning of each is
    taken: passages differ more than their halves do, so that half of the tokens tell nearly as much.
    """
    return tuple(
        Item(
            form="text",
            response=Message(role="text", content=row["text"] if whole else beginning(row["text"])),
            metadata=_metadata(kind=row["kind"], language=row["language"]),
            source=source,
        )
        for source, row in _rows("general")
    )


def beginning(text: str, n_bytes: int = PASSAGE_BYTES) -> str:
    """As much of a text as fits into so many bytes of UTF-8, up to the last space where one is near.

    >>> beginning("one two three", 9), beginning("一二三四", 7)
    ('one two', '一二')
    """
    kept = text.encode()[:n_bytes].decode("utf-8", "ignore")
    if len(kept) == len(text):
        return text
    head, space, tail = kept.rpartition(" ")
    return head if space and len(tail) < _LONGEST_WORD else kept


@cache
def skills() -> tuple[Skill, ...]:
    """The prompts checked by rule, in the order of their kinds' names."""
    return tuple(_skill(row) for _, row in _rows("skills"))


@cache
def skill_items(form: PromptForm = "chat") -> tuple[Item, ...]:
    """``skills()`` as items to answer, in the same order, with the metadata ``skill`` (its id) and ``kind``.

    The reference response is empty: what is right is decided by ``skill_of(item).rule``. With the form ``completion``
    a model without a chat template can answer them too.
    """
    return tuple(
        _prompt_item(form, row["prompt"], source, _metadata(skill=row["id"], kind=row["kind"]))
        for source, row in _rows("skills")
    )


@cache
def unrelated_items(form: PromptForm = "chat") -> tuple[Item, ...]:
    """Open prompts about everyday matters, to see whether a tuned model answers them in the style of its training.

    They are apart from the skills because most of those have answers of a word or two, which have no style. Metadata:
    ``kind``, which is "unrelated".
    """
    return tuple(
        _prompt_item(form, row["prompt"], source, _metadata(kind="unrelated")) for source, row in _rows("unrelated")
    )


def skill_of(item: Item) -> Skill | None:
    """The skill that an item of ``skill_items`` asks for; None of any other item."""
    for name, text in item.metadata:
        if name == "skill":
            return _skills_by_id().get(text)
    return None


@cache
def fingerprint(pack: Pack) -> str:
    """Hash of all that a pack holds, for the signature of a result: another text or another rule is another pack."""
    digest = hashlib.blake2b(digest_size=8)
    for name, text in _texts(pack):
        digest.update(f"{name}\n{text}\n".encode())
    return digest.hexdigest()


@cache
def _skills_by_id() -> Mapping[str, Skill]:
    """The skills by the JSON text of their id, as items carry it."""
    return {json.dumps(skill.id): skill for skill in skills()}


def _prompt_item(form: PromptForm, prompt: str, source: str, metadata: tuple[tuple[str, str], ...]) -> Item:
    return Item(
        form=form,
        prompt=(Message(role="user", content=prompt),),
        response=Message(role="assistant", content=""),
        metadata=metadata,
        source=source,
    )


def _metadata(**values: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, json.dumps(value)) for name, value in values.items())


def _texts(pack: Pack) -> Iterator[tuple[str, str]]:
    """Name and text of each file of a pack, by name."""
    folder = files("tunecheck.packs").joinpath(pack)
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".jsonl"):
            yield file.name, file.read_text(encoding="utf-8")


def _rows(pack: Pack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row with where it stands, as "general/news.jsonl line 3"."""
    for name, text in _texts(pack):
        # Not splitlines: it would also break a line at signs that JSON allows inside of a string.
        for number, line in enumerate(text.split("\n"), start=1):
            if line:
                yield f"{pack}/{name} line {number}", json.loads(line)


def _skill(row: Mapping[str, Any]) -> Skill:
    return Skill(id=row["id"], kind=row["kind"], prompt=row["prompt"], rule=_rule(row["rule"]))


def _rule(row: Mapping[str, Any]) -> Rule:
    """A rule from its JSON object; a field that no rule has is a TypeError, which the tests of the pack would meet."""
    fields: dict[str, Any] = dict(row)
    for name in ("answers", "rivals", "given", "keys"):
        if name in fields:
            fields[name] = tuple(fields[name])
    values: Mapping[str, object] = fields.get("values", {})
    fields["values"] = tuple((key, json.dumps(value)) for key, value in values.items())
    return Rule(**fields)
