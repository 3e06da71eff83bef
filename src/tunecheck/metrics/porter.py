"""Porter's stemmer as ROUGE uses it: English words without their endings, so that "summaries" meets "summary".

Porter (1980, "An algorithm for suffix stripping") with the changes of NLTK's default mode, which rouge_score runs: a
short list of irregular words, "died" and "dies" to "die", y to i only behind a consonant, "fulli" and "logi" among the
endings, and short stems of one vowel and one consonant that get their e back.
"""

from __future__ import annotations

_IRREGULAR = {
    "skies": "sky", "sky": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news",
    "innings": "inning", "inning": "inning", "outings": "outing", "outing": "outing",
    "cannings": "canning", "canning": "canning", "howe": "howe",
    "proceed": "proceed", "exceed": "exceed", "succeed": "succeed",
}  # fmt: skip

# An ending and what takes its place.
_Rules = dict[str, str]
_STEP_2: _Rules = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble", "entli": "ent",
    "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate", "alism": "al", "iveness": "ive",
    "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble", "fulli": "ful",
}  # fmt: skip
_STEP_3: _Rules = {
    "icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": "",
}  # fmt: skip
_STEP_4: _Rules = dict.fromkeys(
    ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti",
     "ous", "ive", "ize"], ""
)  # fmt: skip

_VOWELS = str.maketrans({letter: "v" if letter in "aeiou" else "c" for letter in "abcdefghijklmnopqrstuvwxz0123456789"})


def stem(word: str) -> str:
    """The stem of a lower-case ASCII word.

    >>> [stem(word) for word in "summaries relational hopefulness died".split()]
    ['summari', 'relat', 'hope', 'die']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 2:
        return word
    word = _without_y(_without_past(_without_plural(word)))
    word = _step_2(word)
    word = _replaced(word, _STEP_3, above=0)
    if not word.endswith("ion") or word.endswith(("sion", "tion")):
        word = _replaced(word, _STEP_4, above=1)
    return _without_e(word)


def _shape(word: str) -> str:
    """The word in c (consonant) and v (vowel); y is a vowel behind a consonant, and a consonant else."""
    shape = word.translate(_VOWELS)
    if "y" not in shape:
        return shape
    sounds = ""
    for sound in shape:
        sounds += sound if sound != "y" else "v" if sounds.endswith("c") else "c"
    return sounds


def _measure(word: str) -> int:
    """Porter's m: how often a vowel is followed by a consonant."""
    return _shape(word).count("vc")


def _ends_short(word: str) -> bool:
    """Whether the end is consonant, vowel, consonant as in "fil", or the word is a vowel and a consonant as "us"."""
    shape = _shape(word)
    return (shape.endswith("cvc") and word[-1] not in "wxy") or shape == "vc"


def _replaced(word: str, rules: _Rules, *, above: int) -> str:
    """The word with its longest ending replaced, if what stands before it has a measure above that."""
    for size in range(7, 1, -1):
        instead = rules.get(word[-size:])
        if instead is not None:
            before = word[:-size]
            return before + instead if _measure(before) > above else word
    return word


def _without_plural(word: str) -> str:
    if word.endswith("ies"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _without_past(word: str) -> str:
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    before = word[:-2] if word.endswith("ed") else word[:-3] if word.endswith("ing") else ""
    shape = _shape(before)
    if "v" not in shape:
        return word
    if before.endswith(("at", "bl", "iz")):
        return before + "e"
    if before[-2:-1] == before[-1] and shape[-1] == "c":
        return before if before[-1] in "lsz" else before[:-1]
    return before + "e" if shape.count("vc") == 1 and _ends_short(before) else before


def _without_y(word: str) -> str:
    return word[:-1] + "i" if word.endswith("y") and len(word) > 2 and _shape(word[:-1])[-1] == "c" else word


def _step_2(word: str) -> str:
    if word.endswith("alli"):
        # "radically" becomes "radical" here, whose own ending then gets its turn.
        return _step_2(word[:-2]) if _measure(word[:-4]) > 0 else word
    if word.endswith("logi"):
        # The l counts with the stem, so that "geology" is treated as "archaeology" is.
        return word[:-1] if _measure(word[:-3]) > 0 else word
    return _replaced(word, _STEP_2, above=0)


def _without_e(word: str) -> str:
    """Step 5: without a last e and one of two last l, behind enough of a stem."""
    if word.endswith("e"):
        before = word[:-1]
        measure = _measure(before)
        if measure > 1 or (measure == 1 and not _ends_short(before)):
            word = before
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word
