"""Encoding: a rendered text becomes token ids, with the tokens of the reference response marked.

Prompt and response are tokenised together and the boundary is found from character offsets: tokenising the response
alone splits it differently wherever a token straddles the boundary.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunecheck.core import EncodedItem, Item
from tunecheck.models.templates import RenderedItem

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One tokenised text: ids, and for each token the first character and the one after its last (shape (n, 2))."""

    ids: Sequence[int]
    offsets: Ints


def encode_text(
    item: Item, rendered: RenderedItem, tokens: Tokens, *, special_ids: frozenset[int], max_length: int | None
) -> EncodedItem:
    """Mark the tokens of the response and count the bytes that the predicted tokens stand for."""
    ids = np.asarray(tokens.ids, dtype=np.int64)
    ends = np.maximum.accumulate(tokens.offsets[:, 1]) if len(ids) else np.zeros(0, dtype=np.int64)
    # A token owns the characters after its predecessor's last: tokenizers that trim offsets leave out the space that
    # belongs to a word, and the pieces of one character all claim the whole of it.
    begins = np.concatenate([[0], ends[:-1]]) if len(ids) else ends
    # Which tokens are the response: all whose characters overlap it. In plain text all are.
    in_response = tokens.offsets[:, 1] > rendered.response_start if rendered.response_start else ends >= 0
    bytes_before = _bytes_before(rendered.text)
    owned = bytes_before[np.clip(ends, 0, len(rendered.text))] - bytes_before[np.clip(begins, 0, len(rendered.text))]
    owned[np.isin(ids, np.fromiter(special_ids, dtype=np.int64))] = 0
    return _encoded(item.id, ids, in_response, owned, max_length=max_length)


def encode_tokens(item: Item, *, text_bytes: Sequence[int], max_length: int | None) -> EncodedItem:
    """An item that came tokenised: its labels say what is scored; ``text_bytes`` is the byte length of each token."""
    ids = np.asarray(item.token_ids, dtype=np.int64)
    return _encoded(
        item.id,
        ids,
        np.asarray(item.learned, dtype=bool),
        np.asarray(text_bytes, dtype=np.int64),
        max_length=max_length,
    )


def _encoded(
    item_id: str, ids: Ints, in_response: npt.NDArray[np.bool_], owned_bytes: Ints, *, max_length: int | None
) -> EncodedItem:
    keep = len(ids) if max_length is None else min(len(ids), max_length)
    mask = in_response[:keep].copy()
    mask[:1] = False  # The first token has no context, so nothing scores it.
    return EncodedItem(
        item_id=item_id,
        token_ids=array("q", ids[:keep].tobytes()),
        in_response=mask.astype(np.uint8).tobytes(),
        response_bytes=int(owned_bytes[:keep][mask].sum()),
        full_bytes=int(owned_bytes[1:keep].sum()),
        n_cut_tokens=len(ids) - keep,
    )


def _bytes_before(text: str) -> Ints:
    """Shape (len(text) + 1): UTF-8 bytes before each character."""
    code_points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    sizes = 1 + (code_points > 0x7F) + (code_points > 0x7FF) + (code_points > 0xFFFF).astype(np.int64)
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
