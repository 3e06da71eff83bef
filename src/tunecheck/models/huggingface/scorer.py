"""HuggingFaceScorer: one side of a transformers model, scoring items by teacher forcing."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from tunecheck.core import EncodedItem, Item, SequenceScore, TokenScores, Totals
from tunecheck.errors import CannotRun, ModelError
from tunecheck.models import batching
from tunecheck.models.huggingface.head import Head, Scored, head_of, score_logits
from tunecheck.models.huggingface.text import TextSide
from tunecheck.models.windows import Window, windows

# Tokens of a padded batch. On a CPU more than some hundreds leave its cache; docs/performance.md has what was measured.
CPU_TOKEN_BUDGET = 512
GPU_TOKEN_BUDGET = 16384


@dataclass(frozen=True, slots=True)
class _Row:
    """One window of one item on its way through the model; ``item`` is the item's place in the batch."""

    item: int
    ids: Sequence[int]
    window: Window
    places: tuple[int, ...]  # positions in the sequence that are scored in this window


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
        with torch.inference_mode():
            self._parts = _decoder_and_head(model, self._device)

    @property
    def fingerprint(self) -> str:
        """Hash of the content of weights and adapter."""
        return self._fingerprint

    @property
    def engine(self) -> str:
        """Library versions, device, precision, window: all else that could change a bit of a score."""
        how = "whole model" if self._parts is None else "decoder and head"
        return f"{self._engine}, {how}, {'full sequence' if self._full_sequence else 'response only'}"

    def encode(self, items: Sequence[Item]) -> list[EncodedItem]:
        """Render and tokenise. Raises ModelError when the template fails or a token id is beyond the vocabulary."""
        return self._text.encode(items)

    def batches(self, encoded: Sequence[EncodedItem]) -> list[list[EncodedItem]]:
        """Length-sorted batches within the token budget, by content alone."""
        return batching.plan(encoded, token_budget=self._token_budget)

    def score(self, batch: Sequence[EncodedItem], *, with_tokens: bool = False) -> list[SequenceScore]:
        """Score one batch, in its order. Raises CannotRun when not even one row fits the memory."""
        rows = [row for place, item in enumerate(batch) for row in self._rows(place, item)]
        collected: list[list[tuple[Sequence[int], Scored]]] = [[] for _ in batch]
        self._show_side()
        with torch.inference_mode():
            for part in batching.fill(rows, [len(row.window) for row in rows], token_budget=self._token_budget):
                for row, scored in zip(part, self._forward(part), strict=True):
                    collected[row.item].append((row.places, scored))
        return [_total(item, parts, with_tokens) for item, parts in zip(batch, collected, strict=True)]

    def _rows(self, place: int, item: EncodedItem) -> Iterator[_Row]:
        for window in windows(len(item), context=self._context) if len(item) > 1 else []:
            wanted = range(window.score_from, window.end)
            places = tuple(wanted if self._full_sequence else (i for i in wanted if item.in_response[i]))
            if places:
                yield _Row(place, item.token_ids, window, places)

    def _forward(self, rows: Sequence[_Row]) -> list[Scored]:
        """The scores of each row; halves the batch for as long as memory runs out."""
        try:
            return self._forward_once(rows)
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
        # Out of the except block, so that the tensors of the failed pass are no longer held by its traceback.
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        if len(rows) == 1:
            raise CannotRun(
                f"out of memory on {self._device} with a single window of {len(rows[0].window)} tokens",
                hint="use shorter windows (--context 1024), a smaller precision (--dtype bfloat16) or --device cpu",
            )
        half = len(rows) // 2
        return self._forward(rows[:half]) + self._forward(rows[half:])

    def _forward_once(self, rows: Sequence[_Row]) -> list[Scored]:
        longest = max(len(row.window) for row in rows)
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        for line, row in zip(ids, rows, strict=True):
            line[: len(row.window)] = torch.tensor(row.ids[row.window.begin : row.window.end])
        # The logits at position i predict token i + 1, so a scored place is read one position before itself.
        flat = [line * longest + place - row.window.begin - 1 for line, row in enumerate(rows) for place in row.places]
        at = torch.tensor(flat, device=self._device)
        ids = ids.to(self._device)
        targets = ids.flatten()[at + 1]
        scored = self._score_positions(ids, at, targets, rows)
        counts = [len(row.places) for row in rows]
        nll, best = scored.nll_nats.double().cpu().split(counts), scored.is_argmax.cpu().split(counts)
        return [Scored(n, b) for n, b in zip(nll, best, strict=True)]

    def _score_positions(self, ids: Tensor, at: Tensor, targets: Tensor, rows: Sequence[_Row]) -> Scored:
        if self._parts is None:
            mask = torch.zeros_like(ids)
            for line, row in zip(mask, rows, strict=True):
                line[: len(row.window)] = 1
            logits = self._model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, -ids.shape[1] :]
            return score_logits(logits.flatten(0, 1)[at], targets)
        decoder, head = self._parts
        hidden = decoder(ids)
        return head(hidden.flatten(0, 1)[at], targets)


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


def _decoder_and_head(model: Any, device: torch.device) -> tuple[Callable[..., Tensor], Head] | None:
    """The transformer below the output layer, and the head above it.

    None where the whole model has to be called: virtual tokens in front, or logits that are not the output layer of
    the last hidden state (capped, scaled). The two ways are compared on a few tokens and not taken on trust.
    """
    peft_config = getattr(model, "peft_config", None)
    if peft_config is not None and any(config.is_prompt_learning for config in peft_config.values()):
        return None  # Virtual tokens are put in front by the PeftModel's own forward.
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    output = inner.get_output_embeddings()
    decoder = inner.get_decoder() if hasattr(inner, "get_decoder") else inner.base_model
    if output is None or decoder is None or decoder is inner:
        return None
    parts = partial(_hidden_states, decoder), head_of(output, device)
    return parts if _same_as_whole(model, *parts) else None


def _hidden_states(decoder: Any, ids: Tensor) -> Tensor:
    """Shape (rows, tokens, width): the last hidden states. No cache, and no mask: padding is on the right."""
    return torch.as_tensor(decoder(input_ids=ids, use_cache=False)[0])


def _same_as_whole(model: Any, decoder: Callable[..., Tensor], head: Head) -> bool:
    weight = model.get_input_embeddings().weight
    ids = (torch.arange(12, device=weight.device) * 7 + 3).remainder(weight.shape[0]).unsqueeze(0)
    whole = score_logits(model(input_ids=ids, use_cache=False).logits[0, :-1], ids[0, 1:])
    try:
        ours = head(decoder(ids)[0, :-1], ids[0, 1:])
    except (RuntimeError, TypeError, ValueError):
        return False
    tolerance = 1e-3 if weight.dtype == torch.float32 else 0.25
    return bool((ours.nll_nats - whole.nll_nats).abs().max() < tolerance)


def _is_out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _total(item: EncodedItem, parts: Sequence[tuple[Sequence[int], Scored]], with_tokens: bool) -> SequenceScore:
    places = [place for row_places, _ in parts for place in row_places]
    nll = torch.cat([scored.nll_nats for _, scored in parts]) if parts else torch.zeros(0, dtype=torch.float64)
    best = torch.cat([scored.is_argmax for _, scored in parts]) if parts else torch.zeros(0, dtype=torch.bool)
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
    tokens = None
    if with_tokens:
        tokens = TokenScores(
            positions=array("q", [place for place in places if item.in_response[place]]),
            nll_nats=array("d", nll[mask].tolist()),
            is_argmax=array("b", best[mask].to(torch.int8).tolist()),
        )
    return SequenceScore(item_id=item.item_id, response=response, full=full, tokens=tokens)
