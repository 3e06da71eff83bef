"""Sampling: from logits to the next token of each row, in float32 and with numbers that belong to the row alone."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

# So many of the most probable tokens nearly always hold top_p; sorting a whole vocabulary takes far longer.
_AT_FIRST = 1024


def uniforms(seed: int, n: int) -> Tensor:
    """``n`` numbers in [0, 1), the same for a seed on every device and in every batch."""
    return torch.from_numpy(np.random.Generator(np.random.PCG64(seed)).random(n))


def pick(logits: Tensor, *, temperature: float, top_p: float, chance: Tensor | None) -> Tensor:
    """The next token of each row of ``logits`` (rows, vocabulary): the largest, or drawn with ``chance`` (rows).

    A row whose logits are not finite gets -1.
    """
    logits = logits.float()
    peak, best = logits.max(dim=-1)
    if chance is None:
        chosen = best
    else:
        weights = torch.softmax((logits - peak.unsqueeze(1)) / temperature, dim=-1)
        chosen = _draw(weights, chance) if top_p >= 1 else _draw_top(weights, top_p, chance)
    return torch.where(torch.isfinite(peak), chosen, -1)


def _draw_top(weights: Tensor, top_p: float, chance: Tensor) -> Tensor:
    """Draw from the fewest tokens that reach ``top_p`` together (Holtzman et al. 2020, nucleus sampling)."""
    largest, tokens = weights.topk(min(_AT_FIRST, weights.shape[-1]))
    if bool((largest.double().sum(dim=-1) < top_p).any()):
        largest, tokens = weights.sort(dim=-1, descending=True)
    before = largest.double().cumsum(dim=-1) - largest
    # The first token has nothing before it: one always stays.
    return tokens.gather(1, _draw(largest * (before < top_p), chance).unsqueeze(1)).squeeze(1)


def _draw(weights: Tensor, chance: Tensor) -> Tensor:
    """Inverse of the cumulative distribution at ``chance``, in float64."""
    reached = weights.double().cumsum(dim=-1)
    total = reached[:, -1:]
    place = torch.searchsorted(reached, chance.to(reached).unsqueeze(1) * total, right=True)
    # Rounding may hit the total itself; the last token that has any weight is the first that reaches it.
    return torch.minimum(place, (reached < total).sum(dim=-1, keepdim=True)).squeeze(1)
