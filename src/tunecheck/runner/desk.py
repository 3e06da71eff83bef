"""Desk: one rater at one sheet, whatever the ratings come through: the page, the terminal or a spreadsheet."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tunecheck.core import (
    BLOCKED,
    NOT_APPLICABLE,
    NOTE,
    REFERENCE,
    SEEN,
    UNDO,
    Clock,
    RatedWith,
    Rater,
    Rating,
    ReviewStudy,
    StudyStore,
)
from tunecheck.errors import InputError
from tunecheck.study import Place, Progress, Slot, Standing, last_undoable, progress, sheet, standings

MOST_NOTE_CHARACTERS = 10_000
MOST_REASON_CHARACTERS = 500
MOST_CHANGES_AT_ONCE = 500
# Whoever leaves the page open over lunch has not read for an hour.
MOST_ACTIVE_S = 600.0

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_VALUES = frozenset({"1", "2", "3", "4", "5", NOT_APPLICABLE, ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a rater says now: of which place, by its token, and under a key that makes sending it twice harmless."""

    token: str
    field: str
    value: str
    key: str
    active_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What holds for a rater at one moment."""

    standing: Mapping[Place, Standing]
    progress: Progress
    ratings: Sequence[Rating]

    def at(self, slot: Slot) -> Standing:
        """What is said of one place; nothing yet is an empty Standing."""
        return self.standing.get((slot.entry, slot.again)) or Standing()


class Desk:
    """A rater's sheet: its places in order, what was said of them, and what to do next."""

    def __init__(
        self,
        store: StudyStore,
        study: ReviewStudy,
        rater: Rater,
        *,
        rated_with: RatedWith,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self.study, self.rater = study, rater
        self.slots = sheet(study, rater.number)
        self._store, self._rated_with, self._clock = store, rated_with, clock
        self._by_token = {slot.token: place for place, slot in enumerate(self.slots)}

    def slot(self, token: str) -> Slot | None:
        """The place that a token names on this sheet, or None: tokens of other raters name nothing here."""
        place = self._by_token.get(token)
        return None if place is None else self.slots[place]

    def place(self, slot: Slot) -> int:
        """Where on the sheet a slot stands, from 0."""
        return self._by_token[slot.token]

    def look(self) -> Look:
        """All that the rater said so far."""
        ratings = self._store.ratings(self.study.number, rater=self.rater.number)
        standing = standings(ratings)
        return Look(standing=standing, progress=progress(self.slots, standing, self.study.axes), ratings=ratings)

    def following(self, slot: Slot) -> Slot | None:
        """The next place in order, or None after the last."""
        place = self.place(slot) + 1
        return self.slots[place] if place < len(self.slots) else None

    def next_open(self, look: Look, *, after: Slot | None = None) -> Slot | None:
        """The next place that is not done, behind ``after`` and then from the start; None when all are."""
        start = 0 if after is None else self.place(after) + 1
        ordered = (*self.slots[start:], *self.slots[:start])
        return next((slot for slot in ordered if slot != after and not look.at(slot).is_done(self.study.axes)), None)

    def save(self, changes: Iterable[Change]) -> int:
        """Keep changes in their order, all or none; how many are new. Raises InputError for one that cannot be."""
        wanted = list(changes)
        if len(wanted) > MOST_CHANGES_AT_ONCE:
            raise InputError(f"{len(wanted)} changes at once", hint=f"send at most {MOST_CHANGES_AT_ONCE}")
        return self._store.add_ratings([self._rating(change) for change in wanted])

    def undo(self, key: str) -> Slot | None:
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
        return next(slot for slot in self.slots if (slot.entry, slot.again) == (known.entry, known.again))

    def _rating(self, change: Change) -> Rating:
        slot = self.slot(change.token)
        if slot is None:
            raise InputError("no answer of this sheet has that token")
        if not _KEY.fullmatch(change.key):
            raise InputError("the key of a change is not 8 to 64 letters, digits, - and _")
        value = self._checked(change.field, change.value)
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

    def _checked(self, field: str, value: str) -> str:
        if field in {axis.name for axis in self.study.axes}:
            if value not in _VALUES:
                raise InputError(f"{field} is {value[:20]!r}, which is not 1, 2, 3, 4, 5 or na")
            return value
        most = {NOTE: MOST_NOTE_CHARACTERS, BLOCKED: MOST_REASON_CHARACTERS, REFERENCE: 0, SEEN: 0}.get(field)
        if most is None:
            raise InputError(f"{field[:40]!r} is not a field of this sheet")
        if len(value) > most:
            raise InputError(f"{field} has {len(value):,} characters", hint=f"keep it to {most:,}")
        return value


def new_key() -> str:
    """A key for a change that no client chose."""
    return secrets.token_urlsafe(12)
