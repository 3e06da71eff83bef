"""Stratified sample: so many items from each stratum as its share asks for, drawn by a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence


def stratified_sample(keys: Sequence[str], strata: Sequence[Hashable], size: int, *, seed: int) -> list[int]:
    """Places of ``size`` items, in their order. ``keys`` name the items, ``strata`` say where each belongs.

    Each stratum gets its share of the size, rounded by the largest remainders (Hamilton's method); where the size
    allows every stratum has at least one. Within a stratum the items come by the order of a hash of seed and key, so
    that rows which are added later move few of them.

    >>> stratified_sample(list("abcdefgh"), [0, 0, 0, 0, 0, 0, 1, 1], 4, seed=1)
    [2, 4, 5, 7]
    """
    if len(keys) != len(strata):
        raise ValueError(f"{len(keys)} keys and {len(strata)} strata are not parallel")
    groups: dict[Hashable, list[int]] = {}
    for place, stratum in enumerate(strata):
        groups.setdefault(stratum, []).append(place)
    if size >= len(keys):
        return list(range(len(keys)))
    chosen: list[int] = []
    for own, n in zip(groups.values(), _shares([len(own) for own in groups.values()], size), strict=True):
        chosen += sorted(own, key=lambda place: _rank(seed, keys[place]))[:n]
    return sorted(chosen)


def _shares(sizes: Sequence[int], size: int) -> list[int]:
    """How many of each stratum; they add up to ``size``."""
    total = sum(sizes)
    # Where there are more strata than places, the largest ones get them.
    least = 1 if len(sizes) <= size else 0
    shares = [max(least, size * own // total) for own in sizes]
    remainders = sorted(range(len(sizes)), key=lambda at: (-(size * sizes[at] % total), -sizes[at], at))
    while sum(shares) < size:
        for at in remainders:
            if sum(shares) < size and shares[at] < sizes[at]:
                shares[at] += 1
    while sum(shares) > size:
        largest = max(range(len(shares)), key=lambda at: (shares[at], -at))
        shares[largest] -= 1
    return shares


def _rank(seed: int, key: str) -> bytes:
    return hashlib.blake2b(f"{seed}|{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
