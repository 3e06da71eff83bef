"""Leading tokens: the likeliest at each place, or given ones, with all the others as one; for the port's Leading."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tunecheck.core import EncodedItem
from tunecheck.core.scores import Leading
from tunecheck.errors import ModelError
from tunecheck.models.huggingface.forward import Row
from tunecheck.models.huggingface.head import Head

# Logits of the whole vocabulary are held for so many places: 39 MB with a vocabulary of 152,000.
PLACES = 64


@dataclass(frozen=True, slots=True)
class Few:
    """Token ids and their log-probabilities, shape (places, few), and that of all other tokens, shape (places)."""

    ids: Tensor
    log_probabilities: Tensor
    log_rest: Tensor


def likeliest(head: Head, states: Tensor, targets: Tensor, rows: Sequence[Row], *, k: int) -> list[Few]:  # noqa: ARG001
    """The ``k`` likeliest tokens at each place of each row, likeliest first."""
    parts = []
    for part in states.split(PLACES):
        logits = head.logits(part)
        parts.append(_few(logits, logits.topk(min(k, logits.shape[1]), dim=1).indices))
    return _by_row(parts, rows)


def given(
    head: Head, states: Tensor, targets: Tensor, rows: Sequence[Row], *, among: Sequence[Leading]  # noqa: ARG001
) -> list[Few]:  # fmt: skip
    """The tokens of ``among`` (one of each item of the batch) at each place of each row."""
    ids = torch.cat([_ids_of(among[row.item], row) for row in rows]).to(states.device)
    parts = [
        _few(head.logits(part), asked) for part, asked in zip(states.split(PLACES), ids.split(PLACES), strict=True)
    ]
    return _by_row(parts, rows)


def _few(logits: Tensor, ids: Tensor) -> Few:
    total = torch.logsumexp(logits, dim=1, keepdim=True)
    # One column more stands for the tokens that this model has no row for; nothing is what it gives to them.
    logits = torch.nn.functional.pad(logits, (0, 1), value=-torch.inf)
    at = ids.clamp(max=logits.shape[1] - 1)
    found = logits.gather(1, at).sub_(total)
    # The others are summed themselves: 1 less the sum of the few would be rounding alone when they have nearly all.
    log_rest = torch.logsumexp(logits.scatter_(1, at, -torch.inf), dim=1)
    return Few(ids.int(), found, log_rest.sub_(total.squeeze(1)))


def _ids_of(leading: Leading, row: Row) -> Tensor:
    ids = np.asarray(leading.token_ids).reshape(-1, leading.width)
    return torch.from_numpy(ids[row.before : row.before + len(row.places)].astype(np.int64))


def _by_row(parts: Sequence[Few], rows: Sequence[Row]) -> list[Few]:
    counts = [len(row.places) for row in rows]
    ids, found, rest = (
        torch.cat(list(column)).cpu().split(counts)
        for column in zip(*((part.ids, part.log_probabilities, part.log_rest) for part in parts), strict=True)
    )
    return [Few(*one) for one in zip(ids, found, rest, strict=True)]


def leading_of(item: EncodedItem, parts: Sequence[tuple[Row, Few]], *, width: int) -> Leading:
    """The record of one item from its rows; ``width`` is that of an item without any.

    Raises ModelError when the model gave something that is no number.
    """
    ids = torch.cat([few.ids for _, few in parts]) if parts else torch.zeros((0, width), dtype=torch.int32)
    found = torch.cat([few.log_probabilities for _, few in parts]) if parts else torch.zeros((0, width))
    rest = torch.cat([few.log_rest for _, few in parts]) if parts else torch.zeros(0)
    if bool(found.isnan().any()) or bool(rest.isnan().any()):
        raise ModelError(
            f"item {item.item_id} has log-probabilities that are no numbers: the model overflows in this precision or "
            "has NaN weights",
            hint="try --dtype float32",
        )
    return Leading(
        item_id=item.item_id,
        width=ids.shape[1],
        positions=array("q", [place for row, _ in parts for place in row.places]),
        token_ids=_array("i", ids),
        log_probabilities=_array("f", found),
        log_rest=_array("f", rest),
    )


def _array(typecode: str, values: Tensor) -> array[Any]:
    packed: array[Any] = array(typecode)
    packed.frombytes(values.numpy().tobytes())
    return packed
