"""What ROUGE does not see in a summary: its length, what it copied from its source, that it is empty; and lead-3.

A summary that copies the first sentences of its source often has a good ROUGE, so a score is read beside that of
``lead`` and beside the copied shares.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice

from tunecheck.core import Unscored
from tunecheck.metrics.lcs import places
from tunecheck.metrics.metric import Case, Values
from tunecheck.metrics.rouge_tokens import tokenize

# So many words in a row that the source has, too, are copied; fewer are names and set phrases. Heuristic.
COPIED_WORDS = 4
# The largest product of words; about half a second and 100 MiB.
_MOST_CELLS = 1_000_000_000

# An end of a sentence: its marks with closing quotes and brackets, then a blank unless the script needs none; or an
# empty line. A run of marks is only tried from its first one, so that a text of marks takes no longer than others.
_MARKS, _WIDE_MARKS = r".!?…؟۔।॥", r"。！？｡"
_CLOSING = r"""["'”’»)\]」』）】]"""
_END = re.compile(
    rf"(?<![{_MARKS}{_WIDE_MARKS}])[{_MARKS}]++{_CLOSING}*+(?=\s|\Z)"
    rf"|(?<![{_WIDE_MARKS}])[{_WIDE_MARKS}][{_MARKS}{_WIDE_MARKS}]*+{_CLOSING}*+"
    r"|(?<!\n)\n[^\S\n]*+\n"
)
# A dot behind these ends no sentence: an initial as in "J. Smith", "U.S. Army", or a title.
_SHORTENED = re.compile(r"(?:^|[\s.(\"'“])(?:[^\W\d_]|Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Rep|Gov|Jr|Sr|vs)\.\Z")


@dataclass(frozen=True, slots=True)
class SummaryGuards:
    """A Metric of measures that decide nothing and warn.

    length_ratio  words of the prediction to words of the reference (the mean over several)
    copied_share  the share of the prediction's words that lie in copies of four words or more from the source
    coverage      the share of its words that the source has ("extractive fragment coverage")
    density       mean length of the copy that a word lies in ("extractive fragment density"), in words
    is_empty      1 for a prediction without words, else 0

    The source is the prompt. Coverage and density after Grusky, Naaman and Artzi (2018, "Newsroom: A Dataset of 1.3
    Million Summaries with Diverse Extractive Strategies"). Words are those of the unicode tokenizer of ROUGE.

    >>> case = Case(prediction="the cat sat", references=("cats sit on mats",), prompt="The cat was here. It sat.")
    >>> SummaryGuards().score(case)["coverage"]
    1.0
    """

    @property
    def measures(self) -> tuple[str, ...]:
        """The length first."""
        return ("length_ratio", "copied_share", "coverage", "density", "is_empty")

    @property
    def lower_is_better(self) -> frozenset[str]:
        """Empty is worse; a longer or more extractive summary is neither better nor worse."""
        return frozenset({"is_empty"})

    @property
    def signature(self) -> str:
        """The one setting."""
        return f"summary guards copied={COPIED_WORDS} words or more"

    def score(self, case: Case) -> Values:
        """All measures of one summary; Unscored where there is no reference, source or prediction to compare."""
        said = words(case.prediction)
        expected = [n_words for n_words in map(len, map(words, case.references)) if n_words]
        ratio = sum(len(said) / n_words for n_words in expected) / len(expected) if expected else None
        return {
            "length_ratio": Unscored(reason="no reference has words") if ratio is None else ratio,
            **_copies(said, words(case.prompt)),
            "is_empty": float(not said),
        }


def words(text: str) -> list[str]:
    """The words of a text in any script, without case and punctuation."""
    return list(chain.from_iterable(tokenize(text, tokenizer="unicode")))


def _copies(said: Sequence[str], source: Sequence[str]) -> Values:
    names = ("copied_share", "coverage", "density")
    if not said or not source:
        missing = "the prediction has no words" if source else "no source is known"
        return dict.fromkeys(names, Unscored(reason=missing))
    lengths = fragments(said, source)
    if lengths is None:
        too_long = f"{len(said):,} words against a source of {len(source):,} are too many to look for copies"
        return dict.fromkeys(names, Unscored(reason=too_long))
    return {
        "copied_share": sum(length for length in lengths if length >= COPIED_WORDS) / len(said),
        "coverage": sum(lengths) / len(said),
        "density": sum(length * length for length in lengths) / len(said),
    }


def fragments(said: Sequence[str], source: Sequence[str]) -> list[int] | None:
    """Lengths in words of the copies that a text is made of; None where the texts are too long for a second.

    From the left, each copy is the longest run of words at its place that stands in the source, as Grusky et al. (2018)
    define it; words that the source has not are in none.

    >>> fragments("the cat sat on a mat".split(), "a cat sat on the mat".split())
    [1, 3, 1, 1]
    """
    if len(said) * len(source) > _MOST_CELLS:
        return None
    known = set(said)
    # The source's other words all are one, so that few numbers are made.
    where = places([word if word in known else "" for word in source])
    lengths = []
    ends, length = 0, 0
    for word in said:
        here = where.get(word, 0)
        # The places where the copy so far could end if it went on to this word.
        if longer := ends << 1 & here:
            ends, length = longer, length + 1
            continue
        if length:
            lengths.append(length)
        ends, length = here, min(here, 1)
    return [*lengths, length] if length else lengths


def lead(text: str, *, n_sentences: int = 3) -> str:
    """The first sentences of a text: the baseline that a summary of news has to beat.

    >>> lead("Dr. Smith left. It rained! Who stayed? Nobody.", n_sentences=2)
    'Dr. Smith left. It rained!'
    >>> lead("今天下雨。我们回家了！", n_sentences=1)
    '今天下雨。'
    """
    text = text.strip()
    ends = (found.end() for found in _END.finditer(text) if not _SHORTENED.search(text, found.end() - 8, found.end()))
    last = list(islice(ends, n_sentences))
    return text[: last[-1]].strip() if len(last) == n_sentences else text
