"""Similarity of texts by the words that stand in a row in both: who is a near copy of whom, and who holds whom.

A text is the set of its shingles (Broder 1997, "On the resemblance and containment of documents"), hashed to 64 bits.
Pairs are exact and not estimated: candidates come from the prefix filter (Chaudhuri, Ganti and Kaushik 2006, "A
primitive operator for similarity joins"; Bayardo, Ma and Srikant 2007, "Scaling up all pairs similarity search"),
which loses none, and each is then counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tunecheck.metrics.words import SHORT_WORDS, Tokens, ranges, tokenise

WORDS_IN_A_SHINGLE = 3
# Of texts below ten words the shingles are five characters long: three words of eight would be half of the text.
CHARACTERS_IN_A_SHINGLE = 5
# What is left of a text beside its template must have so many shingles.
LEAST_VARYING_SHINGLES = 5

_CHUNK_TEXTS, _CHUNK_WORDS = 16_384, 1_000_000
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Shingles:
    """Sets of shingles: those of text i are ``hashes[starts[i]:starts[i + 1]]``, sorted, each once.

    elsewhere  shape (texts): how many more each has that are not listed, because no text that it may meet has them
    """

    starts: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    elsewhere: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def listed(self) -> NDArray[np.int64]:
        """Shape (texts): how many shingles are listed of each."""
        return np.diff(self.starts)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Shape (texts): how many shingles each has."""
        return self.listed + self.elsewhere

    @property
    def owners(self) -> NDArray[np.int64]:
        """Shape (shingles): the text that each belongs to."""
        return np.repeat(np.arange(len(self)), self.listed)

    def keep(self, wanted: NDArray[np.bool_]) -> Shingles:
        """The same texts with only the ``wanted`` of their listed shingles, shape (shingles)."""
        return Shingles(self._starts_of(wanted), self.hashes[wanted], self.elsewhere)

    def unlist(self, wanted: NDArray[np.bool_]) -> Shingles:
        """The same texts with only the ``wanted`` listed, and the others counted."""
        starts = self._starts_of(wanted)
        return Shingles(starts, self.hashes[wanted], self.sizes - np.diff(starts))

    def only(self, wanted: NDArray[np.bool_]) -> tuple[Shingles, NDArray[np.int64]]:
        """The wanted texts alone, and the place that each had."""
        places = np.flatnonzero(wanted)
        starts, at = ranges(self.starts[places], self.listed[places])
        return Shingles(starts, self.hashes[at], self.elsewhere[places]), places

    def _starts_of(self, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.concatenate(([0], np.cumsum(wanted)))[self.starts]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of texts in the order of ``left``, then ``right``: their places, and a value in 0 to 1 for each."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.left)

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        return zip(self.left.tolist(), self.right.tolist(), self.value.tolist(), strict=True)


def shingle(
    texts: Iterable[str] | Tokens, width: int = WORDS_IN_A_SHINGLE, *, short: bool = True, among: Shingles | None = None
) -> Shingles:
    """Shingles of ``width`` words; with ``short``, of five characters where a text has fewer than ten words.

    A text without any word has no shingles and is similar to nothing. Texts shorter than a shingle are one.
    With ``among``, only those are listed that stand in a text of it.
    """
    tokens = texts if isinstance(texts, Tokens) else tokenise(texts)
    vocabulary = Vocabulary(among.hashes) if among is not None else None
    made: list[Shingles] = []
    for begin, end in _chunks(tokens.starts):
        of_chunk = _shingle_chunk(tokens, begin, end, width, short)
        made.append(of_chunk if vocabulary is None else of_chunk.unlist(vocabulary.holds(of_chunk.hashes)))
    starts = np.concatenate(([0], np.cumsum(np.concatenate([[], *(one.listed for one in made)])))).astype(np.int64)
    return Shingles(
        starts,
        np.concatenate([np.zeros(0, dtype=np.uint64), *(one.hashes for one in made)]),
        np.concatenate([np.zeros(0, dtype=np.int64), *(one.elsewhere for one in made)]),
    )


def _chunks(starts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Texts from here to there: not too many of them, nor of their words, and one at least."""
    begin, n_texts = 0, len(starts) - 1
    while begin < n_texts:
        by_words = int(np.searchsorted(starts, starts[begin] + _CHUNK_WORDS, side="right")) - 1
        end = max(begin + 1, min(by_words, begin + _CHUNK_TEXTS, n_texts))
        yield begin, end
        begin = end


def _shingle_chunk(tokens: Tokens, begin: int, end: int, width: int, short: bool) -> Shingles:
    starts = tokens.starts[begin : end + 1]
    lengths = np.diff(starts)
    by_words = lengths >= (SHORT_WORDS if short else 1)
    flat = tokens.hashes[starts[0] : starts[-1]].view(np.uint64)
    keys = _keys(flat, starts[:-1] - starts[0], lengths, by_words, width)
    if short:
        texts = [tokens.short[place] for place in (np.flatnonzero(~by_words) + begin).tolist()]
        letters = np.array([ord(letter) for text in texts for letter in text], dtype=np.uint64)
        n_letters = np.zeros(len(lengths), dtype=np.int64)
        n_letters[~by_words] = [len(text) for text in texts]
        begins = np.cumsum(n_letters) - n_letters
        keys += _keys(letters, begins, n_letters, n_letters > 0, CHARACTERS_IN_A_SHINGLE)
    found = np.concatenate(keys)
    found.sort()
    found = found[_new(found)]
    counts = np.bincount((found >> np.uint64(48)).astype(np.int64), minlength=len(lengths))
    ends = np.concatenate(([0], np.cumsum(counts)))
    return Shingles(ends, found & np.uint64(2**48 - 1), np.zeros(len(lengths), dtype=np.int64))


def _keys(
    flat: NDArray[np.uint64],
    begins: NDArray[np.int64],
    lengths: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    width: int,
) -> list[NDArray[np.uint64]]:
    """Of each wanted text all runs of ``width`` units, or its only one when it is shorter.

    One number each, to be sorted at once: the place of the text above, 48 bits of the hash of the run below.
    """
    keys: list[NDArray[np.uint64]] = [np.zeros(0, dtype=np.uint64)]
    widths = np.minimum(lengths, width)
    mixed = _mixed(flat)
    for one in np.unique(widths[wanted]).tolist():
        texts = np.flatnonzero(wanted & (widths == one))
        rolled = np.zeros(len(mixed) - one + 1, dtype=np.uint64)
        for step in range(one):
            rolled *= _FACTOR
            rolled += mixed[step : step + len(rolled)]
        n_runs = lengths[texts] - one + 1
        _, at = ranges(begins[texts], n_runs)
        owners = np.repeat(texts.astype(np.uint64) << np.uint64(48), n_runs)
        # Runs of another width have another hash.
        keys.append(owners | (_mixed(rolled[at] + np.uint64(one)) >> np.uint64(16)))
    return keys


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    # The finaliser of MurmurHash3 (Appleby): every bit of the input moves every bit of the output.
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


def without_boilerplate(left: Shingles, right: Shingles) -> list[Shingles]:
    """Both without the shingles of ``right`` that stand in many texts: a template is no likeness.

    Many is more than ``many(number of texts)``. Give each text once: copies are no template.
    A text that is left with fewer than five shingles loses them all: so few say nothing.
    """
    vocabulary = Vocabulary(right.hashes)
    found = [vocabulary.columns(side.hashes) for side in (left, right)]
    n_texts = sum(np.bincount(columns[there], minlength=len(vocabulary)) for columns, there in found)
    common = np.concatenate((n_texts > many(len(left) + len(right)), [False]))
    varying = [
        side.keep(~(common[columns] & there)) for side, (columns, there) in zip((left, right), found, strict=True)
    ]
    return [_enough(before, after) for before, after in zip((left, right), varying, strict=True)]


def many(n_texts: int) -> float:
    """What stands in more texts than this is their template: half a percent, and 100 of them.

    In fewer than 1,000 texts it is a tenth of them, and ten. Heuristic: large enough that a family of copies stays a
    family of copies, small enough that a template of a small set is seen.

    >>> [many(n) for n in (20, 80, 1_000, 200_000)]
    [10, 10, 100, 1000.0]
    """
    return max(0.005 * n_texts, min(100, max(10, 0.1 * n_texts)))


def _enough(before: Shingles, after: Shingles) -> Shingles:
    too_few = (after.sizes < before.sizes) & (after.sizes < LEAST_VARYING_SHINGLES)
    kept = after.keep(np.repeat(~too_few, after.listed))
    return Shingles(kept.starts, kept.hashes, np.where(too_few, 0, kept.elsewhere))


def similar_pairs(left: Shingles, right: Shingles | None = None, *, threshold: float = 0.7) -> Pairs:
    """All pairs whose Jaccard similarity (shingles in both over shingles in either) is ``threshold`` or more.

    Without ``right``, the pairs within ``left``, each once. ``threshold`` is above 0.
    """
    join = _Join(left, left if right is None else right)
    found = []
    rarest = _prefix(join.left_sizes, threshold), _prefix(join.right_sizes, threshold)
    for rows, columns, shared in join.pairs(*rarest, within=right is None):
        value = shared / (join.left_sizes[rows] + join.right_sizes[columns] - shared)
        enough = value >= threshold - 1e-12
        found.append(Pairs(rows[enough], columns[enough], value[enough]))
    return _joined(found)


def contained_pairs(wholes: Shingles, parts: Shingles, *, threshold: float = 0.5) -> Pairs:
    """All pairs in which ``wholes[left]`` holds at least ``threshold`` of the shingles of ``parts[right]``."""
    join = _Join(wholes, parts)
    found = []
    for rows, columns, shared in join.pairs(join.left_sizes, _prefix(join.right_sizes, threshold), within=False):
        value = shared / join.right_sizes[columns]
        enough = value >= threshold - 1e-12
        found.append(Pairs(rows[enough], columns[enough], value[enough]))
    return _joined(found)


class _Join:
    """Two collections as sparse matrices over the shingles of the right one, the rarest shingle in the first column."""

    _ROWS, _PAIRS = 8_192, 100_000

    def __init__(self, left: Shingles, right: Shingles) -> None:
        vocabulary = Vocabulary(right.hashes)
        columns, there = vocabulary.columns(left.hashes)
        in_left, (in_right, _) = left.unlist(there), vocabulary.columns(right.hashes)
        frequency = np.bincount(columns[there], minlength=len(vocabulary)) + np.bincount(
            in_right, minlength=len(vocabulary)
        )
        rank = np.empty(len(vocabulary), dtype=np.int64)
        rank[np.argsort(frequency, kind="stable")] = np.arange(len(vocabulary))
        self.left_sizes, self.right_sizes = left.sizes, right.sizes
        self._elsewhere = in_left.elsewhere, right.elsewhere
        self._left = _matrix(in_left, rank[columns[there]], len(vocabulary))
        self._right = _matrix(right, rank[in_right], len(vocabulary))

    def pairs(
        self, left_rarest: NDArray[np.int64], right_rarest: NDArray[np.int64], *, within: bool
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
        """Places in left and right and shingles in common, of the pairs that share one of so many of their rarest.

        Shingles that are not in the other collection at all are the rarest of their text.
        """
        left = _first(self._left, left_rarest - self._elsewhere[0])
        right = _first(self._right, right_rarest - self._elsewhere[1]).T.tocsr()
        for begin in range(0, left.shape[0], self._ROWS):
            candidates = (left[begin : begin + self._ROWS] @ right).tocoo()
            rows, columns = candidates.row.astype(np.int64) + begin, candidates.col.astype(np.int64)
            if within:
                rows, columns = rows[rows < columns], columns[rows < columns]
            for at in range(0, len(rows), self._PAIRS):
                some = slice(at, at + self._PAIRS)
                shared = self._left[rows[some]].multiply(self._right[columns[some]]).sum(axis=1)
                yield rows[some], columns[some], np.asarray(shared, dtype=np.int64).ravel()


class Vocabulary:
    """The distinct shingles of a collection, sorted, with a table of bits that turns most of all others away."""

    _LARGEST_TABLE = 2**26

    def __init__(self, hashes: NDArray[np.uint64], *, least: int = 1) -> None:
        """``least``: only those that stand in so many texts; ``counts`` is how many, shape (vocabulary)."""
        ordered = np.sort(hashes)
        begins = np.flatnonzero(_new(ordered))
        counts = np.diff(np.append(begins, len(ordered)))
        self.counts: NDArray[np.int64] = counts[counts >= least]
        self.hashes: NDArray[np.uint64] = ordered[begins[counts >= least]]
        n_bits = 16
        while 2**n_bits < min(16 * len(self.hashes), self._LARGEST_TABLE):
            n_bits += 1
        self._mask = np.uint64(2**n_bits - 1)
        self._table = np.zeros(2**n_bits, dtype=np.bool_)
        self._table[self.hashes & self._mask] = True

    def __len__(self) -> int:
        return len(self.hashes)

    def columns(self, hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where each hash stands in the vocabulary (len(vocabulary) where it does not), and whether it does."""
        maybe = np.flatnonzero(self._table[hashes & self._mask])
        places = np.full(len(hashes), len(self), dtype=np.int64)
        at = np.searchsorted(self.hashes, hashes[maybe])
        known = at < len(self)
        known[known] = self.hashes[at[known]] == hashes[maybe[known]]
        places[maybe[known]] = at[known]
        return places, places < len(self)

    def holds(self, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Whether each hash is in the vocabulary."""
        return self.columns(hashes)[1]


def _new(ordered: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each number of a sorted list differs from the one before."""
    return np.concatenate((np.ones(min(1, len(ordered)), dtype=np.bool_), ordered[1:] != ordered[:-1]))


def _matrix(texts: Shingles, columns: NDArray[np.int64], n_columns: int) -> sparse.csr_array:
    width = max(1, n_columns)
    keys = texts.owners * width + columns
    keys.sort()
    ones = np.ones(len(keys), dtype=np.int32)
    return sparse.csr_array((ones, keys % width, texts.starts), shape=(len(texts), width))


def _first(matrix: sparse.csr_array, counts: NDArray[np.int64]) -> sparse.csr_array:
    """The first ``counts`` entries of each row."""
    sizes = np.diff(matrix.indptr)
    place = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], sizes)
    kept = place < np.repeat(counts, sizes)
    starts = np.concatenate(([0], np.cumsum(kept)))[matrix.indptr]
    return sparse.csr_array((matrix.data[kept], matrix.indices[kept], starts), shape=matrix.shape)


def _prefix(sizes: NDArray[np.int64], threshold: float) -> NDArray[np.int64]:
    """|A| - ceil(t |A|) + 1: so many shingles of a text hold one that it shares, when it shares ``threshold``."""
    least_shared = np.ceil(threshold * sizes - 1e-9).astype(np.int64)
    prefix: NDArray[np.int64] = sizes - least_shared + 1
    return prefix


def _joined(found: Sequence[Pairs]) -> Pairs:
    if not found:
        empty = np.zeros(0, dtype=np.int64)
        return Pairs(empty, empty, np.zeros(0))
    left, right, value = (
        np.concatenate([getattr(pairs, name) for pairs in found]) for name in ("left", "right", "value")
    )
    order = np.lexsort((right, left))
    return Pairs(left[order], right[order], value[order])
