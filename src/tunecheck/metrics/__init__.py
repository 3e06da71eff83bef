"""Pure functions of texts: how alike they are."""

from tunecheck.metrics.similarity import (
    Pairs,
    Shingles,
    Vocabulary,
    contained_pairs,
    many,
    shingle,
    similar_pairs,
    without_boilerplate,
)
from tunecheck.metrics.words import TokenList, Tokens, tokenise, words

__all__ = [
    "Pairs",
    "Shingles",
    "TokenList",
    "Tokens",
    "Vocabulary",
    "contained_pairs",
    "many",
    "shingle",
    "similar_pairs",
    "tokenise",
    "without_boilerplate",
    "words",
]
