"""Exact match: whether a prediction is a reference word for word, or holds one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from tunecheck.core import Unscored
from tunecheck.metrics.metric import Case, Values


def plain(text: str, *, ignore_case: bool, ignore_punctuation: bool) -> str:
    """The text without white space around it and, where asked, without case and punctuation.

    Punctuation is what Unicode puts in category P, in any script; each run of it or of white space becomes one space.

    >>> plain(" It is, FINALLY: done! ", ignore_case=True, ignore_punctuation=True)
    'it is finally done'
    """
    if ignore_case:
        text = text.casefold()
    if ignore_punctuation:
        text = " ".join("".join(" " if unicodedata.category(sign)[0] == "P" else sign for sign in text).split())
    return text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactMatch:
    """1 where the prediction is one of the references, else 0; white space around both does not count.

    >>> ExactMatch().score(Case(prediction="Paris\\n", references=("Paris",)))
    {'exact_match': 1.0}
    """

    ignore_case: bool = False
    ignore_punctuation: bool = False

    measures: ClassVar[tuple[str, ...]] = ("exact_match",)
    lower_is_better: ClassVar[frozenset[str]] = frozenset()

    @property
    def signature(self) -> str:
        """The two options."""
        return f"exact_match|{_options(self)}"

    def score(self, case: Case) -> Values:
        """The measure ``exact_match``."""
        prediction, *references = _plain((case.prediction, *case.references), self)
        return {"exact_match": float(prediction in references)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains:
    """1 where a reference stands anywhere in the prediction, else 0; Unscored where every reference is empty.

    >>> Contains().score(Case(prediction="It is Paris, of course.", references=("Paris", "Lutetia")))
    {'contains': 1.0}
    """

    ignore_case: bool = False
    ignore_punctuation: bool = False

    measures: ClassVar[tuple[str, ...]] = ("contains",)
    lower_is_better: ClassVar[frozenset[str]] = frozenset()

    @property
    def signature(self) -> str:
        """The two options."""
        return f"contains|{_options(self)}"

    def score(self, case: Case) -> Values:
        """The measure ``contains``."""
        prediction, *references = _plain((case.prediction, *case.references), self)
        # The empty text stands in every text: it would make every prediction right.
        wanted = [reference for reference in references if reference]
        if not wanted:
            return {"contains": Unscored(reason="the reference is empty")}
        return {"contains": float(any(reference in prediction for reference in wanted))}


def _plain(texts: Iterable[str], asked: ExactMatch | Contains) -> list[str]:
    return [plain(text, ignore_case=asked.ignore_case, ignore_punctuation=asked.ignore_punctuation) for text in texts]


def _options(asked: ExactMatch | Contains) -> str:
    case, punctuation = ("ignored" if ignored else "kept" for ignored in (asked.ignore_case, asked.ignore_punctuation))
    return f"case:{case}|punctuation:{punctuation}"
