"""HuggingFaceScorer: one side of a transformers model, scoring items by teacher forcing."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from tunecheck.core import EncodedItem, Item, SequenceScore, TokenScores, Totals
from tunecheck.core.scores import Leading, check_parallel
from tunecheck.errors import ModelError
from tunecheck.models import batching
from tunecheck.models.huggingface.forward import Forward, Read, Row, rows_of
from tunecheck.models.huggingface.head import Head, Scored, joined
from tunecheck.models.huggingface.leading import given, leading_of, likeliest
from tunecheck.models.huggingface.text import TextSide

T = TypeVar("T")

# Tokens of a padded batch. On a CPU more than some hundreds leave its cache; docs/performance.md has what was measured.
CPU_TOKEN_BUDGET = 512
GPU_TOKEN_BUDGET = 16384


class HuggingFaceScorer:
    """Scores items with a causal language model of transformers, with or without its PEFT adapter.

    Implements the port core.Scorer. The model is expected in evaluation mode. ``show_side`` is called before each pass:
    it switches the adapter off for the base and on for the tuned model. The result does not depend on the batch: rows
    are padded on the right, where causal attention never looks.
    """

    def __init__(
        self,
        model: Any,
        text: TextSide,
        *,
        fingerprint: str,
        engine: str,
        context: int,
        token_budget: int,
        full_sequence: bool = True,
        show_side: Callable[[], object],
    ) -> None:
        self._model = model
        self._text = text
        self._fingerprint = fingerprint
        self._engine = engine
        self._context = context
        self._token_budget = token_budget
        self._full_sequence = full_sequence
        self._show_side = show_side
        self._device = next(model.parameters()).device
        show_side()
        self._forward = Forward(model, self._device)

    @property
    def fingerprint(self) -> str:
        """Hash of the content of weights and adapter."""
        return self._fingerprint

    @property
    def engine(self) -> str:
        """Library versions, device, precision, window: all else that could change a bit of a score."""
        return f"{self._engine}, {self._forward.how}, {'full sequence' if self._full_sequence else 'response only'}"

    def encode(self, items: Sequence[Item]) -> list[EncodedItem]:
        """Render and tokenise. Raises ModelError when the template fails or a token id is beyond the vocabulary."""
        return self._text.encode(items)

    def batches(self, encoded: Sequence[EncodedItem]) -> list[list[EncodedItem]]:
        """Length-sorted batches within the token budget, by content alone."""
        return batching.plan(encoded, token_budget=self._token_budget)

    def score(
        self, batch: Sequence[EncodedItem], *, with_tokens: bool = False, with_moments: bool = False
    ) -> list[SequenceScore]:
        """Score one batch, in its order; with moments its tokens are given too.

        Raises CannotRun when not even one row fits the memory, ModelError when a score is no number.
        """
        found = self._through(batch, partial(_score, with_moments=with_moments), full_sequence=self._full_sequence)
        return [
            _total(item, parts, with_tokens=with_tokens, with_moments=with_moments)
            for item, parts in zip(batch, found, strict=True)
        ]

    def leading(self, batch: Sequence[EncodedItem], k: int = 256) -> list[Leading]:
        """The ``k`` likeliest tokens at each place of each response. Raises as ``score`` does."""
        found = self._through(batch, partial(likeliest, k=k), full_sequence=False)
        return [leading_of(item, parts, width=k) for item, parts in zip(batch, found, strict=True)]

    def log_probabilities(self, batch: Sequence[EncodedItem], among: Sequence[Leading]) -> list[Leading]:
        """What this model gives to the very tokens of ``among``. Raises as ``score`` does.

        Raises ValueError when ``among`` is of other items or places, or not all of one width.
        """
        check_parallel(batch, among)
        found = self._through(batch, partial(given, among=among), full_sequence=False)
        return [leading_of(item, parts, width=one.width) for item, parts, one in zip(batch, found, among, strict=True)]

    def _through(
        self, batch: Sequence[EncodedItem], read: Read[T], *, full_sequence: bool
    ) -> list[list[tuple[Row, T]]]:
        """What was read of each item, window after window."""
        rows = rows_of(batch, context=self._context, full_sequence=full_sequence)
        collected: list[list[tuple[Row, T]]] = [[] for _ in batch]
        self._show_side()
        for row, value in self._forward(rows, read, token_budget=self._token_budget):
            collected[row.item].append((row, value))
        return collected


@contextmanager
def evaluation(model: nn.Module) -> Iterator[None]:
    """Dropout off, and afterwards the model as it was: a live model may be in the middle of its training."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _score(head: Head, states: Tensor, targets: Tensor, rows: Sequence[Row], *, with_moments: bool) -> list[Scored]:
    scored = head(states, targets, with_moments=with_moments)
    counts = [len(row.places) for row in rows]
    best = scored.is_argmax.cpu().split(counts)
    doubles = [
        values.double().cpu().split(counts)
        for values in (scored.nll_nats, scored.mean_nats, scored.deviation_nats)
        if values is not None
    ]
    return [Scored(nll, one, *moments) for one, nll, *moments in zip(best, *doubles, strict=True)]


def _total(
    item: EncodedItem, parts: Sequence[tuple[Row, Scored]], *, with_tokens: bool, with_moments: bool
) -> SequenceScore:
    places = [place for row, _ in parts for place in row.places]
    scored = joined([one for _, one in parts]) if parts else _nothing()
    nll, best = scored.nll_nats, scored.is_argmax
    if not bool(torch.isfinite(nll).all()):
        raise ModelError(
            f"item {item.item_id} scores {float(nll.sum())}: the model overflows in this precision or has NaN weights",
            hint="try --dtype float32",
        )
    mask = torch.tensor([item.in_response[place] == 1 for place in places], dtype=torch.bool)
    response = Totals(
        nll_nats=float(nll[mask].sum()),
        n_tokens=int(mask.sum()),
        n_bytes=item.response_bytes,
        n_argmax=int(best[mask].sum()),
    )
    full = None
    if len(places) == max(0, len(item) - 1):
        full = Totals(
            nll_nats=float(nll.sum()), n_tokens=len(places), n_bytes=item.full_bytes, n_argmax=int(best.sum())
        )
    tokens = _tokens(places, scored, mask, with_moments=with_moments) if with_tokens or with_moments else None
    return SequenceScore(item_id=item.item_id, response=response, full=full, tokens=tokens)


def _nothing() -> Scored:
    none = torch.zeros(0, dtype=torch.float64)
    return Scored(none, none.bool(), none, none)


def _tokens(places: Sequence[int], scored: Scored, mask: Tensor, *, with_moments: bool) -> TokenScores:
    kept = mask.tolist()
    mean, deviation = (scored.mean_nats, scored.deviation_nats) if with_moments else (None, None)
    return TokenScores(
        positions=array("q", [place for place, is_kept in zip(places, kept, strict=True) if is_kept]),
        nll_nats=array("d", scored.nll_nats[mask].tolist()),
        is_argmax=array("b", scored.is_argmax[mask].to(torch.int8).tolist()),
        mean_nats=None if mean is None else array("d", mean[mask].tolist()),
        deviation_nats=None if deviation is None else array("d", deviation[mask].tolist()),
    )
