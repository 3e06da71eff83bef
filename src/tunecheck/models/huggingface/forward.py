"""Forward: windows of items through the model, and what is read from its output layer there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from tunecheck.core import EncodedItem
from tunecheck.errors import CannotRun
from tunecheck.models import batching
from tunecheck.models.huggingface.head import Head, LayerHead, head_of, score_logits
from tunecheck.models.huggingface.memory import in_halves
from tunecheck.models.windows import Window, windows

T = TypeVar("T")

Read = Callable[[Head, Tensor, Tensor, Sequence["Row"]], list[T]]
"""Reads one value a row from the head, the states at all places of the rows, and the tokens that came there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One window of one item on its way through the model; ``item`` is the item's place in the batch.

    places   positions in the sequence that are read in this window
    before   how many of the item's were read in the windows before it
    """

    item: int
    ids: Sequence[int]
    window: Window
    places: tuple[int, ...]
    before: int


def rows_of(batch: Sequence[EncodedItem], *, context: int, full_sequence: bool) -> list[Row]:
    """The windows of each item in which there is something to read: every token, or those of the response."""
    return [row for place, item in enumerate(batch) for row in _rows(place, item, context, full_sequence)]


def _rows(place: int, item: EncodedItem, context: int, full_sequence: bool) -> Iterator[Row]:
    before = 0
    for window in windows(len(item), context=context) if len(item) > 1 else []:
        wanted = range(window.score_from, window.end)
        places = tuple(wanted if full_sequence else (i for i in wanted if item.in_response[i]))
        if places:
            yield Row(place, item.token_ids, window, places, before)
        before += len(places)


class Forward:
    """Calls the decoder and the output layer apart where that gives the model's logits, else the whole model."""

    def __init__(self, model: Any, device: torch.device) -> None:
        self._device = device
        with torch.inference_mode():
            parts = _decoder_and_head(model, device)
        self.how = "whole model" if parts is None else "decoder and head"
        # The whole model's logits need no layer on top of them.
        self._states, self._head = parts or (partial(_whole_logits, model), LayerHead(nn.Identity()))

    def __call__(self, rows: Sequence[Row], read: Read[T], *, token_budget: int) -> Iterator[tuple[Row, T]]:
        """Each row with what was read there. Raises CannotRun when not even one row fits the memory."""
        with torch.inference_mode():
            for part in batching.fill(rows, [len(row.window) for row in rows], token_budget=token_budget):
                found = in_halves(part, partial(self._once, read=read), self._device, self._alone)
                yield from zip(part, found, strict=True)

    def _alone(self, row: Row) -> CannotRun:
        return CannotRun(
            f"out of memory on {self._device} with a single window of {len(row.window)} tokens",
            hint="use shorter windows (--context 1024), a smaller precision (--dtype bfloat16) or --device cpu",
        )

    def _once(self, rows: Sequence[Row], read: Read[T]) -> list[T]:
        longest = max(len(row.window) for row in rows)
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        for line, row in zip(ids, rows, strict=True):
            line[: len(row.window)] = torch.tensor(row.ids[row.window.begin : row.window.end])
        # The logits at position i predict token i + 1, so a scored place is read one position before itself.
        flat = [line * longest + place - row.window.begin - 1 for line, row in enumerate(rows) for place in row.places]
        at = torch.tensor(flat, device=self._device)
        ids = ids.to(self._device)
        states = self._states(ids, [len(row.window) for row in rows]).flatten(0, 1)[at]
        return read(self._head, states, ids.flatten()[at + 1], rows)


def _whole_logits(model: Any, ids: Tensor, lengths: Sequence[int]) -> Tensor:
    """Shape (rows, tokens, vocabulary); virtual tokens in front are cut off."""
    mask = torch.zeros_like(ids)
    for line, length in zip(mask, lengths, strict=True):
        line[:length] = 1
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
    return torch.as_tensor(logits)[:, -ids.shape[1] :]


def _hidden_states(decoder: Any, ids: Tensor, lengths: Sequence[int] = ()) -> Tensor:  # noqa: ARG001
    """Shape (rows, tokens, width): the last hidden states. No cache, and no mask: padding is on the right."""
    return torch.as_tensor(decoder(input_ids=ids, use_cache=False)[0])


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
