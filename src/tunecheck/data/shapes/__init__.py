"""Shapes of rows: which columns tell them apart, and one reader for each family that makes a row an example."""

from __future__ import annotations

from collections.abc import Callable

from tunecheck.data.rows import Example, Row
from tunecheck.data.shapes import alpaca, conversation, pairs, plain, preference
from tunecheck.data.shapes.layouts import SHAPES, Columns
from tunecheck.data.shapes.recognition import Recognised, fits_a_shape, recognise

Reader = Callable[[Row], Example]
"""Makes an Example of a row, or raises BadRow."""

_READERS: dict[str, Callable[[Columns], Reader]] = {
    "alpaca": alpaca.reader,
    "sharegpt": conversation.reader,
    "messages": conversation.reader,
    "prompt_completion": pairs.reader,
    "text": plain.text_reader,
    "tokens": plain.tokens_reader,
    "preference": preference.reader,
}


def reader_of(recognised: Recognised) -> Reader:
    """The reader for rows of a recognised shape and layout."""
    return _READERS[recognised.layout.shape](recognised.columns)


__all__ = ["SHAPES", "Reader", "Recognised", "fits_a_shape", "reader_of", "recognise"]
