"""Steps: the logits after each row's last token, one token further at a time, with a cache wherever that is right."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer


class Steps(Protocol):
    """Rows of one batch on their way through a model."""

    def first(self) -> Tensor:
        """Logits (rows, vocabulary) after each prompt."""
        ...

    def next(self, tokens: Tensor) -> Tensor:
        """Append one token to each row, shape (rows), and return the logits after it."""
        ...

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows alone, in this order; a row named twice goes on twice."""
        ...


# Prompts that go through the model together: on a CPU more leave its cache.
CPU_CHUNK_TOKENS = 1024
GPU_CHUNK_TOKENS = 16384

# Tokens for which a layer makes room at once.
ROOM_TOKENS = 128

StartSteps = Callable[[Sequence[Sequence[int]]], Steps]


class RoomyLayer(DynamicLayer):  # type: ignore[misc,unused-ignore]
    """Keys and values of one layer, with room for tokens to come.

    The layer of transformers copies all of them at every step, which took a third of the time.
    """

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Append, and return everything."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
            self._kept = (self.keys, self.values)
        before, n_new = self.keys.shape[-2], key_states.shape[-2]
        if before + n_new > self._kept[0].shape[-2]:
            self._kept = (_roomier(self.keys, n_new), _roomier(self.values, n_new))
        self.keys, self.values = (
            _appended(kept, new, before) for kept, new in zip(self._kept, (key_states, value_states), strict=True)
        )
        return self.keys, self.values

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep these rows."""
        self.select(indices, 0)

    def select(self, rows: Tensor, first: int) -> None:
        """Keep these rows, from the token ``first`` on."""
        # A quarter of the time of plain indexing, which was a third of all.
        keys, values = (kept.index_select(0, rows)[:, :, first:] for kept in self._kept)
        self._kept = (keys, values)
        n_tokens = self.keys.shape[-2] - first
        self.keys, self.values = (kept[:, :, :n_tokens] for kept in self._kept)

    def join(self, layers: Sequence[RoomyLayer]) -> None:
        """Take the rows of these layers, which hold equally many tokens, in their order."""
        self.keys = torch.cat([layer.keys for layer in layers])
        self.values = torch.cat([layer.values for layer in layers])
        self._kept = (self.keys, self.values)


def _roomier(kept: Tensor, n_new: int) -> Tensor:
    rows, heads, n_tokens, width = kept.shape
    larger = kept.new_empty((rows, heads, n_tokens + n_new + ROOM_TOKENS, width))
    larger[:, :, :n_tokens] = kept
    return larger


def _appended(kept: Tensor, new: Tensor, before: int) -> Tensor:
    end = before + new.shape[-2]
    kept[:, :, before:end] = new
    return kept[:, :, :end]


def _empty_cache(config: Any) -> Any:
    """The cache that this model would make for itself, with roomy layers where it has plain ones."""
    cache = DynamicCache(config=config)
    cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    if cache.layer_class_to_replicate is DynamicLayer:
        cache.layer_class_to_replicate = RoomyLayer
    return cache


def _is_roomy(cache: Any) -> bool:
    return cache.layer_class_to_replicate is RoomyLayer or all(type(layer) is RoomyLayer for layer in cache.layers)


class CachedSteps:
    """Keys and values of all tokens are kept, so that a step computes one token a row.

    Prompts are padded on the left, masked, and every token has its position in its own row.
    """

    def __init__(self, model: Any, prompts: Sequence[Sequence[int]], device: torch.device) -> None:
        self._model = model
        longest = max(len(ids) for ids in prompts)
        ids = torch.zeros((len(prompts), longest), dtype=torch.long)
        self._mask = torch.zeros_like(ids)
        for line, mask, prompt in zip(ids, self._mask, prompts, strict=True):
            line[longest - len(prompt) :] = torch.tensor(prompt)
            mask[longest - len(prompt) :] = 1
        self._ids, self._mask = ids.to(device), self._mask.to(device)
        self._padding = [longest - len(prompt) for prompt in prompts]
        self._positions = (self._mask.cumsum(dim=-1) - 1).clamp(min=0)
        accepted = inspect.signature(model.forward).parameters
        self._options: dict[str, Any] = {"use_cache": True}
        if "logits_to_keep" in accepted:
            self._options["logits_to_keep"] = 1
        self._takes_positions = "position_ids" in accepted
        self._cache = _empty_cache(model.config)
        self._chunk_tokens = CPU_CHUNK_TOKENS if device.type == "cpu" else GPU_CHUNK_TOKENS

    def first(self) -> Tensor:
        """Logits after each prompt; a few prompts at a time where their caches can be put together."""
        n_rows, longest = self._ids.shape
        at_once = max(1, self._chunk_tokens // longest) if _is_roomy(self._cache) else n_rows
        caches, logits = [], []
        for first in range(0, n_rows, at_once):
            part = slice(first, first + at_once)
            cache = _empty_cache(self._model.config)
            logits.append(self._forward(self._ids[part], self._mask[part], self._positions[part], cache))
            caches.append(self._cache)
        self._cache = caches[0]
        if len(caches) > 1:
            for place, layer in enumerate(self._cache.layers):
                layer.join([cache.layers[place] for cache in caches])
        return torch.cat(logits)

    def next(self, tokens: Tensor) -> Tensor:
        """One token further."""
        self._positions = self._positions[:, -1:] + 1
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(tokens), 1)], dim=1)
        return self._forward(tokens.unsqueeze(1), self._mask, self._positions, self._cache)

    def keep(self, rows: Sequence[int]) -> None:
        """Select rows of the cache; columns that are padding in all of them are dropped where the cache allows it."""
        index = torch.tensor(rows, device=self._ids.device)
        self._padding = [self._padding[row] for row in rows]
        roomy = _is_roomy(self._cache)
        spare = min(self._padding) if roomy else 0
        for layer in self._cache.layers:
            layer.select(index, spare) if roomy else layer.batch_select_indices(index)
        self._mask, self._positions = self._mask[index, spare:], self._positions[index]
        self._padding = [n - spare for n in self._padding]

    def _forward(self, ids: Tensor, mask: Tensor, positions: Tensor, cache: Any) -> Tensor:
        options = dict(self._options)
        if self._takes_positions:
            options["position_ids"] = positions
        if any(self._padding) or not self._takes_positions:
            options["attention_mask"] = mask
        out = self._model(input_ids=ids, past_key_values=cache, **options)
        self._cache = out.past_key_values
        return torch.as_tensor(out.logits[:, -1])


class WholeSteps:
    """Every step computes the whole rows again, padded on the right: slow, and right for any causal model."""

    def __init__(self, model: Any, prompts: Sequence[Sequence[int]], device: torch.device) -> None:
        self._model = model
        self._rows = [list(ids) for ids in prompts]
        self._device = device

    def first(self) -> Tensor:
        """Logits after each prompt."""
        lengths = [len(row) for row in self._rows]
        ids = torch.zeros((len(lengths), max(lengths)), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for line, seen, row in zip(ids, mask, self._rows, strict=True):
            line[: len(row)] = torch.tensor(row)
            seen[: len(row)] = 1
        ids, mask = ids.to(self._device), mask.to(self._device)
        logits = self._model(input_ids=ids, attention_mask=mask, use_cache=False).logits
        # Virtual tokens of a tuned prompt stand before the row's own.
        last = torch.tensor(lengths, device=self._device) - 1 + logits.shape[1] - ids.shape[1]
        return torch.as_tensor(logits[torch.arange(len(lengths), device=self._device), last])

    def next(self, tokens: Tensor) -> Tensor:
        """One token further."""
        for row, token in zip(self._rows, tokens.tolist(), strict=True):
            row.append(token)
        return self.first()

    def keep(self, rows: Sequence[int]) -> None:
        """Select rows."""
        self._rows = [list(self._rows[row]) for row in rows]
