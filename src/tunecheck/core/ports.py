"""Ports: what a check or the runner asks of a model or a store, whoever provides it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tunecheck.core.completions import Completion, EncodedPrompt, GenerationSettings
from tunecheck.core.items import Item
from tunecheck.core.scores import EncodedItem, Leading, SequenceScore


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

    def score(
        self, batch: Sequence[EncodedItem], *, with_tokens: bool = False, with_moments: bool = False
    ) -> list[SequenceScore]:
        """Score one batch, in its order. Tokens come with moments when those are asked for, which takes longer."""
        ...

    def leading(self, batch: Sequence[EncodedItem], k: int = 256) -> list[Leading]:
        """The ``k`` likeliest tokens at each place of each response, likeliest first; fewer in a smaller vocabulary."""
        ...

    def log_probabilities(self, batch: Sequence[EncodedItem], among: Sequence[Leading]) -> list[Leading]:
        """What this model gives to the very tokens of ``among``, which is parallel to the batch.

        Raises ValueError where an item of ``among`` is another one, or has its places elsewhere.
        """
        ...


class Generator(Protocol):
    """One side (base or tuned) of a loaded model, able to answer prompts.

    The fingerprint, the engine, the encoded prompt and the settings together are the key of a stored completion:
    core.completion_key.
    """

    @property
    def fingerprint(self) -> str:
        """Hash of the content of weights and adapter."""
        ...

    @property
    def engine(self) -> str:
        """All else that could change a completion: library versions, device, precision, context, end tokens."""
        ...

    def encode(self, items: Sequence[Item]) -> list[EncodedPrompt]:
        """Render and tokenise the prompts, without the reference responses.

        Raises ModelError when the template fails, a token id is beyond the vocabulary, or an item has no prompt.
        """
        ...

    def batches(self, prompts: Sequence[EncodedPrompt], settings: GenerationSettings) -> list[list[EncodedPrompt]]:
        """Split into batches, by content alone: the same prompts give the same batches in any process."""
        ...

    def generate(
        self,
        batch: Sequence[EncodedPrompt],
        settings: GenerationSettings,
        *,
        on_tokens: Callable[[int], object] | None = None,
    ) -> list[Completion]:
        """All samples of the first prompt, then those of the next, in the batch's order.

        ``on_tokens`` hears on the way how many tokens have come since it was last called.
        """
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

    def completions(self, keys: Iterable[str]) -> Mapping[str, Completion]:
        """The stored completions among ``keys``; absent keys are absent from the answer."""
        ...

    def add_completions(self, completed: Sequence[tuple[str, Completion]]) -> None:
        """Keep completions under their keys. A key that is there already keeps its first value."""
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
