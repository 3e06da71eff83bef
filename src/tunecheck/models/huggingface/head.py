"""The head: log-probabilities of target tokens without ever holding the logits of a whole vocabulary.

The log-sum-exp is taken online over tiles of the vocabulary (Milakov and Gimelshein 2018, "Online normalizer
calculation for softmax"), so that the peak is positions x tile and stays in a CPU's cache; the sums are in float32
whatever the precision of the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Scored:
    """Shape (positions): minus the log-probability of each target in nats, and whether its logit was the largest."""

    nll_nats: Tensor
    is_argmax: Tensor


Head = Callable[[Tensor, Tensor], Scored]


def head_of(output_embeddings: nn.Module, device: torch.device) -> Head:
    """The fastest head that is right for this output layer: tiles of a plain linear layer, else the layer itself."""
    if type(output_embeddings) is nn.Linear and output_embeddings.weight.is_floating_point():
        return TiledHead(output_embeddings, device)
    return LayerHead(output_embeddings)


class TiledHead:
    """Log-probabilities from the weight of a linear layer, one tile of vocabulary rows after the other."""

    def __init__(self, layer: nn.Linear, device: torch.device) -> None:
        self._layer = layer
        # On a CPU a tile of 512 x 1,024 float32 logits stays in cache (2 MiB); a GPU wants fewer, larger kernels.
        self.rows, self.columns = (512, 1024) if device.type == "cpu" else (4096, 16384)

    def __call__(self, hidden: Tensor, targets: Tensor) -> Scored:
        """Score ``targets`` (positions) from ``hidden`` (positions, width)."""
        chunks = [
            self._score(part, target)
            for part, target in zip(hidden.split(self.rows), targets.split(self.rows), strict=True)
        ]
        return Scored(torch.cat([c.nll_nats for c in chunks]), torch.cat([c.is_argmax for c in chunks]))

    def _score(self, hidden: Tensor, targets: Tensor) -> Scored:
        weight, bias = self._layer.weight, self._layer.bias
        n, vocabulary = len(targets), weight.shape[0]
        largest = torch.full((n,), -torch.inf, device=hidden.device)
        total = torch.zeros(n, device=hidden.device)
        target_logit = torch.empty(n, device=hidden.device)
        for first in range(0, vocabulary, self.columns):
            tile = nn.functional.linear(
                hidden,
                weight[first : first + self.columns],
                None if bias is None else bias[first : first + self.columns],
            ).float()
            place = targets - first
            inside = (place >= 0) & (place < tile.shape[1])
            found = tile.gather(1, place.clamp(0, tile.shape[1] - 1).unsqueeze(1)).squeeze(1)
            target_logit = torch.where(inside, found, target_logit)
            peak = torch.maximum(largest, tile.amax(dim=1))
            total.mul_(torch.exp(largest - peak))
            total.add_(tile.sub_(peak.unsqueeze(1)).exp_().sum(dim=1))
            largest = peak
        return Scored(total.log_().add_(largest).sub_(target_logit), target_logit >= largest)


class LayerHead:
    """Log-probabilities through the output layer itself (quantised, adapted), a few positions at a time."""

    def __init__(self, layer: nn.Module, positions: int = 128) -> None:
        self._layer = layer
        self._positions = positions

    def __call__(self, hidden: Tensor, targets: Tensor) -> Scored:
        """Score ``targets`` (positions) from ``hidden`` (positions, width)."""
        chunks = [
            score_logits(self._layer(part), target)
            for part, target in zip(hidden.split(self._positions), targets.split(self._positions), strict=True)
        ]
        return Scored(torch.cat([c.nll_nats for c in chunks]), torch.cat([c.is_argmax for c in chunks]))


def score_logits(logits: Tensor, targets: Tensor) -> Scored:
    """Log-probabilities of ``targets`` (positions) from whole ``logits`` (positions, vocabulary)."""
    logits = logits.float()
    target_logit = logits.gather(1, targets.unsqueeze(1)).squeeze(1)
    return Scored(torch.logsumexp(logits, dim=1) - target_logit, target_logit >= logits.amax(dim=1))
