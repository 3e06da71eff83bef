"""InMemoryRunStore: a run that ends with its process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from tunecheck.core.ports import StoredItem
from tunecheck.core.scores import SequenceScore


class InMemoryRunStore:
    """The port RunStore over dictionaries, for live use and for tests."""

    def __init__(self) -> None:
        self._scores: dict[str, SequenceScore] = {}
        self._documents: dict[str, str] = {}
        self._items: dict[tuple[str, int], StoredItem] = {}

    def close(self) -> None:
        """Nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def scores(self, keys: Iterable[str]) -> dict[str, SequenceScore]:
        """The stored scores among ``keys``, in the order of ``keys``."""
        return {key: self._scores[key] for key in keys if key in self._scores}

    def add_scores(self, scored: Sequence[tuple[str, SequenceScore]]) -> None:
        """Keep scores; the first of a key stays, unless only a later one has its token arrays."""
        for key, score in scored:
            kept = self._scores.get(key)
            if kept is None or (kept.tokens is None and score.tokens is not None):
                self._scores[key] = score

    def set_document(self, name: str, text: str) -> None:
        """Keep a JSON text under a name, in place of an earlier one."""
        self._documents[name] = text

    def document(self, name: str) -> str | None:
        """The JSON text kept under a name, or None."""
        return self._documents.get(name)

    def set_items(self, items: Sequence[StoredItem]) -> None:
        """Keep the items of this run, in place of earlier ones. Raises ValueError when two share a place."""
        self._items = by_place(items)

    def items(self) -> list[StoredItem]:
        """The items of this run, by part and position."""
        return [self._items[place] for place in sorted(self._items)]


def by_place(items: Sequence[StoredItem]) -> dict[tuple[str, int], StoredItem]:
    """The items under their part and position. Raises ValueError when two share a place: the caller miscounted."""
    placed: dict[tuple[str, int], StoredItem] = {}
    for stored in items:
        place = (stored.part, stored.position)
        if place in placed:
            raise ValueError(f"two items stand at position {stored.position} of the part {stored.part!r}")
        placed[place] = stored
    return placed
