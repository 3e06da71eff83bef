"""Ports: what a check or the runner asks of a model or a store, whoever provides it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tunecheck.core.items import Item
from tunecheck.core.scores import EncodedItem, SequenceScore


class Clock(Protocol):
    """Tells the time; an argument, so that tests never sleep."""

    def __call__(self) -> datetime:
        """The time now, with its zone."""
        ...


class Scorer(Protocol):
    """One side (base or tuned) of a loaded model, able to score items by teacher forcing.

    The fingerprint, the engine and the encoded item together are the key of a stored score.
    """

    @property
    def fingerprint(self) -> str:
        """Hash of the content of weights and adapter."""
        ...

    @property
    def engine(self) -> str:
        """All else that could change a bit of a score: library versions, device, precision, window."""
        ...

    def encode(self, items: Sequence[Item]) -> list[EncodedItem]:
        """Render and tokenise. Raises ModelError when the template fails or a token id is beyond the vocabulary."""
        ...

    def batches(self, encoded: Sequence[EncodedItem]) -> list[list[EncodedItem]]:
        """Split into batches, by content alone: the same items give the same batches in any process."""
        ...

    def score(self, batch: Sequence[EncodedItem], *, with_tokens: bool = False) -> list[SequenceScore]:
        """Score one batch, in its order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """An item of a run as the store keeps it: which part it belongs to, its place in the file, and the item."""

    part: str
    position: int
    item: Item


class RunStore(Protocol):
    """Where a run keeps its facts. Each method is one transaction: after a kill it happened whole or not at all."""

    def scores(self, keys: Iterable[str]) -> Mapping[str, SequenceScore]:
        """The stored scores among ``keys``; absent keys are absent from the answer."""
        ...

    def add_scores(self, scored: Sequence[tuple[str, SequenceScore]]) -> None:
        """Keep scores under their keys. A key that is there already keeps its first value."""
        ...

    def set_document(self, name: str, text: str) -> None:
        """Keep a JSON text under a name, in place of an earlier one."""
        ...

    def document(self, name: str) -> str | None:
        """The JSON text kept under a name, or None."""
        ...

    def set_items(self, items: Sequence[StoredItem]) -> None:
        """Keep the items of this run, in place of those of an earlier one."""
        ...

    def items(self) -> list[StoredItem]:
        """The items of this run, by part and position."""
        ...
