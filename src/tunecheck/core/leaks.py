"""Leak: a validation item that the training set gives away, beside the training row that does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tunecheck.core.items import Item

LeakKind = Literal["exact", "prompt", "near", "contained", "response"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One validation item and the training item that is most like it.

    kind        exact: the same prompt and response but for case, punctuation and layout; prompt: the same prompt with
                another response; near: nearly the same words; contained: the training item holds half of the prompt or
                more; response: the same long response to another prompt
    similarity  1 for what is equal; the Jaccard similarity for near; the share of the prompt for contained
    """

    kind: LeakKind
    validation: Item
    train: Item
    similarity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakReport:
    """What a validation set shares with a training set: each validation item at most once, by its strongest kind.

    n_train_copies  rows of the training set beyond the first of each content
    """

    n_train: int
    n_validation: int
    leaks: tuple[Leak, ...]
    n_train_copies: int = 0

    @property
    def leaked_ids(self) -> frozenset[str]:
        """Ids of the validation items that are no test any more: all kinds but a shared response."""
        return frozenset(leak.validation.id for leak in self.leaks if leak.kind != "response")

    def of_kind(self, kind: LeakKind) -> tuple[Leak, ...]:
        """The leaks of one kind."""
        return tuple(leak for leak in self.leaks if leak.kind == kind)
