"""Leaks: validation items that the training set gives away, letter for letter, reworded, or hidden in a longer row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tunecheck.core import Item, Leak, LeakKind, LeakReport
from tunecheck.data.wording import Wording, signs_of, wording
from tunecheck.metrics import contained_pairs, many, shingle, similar_pairs, without_boilerplate
from tunecheck.metrics.similarity import Pairs

NEAR, CONTAINED = 0.7, 0.5
# Words in a row that are looked for inside longer rows, and how many a prompt must have before that says anything.
CONTAINED_WORDS, CONTAINED_PROMPT_WORDS = 8, 16


def find_leaks(train: Sequence[Item], validation: Sequence[Item]) -> LeakReport:
    """Each validation item beside the training item that gives it away, by the strongest kind that applies.

    In this order: exact, prompt, near, contained, response. All pairs are looked at and none is estimated. Texts are
    compared without case, punctuation, width and white space; wording that many rows share is no likeness.
    """
    signs = signs_of(train, validation)
    return find_leaks_of(wording(train, signs), wording(validation, signs))


def find_leaks_of(train: Wording, validation: Wording) -> LeakReport:
    """The same for items whose words are known."""
    distinct = np.array(list(_firsts(train.contents).values()), dtype=np.int64)
    rest = train.take(distinct) if len(distinct) < len(train) else train
    found: dict[int, Leak] = {}
    kinds: tuple[tuple[LeakKind, Callable[[], Matches]], ...] = (
        ("exact", lambda: _equal(train.contents, validation.contents)),
        ("prompt", lambda: _equal_unless_stock(train.prompts, validation.prompts)),
        ("near", lambda: _best(_near(rest, validation), distinct)),
        ("contained", lambda: _best(_contained(rest, validation), distinct)),
        ("response", lambda: _equal_unless_stock(train.responses, validation.responses)),
    )
    for kind, matches in kinds:
        for place, (row, similarity) in matches().items():
            leak = Leak(kind=kind, validation=validation.items[place], train=train.items[row], similarity=similarity)
            found.setdefault(place, leak)
    return LeakReport(
        n_train=len(train),
        n_validation=len(validation),
        leaks=tuple(found[place] for place in sorted(found)),
        n_train_copies=len(train) - len(distinct),
    )


# Place of a validation item -> place of the training item most like it, and how alike they are.
Matches = dict[int, tuple[int, float]]


def _firsts(keys: Sequence[bytes]) -> dict[bytes, int]:
    """Each key and the first place that it stands at."""
    found: dict[bytes, int] = {}
    for place, key in enumerate(keys):
        found.setdefault(key, place)
    return found


def _equal(train: Sequence[bytes], validation: Sequence[bytes]) -> Matches:
    rows = _firsts(train)
    return {place: (rows[key], 1.0) for place, key in enumerate(validation) if key and key in rows}


def _equal_unless_stock(train: Sequence[bytes], validation: Sequence[bytes]) -> Matches:
    # What stands in many training rows is a template or a stock answer: to share it gives nothing away.
    least = many(len(train))
    stock = {key for key, n in Counter(train).items() if n > least}
    return _equal(train, [b"" if key in stock else key for key in validation])


def _near(train: Wording, validation: Wording) -> Pairs:
    right = shingle(validation.content)
    left = shingle(train.content, among=right)
    return similar_pairs(*without_boilerplate(left, right), threshold=NEAR)


def _contained(train: Wording, validation: Wording) -> Pairs:
    parts = shingle(validation.asked, CONTAINED_WORDS, short=False)
    long = validation.asked.sizes >= CONTAINED_PROMPT_WORDS
    parts = parts.keep(np.repeat(long, parts.listed))
    wholes = shingle(train.content, CONTAINED_WORDS, short=False, among=parts)
    return contained_pairs(*without_boilerplate(wholes, parts), threshold=CONTAINED)


def _best(pairs: Pairs, rows: NDArray[np.int64]) -> Matches:
    """The most similar training row of each validation item; of equals the first."""
    order = np.lexsort((pairs.left, -pairs.value, pairs.right))
    places, firsts = np.unique(pairs.right[order], return_index=True)
    chosen = order[firsts]
    best = zip(places.tolist(), rows[pairs.left[chosen]].tolist(), pairs.value[chosen].tolist(), strict=True)
    return {place: (row, value) for place, row, value in best}
