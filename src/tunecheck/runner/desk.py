"""Desk: one rater at one study, whatever it all comes through: the page, the terminal or a spreadsheet."""

from __future__ import annotations

import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from tunecheck.core import NOTE, REFERENCE, SEEN, UNDO, Clock, RatedWith, Rater, Rating, StudyStore
from tunecheck.errors import InputError
from tunecheck.study import Place, Progress, last_undoable

MOST_NOTE_CHARACTERS = 10_000
MOST_CHANGES_AT_ONCE = 500
# Whoever leaves the page open over lunch has not read for an hour.
MOST_ACTIVE_S = 600.0

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


class AnyStudy(Protocol):
    """A study of either kind."""

    @property
    def number(self) -> int:
        """Its number in the run folder."""
        ...


class AnySlot(Protocol):
    """One place on a rater's list."""

    @property
    def entry(self) -> int:
        """The number of the answer or pair in the study."""
        ...

    @property
    def again(self) -> bool:
        """Whether this is its second, hidden showing."""
        ...

    @property
    def token(self) -> str:
        """Its opaque name."""
        ...


StudyT = TypeVar("StudyT", bound=AnyStudy)
SlotT = TypeVar("SlotT", bound=AnySlot)
StandingT = TypeVar("StandingT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a rater says now: of which place, by its token, and under a key that makes sending it twice harmless."""

    token: str
    field: str
    value: str
    key: str
    active_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Generic[StandingT]):
    """What holds for a rater at one moment. ``nothing`` is what holds where nothing is said yet."""

    standing: Mapping[Place, StandingT]
    progress: Progress
    ratings: Sequence[Rating]
    nothing: StandingT

    def at(self, slot: AnySlot) -> StandingT:
        """What is said of one place."""
        return self.standing.get((slot.entry, slot.again)) or self.nothing


class Desk(ABC, Generic[StudyT, SlotT, StandingT]):
    """A rater's list: its places in order, what was said of them, and what to do next."""

    def __init__(
        self,
        store: StudyStore,
        study: StudyT,
        rater: Rater,
        *,
        rated_with: RatedWith,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self.study, self.rater = study, rater
        self.slots = self._drawn()
        self._store, self._rated_with, self._clock = store, rated_with, clock
        self._by_token = {slot.token: place for place, slot in enumerate(self.slots)}

    @abstractmethod
    def _drawn(self) -> tuple[SlotT, ...]:
        """The rater's places, in order."""

    @abstractmethod
    def look_of(self, ratings: Sequence[Rating]) -> Look[StandingT]:
        """What holds after these ratings, which are the rater's."""

    @abstractmethod
    def is_done(self, slot: SlotT, own: StandingT) -> bool:
        """Whether nothing is left to say of a place."""

    @abstractmethod
    def _checked(self, slot: SlotT, field: str, value: str) -> str:
        """The value as it is kept. Raises InputError for one that cannot be."""

    def slot(self, token: str) -> SlotT | None:
        """The place that a token names on this list, or None: tokens of other raters name nothing here."""
        place = self._by_token.get(token)
        return None if place is None else self.slots[place]

    def place(self, slot: SlotT) -> int:
        """Where on the list a slot stands, from 0."""
        return self._by_token[slot.token]

    def look(self) -> Look[StandingT]:
        """All that the rater said so far."""
        return self.look_of(self._store.ratings(self.study.number, rater=self.rater.number))

    def following(self, slot: SlotT) -> SlotT | None:
        """The next place in order, or None after the last."""
        place = self.place(slot) + 1
        return self.slots[place] if place < len(self.slots) else None

    def next_open(self, look: Look[StandingT], *, after: SlotT | None = None) -> SlotT | None:
        """The next place that is not done, behind ``after`` and then from the start; None when all are."""
        start = 0 if after is None else self.place(after) + 1
        ordered = (*self.slots[start:], *self.slots[:start])
        return next((slot for slot in ordered if slot != after and not self.is_done(slot, look.at(slot))), None)

    def save(self, changes: Iterable[Change]) -> int:
        """Keep changes in their order, all or none; how many are new. Raises InputError for one that cannot be."""
        wanted = list(changes)
        if len(wanted) > MOST_CHANGES_AT_ONCE:
            raise InputError(f"{len(wanted)} changes at once", hint=f"send at most {MOST_CHANGES_AT_ONCE}")
        return self._store.add_ratings([self._rating(change) for change in wanted])

    def undo(self, key: str) -> SlotT | None:
        """Take back the newest thing that was said; the place it was said of, or None where nothing is left.

        The same key a second time changes nothing.
        """
        if not _KEY.fullmatch(key):
            raise InputError("the key of an undo is not 8 to 64 letters, digits, - and _")
        ratings = self._store.ratings(self.study.number, rater=self.rater.number)
        known = next((one for one in ratings if one.key == key), None)
        if known is None:
            last = last_undoable(ratings)
            if last is None:
                return None
            known = self._made(last.entry, last.again, UNDO, last.key, key, 0.0)
            self._store.add_ratings([known])
        undone = next((one for one in ratings if one.key == known.value), known)
        return self._where(undone)

    def _where(self, rating: Rating) -> SlotT:
        """The place that a rating is about."""
        return next(slot for slot in self.slots if (slot.entry, slot.again) == (rating.entry, rating.again))

    def _rating(self, change: Change) -> Rating:
        slot = self.slot(change.token)
        if slot is None:
            raise InputError("nothing on this list has that token")
        if not _KEY.fullmatch(change.key):
            raise InputError("the key of a change is not 8 to 64 letters, digits, - and _")
        value = self._checked(slot, change.field, change.value)
        active_s = min(max(change.active_s, 0.0), MOST_ACTIVE_S) if change.active_s == change.active_s else 0.0
        return self._made(slot.entry, slot.again, change.field, value, change.key, active_s)

    def _made(self, entry: int, again: bool, field: str, value: str, key: str, active_s: float) -> Rating:
        return Rating(
            study=self.study.number,
            rater=self.rater.number,
            entry=entry,
            again=again,
            field=field,
            value=value,
            key=key,
            at=self._clock().isoformat(timespec="milliseconds"),
            rated_with=self._rated_with,
            active_s=active_s,
        )


def checked_words(field: str, value: str, *, others: Mapping[str, int] | None = None) -> str:
    """The value of a note, or of what says nothing but that it happened. Raises InputError for too long a text.

    ``others`` are more fields of words, and how many characters they may have.
    """
    most = {NOTE: MOST_NOTE_CHARACTERS, REFERENCE: 0, SEEN: 0, **(others or {})}.get(field)
    if most is None:
        raise InputError(f"{field[:40]!r} is not a field here")
    if len(value) > most:
        raise InputError(f"{field} has {len(value):,} characters", hint=f"keep it to {most:,}")
    return value


def new_key() -> str:
    """A key for a change that no client chose."""
    return secrets.token_urlsafe(12)
