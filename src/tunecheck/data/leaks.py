"""Leaks: validation items that the training set gives away, letter for letter, reworded, or hidden in a longer row."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from tunecheck.core import Item, Leak, LeakKind, LeakReport
from tunecheck.metrics import contained_pairs, many, shingle, similar_pairs, without_boilerplate, words
from tunecheck.metrics.similarity import Pairs

NEAR, CONTAINED = 0.7, 0.5
# Words in a row that are looked for inside longer rows, and how many a prompt must have before that says anything.
CONTAINED_WORDS, CONTAINED_PROMPT_WORDS = 8, 16
RESPONSE_WORDS = 8


def find_leaks(train: Sequence[Item], validation: Sequence[Item]) -> LeakReport:
    """Each validation item beside the training item that gives it away, by the strongest kind that applies.

    In this order: exact, prompt, near, contained, response. All pairs are looked at and none is estimated. Texts are
    compared without case, punctuation, width and white space; wording that many rows share is no likeness.
    """
    of_train, of_validation = [_content(item) for item in train], [_content(item) for item in validation]
    distinct = list(_firsts(of_train).values())
    found: dict[int, Leak] = {}
    kinds: tuple[tuple[LeakKind, Callable[[], Matches]], ...] = (
        ("exact", lambda: _equal(of_train, of_validation)),
        ("prompt", lambda: _equal_unless_stock(_keys(train, prompt_words), _keys(validation, prompt_words))),
        ("near", lambda: _near(train, distinct, validation)),
        ("contained", lambda: _contained(train, distinct, validation)),
        ("response", lambda: _equal_unless_stock(_keys(train, _long_response), _keys(validation, _long_response))),
    )
    for kind, matches in kinds:
        for place, (row, similarity) in matches().items():
            leak = Leak(kind=kind, validation=validation[place], train=train[row], similarity=similarity)
            found.setdefault(place, leak)
    return LeakReport(
        n_train=len(train),
        n_validation=len(validation),
        leaks=tuple(found[place] for place in sorted(found)),
        n_train_copies=len(train) - len(distinct),
    )


# Place of a validation item -> place of the training item most like it, and how alike they are.
Matches = dict[int, tuple[int, float]]


def content_text(item: Item) -> str:
    """Prompt and response in one piece: where the prompt ends is not part of the content."""
    calls = [call.name + " " + call.arguments_json for call in item.response.tool_calls]
    return "\n".join([prompt_text(item), item.response.content, *calls, " ".join(map(str, item.token_ids))])


def prompt_text(item: Item) -> str:
    """The contents of the messages before the response."""
    return "\n".join(message.content for message in item.prompt)


def prompt_words(item: Item) -> list[str]:
    """The words of the prompt, as they are compared."""
    return words(prompt_text(item))


def _long_response(item: Item) -> list[str]:
    found = words(item.response.content)
    return found if len(found) >= RESPONSE_WORDS else []


def _content(item: Item) -> bytes:
    return _key(words(content_text(item))) or item.id.encode()


def _keys(items: Iterable[Item], words_of: Callable[[Item], list[str]]) -> list[bytes]:
    return [_key(words_of(item)) for item in items]


def _key(found: list[str]) -> bytes:
    """A hash of the words, or b"" when there are none: nothing is equal to nothing."""
    return hashlib.blake2b(" ".join(found).encode("utf-8", "replace"), digest_size=16).digest() if found else b""


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
    stock = {key for key, n in Counter(train).items() if n > many(len(train))}
    return _equal(train, [b"" if key in stock else key for key in validation])


def _near(train: Sequence[Item], distinct: Sequence[int], validation: Sequence[Item]) -> Matches:
    left = shingle(content_text(train[row]) for row in distinct)
    right = shingle(map(content_text, validation))
    return _best(similar_pairs(*without_boilerplate(left, right), threshold=NEAR), distinct)


def _contained(train: Sequence[Item], distinct: Sequence[int], validation: Sequence[Item]) -> Matches:
    # What was asked: the assistant's earlier turns are stock phrases more often than not.
    prompts = ["\n".join(turn.content for turn in item.prompt if turn.role != "assistant") for item in validation]
    long = [text if len(words(text)) >= CONTAINED_PROMPT_WORDS else "" for text in prompts]
    parts = shingle(long, CONTAINED_WORDS, short=False)
    wholes = shingle((content_text(train[row]) for row in distinct), CONTAINED_WORDS, short=False)
    return _best(contained_pairs(*without_boilerplate(wholes, parts), threshold=CONTAINED), distinct)


def _best(pairs: Pairs, rows: Sequence[int]) -> Matches:
    """The most similar training row of each validation item; of equals the first."""
    order = np.lexsort((pairs.left, -pairs.value, pairs.right))
    places, firsts = np.unique(pairs.right[order], return_index=True)
    chosen = order[firsts]
    return {
        int(place): (rows[int(pairs.left[at])], float(pairs.value[at]))
        for place, at in zip(places, chosen, strict=True)
    }
