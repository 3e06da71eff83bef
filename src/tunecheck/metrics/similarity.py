"""Similarity of texts by the words that stand in a row in both: who is a near copy of whom, and who holds whom.

A text is the set of its shingles (Broder 1997, "On the resemblance and containment of documents"), hashed to 64 bits.
Pairs are exact and not estimated: candidates come from the prefix filter (Chaudhuri, Ganti and Kaushik 2006, "A
primitive operator for similarity joins"; Bayardo, Ma and Srikant 2007, "Scaling up all pairs similarity search"),
which loses none, and each is then counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

WORDS_IN_A_SHINGLE = 3
# Of texts below so many words the shingles are five characters long: three words of eight would be half of the text.
SHORT_WORDS, CHARACTERS_IN_A_SHINGLE = 10, 5
# What is left of a text beside its template must have so many shingles.
LEAST_VARYING_SHINGLES = 5

_ASCII_WORD = re.compile(r"[a-z0-9]+")
# Scripts that are written without spaces (Thai, Lao, Myanmar, Khmer, kana, Han): each letter stands for a word.
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_SPACELESS}]|[^\\W_{_SPACELESS}]+")

_CHUNK_TEXTS = 16_384
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Shingles:
    """Sets of shingles: those of text i are ``hashes[starts[i]:starts[i + 1]]``, sorted, each once."""

    starts: NDArray[np.int64]
    hashes: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Shape (texts): how many shingles each has."""
        return np.diff(self.starts)

    @property
    def owners(self) -> NDArray[np.int64]:
        """Shape (shingles): the text that each belongs to."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def keep(self, wanted: NDArray[np.bool_]) -> Shingles:
        """The same texts with only the ``wanted`` of their shingles, shape (shingles)."""
        ends = np.concatenate(([0], np.cumsum(wanted)))
        return Shingles(ends[self.starts], self.hashes[wanted])


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


def words(text: str) -> list[str]:
    """The words of a text without case, width and punctuation (NFKC, casefold).

    >>> words("The CAT, ｓａｔ!")
    ['the', 'cat', 'sat']
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def shingle(texts: Iterable[str], width: int = WORDS_IN_A_SHINGLE, *, short: bool = True) -> Shingles:
    """Shingles of ``width`` words; with ``short``, of five characters where a text has fewer than ten words.

    A text without any word has no shingles and is similar to nothing. Texts shorter than a shingle are one.
    """
    waiting, sizes, hashes = iter(texts), [], []
    while chunk := list(islice(waiting, _CHUNK_TEXTS)):
        of_chunk = _shingle_chunk([words(text) for text in chunk], width, short)
        sizes.append(of_chunk.sizes)
        hashes.append(of_chunk.hashes)
    if not sizes:
        return Shingles(np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint64))
    return Shingles(np.concatenate(([0], np.cumsum(np.concatenate(sizes)))), np.concatenate(hashes))


def _shingle_chunk(chunk: Sequence[list[str]], width: int, short: bool) -> Shingles:
    tokens: list[int] = []
    lengths, widths = np.zeros(len(chunk), dtype=np.int64), np.full(len(chunk), width)
    for place, found in enumerate(chunk):
        if short and len(found) < SHORT_WORDS:
            units = list(map(ord, " ".join(found)))
            widths[place] = CHARACTERS_IN_A_SHINGLE
        else:
            units = list(map(hash, found))
        lengths[place] = len(units)
        tokens += units
    ends = np.cumsum(lengths)
    widths = np.minimum(widths, lengths)
    owners = np.repeat(np.arange(len(chunk)), lengths)
    flat = np.array(tokens, dtype=np.int64).view(np.uint64)
    widths_there, room = widths[owners], ends[owners] - np.arange(len(flat))
    rolled = np.zeros(len(flat), dtype=np.uint64)
    for step in range(int(widths.max(initial=0))):
        more = np.nonzero((step < widths_there) & (step < room))[0]
        rolled[more] = _mixed(rolled[more] * _FACTOR + flat[more + step] + np.uint64(step + 1))
    whole = room >= widths_there
    # One sort of all: the place of the text above, 48 bits of the hash below.
    keys = (owners[whole].astype(np.uint64) << np.uint64(48)) | (_mixed(rolled[whole]) >> np.uint64(16))
    keys.sort()
    keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if len(keys) else keys
    counts = np.bincount((keys >> np.uint64(48)).astype(np.int64), minlength=len(chunk))
    return Shingles(np.concatenate(([0], np.cumsum(counts))), keys & np.uint64(2**48 - 1))


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
    vocabulary = np.unique(right.hashes)
    found = [_columns(vocabulary, side.hashes) for side in (left, right)]
    n_texts = sum(np.bincount(columns[there], minlength=len(vocabulary)) for columns, there in found)
    common = np.concatenate((n_texts > many(len(left) + len(right)), [False]))
    varying = [
        side.keep(~(common[columns] & there)) for side, (columns, there) in zip((left, right), found, strict=True)
    ]
    return [_enough(before, after) for before, after in zip((left, right), varying, strict=True)]


def many(n_texts: int) -> float:
    """What stands in more texts than this is their template: half a percent, and 100 of them.

    In fewer than 500 texts it is a fifth of them, and ten. Heuristic: large enough that a family of copies stays a
    family of copies, small enough that a template of a small set is seen.

    >>> [many(n) for n in (20, 80, 1_000, 200_000)]
    [10, 16.0, 100, 1000.0]
    """
    return max(0.005 * n_texts, min(100, max(10, 0.2 * n_texts)))


def _enough(before: Shingles, after: Shingles) -> Shingles:
    too_few = (after.sizes < before.sizes) & (after.sizes < LEAST_VARYING_SHINGLES)
    return after.keep(np.repeat(~too_few, after.sizes))


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
        vocabulary = np.unique(right.hashes)
        columns, there = _columns(vocabulary, left.hashes)
        in_left, in_right = left.keep(there), np.searchsorted(vocabulary, right.hashes)
        frequency = np.bincount(columns[there], minlength=len(vocabulary)) + np.bincount(
            in_right, minlength=len(vocabulary)
        )
        rank = np.empty(len(vocabulary), dtype=np.int64)
        rank[np.argsort(frequency, kind="stable")] = np.arange(len(vocabulary))
        self.left_sizes, self.right_sizes = left.sizes, right.sizes
        self._missing = left.sizes - in_left.sizes
        self._left = _matrix(in_left, rank[columns[there]], len(vocabulary))
        self._right = _matrix(right, rank[in_right], len(vocabulary))

    def pairs(
        self, left_rarest: NDArray[np.int64], right_rarest: NDArray[np.int64], *, within: bool
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
        """Places in left and right and shingles in common, of the pairs that share one of so many of their rarest.

        Shingles that are not in the right collection at all are the rarest of their text.
        """
        left = _first(self._left, left_rarest - self._missing)
        right = _first(self._right, right_rarest).T.tocsr()
        for begin in range(0, left.shape[0], self._ROWS):
            candidates = (left[begin : begin + self._ROWS] @ right).tocoo()
            rows, columns = candidates.row.astype(np.int64) + begin, candidates.col.astype(np.int64)
            if within:
                rows, columns = rows[rows < columns], columns[rows < columns]
            for at in range(0, len(rows), self._PAIRS):
                some = slice(at, at + self._PAIRS)
                shared = self._left[rows[some]].multiply(self._right[columns[some]]).sum(axis=1)
                yield rows[some], columns[some], np.asarray(shared, dtype=np.int64).ravel()


def _columns(vocabulary: NDArray[np.uint64], hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each hash stands in the sorted vocabulary, and whether it does."""
    places = np.searchsorted(vocabulary, hashes)
    there = places < len(vocabulary)
    there[there] = vocabulary[places[there]] == hashes[there]
    return places, there


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
