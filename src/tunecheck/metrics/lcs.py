"""Longest common subsequences of words, a row of the table at a time, as bits of Python's whole numbers.

After Hyyrö (2004, "Bit-parallel LCS-length computation revisited"): bit k of a row is set where the table does not rise
from column k to k + 1. One addition makes the next row, and its carries are where the table rises from the last row to
this one, which is all that a way back through the table needs to know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

# The largest tables, in cells; about a second, and 100 MiB, each.
LENGTH_CELLS = 4_000_000_000
UNION_CELLS = 500_000_000
# Bits in one number: more than a summary has, and few enough that the numbers of all words stay small.
_BLOCK = 16_384
# Stand for columns where nothing can meet; no word has a blank.
_GAP, _STRANGER = " gap", " stranger"

Words = Sequence[str]


def lcs_length(left: Words, right: Words, *, max_cells: int = LENGTH_CELLS) -> int | None:
    """How many words both have in the same order, not necessarily in a row; None where the table is too large.

    Words that only one of them has, and what both begin with, are left out of the table.

    >>> lcs_length("the cat sat on the mat".split(), "a cat on a mat".split())
    3
    """
    n_first = _n_common_first(left, right)
    short, long = sorted((left[n_first:], right[n_first:]), key=len)
    if len(short) > _BLOCK or len(short) * len(long) > max_cells:
        common = set(short).intersection(long)
        short, long = sorted(([word for word in text if word in common] for text in (short, long)), key=len)
        if len(short) * len(long) > max_cells:
            return None
    if len(short) > _BLOCK:
        return n_first + _length_in_blocks(short, long)
    every = row = (1 << len(short)) - 1
    for here in filter(None, map(_places(short).get, long)):
        met = row & here
        # What is carried past the last column stays there, counts for nothing, and is cut off at the end.
        row = row + met | row ^ met
    return n_first + len(short) - (row & every).bit_count()


def _n_common_first(left: Words, right: Words) -> int:
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))


def _length_in_blocks(short: Words, long: Words) -> int:
    """The same for long texts: columns in blocks, with the carries of one block kept for the next."""
    carries = bytearray(len(long))
    n_found = 0
    for begin in range(0, len(short), _BLOCK):
        block = short[begin : begin + _BLOCK]
        of_word = _places(block)
        every = row = (1 << len(block)) - 1
        for at, word in enumerate(long):
            met = row & of_word.get(word, 0)
            total = row + met + carries[at]
            carries[at] = total >> len(block)
            row = (total | row ^ met) & every
        n_found += len(block) - row.bit_count()
    return n_found


def places(words: Words) -> dict[str, int]:
    """The places of each word as bits of one number.

    >>> {word: bin(bits) for word, bits in places("a b a".split()).items()}
    {'a': '0b101', 'b': '0b10'}
    """
    found = _places(words[:_BLOCK])
    # In blocks, because a shift by many places takes as long as the number is wide.
    for begin in range(_BLOCK, len(words), _BLOCK):
        for word, bits in _places(words[begin : begin + _BLOCK]).items():
            found[word] = found.get(word, 0) | bits << begin
    return found


def _places(words: Words) -> dict[str, int]:
    found: dict[str, int] = {}
    get, bit = found.get, 1
    for word in words:
        found[word] = get(word, 0) | bit
        bit <<= 1
    return found


def union_lcs(
    reference: Iterable[Words], candidate: Iterable[Words], *, max_cells: int = UNION_CELLS
) -> list[str] | None:
    """ROUGE-Lsum's matched words, over all sentences of the reference.

    A word of a reference sentence is matched when one longest common subsequence of it and any candidate sentence takes
    it (Lin 2004, section 3.2). Of equally long ones it is the one that rouge_score finds: back from the ends, a meeting
    is taken, and otherwise the reference goes back, unless only going back in the candidate keeps the length. None
    where the tables are too large.

    >>> sorted(union_lcs(["a b c d e".split()], ["a b f".split(), "c g e".split()]))
    ['a', 'b', 'c', 'e']
    """
    # Equal sentences find the same.
    rows = Counter(map(tuple, reference))
    known = set(chain.from_iterable(rows))
    kept = dict.fromkeys(_with_strangers_joined(sentence, known) for sentence in candidate)
    flat = [word for sentence in kept if sentence for word in (_GAP, *sentence)]
    if sum(map(len, rows)) * len(flat) > max_cells:
        return None
    columns = _Columns.of(flat)
    return [word for sentence, times in rows.items() for word in times * columns.taken(sentence)]


def _with_strangers_joined(sentence: Words, known: set[str]) -> tuple[str, ...]:
    """The sentence with one stranger for each run of words that the reference has not: a path passes all or none."""
    joined: list[str] = []
    last = _STRANGER
    for word in sentence:
        if word in known:
            joined.append(word)
            last = word
        elif last != _STRANGER:
            joined.append(_STRANGER)
            last = _STRANGER
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The sentences of a candidate side by side, with an empty column before each where no carry passes.

    places  of each word
    every   all columns but the empty ones
    last    the last column of each sentence
    falls   filled as they are asked for: the columns that are not a word's, nor the column below, nor the three below,
            nor the seven...
    """

    places: dict[str, int]
    every: int
    last: int
    falls: dict[str, list[int]]

    @classmethod
    def of(cls, flat: Words) -> _Columns:
        of_word = places(flat)
        gaps = of_word.pop(_GAP, 0)
        return cls(of_word, (1 << len(flat)) - 1 ^ gaps, (gaps | 1 << len(flat)) >> 1, {})

    def taken(self, sentence: Words) -> list[str]:
        """The words of a reference sentence that the way back takes in any candidate sentence."""
        every = row = self.every
        get = self.places.get
        steps = []
        for word in sentence:
            if here := get(word):
                met = row & here
                total, rest = row + met, row ^ met
                # The carries out of each column: where the table rises from the row before to this one. Going back
                # from there leads to the nearest meeting to the left; from elsewhere, one row up.
                steps.append((word, here, here | (total ^ rest) >> 1))
                row = (total | rest) & every
        at = self.last
        found = []
        for word, here, turns in reversed(steps):
            if turning := at & turns:
                found.append(word)
                at = (at ^ turning | self._fallen(turning, word, here) >> 1) & every
        return found

    def _fallen(self, marks: int, word: str, here: int) -> int:
        """Marks moved to the word's nearest place at or below them, all at once, by 1, 2, 4... columns.

        Every mark has such a place in its sentence, as only a meeting makes the table rise.
        """
        if not here & here - 1:  # There is only one place to go to.
            return here
        falls = self.falls.get(word)
        if falls is None:
            falls = self.falls[word] = [self.every ^ here]
        step = 0
        while moving := marks & falls[step]:
            marks |= moving >> (1 << step)
            step += 1
            if step == len(falls):
                falls.append(falls[-1] & falls[-1] << (1 << step - 1))
        return marks & here
