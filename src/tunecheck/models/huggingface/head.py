"""The head: log-probabilities of target tokens without ever holding the logits of a whole vocabulary.

The log-sum-exp is taken online over tiles of the vocabulary (Milakov and Gimelshein 2018, "Online normalizer
calculation for softmax"), so that the peak is positions x tile and stays in a CPU's cache; the sums are in float32
whatever the precision of the model. The moments of the log-probability go along with it, tile after tile, merged as
Chan, Golub and LeVeque (1983) merge the variances of two samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

# The exponential of this is zero in float32, and its square is finite: it stands for all logits further below.
_FAR_BELOW = -200.0
_LEAST = torch.finfo(torch.float32).tiny


@dataclass(frozen=True, slots=True)
class Scored:
    """Shape (positions): minus the log-probability of each target in nats, and whether its logit was the largest.

    With moments also mean and standard deviation, in nats, of the log-probability over the vocabulary, weighted by the
    probabilities themselves.
    """

    nll_nats: Tensor
    is_argmax: Tensor
    mean_nats: Tensor | None = None
    deviation_nats: Tensor | None = None


class Head(Protocol):
    """The output layer, as the scorer uses it."""

    def __call__(self, hidden: Tensor, targets: Tensor, *, with_moments: bool = False) -> Scored:
        """Score ``targets`` (positions) from ``hidden`` (positions, width)."""
        ...

    def logits(self, hidden: Tensor) -> Tensor:
        """Float32 logits of the whole vocabulary, shape (positions, vocabulary): for a few positions at a time."""
        ...


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

    def __call__(self, hidden: Tensor, targets: Tensor, *, with_moments: bool = False) -> Scored:
        """Score ``targets`` (positions) from ``hidden`` (positions, width)."""
        return joined(
            [
                self._score(part, target, _Moments(len(target), hidden.device) if with_moments else None)
                for part, target in zip(hidden.split(self.rows), targets.split(self.rows), strict=True)
            ]
        )

    def logits(self, hidden: Tensor) -> Tensor:
        """Float32 logits of the whole vocabulary, shape (positions, vocabulary)."""
        return torch.as_tensor(self._layer(hidden)).float()

    def _score(self, hidden: Tensor, targets: Tensor, moments: _Moments | None) -> Scored:
        weight, bias = self._layer.weight, self._layer.bias
        n, vocabulary = len(targets), weight.shape[0]
        # Finite, so that a tile of nothing but minus infinity is 0 and not NaN.
        largest = torch.full((n,), torch.finfo(torch.float32).min, device=hidden.device)
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
            tile.sub_(peak.unsqueeze(1))
            drop = largest - peak
            own = tile.exp_().sum(dim=1) if moments is None else moments.add(tile, total, drop)
            total.mul_(drop.exp_()).add_(own)
            largest = peak
        nll = total.log().add_(largest).sub_(target_logit)
        return Scored(nll, target_logit >= largest, *(moments.result(total) if moments is not None else (None, None)))


class _Moments:
    """Weighted mean and spread of logits less the largest so far, over the tiles that were added."""

    def __init__(self, positions: int, device: torch.device) -> None:
        self._mean = torch.zeros(positions, device=device)
        self._squares = torch.zeros(positions, device=device)  # sum of weight * (logit - mean) ** 2

    def add(self, tile: Tensor, total: Tensor, drop: Tensor) -> Tensor:
        """Add a tile of logits less the new largest, which is used up; returns the sums of its weights.

        ``total`` is the sum of weights of the tiles before, relative to the old largest; ``drop`` is old less new.
        """
        near = tile.clamp_(min=_FAR_BELOW)
        weights = near.exp()
        own = weights.sum(dim=1)
        mean = torch.linalg.vecdot(weights, near) / own.clamp(min=_LEAST)
        squares = torch.linalg.vecdot(weights, near.sub_(mean.unsqueeze(1)).square_())
        drop = drop.clamp(min=_FAR_BELOW)
        scale = drop.exp()
        before = total * scale
        share = own / (before + own).clamp(min=_LEAST)
        earlier = self._mean + drop
        self._mean = earlier.lerp(mean, share)
        self._squares = self._squares * scale + squares + (mean - earlier).square() * before * share
        return own

    def result(self, total: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the log-probability; ``total`` is the sum of all weights."""
        return self._mean - total.log(), (self._squares / total).sqrt()


class LayerHead:
    """Log-probabilities through the output layer itself (quantised, adapted), a few positions at a time."""

    def __init__(self, layer: nn.Module, positions: int = 128) -> None:
        self._layer = layer
        self._positions = positions

    def __call__(self, hidden: Tensor, targets: Tensor, *, with_moments: bool = False) -> Scored:
        """Score ``targets`` (positions) from ``hidden`` (positions, width)."""
        return joined(
            [
                score_logits(self._layer(part), target, with_moments=with_moments)
                for part, target in zip(hidden.split(self._positions), targets.split(self._positions), strict=True)
            ]
        )

    def logits(self, hidden: Tensor) -> Tensor:
        """Float32 logits of the whole vocabulary, shape (positions, vocabulary)."""
        return torch.as_tensor(self._layer(hidden)).float()


def score_logits(logits: Tensor, targets: Tensor, *, with_moments: bool = False) -> Scored:
    """Log-probabilities of ``targets`` (positions) from whole ``logits`` (positions, vocabulary)."""
    logits = logits.float()
    target_logit = logits.gather(1, targets.unsqueeze(1)).squeeze(1)
    largest, total = logits.amax(dim=1), torch.logsumexp(logits, dim=1)
    nll, best = total - target_logit, target_logit >= largest
    if not with_moments:
        return Scored(nll, best)
    near = (logits - total.unsqueeze(1)).clamp_(min=_FAR_BELOW)
    weights = near.exp()
    mean = torch.linalg.vecdot(weights, near)
    squares = torch.linalg.vecdot(weights, near.sub_(mean.unsqueeze(1)).square_())
    return Scored(nll, best, mean, squares.sqrt())


def joined(parts: Sequence[Scored]) -> Scored:
    """The scores of consecutive positions as one; moments are there when the parts have them."""
    means = [part.mean_nats for part in parts if part.mean_nats is not None]
    deviations = [part.deviation_nats for part in parts if part.deviation_nats is not None]
    return Scored(
        torch.cat([part.nll_nats for part in parts]),
        torch.cat([part.is_argmax for part in parts]),
        torch.cat(means) if means else None,
        torch.cat(deviations) if deviations else None,
    )
