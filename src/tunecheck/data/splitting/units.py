"""Units: rows that must stay on one side: of one group, with one prompt or content, or near copies of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tunecheck.data.leaks import CONTAINED, CONTAINED_PROMPT_WORDS, CONTAINED_WORDS, NEAR
from tunecheck.data.wording import Wording
from tunecheck.metrics import Tokens, Vocabulary, contained_pairs, many, shingle, similar_pairs
from tunecheck.metrics.similarity import LEAST_VARYING_SHINGLES

RAISED = 0.85
# A unit that holds more than this share of the rows, and so many, leaves little choice.
GIANT_SHARE, GIANT_ROWS = 0.2, 10

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Rows as units.

    first      shape (rows): the place of the first row of each row's unit
    threshold  the Jaccard similarity from which rows were joined in every unit, or None where that was given up
    relaxed    True when likenesses were given up somewhere, or a stock prompt did not join its rows
    notes      what a person should know about it
    """

    first: Places
    threshold: float | None
    relaxed: bool
    notes: tuple[str, ...]

    @property
    def sizes(self) -> Places:
        """Shape (rows): at the first row of each unit its number of rows, elsewhere 0."""
        return np.bincount(self.first, minlength=len(self.first))

    def also(self, pairs: Iterable[tuple[int, int]]) -> Joined:
        """The same units with these pairs of rows joined as well."""
        more = _edges(pairs)
        old = np.stack((np.arange(len(self.first)), self.first), axis=1)
        first = _components(len(self.first), np.concatenate((old, more)))
        return Joined(first=first, threshold=self.threshold, relaxed=self.relaxed, notes=self.notes)


def join_units(rows: Wording, groups: Sequence[str], column: str | None) -> Joined:
    """Rows joined by their group ("" is none), the same prompt or first turn, the same content, and likeness.

    Likeness is a Jaccard similarity of 0.7 or more, or half of a prompt standing in another row: as find_leaks has it.
    Where that chains more than a fifth of the rows into one unit, 0.85 is asked for there, and then nothing.
    """
    n_rows = len(rows)
    content = _firsts(rows.contents)
    prompts, prompt_notes = _prompt_edges(rows)
    sure = np.concatenate((_equal(groups), prompts, _equal_places(content)))
    alike, strength = _alike(rows, np.unique(content))
    first, threshold, notes = _guarded(n_rows, sure, alike, strength)
    giant = _giant_note(first, groups, column)
    return Joined(
        first=first,
        threshold=threshold,
        relaxed=bool(notes or prompt_notes),
        notes=(*prompt_notes, *notes, *giant),
    )


def _firsts(keys: Sequence[bytes]) -> Places:
    """For each row the first place with its key."""
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(key, place) for place, key in enumerate(keys)], dtype=np.int64)


def _equal(keys: Sequence[str | bytes]) -> Places:
    """Edges between each row with a key and the first row with that key; an empty key is none."""
    seen: dict[str | bytes, int] = {}
    return _edges((seen.setdefault(key, place), place) for place, key in enumerate(keys) if key)


def _equal_places(firsts: Places) -> Places:
    return np.stack((firsts, np.arange(len(firsts))), axis=1)


def _edges(pairs: Iterable[tuple[int, int]]) -> Places:
    return np.array(list(pairs), dtype=np.int64).reshape(-1, 2)


def _prompt_edges(rows: Wording) -> tuple[Places, tuple[str, ...]]:
    """Edges of the same whole prompt and of the same first user turn.

    Prompts that stand in very many rows are templates. They join like others, which is the safer side, until they
    hold more than half of the rows: then a split would be one of templates and not of rows.
    """
    whole, opening = rows.prompts, rows.openings
    stock = [_stock(keys) for keys in (whole, opening)]
    n_stock = sum(key in stock[1] or other in stock[0] for other, key in zip(whole, opening, strict=True))
    if 2 * n_stock <= len(rows):
        return np.concatenate((_equal(whole), _equal(opening))), ()
    free = [[b"" if key in many else key for key in keys] for keys, many in zip((whole, opening), stock, strict=True)]
    note = (
        f"{n_stock:,} of {len(rows):,} rows have one of {len(stock[1] or stock[0])} stock prompts; "
        "these do not keep rows together"
    )
    return np.concatenate([_equal(keys) for keys in free]), (note,)


def _stock(keys: Sequence[bytes]) -> set[bytes]:
    least = many(len(keys))
    return {key for key, n in Counter(keys).items() if key and n > least}


def _alike(rows: Wording, distinct: Places) -> tuple[Places, NDArray[np.float64]]:
    """Edges of likeness, and how alike; a prompt inside another row counts as just alike enough."""
    content, asked = rows.content.take(distinct), rows.asked.take(distinct)
    near, inside = _near(content), _inside(content, asked)
    edges = np.concatenate((near[0], inside))
    strength = np.concatenate((near[1], np.full(len(inside), NEAR)))
    apart = edges[:, 0] != edges[:, 1]
    return distinct[edges[apart]], strength[apart]


def _near(texts: Tokens) -> tuple[Places, NDArray[np.float64]]:
    """Pairs of near copies and their similarity."""
    shingles = shingle(texts)
    repeated = Vocabulary(shingles.hashes, least=2)
    columns, shared = repeated.columns(shingles.hashes)
    common = np.append(repeated.counts > many(len(texts)), False)[columns]
    varying = shingles.keep(~common)
    enough = (varying.sizes == shingles.sizes) | (varying.sizes >= LEAST_VARYING_SHINGLES)
    # |A and B| is at least t |A or B|, so at least t |A|: who has not so many in any other text is near to none.
    meeting = varying.unlist(shared[~common])
    n_shared = meeting.listed
    some, places = meeting.only(enough & (n_shared >= NEAR * varying.sizes - 1e-9) & (n_shared > 0))
    pairs = similar_pairs(some, threshold=NEAR)
    return np.stack((places[pairs.left], places[pairs.right]), axis=1), pairs.value


def _inside(texts: Tokens, prompts: Tokens) -> Places:
    """Pairs of a text and a prompt of which half stands in it."""
    long = prompts.sizes >= CONTAINED_PROMPT_WORDS
    if not long.any():
        return np.zeros((0, 2), dtype=np.int64)
    wholes = shingle(texts, CONTAINED_WORDS, short=False)
    # A shingle of a prompt stands in its own text. Texts with half of a prompt share one with another text at least.
    repeated = Vocabulary(wholes.hashes, least=2)
    shared = wholes.unlist(repeated.holds(wholes.hashes))
    parts = shingle(prompts, CONTAINED_WORDS, short=False)
    columns, known = repeated.columns(parts.hashes)
    common = np.append(repeated.counts > many(len(texts)), False)[columns]
    n_shared = parts.unlist(known).listed
    wanted = long & (n_shared >= CONTAINED * parts.sizes - 1e-9) & (n_shared > 0)
    varying, places = parts.keep(~common).only(wanted)
    enough = (varying.sizes == parts.sizes[wanted]) | (varying.sizes >= LEAST_VARYING_SHINGLES)
    pairs = contained_pairs(shared, varying, threshold=CONTAINED)
    kept = enough[pairs.right]
    return np.stack((pairs.left[kept], places[pairs.right[kept]]), axis=1)


def _guarded(
    n_rows: int, sure: Places, alike: Places, strength: NDArray[np.float64]
) -> tuple[Places, float | None, tuple[str, ...]]:
    """Units, the threshold that holds in all of them, and what was given up to keep likeness from chaining rows."""
    alone = _components(n_rows, sure)
    threshold: float | None = NEAR
    notes: list[str] = []
    keep = np.ones(len(alike), dtype=bool)
    for limit, what in ((RAISED, f"joined from {RAISED} on only"), (None, "not joined by likeness")):
        first = _components(n_rows, np.concatenate((sure, alike[keep])))
        chained = _chained(first, alone)
        if not len(chained):
            break
        n_chained = int(np.isin(first, chained).sum())
        within = np.isin(first[alike[:, 0]], chained)
        keep &= ~within | (strength >= limit if limit is not None else False)
        threshold = limit
        notes = [f"near copies chained {n_chained:,} of {n_rows:,} rows into one unit; there rows are {what}"]
    first = _components(n_rows, np.concatenate((sure, alike[keep])))
    return first, threshold, tuple(notes)


def _chained(first: Places, alone: Places) -> Places:
    """First places of the units that likeness made giants."""
    n_rows = len(first)
    least = max(GIANT_ROWS, int(GIANT_SHARE * n_rows) + 1)
    sizes, largest = np.bincount(first, minlength=n_rows), np.zeros(n_rows, dtype=np.int64)
    np.maximum.at(largest, first, np.bincount(alone, minlength=n_rows)[alone])
    return np.nonzero((sizes >= least) & (2 * largest <= sizes))[0]


def _components(n_rows: int, edges: Places) -> Places:
    """For each row the first row that it is connected with."""
    ones = np.ones(len(edges), dtype=np.int8)
    graph = coo_array((ones, (edges[:, 0], edges[:, 1])), shape=(n_rows, n_rows))
    _, labels = connected_components(graph, directed=False)
    _, firsts = np.unique(labels, return_index=True)
    found: Places = firsts[labels].astype(np.int64)
    return found


def _giant_note(first: Places, groups: Sequence[str], column: str | None) -> tuple[str, ...]:
    sizes = np.bincount(first)
    largest = int(sizes.argmax())
    n_rows = int(sizes[largest])
    if n_rows <= max(GIANT_ROWS, GIANT_SHARE * len(first)):
        return ()
    members = np.nonzero(first == largest)[0].tolist()
    of_group = Counter(groups[place] for place in members if groups[place])
    one = of_group.most_common(1)
    why = f"the same {column}" if one and 2 * one[0][1] > n_rows else "the same prompt, first turn or content"
    return (f"one unit holds {n_rows:,} of {len(first):,} rows, most of them joined by {why}",)
