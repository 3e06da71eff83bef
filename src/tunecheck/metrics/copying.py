"""Copying: which words of an output stand, eight or more in a row, in the training responses, and in which of them.

Found exactly and without hashes: training and outputs are numbered word by word and sorted together by their first 8,
16, 32... words (prefix doubling, Manber and Myers 1993, "Suffix arrays"), but past eight only where both have the same
eight words. The nearest training text in that order is the one with the longest match, which is then counted word by
word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecheck.metrics.words import words

# So many words in a row are a copy: 8 finds more than the 13 of GPT-3's report and still rarely meets by chance.
COPY_WORDS = 8
# What stands in more than this share of the distinct training responses, and in more than so many of them, is
# boilerplate. Heuristic.
BOILERPLATE_SHARE, BOILERPLATE_ROWS = 0.01, 5
# Of the words of a copy so many may be boilerplate or given by the prompt. Heuristic: a template with a common word
# after it stands in few rows and is still no copy.
_GIVEN_IN_A_COPY = COPY_WORDS // 2
# Of the training rows that match somewhere, so many are compared as a whole: those that match at most places.
_ROWS_COMPARED = 3

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What one output has in common with the training responses; lengths and places in words.

    n_covered    words inside any copy: 8 words in a row that a training response has too, at most half of which the
                 prompt gave or are boilerplate; those are not counted
    longest      the longest run of copies that stands in one training response; 0 when there is none
    begin        where it begins in the output
    row          the training row it stands in, and None when there is none; of equal responses, the first
    similarity   the largest ``lcs_similarity`` with a training response that shares 8 words in a row; 0 when none does
    similar_row  that training row
    """

    n_words: int
    n_covered: int = 0
    longest: int = 0
    begin: int = 0
    row: int | None = None
    similarity: float = 0.0
    similar_row: int | None = None

    @property
    def coverage(self) -> float:
        """The share of the words that are covered; 0 of an output without words."""
        return self.n_covered / self.n_words if self.n_words else 0.0


def copied(outputs: Sequence[str], prompts: Sequence[str], training: Sequence[str]) -> tuple[Copied, ...]:
    """For each output, what it shares with the training responses beside its own prompt and boilerplate.

    Words are those of ``words``: without case and punctuation, and single letters in scripts without spaces.
    Boilerplate is counted over distinct responses, so that copies of a training row do not make it boilerplate. Outputs
    below eight words are never copies. Raises ValueError when outputs and prompts are not parallel.

    >>> row = "one two three four five six seven eight nine"
    >>> found, = copied(["Zero. One two three four five, six seven eight!"], ["Count."], [row])
    >>> found.n_words, found.n_covered, found.longest, found.begin, found.row
    (9, 8, 8, 1, 0)
    """
    if len(outputs) != len(prompts):
        raise ValueError(f"{len(outputs)} outputs need as many prompts, not {len(prompts)}")
    rows = _distinct(training)
    train_words = list(rows)
    said = [words(output) for output in outputs]
    text = _Text.of([*map(str.split, train_words), *said], n_train=len(train_words))
    found = _matches(text, longest=max(map(len, said), default=0))
    first = list(rows.values())
    results = []
    bounds = np.searchsorted(found.text, np.arange(len(train_words), len(text.starts) + 1))
    for at, (output, prompt) in enumerate(zip(said, prompts, strict=True)):
        mine = slice(int(bounds[at]), int(bounds[at + 1]))
        results.append(_one(output, prompt, found.of(mine), train_words, first))
    return tuple(results)


def lcs_similarity(left: Sequence[str], right: Sequence[str]) -> float:
    """2 LCS / (n + m): 1 for the same words, 0 for none in common; the words in common need not stand in a row.

    LCS is the length of the longest common subsequence, bit-parallel after Hyyrö (2004, "Bit-parallel LCS-length
    computation revisited"). It is the normalised indel similarity that rapidfuzz calls ``ratio``.

    >>> lcs_similarity("a b c d".split(), "a x c d".split())
    0.75
    """
    if not left and not right:
        return 1.0
    where: dict[str, int] = {}
    for place, word in enumerate(left):
        where[word] = where.get(word, 0) | 1 << place
    everything = (1 << len(left)) - 1
    row = everything
    for word in right:
        met = row & where.get(word, 0)
        row = ((row + met) | (row - met)) & everything
    return 2 * (len(left) - row.bit_count()) / (len(left) + len(right))


def _distinct(training: Sequence[str]) -> dict[str, int]:
    """The words of each distinct response with spaces between, and the first row that says them."""
    rows: dict[str, int] = {}
    for row, response in enumerate(training):
        rows.setdefault(" ".join(words(response)), row)
    return rows


@dataclass(frozen=True, slots=True)
class _Text:
    """All texts in a row as numbers of words, training first; each ends with a number that stands nowhere else."""

    numbers: Places
    starts: Places
    n_train: int

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]], *, n_train: int) -> _Text:
        known: dict[str, int] = {}
        flat: list[int] = []
        sizes = []
        for text in texts:
            flat += [known.setdefault(word, len(known)) for word in text]
            flat.append(-1)
            sizes.append(len(text) + 1)
        numbers = np.array(flat, dtype=np.int64)
        ends = np.flatnonzero(numbers < 0)
        numbers[ends] = len(known) + np.arange(len(ends))
        starts = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))[:-1].astype(np.int64)
        return cls(numbers, starts, n_train)

    @property
    def train_end(self) -> int:
        """The first place that is not of the training."""
        return int(self.starts[self.n_train]) if self.n_train < len(self.starts) else len(self.numbers)


@dataclass(frozen=True, slots=True)
class _Matches:
    """Places of outputs where a match of eight words or more begins, in order.

    text, place     which text, and the place in it
    length          of the longest match with one training response, in words
    row             the number of that response
    boilerplate     whether its first eight words are boilerplate
    """

    text: Places
    place: Places
    length: Places
    row: Places
    boilerplate: NDArray[np.bool_]

    def of(self, part: slice) -> _Matches:
        return _Matches(self.text[part], self.place[part], self.length[part], self.row[part], self.boilerplate[part])


def _matches(text: _Text, *, longest: int) -> _Matches:
    nothing = np.zeros(0, dtype=np.int64)
    if not len(text.numbers):
        return _Matches(nothing, nothing, nothing, nothing, np.zeros(0, dtype=np.bool_))
    rank = _rank_of_eight(text.numbers)
    at = _shared(rank, np.arange(len(rank)), text.train_end)
    common = _boilerplate(text, rank, at)
    # A rank is from here on the place of the first of its equals, so that a part can be told apart alone.
    sizes = np.bincount(rank)
    rank = (np.cumsum(sizes) - sizes)[rank]
    _refine(rank, at, text.train_end, longest)
    order = at[np.argsort(rank[at], kind="stable")]
    is_train = order < text.train_end
    index = np.arange(len(order))
    before = np.maximum.accumulate(np.where(is_train, index, -1)) if len(order) else index
    after = np.minimum.accumulate(np.where(is_train, index, len(order))[::-1])[::-1] if len(order) else index
    mine = np.flatnonzero(~is_train)
    places = order[mine]
    left = _length(text.numbers, places, order, before[mine])
    right = _length(text.numbers, places, order, after[mine])
    mate = order[np.where(left >= right, before[mine], np.minimum(after[mine], len(order) - 1))] if len(mine) else mine
    sort = np.argsort(places)
    places, length, mate = places[sort], np.maximum(left, right)[sort], mate[sort]
    owner = np.searchsorted(text.starts, places, side="right") - 1
    row = np.searchsorted(text.starts, mate, side="right") - 1
    return _Matches(owner, places - text.starts[owner], length, row, common[places])


def _rank_of_eight(numbers: Places) -> Places:
    """The rank of each place by the eight words that begin there; equal words, equal rank."""
    rank = numbers
    for step in (1, 2, 4):
        following = np.zeros_like(rank)
        following[:-step] = rank[step:] + 1
        key = rank * (int(rank.max()) + 2) + following
        order = np.argsort(key)
        in_order = key[order]
        rank = np.empty_like(key)
        rank[order] = np.cumsum(np.concatenate(([False], in_order[1:] != in_order[:-1])))
    return rank


def _shared(rank: Places, at: Places, train_end: int) -> Places:
    """Those places whose rank both the training and an output have."""
    ranks, of_rank = np.unique(rank[at], return_inverse=True)
    in_train = np.bincount(of_rank[at < train_end], minlength=len(ranks)) > 0
    in_output = np.bincount(of_rank[at >= train_end], minlength=len(ranks)) > 0
    return at[(in_train & in_output)[of_rank]]


def _boilerplate(text: _Text, rank: Places, at: Places) -> NDArray[np.bool_]:
    """Which places begin eight words that stand in many training responses; ``at`` are the shared ones."""
    in_train = at[at < text.train_end]
    rows = np.searchsorted(text.starts, in_train, side="right") - 1
    each = np.unique(rank[in_train] * max(1, text.n_train) + rows)
    n_rows = np.bincount(each // max(1, text.n_train), minlength=int(rank.max()) + 1)
    common = n_rows > max(BOILERPLATE_ROWS, BOILERPLATE_SHARE * text.n_train)
    found: NDArray[np.bool_] = common[rank]
    return found


def _refine(rank: Places, at: Places, train_end: int, longest: int) -> None:
    """Tell the shared places apart by 16, 32... words, in place, up to the length of the longest output."""
    step, last = COPY_WORDS, len(rank) - 1
    while step < longest and len(at):
        key = rank[at] * (last + 2) + rank[np.minimum(at + step, last)]
        order = np.argsort(key, kind="stable")
        at, key = at[order], key[order]
        old = rank[at]
        index = np.arange(len(at))
        begins_key = np.concatenate(([True], key[1:] != key[:-1]))
        begins_old = np.concatenate(([True], old[1:] != old[:-1]))
        first_of_key = np.maximum.accumulate(np.where(begins_key, index, 0))
        first_of_old = np.maximum.accumulate(np.where(begins_old, index, 0))
        rank[at] = old + first_of_key - first_of_old
        at = _shared(rank, at, train_end)
        step *= 2


def _length(numbers: Places, places: Places, order: Places, mates: Places) -> Places:
    """How many words are equal from each place and its mate on; 0 where the mate is beyond the order."""
    length = np.zeros(len(places), dtype=np.int64)
    active = np.flatnonzero((mates >= 0) & (mates < len(order)))
    mine, other = places[active], order[mates[active]]
    step = 0
    while len(active):
        same = numbers[mine + step] == numbers[other + step]
        active, mine, other = active[same], mine[same], other[same]
        step += 1
        length[active] = step
    return length


def _one(output: list[str], prompt: str, found: _Matches, train_words: list[str], first: list[int]) -> Copied:
    if not len(found.place):
        return Copied(n_words=len(output))
    asked = words(prompt)
    given = {tuple(asked[at : at + COPY_WORDS]) for at in range(len(asked) - COPY_WORDS + 1)}
    fresh = np.array([tuple(output[at : at + COPY_WORDS]) not in given for at in found.place.tolist()], dtype=np.bool_)
    similarity, similar = _most_similar(output, found.row, train_words)
    free = fresh & ~found.boilerplate
    is_given = _covered(len(output), found.place[~free])
    n_given = np.concatenate(([0], np.cumsum(is_given)))
    mine = free & (n_given[found.place + COPY_WORDS] - n_given[found.place] <= _GIVEN_IN_A_COPY)
    if not mine.any():
        return Copied(n_words=len(output), similarity=similarity, similar_row=first[similar])
    place, length, row = found.place[mine], found.length[mine], found.row[mine]
    # A run ends where the next eight words are no copy.
    is_last = np.concatenate((np.diff(place) != 1, [True]))
    last = place[is_last][np.searchsorted(np.flatnonzero(is_last), np.arange(len(place)))]
    run = np.minimum(length, last + COPY_WORDS - place)
    best = int(np.argmax(run))
    return Copied(
        n_words=len(output),
        n_covered=int(np.count_nonzero(_covered(len(output), place) & ~is_given)),
        longest=int(run[best]),
        begin=int(place[best]),
        row=first[int(row[best])],
        similarity=similarity,
        similar_row=first[similar],
    )


def _covered(n_words: int, places: Places) -> NDArray[np.bool_]:
    """Which words of an output stand in the eight that begin at these places."""
    edges = np.zeros(n_words + 1, dtype=np.int64)
    edges[places] += 1
    edges[places + COPY_WORDS] -= 1
    found: NDArray[np.bool_] = np.cumsum(edges)[:-1] > 0
    return found


def _most_similar(output: list[str], rows: Places, train_words: list[str]) -> tuple[float, int]:
    often = [row for row, _ in Counter(rows.tolist()).most_common(_ROWS_COMPARED)]
    alike = [(lcs_similarity(output, train_words[row].split()), -row) for row in often]
    similarity, row = max(alike)
    return similarity, -row
