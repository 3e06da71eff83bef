"""FakeScorer: a scorer without a model, for tests and examples: one token a byte, and losses that you choose."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence

from tunecheck.core import EncodedItem, Item, SequenceScore, TokenScores, Totals
from tunecheck.errors import ModelError
from tunecheck.models import batching

VOCABULARY = 256


class FakeScorer:
    """Implements the port core.Scorer with made-up probabilities.

    Every byte costs ``nats`` on average, spread by a hash of the byte and what stands before it, so that two items
    differ and the same item always scores the same.
    """

    def __init__(self, nats: float, *, token_budget: int = 256, full_sequence: bool = True) -> None:
        self._nats = nats
        self._token_budget = token_budget
        self._full_sequence = full_sequence
        self.batches_scored = 0

    @property
    def fingerprint(self) -> str:
        """The average cost is all that this model has learned."""
        return f"fake {self._nats}"

    @property
    def engine(self) -> str:
        """Nothing but the version of this arithmetic."""
        return "fake 1"

    def encode(self, items: Sequence[Item]) -> list[EncodedItem]:
        """One token a byte of prompt and response; tokenised rows as they are."""
        return [self._encode(item) for item in items]

    def batches(self, encoded: Sequence[EncodedItem]) -> list[list[EncodedItem]]:
        """Length-sorted batches within the token budget."""
        return batching.plan(encoded, token_budget=self._token_budget)

    def score(self, batch: Sequence[EncodedItem], *, with_tokens: bool = False) -> list[SequenceScore]:
        """Made-up totals, the same for an item in any batch."""
        self.batches_scored += 1
        return [self._score(item, with_tokens) for item in batch]

    def _encode(self, item: Item) -> EncodedItem:
        prompt = "".join(message.content for message in item.prompt).encode("utf-8", "replace")
        response = item.response.content.encode("utf-8", "replace")
        ids = item.token_ids or (*prompt, *response)
        if any(not 0 <= one < VOCABULARY for one in ids):
            wrong = next(one for one in ids if not 0 <= one < VOCABULARY)
            raise ModelError(f"{item.source or item.id}: token id {wrong} is beyond the vocabulary of {VOCABULARY}")
        mask = item.learned or (False,) * len(prompt) + (True,) * len(response)
        in_response = bytes(int(flag and place > 0) for place, flag in enumerate(mask))
        n = sum(in_response)
        return EncodedItem(
            item_id=item.id,
            token_ids=array("q", ids),
            in_response=in_response,
            response_bytes=n,
            full_bytes=max(0, len(ids) - 1),
        )

    def _score(self, item: EncodedItem, with_tokens: bool) -> SequenceScore:
        ids = bytes(item.token_ids.tolist())
        nll = [self._nats * (0.5 + _fraction(ids[max(0, place - 8) : place + 1])) for place in range(1, len(ids))]
        places = [place for place in range(1, len(ids)) if item.in_response[place]]
        own = [nll[place - 1] for place in places]
        is_best = [int(one < 0.7 * self._nats) for one in own]
        return SequenceScore(
            item_id=item.item_id,
            response=Totals(nll_nats=sum(own), n_tokens=len(own), n_bytes=item.response_bytes, n_argmax=sum(is_best)),
            full=Totals(nll_nats=sum(nll), n_tokens=len(nll), n_bytes=item.full_bytes, n_argmax=0)
            if self._full_sequence
            else None,
            tokens=TokenScores(positions=array("q", places), nll_nats=array("d", own), is_argmax=array("b", is_best))
            if with_tokens
            else None,
        )


def _fraction(context: bytes) -> float:
    """A number in [0, 1) that depends on these bytes alone."""
    return int.from_bytes(hashlib.blake2b(context, digest_size=4).digest()) / 2**32
