"""Known rows: which token stands for which place on whose sheet, and what holds there now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tunecheck.core import ReviewStudy
from tunecheck.study import Place, Slot, Standing, sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRow:
    """A place on the sheet of the rater with this number, and what the rater says of it so far."""

    rater: int
    slot: Slot
    standing: Standing = field(default_factory=Standing)


def known_rows(
    study: ReviewStudy, raters: Iterable[int], standing: Mapping[int, Mapping[Place, Standing]] | None = None
) -> dict[str, KnownRow]:
    """The rows of these raters' sheets by their tokens; ``standing`` is by the rater's number."""
    said = standing or {}
    return {
        slot.token: KnownRow(
            rater=rater, slot=slot, standing=said.get(rater, {}).get((slot.entry, slot.again), Standing())
        )
        for rater in raters
        for slot in sheet(study, rater)
    }
