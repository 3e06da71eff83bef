"""Overlap: validation items that also stand in the training set, letter for letter or but for spelling and layout."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from tunecheck.core import Item

_NOT_WORDS = re.compile(r"[\W_]+")


def overlapping_ids(train: Iterable[Item], validation: Iterable[Item]) -> frozenset[str]:
    """Ids of validation items whose prompt and response stand in the training set.

    Compared without case, punctuation, width and white space (Unicode NFKC, casefold), so that a re-wrapped copy is
    still a copy. Items that are empty after that are compared as they are.
    """
    seen = {_content(item) for item in train}
    return frozenset(item.id for item in validation if _content(item) in seen)


def _content(item: Item) -> bytes:
    if item.form == "tokens":
        return item.id.encode()
    parts = [message.content for message in item.prompt]
    parts += [item.response.content, *(call.name + call.arguments_json for call in item.response.tool_calls)]
    plain = [_NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", part).casefold()).strip() for part in parts]
    if not any(plain):
        return item.id.encode()
    # Where the prompt ends is not part of the content: a pair and the same text in one piece are copies.
    text = " ".join(part for part in plain if part)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
