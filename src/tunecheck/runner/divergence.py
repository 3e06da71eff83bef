"""Divergence: how far the tuned model's next-token predictions moved from the base's, on the same tokens.

KL(base || tuned) at each place of a reference response, in nats, of two coarse distributions: the ``k`` tokens that the
base finds likeliest there, one by one, and all other tokens as one class. Merging outcomes never enlarges a divergence
(data-processing inequality; Cover and Thomas 2006, "Elements of Information Theory", chapter 2), so that it is a lower
bound of the whole one, and exact when ``k`` reaches the vocabulary. Both sides have to tokenise alike.

There are two phases, so that one side in memory at a time is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tunecheck.core import EncodedItem, Item, Scorer
from tunecheck.core.scores import Leading
from tunecheck.runner.progress import Progress, Silent

# Eight bytes each: 2 KiB for a token of a response, 25 MiB for 64 responses of 200 tokens.
LEADING_TOKENS = 256

Floats = npt.NDArray[np.float64]


class Divergence(NamedTuple):
    """Sum of KL(base || tuned) over the places of one item's response, in nats, and their number."""

    kl_nats: float
    n_tokens: int


def expected(
    base: Scorer, items: Sequence[Item], *, k: int = LEADING_TOKENS, progress: Progress | None = None
) -> dict[str, Leading]:
    """What the base expects at each place of each response, by item id: its ``k`` likeliest tokens."""
    return {
        leading.item_id: leading
        for batch in _batches(base, items, progress or Silent(), "reading what the base expects")
        for leading in base.leading(batch, k)
    }


def diverged(
    tuned: Scorer, items: Sequence[Item], expected: Mapping[str, Leading], *, progress: Progress | None = None
) -> dict[str, Divergence]:
    """The divergence of each item, by item id; ``expected`` is what the base gave for the same items.

    Raises KeyError for an item that is not in ``expected``, ValueError for one that this side tokenises otherwise.
    """
    found: dict[str, Divergence] = {}
    for batch in _batches(tuned, items, progress or Silent(), "comparing with what the base expects"):
        among = [expected[item.item_id] for item in batch]
        for before, after in zip(among, tuned.log_probabilities(batch, among), strict=True):
            found[before.item_id] = Divergence(float(kl_nats(before, after).sum()), len(before))
    return found


def kl_nats(base: Leading, tuned: Leading) -> Floats:
    """KL(base || tuned) at each place, over the same few tokens and the rest; shape (places), never negative.

    sum p log(p / q), with 0 log 0 = 0. Tokens that the tuned model has no row for count among the rest. Infinite where
    it gives nothing to what the base expects.
    """
    p, q = _with_rest(base), _with_rest(tuned)
    # What the tuned model cannot say joins the rest, on both sides: still a merging of outcomes.
    unsaid = np.isneginf(q[:, :-1])
    p[:, -1] = np.logaddexp.reduce(np.where(np.column_stack((unsaid, np.ones(len(p), bool))), p, -np.inf), axis=1)
    p[:, :-1][unsaid] = -np.inf
    p, q = _normalised(p), _normalised(q)
    with np.errstate(invalid="ignore"):
        terms = np.where(np.isneginf(p), 0.0, np.exp(p) * (p - q))
    total: Floats = terms.sum(axis=1)
    return np.maximum(total, 0.0)


def _with_rest(leading: Leading) -> Floats:
    few = np.asarray(leading.log_probabilities, dtype=np.float64).reshape(len(leading), leading.width)
    return np.column_stack((few, np.asarray(leading.log_rest, dtype=np.float64)))


def _normalised(log_probabilities: Floats) -> Floats:
    """So that they sum to 1 beyond the precision that they were kept in; a divergence is then never negative."""
    total: Floats = np.logaddexp.reduce(log_probabilities, axis=1)
    return log_probabilities - total[:, np.newaxis]


def _batches(scorer: Scorer, items: Sequence[Item], progress: Progress, label: str) -> Iterator[list[EncodedItem]]:
    encoded = scorer.encode(list({item.id: item for item in items}.values()))
    progress.start(label, sum(len(item) for item in encoded))
    for batch in scorer.batches(encoded):
        yield batch
        progress.advance(sum(len(item) for item in batch))
    progress.finish()
