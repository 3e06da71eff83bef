"""Diversity: how much a set of outputs varies, and how much each repeats itself.

All but looping depend on how many outputs there are and how long they are: compare sets of as many outputs, cut to
equal length. Texts are lists of words; any units do that can be compared.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

Texts = Sequence[Sequence[str]]

# Four words in a row are the unit of repetition, five words the opening.
REPEATED_WORDS, OPENING_WORDS = 4, 5
# Texts are not cut shorter than this: one or two words are no text that could vary, and an empty output would cut
# what stands beside it to nothing and hide that it is empty.
LEAST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of texts as numbers, so that a statistic of any part of the texts costs little more than a count.

    owner, number  of each n-gram: its text, and its number; equal n-grams have equal numbers
    n_texts        how many texts there are, those without an n-gram too
    """

    owner: NDArray[np.int64]
    number: NDArray[np.int64]
    n_texts: int

    @classmethod
    def of(cls, texts: Texts, width: int) -> Grams:
        """All runs of ``width`` words of each text."""
        return cls._numbered([_grams(text, width) for text in texts])

    @classmethod
    def openings(cls, texts: Texts, width: int = OPENING_WORDS) -> Grams:
        """The first ``width`` words of each text, or all of a shorter one."""
        return cls._numbered([[tuple(text[:width])] for text in texts])

    @classmethod
    def _numbered(cls, texts: Sequence[Iterable[tuple[str, ...]]]) -> Grams:
        known: dict[tuple[str, ...], int] = {}
        numbers = [[known.setdefault(gram, len(known)) for gram in grams] for grams in texts]
        owner = np.repeat(np.arange(len(texts)), [len(one) for one in numbers])
        return cls(owner, np.array([k for one in numbers for k in one], dtype=np.int64), len(texts))

    def once(self) -> Grams:
        """Each n-gram once of each text."""
        size = int(self.number.max(initial=0)) + 1
        pairs = np.unique(self.owner * size + self.number)
        return Grams(pairs // size, pairs % size, self.n_texts)

    def ead(self, kept: NDArray[np.bool_], *, vocabulary: int) -> float:
        """``ead`` of the ``kept`` texts, shape (texts)."""
        drawn = self.number[kept[self.owner]]
        if not len(drawn):
            return 0.0
        n_distinct = int(np.count_nonzero(np.bincount(drawn)))
        size = max(vocabulary, n_distinct)
        # log1p and expm1 keep the digits of a large vocabulary; one word alone is always drawn.
        expected = 1.0 if size == 1 else -size * math.expm1(len(drawn) * math.log1p(-1 / size))
        return n_distinct / expected

    def shared(self, kept: NDArray[np.bool_]) -> float:
        """The share of the ``kept`` texts with an n-gram that another of them has; 0 of none. Takes ``once``."""
        mine = kept[self.owner]
        owner, number = self.owner[mine], self.number[mine]
        if not len(number):
            return 0.0
        shares = owner[np.bincount(number)[number] > 1]
        return len(np.unique(shares)) / int(kept.sum())


def cut_alike(*sides: Texts, least: int = LEAST_WORDS) -> tuple[list[list[str]], ...]:
    """Cut the texts at each place to the length of the shortest of them, but not below ``least`` words.

    Raises ValueError when the sides are not parallel.

    >>> cut_alike([["a", "b", "c"]], [["d", "e"]], least=1)
    ([['a', 'b']], [['d', 'e']])
    """
    lengths = [max(least, min(map(len, texts))) for texts in zip(*sides, strict=True)]
    return tuple([list(text[:size]) for text, size in zip(side, lengths, strict=True)] for side in sides)


def ead(texts: Texts, *, vocabulary: int, width: int = 1) -> float:
    """Do the words vary? The number of distinct n-grams over the number expected of as many uniform draws.

    N / (V [1 - ((V - 1) / V)^C]) with N distinct among C n-grams (Liu et al. 2022, "Rethinking and refining the
    distinct metric"). ``vocabulary`` is V: n-grams that could be said, for one comparison the same on each side. It is
    raised to N where it is less. 0 where there is no n-gram.

    >>> round(ead([["a", "b"], ["a", "c"]], vocabulary=10), 4)
    0.8723
    """
    return Grams.of(texts, width).ead(np.ones(len(texts), dtype=np.bool_), vocabulary=vocabulary)


def compression_ratio(text: bytes) -> float:
    """How much does the text repeat? Bytes over bytes after zlib at level 6; more is less diverse. 1 of no bytes.

    Shaib et al. 2024, "Standardizing the measurement of text diversity". The header makes it less than 1 of a short
    text, and the window of 32 KiB hides repetition further apart.

    >>> compression_ratio(b"to be or not to be " * 100) > 30
    True
    """
    return len(text) / len(zlib.compress(text, 6)) if text else 1.0


def self_repetition(texts: Texts, *, width: int = REPEATED_WORDS) -> float:
    """Do outputs repeat each other? The share of texts that share an n-gram with another text (Salkar et al. 2022).

    >>> self_repetition([["a", "b"], ["b", "a", "b"], ["c", "d"], []], width=2)
    0.5
    """
    return Grams.of(texts, width).once().shared(np.ones(len(texts), dtype=np.bool_))


def opening_alike(texts: Texts, *, width: int = OPENING_WORDS) -> float:
    """Do outputs begin alike? The share of texts whose first words are those of another; shorter texts as a whole.

    >>> opening_alike([["a", "b", "c"], ["a", "b", "d"], ["e"]], width=2)
    0.6666666666666666
    """
    return Grams.openings(texts, width).shared(np.ones(len(texts), dtype=np.bool_))


def looping(text: Sequence[str], *, width: int = REPEATED_WORDS) -> float:
    """Does one output go round in circles? 1 - distinct / all of its n-grams (rep-n of Welleck et al. 2020).

    0 of a text that is shorter than an n-gram.

    >>> looping("a b c d a b c d a b c d".split())
    0.5555555555555556
    """
    grams = list(_grams(text, width))
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def tf_idf(texts: Texts, *, among: Texts) -> sparse.csr_array:
    """Texts as rows of length 1: word counts, words that stand in few of ``among`` weighing more.

    The weight is ln((1 + n) / (1 + n_texts)) + 1, smooth as in scikit-learn. A text without words is the one row of a
    word of its own, so that empty outputs are alike. Shape (texts, distinct words of both + 1).
    """
    columns: dict[str, int] = {}
    for text in (*among, *texts):
        for word in text:
            columns.setdefault(word, len(columns))
    in_texts = Counter(columns[word] for text in among for word in set(text))
    weights = np.array([math.log((1 + len(among)) / (1 + in_texts[k])) + 1 for k in range(len(columns))] + [1.0])
    at = [[columns[word] for word in text] or [len(columns)] for text in texts]
    row = np.repeat(np.arange(len(at)), [len(one) for one in at])
    column = np.array([k for one in at for k in one], dtype=np.int64)
    counts = sparse.coo_array((weights[column], (row, column)), shape=(len(at), len(weights))).tocsr()
    norms = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    return sparse.csr_array(sparse.diags_array(1 / norms) @ counts) if len(at) else counts


def entropy_terms(rows: sparse.csr_array) -> NDArray[np.float64]:
    """How many kinds of text are there? One term for each text in nats; exp of their mean is the Vendi score.

    Vendi = exp(-Σ λ ln λ), where λ are the eigenvalues of K / n and K holds the products of rows of length 1 (Friedman
    and Dieng 2023, "The Vendi score"): 1 where all texts are alike, n where no two share a word. The term of text i is
    -Σ_k n λ_k u_ik² ln λ_k with the eigenvectors u: minus <x_i, ln(ρ) x_i>, of which the entropy of ρ = mean x_i x_iᵀ
    is the mean and, less the entropy, the influence of text i on it. So the error of a mean is the error of the
    entropy to first order. Time is cubic in the number of texts: half a second for 1,000.

    >>> terms = entropy_terms(tf_idf([["a"], ["a"], ["b"], ["c"]], among=[]))
    >>> round(float(np.exp(terms.mean())), 4)
    2.8284
    """
    n = rows.shape[0]
    if not n:
        return np.zeros(0)
    values, vectors = linalg.eigh((rows @ rows.T).toarray() / n)
    values = np.maximum(values, 0.0)
    weights = np.where(values > 1e-12, values * -np.log(np.maximum(values, 1e-12)), 0.0)
    terms: NDArray[np.float64] = n * (vectors**2 @ weights)
    return terms


def _grams(text: Sequence[str], width: int) -> Iterable[tuple[str, ...]]:
    return zip(*(text[step:] for step in range(width)), strict=False)
