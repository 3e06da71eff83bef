"""Words as ROUGE counts them: as rouge_score does, for ASCII, or so that every script has words."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from typing import Literal

from tunecheck.metrics.porter import stem

Tokenizer = Literal["compat", "unicode"]
Lines = list[list[str]]

# rouge_score leaves words of up to three letters as they are.
_SHORTEST_STEMMED = 4
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 100_000, 64

_ASCII = bytes(code if chr(code).isalnum() or code == 10 else 32 for code in range(128)).lower() + b" " * 128
_ASCII_WORD = re.compile("[a-z0-9]+")

# Scripts that are written without spaces (Thai, Lao, Myanmar, Khmer, kana, Han).
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
    "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# They join letters or say where a line may break, and nobody sees them: soft hyphen, ZWNJ, ZWJ, word joiner, BOM.
_INVISIBLE = re.compile("[\u00ad\u200c\u200d\u2060\ufeff]+")
# More marks on one letter than any language has (Unicode's stream-safe format, UAX 15): sorting them takes time that
# grows with the square of their number.
_MOST_MARKS = 30


def tokenize(text: str, *, tokenizer: Tokenizer, stemmed: bool = False) -> Lines:
    """The words of each line of a text.

    compat   runs of a-z and 0-9 in lower case, as rouge_score 0.1.2
    unicode  NFKC and casefold; runs of letters, digits and their marks, and single letters with their marks in scripts
             without spaces. The same as compat for ASCII.

    Only ASCII words are stemmed.

    >>> tokenize("The CATS\\nsat.", tokenizer="compat", stemmed=True)
    [['the', 'cat'], ['sat']]
    >>> tokenize("Déjà vu 猫です", tokenizer="unicode")
    [['déjà', 'vu', '猫', 'で', 'す']]
    """
    if text.isascii():
        plain = text.encode("ascii").translate(_ASCII).decode("ascii")
        lines = [plain.split()] if "\n" not in plain else [line.split() for line in plain.split("\n")]
    else:
        cut = _ascii_words if tokenizer == "compat" else _unicode_words
        lines = [cut(line) for line in text.split("\n")]
    return [list(map(_STEMS.__getitem__, line)) for line in lines] if stemmed else lines


def suits(texts: Iterable[str]) -> Tokenizer:
    """The tokenizer for these references: compat if all of them are ASCII, unicode otherwise."""
    return "compat" if all(text.isascii() for text in texts) else "unicode"


class _Stems(dict[str, str]):
    """Stems of words, remembered: few words make most of every text."""

    def __missing__(self, word: str) -> str:
        found = stem(word) if len(word) >= _SHORTEST_STEMMED and word.isascii() else word
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        if len(word) <= _LONGEST_REMEMBERED:
            self[word] = found
        return found


_STEMS = _Stems()


def _ascii_words(text: str) -> list[str]:
    return _ASCII_WORD.findall(text.lower())


def _unicode_words(text: str) -> list[str]:
    find_words, cut_marks = _patterns()
    text = cut_marks(r"\1", _INVISIBLE.sub("", text))
    return find_words(unicodedata.normalize("NFKC", text).casefold())


@cache
def _patterns() -> tuple[Callable[[str], list[str]], Callable[[str, str], str]]:
    r"""What finds words, and what cuts runs of marks short; Python's own \w leaves marks out and so splits words."""
    marks = _ranges_of_marks()
    # A letter of a script without spaces stands alone with its marks; other words begin with a letter or a digit.
    word = re.compile(f"(?=[{_SPACELESS}])[^\\W_][{marks}]*|[^\\W_{_SPACELESS}]+(?:[{marks}]+[^\\W_{_SPACELESS}]*)*")
    run = re.compile(f"([{marks}]{{{_MOST_MARKS}}})[{marks}]+")
    return word.findall, run.sub


def _ranges_of_marks() -> str:
    """All combining marks of this Python's Unicode, as the inside of a character class."""
    codes = [code for code in range(0x300, 0xE01F0) if unicodedata.category(chr(code))[0] == "M"]
    begins = [code for before, code in pairwise([0, *codes]) if code - before > 1]
    ends = [code for code, after in pairwise([*codes, sys.maxunicode + 2]) if after - code > 1]
    return "".join(f"{chr(begin)}-{chr(end)}" for begin, end in zip(begins, ends, strict=True))
