"""Word differences: which words of two answers the other one lacks, the same whichever of them comes first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup

from tunecheck.metrics.common_words import common_words
from tunecheck.web.carried import spelled
from tunecheck.web.rendering import MOST_CHARACTERS, raw

# A table of 16 million cells, as bits: some tens of milliseconds.
MOST_WORDS = 4_000
# Where words are not set apart each character is one; what ends a sentence is none of its last word.
_OWN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_MARKS = "!-/:-@\\[-`{-~\u2018-\u201f\u2026\u3001\u3002\uff01\uff0c\uff1f"
_PIECES = re.compile(rf"\s+|[{_OWN}]|[{_MARKS}]|[^\s{_OWN}{_MARKS}]+")


@lru_cache(maxsize=256)
def word_differences(one: str, other: str) -> tuple[Markup, Markup]:
    """Both texts as written, each with the words marked that are not, in this order, in the other one.

    Of two texts of too many words neither is marked, and both say so.
    """
    if max(len(one), len(other)) > MOST_CHARACTERS:
        return _unmarked(one), _unmarked(other)
    pieces = [_PIECES.findall(text) for text in (one, other)]
    words = [[piece for piece in found if not piece.isspace()] for found in pieces]
    if max(map(len, words)) > MOST_WORDS:
        return _unmarked(one), _unmarked(other)
    first, second = common_words(*words)
    return _marked(pieces[0], first), _marked(pieces[1], second)


def _marked(pieces: Sequence[str], shared: set[int]) -> Markup:
    """The text; words in a row, and the blanks between them, are one mark."""
    runs: list[tuple[bool, str]] = []
    number, n_words = 0, sum(not piece.isspace() for piece in pieces)
    for piece in pieces:
        if piece.isspace():
            is_between = number < n_words and number not in shared and "\n" not in piece
            is_lacking = is_between and bool(runs) and runs[-1][0]
        else:
            is_lacking = number not in shared
            number += 1
        if runs and runs[-1][0] == is_lacking:
            runs[-1] = (is_lacking, runs[-1][1] + piece)
        else:
            runs.append((is_lacking, piece))
    parts = (Markup("<mark>{}</mark>").format(spelled(text)) if mark else spelled(text) for mark, text in runs)
    return Markup('<pre class="raw" dir="auto"><code>{}</code></pre>').format(Markup().join(parts))


def _unmarked(text: str) -> Markup:
    return Markup('<p class="notice">These answers are too long to be compared word by word.</p>') + raw(text)
