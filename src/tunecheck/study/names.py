"""Names of raters: short, and with nothing hidden in them."""

from __future__ import annotations

from tunecheck.errors import InputError

MOST_NAME_CHARACTERS = 60
FIRST_RATER = "rater 1"
"""Who rates where nobody is named."""
# Persian and Indic names are written with them.
_JOINERS = "\u200c\u200d"


def rater_name(text: str) -> str:
    """A name with its white space made single. Raises InputError for none, a long one, and hidden characters.

    >>> rater_name("  Ada  Byron ")
    'Ada Byron'
    """
    name = " ".join(text.split())
    if not name or len(name) > MOST_NAME_CHARACTERS:
        raise InputError(
            f"the name of a rater has 1 to {MOST_NAME_CHARACTERS} characters, not {len(name):,}", hint="choose another"
        )
    shown = "".join(
        one if one.isprintable() or one in _JOINERS else one.encode("unicode_escape").decode() for one in name
    )
    if shown != name:
        raise InputError(f"the name {shown} has characters that cannot be seen", hint="choose another")
    return name
