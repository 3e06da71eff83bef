"""Known rows: which token stands for which place on whose sheet, and what holds there now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic

from tunecheck.core import PairStudy, ReviewStudy
from tunecheck.data.sheets.form import SlotT, StandingT
from tunecheck.study import PairSlot, PairStanding, Place, Slot, Standing, pair_sheet, sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRow(Generic[SlotT, StandingT]):
    """A place on the sheet of the rater with this number, and what the rater says of it so far, if anything."""

    rater: int
    slot: SlotT
    standing: StandingT | None = None


def known_rows(
    study: ReviewStudy, raters: Iterable[int], standing: Mapping[int, Mapping[Place, Standing]] | None = None
) -> dict[str, KnownRow[Slot, Standing]]:
    """The rows of these raters' sheets by their tokens; ``standing`` is by the rater's number."""
    return _known({rater: sheet(study, rater) for rater in raters}, standing or {})


def known_votes(
    study: PairStudy, raters: Iterable[int], standing: Mapping[int, Mapping[Place, PairStanding]] | None = None
) -> dict[str, KnownRow[PairSlot, PairStanding]]:
    """The rows of these raters' sheets of votes by their tokens; guesses are on no sheet.

    The sides of ``standing`` are those of the rater under whose number it stands.
    """
    return _known({rater: pair_sheet(study, rater) for rater in raters}, standing or {})


def _known(
    slots: Mapping[int, Iterable[SlotT]], standing: Mapping[int, Mapping[Place, StandingT]]
) -> dict[str, KnownRow[SlotT, StandingT]]:
    return {
        slot.token: KnownRow(rater=rater, slot=slot, standing=standing.get(rater, {}).get((slot.entry, slot.again)))
        for rater, own in slots.items()
        for slot in own
    }
