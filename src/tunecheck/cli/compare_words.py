"""Compared words: which words of two answers the other one lacks, marked on the lines of a screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from tunecheck.cli.vote_text import Ink, wrapped
from tunecheck.metrics.common_words import common_words
from tunecheck.report.text import visible

# Words of an answer; two of so many take about a tenth of a second.
MOST_WORDS = 5_000
# Scripts without blanks between words, a character each; marks and joiners stay with what they stand on.
_ALONE = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"(?:[{_ALONE}]|[^\W{_ALONE}]+|[^\w\s])[\u0300-\u036f\u200c\u200d\ufe0e\ufe0f]*")


def marked_pair(left: str, right: str, width: int, ink: Ink) -> tuple[list[str], list[str]] | None:
    """Both answers on lines of at most ``width`` cells, with what the other lacks marked; None where they are too long.

    Swapped answers have swapped marks: nothing depends on which of them is on the left.
    """
    texts = tuple(visible(text.replace("\r\n", "\n")) for text in (left, right))
    found = [list(_WORD.finditer(text)) for text in texts]
    if max(map(len, found)) > MOST_WORDS:
        return None
    common = common_words(*([word[0] for word in own] for own in found))
    marks = (
        [word.span() for place, word in enumerate(own) if place not in kept]
        for own, kept in zip(found, common, strict=True)
    )
    one, other = (_lines(text, spans, width, ink) for text, spans in zip(texts, marks, strict=True))
    return one, other


def _lines(text: str, spans: Sequence[tuple[int, int]], width: int, ink: Ink) -> list[str]:
    spans = list(_joined(text, spans))
    if not ink.is_styled:
        for start, end in reversed(spans):
            text = f"{text[:start]}{ink.marked(text[start:end])}{text[end:]}"
        return wrapped(text, width)
    # Lines break at blanks or between characters, so the characters that are none come in the same order.
    is_marked = [False] * len(text)
    for start, end in spans:
        is_marked[start:end] = [True] * (end - start)
    solid = iter([mark for character, mark in zip(text, is_marked, strict=True) if not character.isspace()])
    return ["".join(_styled(line, solid, ink)) for line in wrapped(text, width)]


def _joined(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Neighbours with nothing but blanks of one line between them as one."""
    start = end = -1
    for next_start, next_end in spans:
        between = text[end:next_start]
        if start >= 0 and not between.strip(" \t"):
            end = next_end
            continue
        if start >= 0:
            yield start, end
        start, end = next_start, next_end
    if start >= 0:
        yield start, end


def _styled(line: str, solid: Iterator[bool], ink: Ink) -> Iterator[str]:
    marks = [None if character.isspace() else next(solid) for character in line]
    # A blank between two marked words is marked, others are not.
    for place, mark in enumerate(marks):
        if mark is None:
            after = next((one for one in marks[place:] if one is not None), False)
            marks[place] = bool(place and marks[place - 1] and after)
    for mark, run in groupby(zip(line, marks, strict=True), key=lambda pair: pair[1]):
        words = "".join(character for character, _ in run)
        yield ink.marked(words) if mark else words
