"""SQuAD: exact match and word overlap of short answers, after the normalisation of the SQuAD evaluation script.

Source: Rajpurkar et al. 2016, "SQuAD: 100,000+ questions for machine comprehension of text", section 6.1, and their
evaluation script v1.1; where an answer has no words left, the rule of v2.0. Texts in ASCII score as there. Other
scripts lose their punctuation too, and those that are written without spaces are compared letter by letter.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case, Values
from tunecheck.metrics.words import SPACELESS, nfkc

Normalise = Literal["squad", "none"]

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_SPACELESS_LETTER = re.compile(f"[{SPACELESS}]")
_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)


def answer_tokens(text: str) -> list[str]:
    """The words that are compared: without case, punctuation and the English articles.

    >>> answer_tokens("The U.S. Army's"), answer_tokens("「北京」 2008年")
    (['us', 'armys'], ['北', '京', '2008', '年'])
    """
    if text.isascii():
        return _ARTICLE.sub(" ", text.lower().translate(_ASCII_PUNCTUATION)).split()
    lower = nfkc(text).lower().translate(_ASCII_PUNCTUATION)
    bare = "".join(sign for sign in lower if unicodedata.category(sign)[0] != "P")
    return [piece for token in _ARTICLE.sub(" ", bare).split() for piece in _pieces(token)]


def token_f1(prediction: list[str], reference: list[str]) -> float:
    """The harmonic mean of precision and recall over the tokens of both, each counted as often as it stands there.

    Where one has no tokens: 1 when the other has none either, else 0 (the rule of SQuAD 2.0).

    >>> token_f1("cat sat down".split(), "cat sat".split())
    0.8
    """
    if not prediction or not reference:
        return float(prediction == reference)
    n_common = (Counter(prediction) & Counter(reference)).total()
    if not n_common:
        return 0.0
    precision, recall = n_common / len(prediction), n_common / len(reference)
    return 2 * precision * recall / (precision + recall)


@dataclass(frozen=True, slots=True, kw_only=True)
class Squad:
    """Token F1 and exact match of an answer, each the best over the references.

    ``normalise="none"`` compares the words as they stand between white space.

    >>> Squad().score(Case(prediction="the Eiffel Tower!", references=("Eiffel tower", "The tower")))
    {'f1': 1.0, 'exact': 1.0}
    """

    normalise: Normalise = "squad"

    measures: ClassVar[tuple[str, ...]] = ("f1", "exact")
    lower_is_better: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if self.normalise not in ("squad", "none"):
            raise InputError(f"f1 has no normalisation {self.normalise!r}", hint="choose squad or none")

    @property
    def signature(self) -> str:
        """The normalisation."""
        return f"squad|normalise:{self.normalise}|references:best"

    def score(self, case: Case) -> Values:
        """The measures ``f1`` and ``exact``."""
        tokens = answer_tokens if self.normalise == "squad" else str.split
        prediction = tokens(case.prediction)
        references = [tokens(reference) for reference in case.references]
        return {
            "f1": max(token_f1(prediction, reference) for reference in references),
            "exact": float(prediction in references),
        }


def _pieces(token: str) -> list[str]:
    """A token, with each letter of a script without spaces on its own and its marks with it."""
    if not _SPACELESS_LETTER.search(token):
        return [token]
    begins = []
    joins = False
    for at, sign in enumerate(token):
        if at and unicodedata.category(sign)[0] == "M":
            continue
        stands_alone = _SPACELESS_LETTER.match(sign) is not None
        if stands_alone or not joins:
            begins.append(at)
        joins = not stands_alone
    return [token[begin:end] for begin, end in pairwise([*begins, len(token)])]
