"""Order: which answers a rater sees in which order, drawn from the study's secret alone, so the same on every device.

Items come in blocks of ten. Within a block each item is shown once, half of them by one side and half by the other,
and then once more by the other side: whoever stops after a few blocks has rated both answers to the same prompts, an
item's two answers are never close together, and neither side is rated fresher than the other. Which side of an item
comes first alternates from rater to rater, so that over two raters it is exactly balanced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from tunecheck.core import ReviewStudy
from tunecheck.study.draw import Draw

ITEMS_A_BLOCK = 10
# A repeat comes back after at least so many other answers.
LEAST_GAP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place on the sheet of a rater: the number of the answer, whether it comes again, and its opaque token."""

    entry: int
    again: bool = False
    token: str


def sheet(study: ReviewStudy, rater: int) -> tuple[Slot, ...]:
    """All places of a rater's sheet, in order. ``rater`` is the rater's number."""
    draw = Draw(study.secret, study.number, rater)
    blocks = [_slots(draw, rater, block) for block in draw.shuffled(_blocks(study), "blocks")]
    return tuple(_with_repeats(blocks, study.n_repeats, draw))


def _blocks(study: ReviewStudy) -> list[tuple[tuple[int, ...], ...]]:
    """Items in blocks, the same for all raters; of each item the numbers of its answers, the one to show first first.

    An item's rank in its block decides the side, and the rater's number swaps it.
    """
    entries: dict[str, list[int]] = {}
    for entry, answer in enumerate(study.answers):
        entries.setdefault(answer.item, []).append(entry)
    for own in entries.values():
        own.sort(key=lambda entry: study.answers[entry].side)
    draw = Draw(study.secret)
    drawn = sorted(entries, key=lambda item: draw.digest("items", item))
    ranked = [tuple(entries[item] if rank % 2 == 0 else reversed(entries[item])) for rank, item in enumerate(drawn)]
    return [tuple(ranked[start : start + ITEMS_A_BLOCK]) for start in range(0, len(ranked), ITEMS_A_BLOCK)]


def _slots(draw: Draw, rater: int, block: tuple[tuple[int, ...], ...]) -> list[Slot]:
    """First showings, then second ones; each half of the first in an order of its own in the second."""
    swapped = [tuple(reversed(item)) if rater % 2 else item for item in block]
    items = draw.shuffled(swapped, f"block {block[0][0]}")
    middle = (len(items) + 1) // 2
    found: list[int] = []
    for place, turn in enumerate(zip_longest(*items)):
        halves = (turn[:middle], turn[middle:])
        for number, half in enumerate(halves):
            order = draw.shuffled(half, f"block {block[0][0]} half {number} showing {place}")
            found += [entry for entry in order if entry is not None]
    return [_slot(draw, entry) for entry in found]


def _slot(draw: Draw, entry: int, *, again: bool = False) -> Slot:
    return Slot(entry=entry, again=again, token=draw.token("slot", entry, int(again)))


def _with_repeats(blocks: Sequence[list[Slot]], n_repeats: int, draw: Draw) -> list[Slot]:
    """The blocks one after the other, each but the first with some answers of earlier ones mixed in."""
    order: list[Slot] = []
    if not n_repeats:
        return [slot for block in blocks for slot in block]
    entries = [slot.entry for block in blocks for slot in block]
    rank = {entry: place for place, entry in enumerate(draw.shuffled(entries, "repeats"))}
    n_left = n_repeats
    for number, block in enumerate(blocks):
        far_back = order[: max(0, len(order) - LEAST_GAP)]
        earlier = [slot.entry for slot in far_back if not slot.again and slot.entry in rank]
        n_here = 0 if not number else min(len(earlier), -(-n_left // (len(blocks) - number)))
        n_left -= n_here
        mixed = list(block)
        for entry in sorted(earlier, key=rank.__getitem__)[:n_here]:
            del rank[entry]
            mixed.insert(draw.below(len(mixed) + 1, f"place {entry}"), _slot(draw, entry, again=True))
        order += mixed
    return order
