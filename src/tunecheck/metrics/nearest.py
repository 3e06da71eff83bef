"""Nearest: for each text the one among others that it is most like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tunecheck.metrics.similarity import shingle, similar_pairs, without_boilerplate
from tunecheck.metrics.words import Tokens, tokenise

_ROWS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """Of each text the nearest of the others: its place, -1 where none has anything in common, and how alike (0 to 1).

    place       shape (texts)
    similarity  shape (texts)
    """

    place: NDArray[np.int64]
    similarity: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.place)


def nearest_by_words(texts: Iterable[str] | Tokens, among: Iterable[str] | Tokens) -> Nearest:
    """The nearest by the words that both have: the cosine of TF-IDF vectors; of equals the first.

    A word that stands f times in a text weighs (1 + ln f) ln(N / n), where n of all N texts of both sides have it (the
    "ltc" weights of Salton and Buckley 1988, "Term-weighting approaches in automatic text retrieval"). A word that all
    texts have weighs nothing, so a template around them is no likeness. Where all words of both texts stand in all
    texts there is nothing to tell them apart by, and the similarity is 0.

    >>> nearest_by_words(["a red fox"], ["the blue sea", "one red fox", "a pan"]).place.tolist()
    [1]
    """
    left, right = (side if isinstance(side, Tokens) else tokenise(side) for side in (texts, among))
    rows, columns = _weighted(left, right)
    against = columns.T.tocsr()
    place, similarity = np.full(len(left), -1, dtype=np.int64), np.zeros(len(left))
    if not len(right):
        return Nearest(place=place, similarity=similarity)
    for begin in range(0, len(left), _ROWS):
        cosines = (rows[begin : begin + _ROWS] @ against).toarray()
        best = cosines.argmax(axis=1)
        similarity[begin : begin + _ROWS] = cosines[np.arange(len(best)), best]
        place[begin : begin + _ROWS] = best
    place[similarity <= 0] = -1
    return Nearest(place=place, similarity=np.clip(similarity, 0.0, 1.0))


def nearest_by_shingles(
    texts: Iterable[str] | Tokens, among: Iterable[str] | Tokens, *, at_least: float = 0.05
) -> Nearest:
    """The nearest by Jaccard similarity of the runs of three words, wording that many texts share left out.

    It tells copies from texts about the same thing, which ``nearest_by_words`` does less sharply, and knows nothing of
    likeness below ``at_least``: there the place is -1 and the similarity 0. Of equals the first.

    >>> nearest_by_shingles(["a b c d e f g h i j k"], ["x y z", "a b c d e f g h i j z"]).similarity.tolist()
    [0.8]
    """
    left, right = shingle(among), shingle(texts)
    pairs = similar_pairs(*without_boilerplate(left, right), threshold=at_least)
    place, similarity = np.full(len(right), -1, dtype=np.int64), np.zeros(len(right))
    order = np.lexsort((pairs.left, -pairs.value, pairs.right))
    found, firsts = np.unique(pairs.right[order], return_index=True)
    place[found], similarity[found] = pairs.left[order][firsts], pairs.value[order][firsts]
    return Nearest(place=place, similarity=similarity)


def _weighted(left: Tokens, right: Tokens) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Both sides as unit vectors over their words."""
    words, columns = np.unique(np.concatenate((left.hashes, right.hashes)), return_inverse=True)
    starts = np.concatenate((left.starts, left.starts[-1] + right.starts[1:]))
    owners = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    shape = (len(starts) - 1, max(1, len(words)))
    counts = sparse.coo_array((np.ones(len(columns)), (owners, columns)), shape=shape).tocsr()
    counts.sum_duplicates()
    n_texts = np.bincount(counts.indices, minlength=shape[1])
    weights = (1 + np.log(counts.data)) * np.log(shape[0] / n_texts[counts.indices])
    counts.data = weights
    counts.eliminate_zeros()
    sizes = np.diff(counts.indptr)
    lengths = np.sqrt(np.bincount(np.repeat(np.arange(shape[0]), sizes), weights=counts.data**2, minlength=shape[0]))
    counts.data = counts.data / np.repeat(lengths, sizes)
    return counts[: len(left)], counts[len(left) :]
