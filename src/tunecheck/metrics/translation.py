"""Translation: BLEU, chrF and TER as sacrebleu computes them, for one item and for summed totals.

Sources: Papineni et al. 2002, "BLEU"; Popović 2015, "chrF" and 2017, "chrF++"; Snover et al. 2006, "A study of
translation edit rate"; the implementation and its signatures: Post 2018, "A call for clarity in reporting BLEU scores".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal, Protocol

import numpy as np
import sacrebleu
from numpy.typing import NDArray
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case, Values
from tunecheck.metrics.words import SPACELESS

BleuTokenizer = Literal["13a", "zh", "char", "intl", "none"]
BLEU_TOKENIZERS: tuple[BleuTokenizer, ...] = ("13a", "zh", "char", "intl", "none")

# Counting n-grams is linear, but takes up to 9 s for a text of so many characters.
LONGEST_CHARACTERS = 1_000_000
# TER tries up to 1,000 shifts, each compared in a band of 50 words: texts of 200 words take up to 15 s.
MOST_TER_WORK, _TER_BAND = 10_000, 50

_LETTER = re.compile(r"[^\W\d_]")
_WITHOUT_SPACES = re.compile(f"[{SPACELESS}]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


class _Score(Protocol):
    score: float


class _Engine(Protocol):
    """The two steps of a sacrebleu metric that totals and pooled values stand between."""

    def _extract_corpus_statistics(self, hypotheses: list[str], references: list[list[str]]) -> Any: ...

    def _compute_score_from_stats(self, stats: Any) -> _Score: ...


class _Pooled:
    """A metric of sacrebleu: one measure; ``item`` scores one item, ``corpus`` summed totals."""

    def __init__(self, name: str, *, item: _Engine, corpus: _Engine, signature: str, lower: bool = False) -> None:
        self.measures = (name,)
        self.lower_is_better = frozenset(self.measures if lower else ())
        self.signature = f"{signature}|version:{sacrebleu.__version__}"
        self._item, self._corpus = item, corpus

    def score(self, case: Case) -> Values:
        """The measure of one item, from 0 to 100 (TER may exceed it); Unscored where a text is too long."""
        reason = self._too_long(case)
        value = Unscored(reason=reason) if reason else float(_value(self._item, self._count(case)))
        return {self.measures[0]: value}

    def totals(self, case: Case) -> NDArray[np.float64]:
        """The counts of one item, shape (k). Raises ValueError where ``score`` gives Unscored: there is no count."""
        if reason := self._too_long(case):
            raise ValueError(f"an item without a score has no totals: {reason}")
        return np.array(self._count(case), dtype=np.float64)

    def pooled(self, totals: NDArray[np.float64]) -> float:
        """The value over all items whose totals were summed, shape (k) to a number."""
        return float(_value(self._corpus, totals.tolist()))

    def _too_long(self, case: Case) -> str:
        longest = max(map(len, (case.prediction, *case.references)))
        return (
            f"a text of {longest:,} characters; at most {LONGEST_CHARACTERS:,}" if longest > LONGEST_CHARACTERS else ""
        )

    def _count(self, case: Case) -> list[float]:
        references = [[reference] for reference in case.references]
        # sacrebleu has no public way to the counts of one item; a test compares the sums with its corpus scores.
        counts: list[float] = self._corpus._extract_corpus_statistics([case.prediction], references)[0]
        return counts


class Bleu(_Pooled):
    """BLEU, 0 to 100, exponential smoothing; one item with the effective order, so that short texts can reach 100.

    tokenizer  of sacrebleu: "13a" for texts with spaces, "zh" for Chinese, "char" for others without spaces, or "intl",
               "none"
    Raises InputError for another one.

    >>> round(Bleu().score(Case(prediction="a cat sat", references=("a cat sat",)))["bleu"])
    100
    """

    def __init__(self, *, tokenizer: BleuTokenizer = "13a", ignore_case: bool = False) -> None:
        if tokenizer not in BLEU_TOKENIZERS:
            raise InputError(
                f"BLEU has no tokenizer {tokenizer!r}", hint=f"choose one of: {', '.join(BLEU_TOKENIZERS)}"
            )
        item, corpus = (
            BLEU(tokenize=tokenizer, lowercase=ignore_case, force=True, effective_order=effective)
            for effective in (True, False)
        )
        settings = f"case:{'lc' if ignore_case else 'mixed'}|eff:no|item_eff:yes|tok:{tokenizer}|smooth:exp"
        super().__init__("bleu", item=item, corpus=corpus, signature=f"bleu|{settings}")

    @classmethod
    def for_references(cls, texts: Iterable[str], *, ignore_case: bool = False) -> Bleu:
        """BLEU with the tokenizer that the script of most letters in the references asks for.

        >>> Bleu.for_references(["今天天气很好。"]).signature.split("|")[4]
        'tok:zh'
        """
        return cls(tokenizer=bleu_tokenizer(texts), ignore_case=ignore_case)


class Chrf(_Pooled):
    """chrF2, 0 to 100: character n-grams up to six, recall counting twice; word_order=2 makes it chrF++.

    It needs no words and so suits every script.

    >>> round(Chrf().score(Case(prediction="a cat sat", references=("a cat sat",)))["chrf"])
    100
    """

    def __init__(self, *, word_order: int = 0, ignore_case: bool = False) -> None:
        if not 0 <= word_order <= 6:
            raise InputError(f"chrF has no word order {word_order}", hint="choose 0, or 2 for chrF++")
        engine = CHRF(word_order=word_order, lowercase=ignore_case)
        settings = f"case:{'lc' if ignore_case else 'mixed'}|eff:yes|nc:6|nw:{word_order}|space:no"
        super().__init__("chrf", item=engine, corpus=engine, signature=f"chrf|{settings}")


class Ter(_Pooled):
    """TER: edits and shifts of words in percent of the words of the reference; less is better, 0 is equal.

    Words stand between white space. Texts of many words are Unscored: finding the shifts would take too long.

    >>> Ter().score(Case(prediction="the cat sat down", references=("the cat sat",)))["ter"].__round__(1)
    33.3
    """

    def __init__(self, *, ignore_case: bool = True) -> None:
        engine = TER(case_sensitive=not ignore_case)
        settings = f"case:{'lc' if ignore_case else 'mixed'}|tok:tercom|norm:no|punct:yes|asian:no"
        super().__init__("ter", item=engine, corpus=engine, signature=f"ter|{settings}", lower=True)

    def _too_long(self, case: Case) -> str:
        n_words, *of_references = (len(text.split()) for text in (case.prediction, *case.references))
        longest = max(of_references)
        if n_words * min(longest, _TER_BAND) <= MOST_TER_WORK:
            return ""
        return f"{n_words:,} words beside {longest:,} are too many for TER, whose search for shifts would take too long"


def bleu_tokenizer(texts: Iterable[str]) -> BleuTokenizer:
    """Which tokenizer texts ask for: "zh" when most letters are Han, "char" with kana, Thai and the like, else "13a".

    >>> [bleu_tokenizer([text]) for text in ("a cat", "今天天气很好", "今日は天気がいい", "한국어 문장")]
    ['13a', 'zh', 'char', '13a']
    """
    n_letters = n_without_spaces = n_han = 0
    for text in texts:
        n_letters += len(_LETTER.findall(text))
        n_without_spaces += len(_WITHOUT_SPACES.findall(text))
        n_han += len(_HAN.findall(text))
    if not n_letters or n_without_spaces * 2 <= n_letters:
        return "13a"
    # Japanese mixes Han with kana in every sentence; Chinese has none but in names.
    return "zh" if n_han > 0.9 * n_without_spaces else "char"


def _value(engine: _Engine, totals: list[float]) -> float:
    return engine._compute_score_from_stats(totals).score
