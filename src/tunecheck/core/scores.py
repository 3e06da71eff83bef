"""SequenceScore and Leading: what one teacher-forced pass says about one item."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
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
    """One value per scored token of the response, in order: place in the sequence, nll in nats, was it the argmax.

    mean_nats, deviation_nats   mean and standard deviation, in nats, of the log-probability over the whole vocabulary
                                at that place, weighted by the model's own probabilities; None when not asked for
    """

    positions: array[int]
    nll_nats: array[float]
    is_argmax: array[int]
    mean_nats: array[float] | None = None
    deviation_nats: array[float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leading:
    """What a model gives to a few tokens at each place of a response, ``width`` of them, and to all the others.

    positions   places in the sequence that are predicted, those of the response; shape (places)
    token_ids   the few, row after row, each token once in its row; shape (places * width)
    log_probabilities   theirs, in nats; minus infinity where the model lacks the token; shape (places * width)
    log_rest    that of all other tokens together; minus infinity where there are no others; shape (places)
    """

    item_id: str
    width: int
    positions: array[int]
    token_ids: array[int]
    log_probabilities: array[float]
    log_rest: array[float]

    def __len__(self) -> int:
        return len(self.positions)


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


def check_parallel(batch: Sequence[EncodedItem], among: Sequence[Leading]) -> None:
    """Raise ValueError unless each of ``among`` is of the item beside it, at the places of its response."""
    if len({leading.width for leading in among if len(leading)}) > 1:
        raise ValueError(f"the leading tokens of a batch have one width, not {[one.width for one in among]}")
    for item, leading in zip(batch, among, strict=True):
        places = [place for place in range(1, len(item)) if item.in_response[place]]
        if leading.item_id != item.item_id or leading.positions.tolist() != places:
            raise ValueError(
                f"the leading tokens of item {leading.item_id}, {len(leading)} places, are not those of item "
                f"{item.item_id}, {len(places)} places: both sides must tokenise alike"
            )
