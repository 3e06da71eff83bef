"""Sample: some items of many, so that rows which are appended later move few of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tunecheck.core import Item


def choose_sample(items: Sequence[Item], size: int, *, seed: int) -> tuple[Item, ...]:
    """``size`` distinct items by the order of a hash of seed and id: rows that are appended later move few of them."""
    distinct = {item.id: item for item in items}
    order = sorted(distinct, key=lambda item_id: hashlib.blake2b(f"{seed}|{item_id}".encode(), digest_size=8).digest())
    chosen = set(order[:size])
    return tuple(item for item_id, item in distinct.items() if item_id in chosen)
