"""Words of texts: without case, width and punctuation, and as numbers, so that a text is taken apart only once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# Texts below so many words are compared by characters.
SHORT_WORDS = 10

_LETTERS_AND_DIGITS = bytes(code if code < 128 and chr(code).isalnum() else 32 for code in range(256)).lower()
# For a class of characters: scripts without spaces between words (Thai, Lao, Myanmar, Khmer, kana, Han); each letter of
# them stands for a word.
SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(f"[{SPACELESS}]|[^\\W_{SPACELESS}]+")
_PIECES = re.compile(r"[\x00-\x7f]+[^\x00-\x7f]{0,1000}|[^\x00-\x7f]{1,1000}")

_CHUNK_WORDS = 500_000


def words(text: str) -> list[str]:
    """The words of a text without case, width and punctuation (NFKC, casefold).

    >>> words("The CAT, ｓａｔ!")
    ['the', 'cat', 'sat']
    """
    if text.isascii():
        return text.encode("ascii").translate(_LETTERS_AND_DIGITS).decode("ascii").split()
    return _WORD.findall(nfkc(text).casefold())


def nfkc(text: str) -> str:
    """The text in Unicode's form NFKC, in time linear in its length.

    Python's own takes time quadratic in a run of marks that combine, which a hostile text can be made of. So a text
    that is not in this form yet is taken in pieces of at most a thousand characters that are not ASCII; only where such
    a run is longer can a mark stay apart from what it belongs to.

    >>> nfkc("ｅ\u0301t\u00e9")
    'été'
    """
    if text.isascii() or unicodedata.is_normalized("NFKC", text):
        return text
    return "".join(unicodedata.normalize("NFKC", piece) for piece in _PIECES.findall(text))


@dataclass(frozen=True, slots=True)
class Tokens:
    """Texts as words: the words of text i are ``hashes[starts[i]:starts[i + 1]]``, as 64-bit hashes of this process.

    short  the words of each text that has fewer than ten, with a space between, by its place
    """

    starts: NDArray[np.int64]
    hashes: NDArray[np.int64]
    short: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Shape (texts): how many words each has."""
        return np.diff(self.starts)

    def take(self, places: Sequence[int] | NDArray[np.int64]) -> Tokens:
        """The texts at these places."""
        wanted = np.asarray(places, dtype=np.int64)
        starts, at = ranges(self.starts[wanted], self.sizes[wanted])
        short = {to: self.short[place] for to, place in enumerate(wanted.tolist()) if place in self.short}
        return Tokens(starts, self.hashes[at], short)


def ranges(begins: NDArray[np.int64], sizes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Runs of places that begin here and there, one after the other: where each run starts then, and the places.

    >>> [found.tolist() for found in ranges(np.array([5, 0]), np.array([2, 3]))]
    [[0, 2, 5], [5, 6, 0, 1, 2]]
    """
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    return starts, np.arange(starts[-1]) + np.repeat(begins - starts[:-1], sizes)


def tokenise(texts: Iterable[str]) -> Tokens:
    """The words of each text."""
    found = TokenList()
    for text in texts:
        found.add(words(text))
    return found.tokens()


@dataclass(slots=True)
class TokenList:
    """Texts whose words are added one text after the other."""

    _sizes: list[int] = field(default_factory=list)
    _waiting: list[int] = field(default_factory=list)
    _packed: list[NDArray[np.int64]] = field(default_factory=list)
    _short: dict[int, str] = field(default_factory=dict)

    def add(self, found: Sequence[str]) -> None:
        """One more text, by its words."""
        if len(found) < SHORT_WORDS:
            self._short[len(self._sizes)] = " ".join(found)
        self._sizes.append(len(found))
        self._waiting += map(hash, found)
        if len(self._waiting) >= _CHUNK_WORDS:
            self._pack()

    def tokens(self) -> Tokens:
        """All texts that were added."""
        self._pack()
        starts = np.concatenate(([0], np.cumsum(self._sizes, dtype=np.int64)))
        return Tokens(starts, np.concatenate(self._packed), self._short)

    def _pack(self) -> None:
        self._packed.append(np.array(self._waiting, dtype=np.int64))
        self._waiting.clear()
