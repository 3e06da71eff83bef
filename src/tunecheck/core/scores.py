"""SequenceScore: what one teacher-forced pass says about one item."""

from __future__ import annotations

from array import array
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over scored tokens; means are derived from them and never kept.

    nll_nats   minus the log-probability of the tokens, in nats
    n_tokens   tokens that were predicted; the first token of a sequence has no context and is not one of them
    n_bytes    UTF-8 bytes of the text that those tokens stand for, markup of special tokens left out
    n_argmax   tokens that had the largest logit: greedy decoding would have produced them
    """

    nll_nats: float
    n_tokens: int
    n_bytes: int
    n_argmax: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenScores:
    """One value per scored token of the response, in order: place in the sequence, nll in nats, was it the argmax."""

    positions: array[int]
    nll_nats: array[float]
    is_argmax: array[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedItem:
    """An item as the model sees it.

    token_ids      the whole sequence, prompt and response
    in_response    1 where the token belongs to the reference response, else 0; same length
    response_bytes, full_bytes    UTF-8 bytes that the predicted tokens of the response, and of everything, stand for
    n_cut_tokens   tokens dropped from the end because a maximum length was asked for
    """

    item_id: str
    token_ids: array[int]
    in_response: bytes
    response_bytes: int
    full_bytes: int
    n_cut_tokens: int = 0

    def __len__(self) -> int:
        return len(self.token_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceScore:
    """Totals of one item: over the reference response, and over the full sequence (None when it was not asked for)."""

    item_id: str
    response: Totals
    full: Totals | None = None
    tokens: TokenScores | None = None
