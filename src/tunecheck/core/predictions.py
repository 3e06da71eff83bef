"""Predictions: answers made anywhere, each beside what it should have been."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from tunecheck.core.estimates import Unscored

Answered = str | Unscored
"""The text of an answer, or why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One row of a predictions file.

    row         its number in the file, from 1
    id          what the file calls it, or ""
    references  acceptable answers, at least one
    base        of the base model; None where the file has no base
    probabilities, base_probabilities   of labels, as (label, probability), where the file has them
    unit        rows that share it are one draw of the statistics: samples of one prompt, parts of one conversation
    messages    the prompt as (role, content), where the file has a conversation; else ()
    strata      what a sample can be stratified by, as (column, value), where somebody asked for that
    source      where it came from, for people: "predictions.jsonl line 12"
    """

    row: int
    references: tuple[str, ...]
    tuned: Answered
    base: Answered | None = None
    prompt: str = ""
    id: str = ""
    probabilities: tuple[tuple[str, float], ...] | None = None
    base_probabilities: tuple[tuple[str, float], ...] | None = None
    unit: str
    messages: tuple[tuple[str, str], ...] = ()
    strata: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """The rows of a predictions file in its order, and how they were read.

    evidence   which fields were taken for what, in one sentence
    skipped    one message for each bad row that was left out on request
    """

    name: str
    rows: tuple[Prediction, ...]
    evidence: str = ""
    skipped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.rows)

    @property
    def has_base(self) -> bool:
        """Whether a base answered too."""
        return any(row.base is not None for row in self.rows)

    @property
    def fingerprint(self) -> str:
        """Hash of prompts, references and answers in order."""
        digest = hashlib.blake2b(digest_size=8)
        for row in self.rows:
            sides = [str(side) for side in (row.tuned, row.base) if side is not None]
            text = json.dumps([row.prompt, row.references, sides], ensure_ascii=True)
            digest.update(text.encode())
        return digest.hexdigest()
