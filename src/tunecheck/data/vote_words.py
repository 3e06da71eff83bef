"""Vote words: how files say which answer a rater found better, in any of the usual spellings."""

from __future__ import annotations

from dataclasses import dataclass

from tunecheck.core import ShownOn, VoteOutcome
from tunecheck.data.rater_files import MISSING_WORDS
from tunecheck.data.rows import BadRow, as_text, is_missing, shown
from tunecheck.errors import InputError

_WORDS: dict[str, VoteOutcome] = {
    **dict.fromkeys(("tuned", "finetuned", "fine tuned", "tuned model", "1"), "tuned"),
    **dict.fromkeys(("base", "baseline", "base model", "0"), "base"),
    **dict.fromkeys(("tie", "tied", "draw", "equal", "same", "both", "neither", "no preference", "a=b", "0.5"), "tie"),
    **dict.fromkeys(("tie (bothgood)", "both good", "bothgood"), "tie"),
    **dict.fromkeys(("both bad", "bothbad", "tie (bothbad)", "tie bothbad", "tie (both bad)"), "both_bad"),
    **dict.fromkeys(("skip", "skipped", "cannot judge", "can't judge"), "skip"),
}
_LEFT = frozenset({"a", "left", "model a", "assistant a", "answer a", "response a", "first", "a>b", "a>>b", "1"})
_RIGHT = frozenset({"b", "right", "model b", "assistant b", "answer b", "response b", "second", "b>a", "b>>a", "2"})
# Their place in the row or on the screen says which model they are, unless --tuned does.
_PLACES = (_LEFT | _RIGHT) - {"1", "2"}
_OTHER: dict[ShownOn, ShownOn] = {"left": "right", "right": "left"}
_TRUE = frozenset({"1", "true", "yes"})
_FALSE = frozenset({"0", "false", "no", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What stands for each model: a name, or a letter or side of all rows, such as A.

    are_models  the rows name their models, so that A is a name, if anything
    """

    tuned: str | None = None
    base: str | None = None
    are_models: bool = False

    @property
    def tuned_place(self) -> ShownOn | None:
        """The place of tuned in all rows, where ``tuned`` is one such as A, left or 2."""
        return None if self.tuned is None or self.are_models else place_of(self.tuned)


def word_of(value: object, column: str) -> str:
    """A cell as a plain word: lower case, single spaces for hyphens and underscores, 1.0 as 1.

    >>> word_of("Both_Bad", "winner"), word_of(1.0, "winner")
    ('both bad', '1')
    """
    if is_missing(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    whole = isinstance(value, float) and value.is_integer()
    text = as_text(int(value) if whole and isinstance(value, float) else value, column)
    text = " ".join(text.casefold().replace("_", " ").replace("-", " ").split()) or text.strip()
    return text.removesuffix(".0") if text in ("1.0", "0.0", "2.0") else text


def is_no_vote(value: object, column: str) -> bool:
    """True for an empty cell, null, NaN and words such as n/a."""
    word = word_of(value, column)
    return word in MISSING_WORDS or (isinstance(value, str) and value.strip().casefold() in MISSING_WORDS)


def place_of(word: str) -> ShownOn | None:
    """The side that a word such as left, B or model_a names."""
    plain = word_of(word, "")
    return "left" if plain in _LEFT else "right" if plain in _RIGHT else None


def outcome_of(value: object, column: str, names: Names, tuned_on: ShownOn | None) -> VoteOutcome:
    """What a cell says, where it holds a vote; BadRow where it does not.

    ``tuned_on`` is the side of tuned in this row, where that is known.
    """
    word = word_of(value, column)
    if (place := names.tuned_place) is not None and word in ("1", "2", "1.5"):
        # As in files with the preferences 1, 2 and 1.5.
        return "tie" if word == "1.5" else "tuned" if place_of(word) == place else "base"
    if place is not None and names.tuned in ("1", "2") and word in ("0", "0.5"):
        raise BadRow(f"{column} is {shown(value)}, which is neither 1, 2 nor 1.5")
    if names.tuned is not None and place is None and word == word_of(names.tuned, ""):
        return "tuned"
    if names.base is not None and place is None and word == word_of(names.base, ""):
        return "base"
    if word in _PLACES:
        side = tuned_on or place
        if side is None:
            raise BadRow(f"{column} is {shown(value)}, and nothing says which model that is")
        return "tuned" if place_of(word) == side else "base"
    if word in _WORDS:
        return _WORDS[word]
    raise BadRow(f"{column} is {shown(value)}, which is no vote")


def winner_of(value: object, column: str, first: str, second: str) -> str | None:
    """The name of the better of two models, "" for a tie and None for a skip; BadRow where a cell says none of these.

    >>> [winner_of(cell, "winner", "x", "y") for cell in ("model_b", "X", "tie")]
    ['y', 'x', '']
    """
    if isinstance(value, str) and value.strip() in (first, second):
        return value.strip()
    word = word_of(value, column)
    named = [name for name in (first, second) if word == word_of(name, "")]
    if len(named) == 1:
        return named[0]
    if word in _PLACES:
        return first if place_of(word) == "left" else second
    outcome = _WORDS.get(word)
    if outcome in (None, "tuned", "base"):
        raise BadRow(f"{column} is {shown(value)}, which is neither model_a, model_b nor a tie")
    return None if outcome == "skip" else ""


def side_of(value: object, column: str) -> ShownOn | None:
    """The side that a cell names, None where it is empty; BadRow for anything else."""
    if is_no_vote(value, column):
        return None
    side = place_of(word_of(value, column))
    if side is None:
        raise BadRow(f"{column} is {shown(value)}, not left or right, nor A or B")
    return side


def other(side: ShownOn) -> ShownOn:
    """The other side.

    >>> other("left")
    'right'
    """
    return _OTHER[side]


def truth_of(value: object, column: str) -> bool:
    """True or false as files write it; empty is false, BadRow for anything else."""
    word = word_of(value, column)
    if word in _TRUE or word in _FALSE or word in MISSING_WORDS:
        return word in _TRUE
    raise BadRow(f"{column} is {shown(value)}, not true or false")


def check_names(names: Names) -> None:
    """Refuse names that cannot tell the models apart."""
    if names.base is not None and names.tuned is None:
        raise InputError("--base names one model and nothing names the other", hint="add --tuned NAME")
    if names.tuned is not None and names.base is not None and word_of(names.tuned, "") == word_of(names.base, ""):
        raise InputError(
            f"--tuned and --base are both {shown(names.tuned)}", hint="name two models: --tuned NAME --base NAME"
        )
