"""Common words: which words two texts share in the same order."""

from __future__ import annotations

from collections.abc import Sequence

from tunecheck.metrics.lcs import places


def common_words(left: Sequence[str], right: Sequence[str]) -> tuple[set[int], set[int]]:
    """Places of the words that both have in the same order, as many as can be.

    A longest common subsequence by rows of bits as in ``metrics.lcs``, and the way back through them. Of equally long
    ones it is the same whichever side is the left one.

    >>> common_words("the cat sat".split(), "a cat sat down".split())
    ({1, 2}, {1, 2})
    """
    if (len(left), list(left)) > (len(right), list(right)):
        theirs, mine = common_words(right, left)
        return mine, theirs
    of_word = places(right)
    every = row = (1 << len(right)) - 1
    rows = []
    for word in left:
        met = row & of_word.get(word, 0)
        row = (row + met | row ^ met) & every
        rows.append(row)
    return _way_back(rows, len(right))


def _way_back(rows: Sequence[int], n_right: int) -> tuple[set[int], set[int]]:
    """Where the table rises at a column for the first time, both words are one and the same."""
    at, column = len(rows), n_right
    mine: set[int] = set()
    theirs: set[int] = set()
    while at and column:
        bit = 1 << column - 1
        if rows[at - 1] & bit:
            column -= 1
            continue
        at -= 1
        if not at or rows[at - 1] & bit:
            column -= 1
            mine.add(at)
            theirs.add(column)
    return mine, theirs
