"""Pure functions of texts: how alike they are."""

from tunecheck.metrics.similarity import (
    Pairs,
    Shingles,
    contained_pairs,
    many,
    shingle,
    similar_pairs,
    without_boilerplate,
    words,
)

__all__ = ["Pairs", "Shingles", "contained_pairs", "many", "shingle", "similar_pairs", "without_boilerplate", "words"]
