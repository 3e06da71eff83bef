"""Rating desk: one rater at a rating sheet, answer by answer and axis by axis."""

from __future__ import annotations

from collections.abc import Sequence

from tunecheck.core import BLOCKED, NOT_APPLICABLE, Rating, ReviewStudy
from tunecheck.errors import InputError
from tunecheck.runner.desk import Desk, Look, checked_words
from tunecheck.study import Slot, Standing, progress, sheet, standings

MOST_REASON_CHARACTERS = 500
_VALUES = frozenset({"1", "2", "3", "4", "5", NOT_APPLICABLE, ""})


class RatingDesk(Desk[ReviewStudy, Slot, Standing]):
    """A rater's sheet."""

    def look_of(self, ratings: Sequence[Rating]) -> Look[Standing]:
        """What holds after these ratings, which are the rater's."""
        standing = standings(ratings)
        said = [standing.get((slot.entry, slot.again)) for slot in self.slots]
        done = progress(said, lambda own: own.is_done(self.study.axes))
        return Look(standing=standing, progress=done, ratings=ratings, nothing=Standing())

    def is_done(self, slot: Slot, own: Standing) -> bool:  # noqa: ARG002
        """Whether every axis has a value or does not apply, or the answer cannot be judged."""
        return own.is_done(self.study.axes)

    def _drawn(self) -> tuple[Slot, ...]:
        return sheet(self.study, self.rater.number)

    def _checked(self, slot: Slot, field: str, value: str) -> str:  # noqa: ARG002
        if field in {axis.name for axis in self.study.axes}:
            if value not in _VALUES:
                raise InputError(f"{field} is {value[:20]!r}, which is not 1, 2, 3, 4, 5 or na")
            return value
        return checked_words(field, value, others={BLOCKED: MOST_REASON_CHARACTERS})
