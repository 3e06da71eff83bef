"""Standing: what holds after everything that a rater said, changed and took back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from tunecheck.core import BLOCKED, NOT_APPLICABLE, NOTE, REFERENCE, SEEN, UNDO, Axis, Rating

Place = tuple[int, bool]
"""An answer on the sheet: its number, and whether this is its second showing."""

# What an undo takes back. Having looked at the reference cannot be taken back, nor time.
UNDOABLE_EXCEPT = frozenset({SEEN, REFERENCE, UNDO})


class Said(Protocol):
    """What every standing has: seconds spent at the place, and when something was said of it last."""

    active_s: float
    last_at: str


SaidT = TypeVar("SaidT", bound=Said)


@dataclass(slots=True)
class Standing:
    """What a rater says of one showing of one answer now. ``scores`` has the axes with a value from 1 to 5.

    not_applicable  axes that the rater says do not apply
    blocked         why the answer cannot be judged, or ""
    has_peeked      whether the reference was looked at
    active_s        seconds spent on it, 0.0 where nobody measured
    """

    scores: dict[str, int] = field(default_factory=dict)
    not_applicable: set[str] = field(default_factory=set)
    note: str = ""
    blocked: str = ""
    has_peeked: bool = False
    active_s: float = 0.0
    n_changes: int = 0
    last_at: str = ""

    def is_done(self, axes: Sequence[Axis]) -> bool:
        """Whether nothing is left to say: every axis has a value or does not apply, or it cannot be judged."""
        return bool(self.blocked) or all(axis.name in self.scores or axis.name in self.not_applicable for axis in axes)

    def counts(self, axes: Sequence[Axis]) -> bool:
        """Whether it is a whole rating: done, not blocked, and with at least one value."""
        return self.is_done(axes) and not self.blocked and bool(self.scores)


def standings(ratings: Iterable[Rating]) -> dict[Place, Standing]:
    """Of each answer that one rater said something of, what holds now. ``ratings`` are the rater's, in their order."""
    return replayed(ratings, Standing, _apply)


def replayed(
    ratings: Iterable[Rating], new: Callable[[], SaidT], apply: Callable[[SaidT, Rating], None]
) -> dict[Place, SaidT]:
    """What holds at each place after all ratings of a rater, without what was undone: ``apply`` adds one to it."""
    ordered = list(ratings)
    undone = {rating.value for rating in ordered if rating.field == UNDO}
    found: dict[Place, SaidT] = {}
    for rating in ordered:
        place = (rating.entry, rating.again)
        own = found.get(place)
        if own is None:
            own = found[place] = new()
        own.active_s += rating.active_s
        own.last_at = rating.at
        if rating.field != UNDO and rating.key not in undone:
            apply(own, rating)
    return found


def by_rater(ratings: Iterable[Rating]) -> Mapping[int, list[Rating]]:
    """The ratings of each rater, in their order."""
    found: dict[int, list[Rating]] = {}
    for rating in ratings:
        found.setdefault(rating.rater, []).append(rating)
    return found


def last_undoable(ratings: Sequence[Rating]) -> Rating | None:
    """The newest thing that the rater said and has not taken back, or None. ``ratings`` are in their order."""
    undone = {rating.value for rating in ratings if rating.field == UNDO}
    return next((one for one in reversed(ratings) if one.field not in UNDOABLE_EXCEPT and one.key not in undone), None)


def _apply(own: Standing, rating: Rating) -> None:
    name, value = rating.field, rating.value
    if name == SEEN:
        return
    if name == REFERENCE:
        own.has_peeked = True
        return
    own.n_changes += 1
    if name == NOTE:
        own.note = value
    elif name == BLOCKED:
        own.blocked = value
    else:
        own.scores.pop(name, None)
        own.not_applicable.discard(name)
        if value == NOT_APPLICABLE:
            own.not_applicable.add(name)
        elif value:
            own.scores[name] = int(value)
