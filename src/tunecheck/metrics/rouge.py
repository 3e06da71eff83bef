"""ROUGE: how many words, pairs of words and words in order a text shares with a reference.

Lin (2004, "ROUGE: A Package for Automatic Evaluation of Summaries"), with the tokens, the clipping and the ties of
rouge_score 0.1.2 where all references are ASCII, and with words of every script where they are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal, get_args

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.lcs import LENGTH_CELLS, UNION_CELLS, lcs_length, union_lcs
from tunecheck.metrics.metric import Case, Values
from tunecheck.metrics.rouge_tokens import Tokenizer, suits, tokenize

Several = Literal["best", "mean"]

MEASURES = ("rougeL", "rouge1", "rouge2", "rougeLsum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What a prediction and a reference share.

    precision  the share of the prediction's units (words, pairs of words) that are matched
    recall     the share of the reference's
    f          their harmonic mean; 0 where nothing is matched
    """

    precision: float
    recall: float
    f: float


Overlaps = Mapping[str, Overlap | Unscored]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rouge:
    """ROUGE-L, 1, 2 and Lsum, from 0 to 1: F of the prediction's words against those of a reference.

    tokenizer   compat: rouge_score's ASCII words; unicode: words of every script, the same as compat for ASCII texts
    stem        English endings are taken off ASCII words (Porter), as papers on CNN/DailyMail do
    several     of several references, per measure: the one with the best F, as rouge_score does, or the mean over them
    why         why this tokenizer, for the signature

    ROUGE-Lsum compares line by line; without line breaks it is ROUGE-L. Of a text with one word ROUGE-2 is 0, as in
    rouge_score: it has no pair of words.

    >>> Rouge().score(Case(prediction="the cat sat", references=("a cat sat down",)))["rouge1"]
    0.5714285714285715
    """

    tokenizer: Tokenizer = "unicode"
    stem: bool = False
    several: Several = "best"
    why: str = ""

    def __post_init__(self) -> None:
        _check("tokenizer", self.tokenizer, get_args(Tokenizer))
        _check("several", self.several, get_args(Several))

    @classmethod
    def for_references(
        cls,
        references: Iterable[str],
        *,
        tokenizer: Tokenizer | Literal["auto"] = "auto",
        stem: bool = False,
        several: Several = "best",
    ) -> Rouge:
        """ROUGE for a data set with these references; auto is compat only if all of them are ASCII.

        Raises InputError for a tokenizer that is not auto, compat or unicode.
        """
        _check("tokenizer", tokenizer, ("auto", *get_args(Tokenizer)))
        if tokenizer != "auto":
            return cls(tokenizer=tokenizer, stem=stem, several=several)
        found = suits(references)
        why = "all references are ASCII" if found == "compat" else "references are not all ASCII"
        return cls(tokenizer=found, stem=stem, several=several, why=why)

    @property
    def measures(self) -> tuple[str, ...]:
        """ROUGE-L decides."""
        return MEASURES

    @property
    def lower_is_better(self) -> frozenset[str]:
        """More is better everywhere."""
        return frozenset()

    @property
    def signature(self) -> str:
        """Settings on one line, with the reason for the tokenizer where it was chosen from the references."""
        chosen = f"{self.tokenizer} ({self.why})" if self.why else self.tokenizer
        return f"rouge tokenizer={chosen} stem={'yes' if self.stem else 'no'} multi={self.several}"

    def score(self, case: Case) -> Values:
        """F of each measure; Unscored where no reference has a word, or the texts are too long for a measure."""
        found = self.overlaps(case.prediction, case.references)
        return {name: one if isinstance(one, Unscored) else one.f for name, one in found.items()}

    def overlaps(self, prediction: str, references: Sequence[str]) -> Overlaps:
        """Precision, recall and F of each measure; references without words do not count.

        Of several references, "best" gives all three of the one with the best F, and "mean" the mean of each.
        """
        worded = [text for text in map(self._text, references) if text.words]
        if not worded:
            return dict.fromkeys(MEASURES, Unscored(reason=_no_words(references, self.tokenizer)))
        said = self._text(prediction)
        found = [_overlaps(said, reference) for reference in worded]
        if len(found) == 1:
            return found[0]
        return {name: _joined([one[name] for one in found], self.several) for name in MEASURES}

    def _text(self, text: str) -> _Text:
        lines = tokenize(text, tokenizer=self.tokenizer, stemmed=self.stem)
        return _Text(lines, lines[0] if len(lines) == 1 else list(chain.from_iterable(lines)))


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in words, whole and line by line."""

    lines: list[list[str]]
    words: list[str]


def _overlaps(said: _Text, reference: _Text) -> Overlaps:
    sizes = len(said.words), len(reference.words)
    in_order = lcs_length(said.words, reference.words)
    longest = _too_long("rougeL", sizes, LENGTH_CELLS) if in_order is None else _overlap(in_order, *sizes)
    by_line: Overlap | Unscored
    if len(said.lines) == len(reference.lines) == 1:
        by_line = longest
    elif (met := union_lcs(reference.lines, said.lines)) is None:
        by_line = _too_long("rougeLsum", sizes, UNION_CELLS)
    else:
        # A word may be met once for each line, but counts no more often than the prediction says it.
        by_line = _overlap(_n_shared(said.words, met), *sizes)
    n_pairs = _n_shared(pairwise(said.words), pairwise(reference.words))
    return {
        "rougeL": longest,
        "rouge1": _overlap(_n_shared(said.words, reference.words), *sizes),
        "rouge2": _overlap(n_pairs, sizes[0] - 1, sizes[1] - 1),
        "rougeLsum": by_line,
    }


def _n_shared(said: Iterable[Hashable], expected: Iterable[Hashable]) -> int:
    """How many units both have, each as often as the one that has it less often."""
    times = Counter(expected)
    found = Counter(filter(times.__contains__, said))
    return sum(map(min, found.values(), map(times.__getitem__, found)))


def _overlap(n_shared: int, n_said: int, n_expected: int) -> Overlap:
    if not n_shared:
        return Overlap(precision=0.0, recall=0.0, f=0.0)
    precision, recall = n_shared / n_said, n_shared / n_expected
    return Overlap(precision=precision, recall=recall, f=2 * precision * recall / (precision + recall))


def _joined(found: Sequence[Overlap | Unscored], several: Several) -> Overlap | Unscored:
    """One measure over several references; one that could not be scored leaves the others unsure, too."""
    scored = [one for one in found if isinstance(one, Overlap)]
    if len(scored) < len(found):
        return next(one for one in found if isinstance(one, Unscored))
    if several == "best":
        return max(scored, key=lambda one: one.f)
    return Overlap(
        precision=sum(one.precision for one in scored) / len(scored),
        recall=sum(one.recall for one in scored) / len(scored),
        f=sum(one.f for one in scored) / len(scored),
    )


def _too_long(measure: str, sizes: tuple[int, int], max_cells: int) -> Unscored:
    return Unscored(
        reason=f"the texts are too long for {measure}: {sizes[0]:,} words against {sizes[1]:,}, "
        f"and its table ends at {max_cells:,} cells of words that both have"
    )


def _no_words(references: Sequence[str], tokenizer: Tokenizer) -> str:
    if not references:
        return "there is no reference"
    which = "the reference has" if len(references) == 1 else f"the {len(references)} references have"
    cut = f"the {tokenizer} tokenizer removed everything" if any(map(str.strip, references)) else "empty"
    return f"{which} no words ({cut})"


def _check(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise InputError(f"ROUGE has no {name} {value!r}", hint=f"choose one of: {', '.join(known)}")
