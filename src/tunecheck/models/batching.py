"""Batches: which sequences go through the model together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from tunecheck.core import EncodedItem

T = TypeVar("T")


def plan(encoded: Sequence[EncodedItem], *, token_budget: int) -> list[list[EncodedItem]]:
    """Length-sorted batches whose padded size stays within ``token_budget`` tokens; a longer item goes alone.

    Sorted over the whole set, so that next to nothing is padding, longest first, so that memory runs out at the start
    or never. Ties are broken by content: the plan is the same in every process, which makes a resumed run repeat the
    batches of an uninterrupted one to the last bit.
    """
    ordered = sorted(encoded, key=lambda item: (-len(item), item.item_id))
    return list(fill(ordered, [len(item) for item in ordered], token_budget=token_budget))


def fill(rows: Sequence[T], lengths: Sequence[int], *, token_budget: int) -> Iterable[list[T]]:
    """Consecutive rows while their number times the longest of them fits ``token_budget``; at least one row."""
    batch: list[T] = []
    longest = 0
    for row, length in zip(rows, lengths, strict=True):
        if batch and max(longest, length) * (len(batch) + 1) > token_budget:
            yield batch
            batch, longest = [], 0
        batch.append(row)
        longest = max(longest, length)
    if batch:
        yield batch
