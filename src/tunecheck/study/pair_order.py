"""Pair order: which pairs a rater judges in which order, and on which side the tuned answer stands.

The order is a function of the study's secret alone, so it is the same on every device. Pairs come in blocks of ten, the
same blocks in the same order for everybody, since a pair counts when all planned raters have judged it; within a block
each rater has an order of their own. Over the pairs of a block the tuned answer stands as often left as right, and over
two raters in a row it stands on each side once.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from tunecheck.core import PairStudy, ShownOn
from tunecheck.study.draw import Draw

PAIRS_A_BLOCK = 10
# A repeat comes back after at least so many other pairs.
LEAST_GAP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSlot:
    """One place on a rater's list: the number of the pair, whether it comes again, its token, and the tuned side.

    ``is_guess`` marks those that ask which answer is the tuned model's, after all votes.
    """

    entry: int
    again: bool = False
    token: str
    tuned_on: ShownOn
    is_guess: bool = False


def pair_sheet(study: PairStudy, rater: int) -> tuple[PairSlot, ...]:
    """All places of a rater, in order. ``rater`` is the rater's number."""
    places = _Places(study, rater)
    draw = places.draw
    found: list[PairSlot] = []
    starts = range(0, len(study.pairs), PAIRS_A_BLOCK)
    repeats = _repeats(study, draw, len(starts))
    for number, start in enumerate(starts):
        block = range(start, min(start + PAIRS_A_BLOCK, len(study.pairs)))
        here = [places.slot(entry) for entry in draw.shuffled(block, f"block {number}")]
        for entry in repeats[number]:
            here.insert(draw.below(len(here) + 1, f"place {entry}"), places.slot(entry, again=True))
        found += here
    return tuple(found)


def guess_sheet(study: PairStudy, rater: int) -> tuple[PairSlot, ...]:
    """Pairs to be shown once more in the end, with the sides as at first, and the question which one is tuned's."""
    places = _Places(study, rater)
    drawn = places.draw.shuffled(range(len(study.pairs)), "guesses")[: study.n_guesses]
    return tuple(places.slot(entry, is_guess=True) for entry in drawn)


def most_repeats(n_pairs: int) -> int:
    """So many pairs can come again: those that are at least a block away from the last one."""
    return max(0, -(-n_pairs // PAIRS_A_BLOCK) - 2) * PAIRS_A_BLOCK


def _repeats(study: PairStudy, draw: Draw, n_blocks: int) -> list[list[int]]:
    """Which pairs of earlier blocks come again in which block: as evenly as it goes, never in the two first."""
    found: list[list[int]] = [[] for _ in range(n_blocks)]
    n_left = min(study.n_repeats, most_repeats(len(study.pairs)))
    if not n_left:
        return found
    ranks = draw.shuffled(range(len(study.pairs)), "repeats")
    able: list[tuple[int, int]] = []
    for number in range(2, n_blocks):
        for entry in range((number - 2) * PAIRS_A_BLOCK, (number - 1) * PAIRS_A_BLOCK):
            heapq.heappush(able, (ranks[entry], entry))
        n_here = min(len(able), -(-n_left // (n_blocks - number)))
        found[number] = [heapq.heappop(able)[1] for _ in range(n_here)]
        n_left -= n_here
    return found


class _Places:
    """The places of one rater, as chance has them."""

    def __init__(self, study: PairStudy, rater: int) -> None:
        self.draw = Draw(study.secret, study.number, rater)
        self._of_all, self._rater = Draw(study.secret, study.number), rater
        self._turned = {entry for block in _blocks(study) for entry in self._half(block)}

    def slot(self, entry: int, *, again: bool = False, is_guess: bool = False) -> PairSlot:
        is_left = (entry in self._turned) ^ bool(self._rater % 2) ^ again
        token = self.draw.token("guess" if is_guess else "slot", entry, int(again))
        return PairSlot(
            entry=entry, again=again, token=token, tuned_on="left" if is_left else "right", is_guess=is_guess
        )

    def _half(self, block: Sequence[int]) -> list[int]:
        """Half of the pairs of a block, the same half for all raters: theirs swap it."""
        drawn = sorted(block, key=lambda entry: self._of_all.digest("side", entry))
        # Of an odd number the larger half is left in every other block.
        return drawn[: (len(block) + (block[0] // PAIRS_A_BLOCK) % 2) // 2]


def _blocks(study: PairStudy) -> list[range]:
    n = len(study.pairs)
    return [range(start, min(start + PAIRS_A_BLOCK, n)) for start in range(0, n, PAIRS_A_BLOCK)]
