"""Vote word: what a cell under choice says of the two answers of its row, however a person writes it."""

from __future__ import annotations

import re
import unicodedata

from tunecheck.data.rows import BadRow
from tunecheck.data.vote_words import Names, outcome_of, place_of, word_of

# In the order of the list to choose from.
SHOWN = {"left": "A", "right": "B", "tie": "Tie", "both_bad": "Both bad", "skip": "Skip"}
ALLOWED = "A, B, Tie, Both bad or Skip"

_MEANT = {
    **dict.fromkeys(("t", "=", "==", "a = b", "a==b", "both are good", "equally good", "neither is better"), "tie"),
    # Not as in files of votes, where it often stands for no preference: here a tie has a word of its own.
    **dict.fromkeys(("x", "neither", "both are bad", "neither is good", "equally bad"), "both_bad"),
    **dict.fromkeys(("s", "-", "--", "–", "—", "n/a", "na", "n.a", "i cannot judge", "i can't judge"), "skip"),
}
_BETTER = re.compile(
    r"(?:the )?(?:answer |option )?([ab])(?: (?:is|was))?(?: (?:much|slightly))? (?:better|best|wins|won)"
)


def choice_of(value: object) -> str | None:
    """The value of a vote, with A for the left answer of the row; "" for a blank cell, None for anything else.

    Words that name a model are nothing that a rater could know, and numbers could mean either answer.

    >>> choice_of(" a "), choice_of("B is better."), choice_of("both bad"), choice_of(None), choice_of("tuned")
    ('left', 'right', 'both_bad', '', None)
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return None
    text = " ".join(unicodedata.normalize("NFKC", value).replace("’", "'").split())
    whole = text.strip("'\ufeff\u200b ").casefold()
    plain = whole.rstrip(".!") or whole
    if not plain or plain in _MEANT:
        return _MEANT.get(plain, "")
    if any(character.isdigit() for character in plain):
        return None
    word = word_of(plain, "")
    if (found := _BETTER.fullmatch(word)) is not None:
        return "left" if found[1] == "a" else "right"
    return place_of(word) or _outcome(word)


def _outcome(word: str) -> str | None:
    try:
        outcome = outcome_of(word, "", Names(), None)
    except BadRow:
        return None
    return outcome if outcome in ("tie", "both_bad", "skip") else None
