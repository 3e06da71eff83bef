"""Rows of a sheet that is to be written: what a rater sees of each answer, and what he said so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunecheck.core import ReviewStudy
from tunecheck.data.sheets.score import NOT_APPLICABLE_SHOWN
from tunecheck.study import Place, Slot, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One row, without anything that would tell whose answer it is. ``scores`` has None where nothing was said."""

    number: int
    prompt: str
    expected: str
    generated: str
    scores: tuple[int | str | None, ...]
    note: str
    cannot_judge: str
    token: str


def sheet_rows(study: ReviewStudy, slots: Sequence[Slot], standing: Mapping[Place, Standing]) -> list[SheetRow]:
    """The rows of a rater's sheet, in the rater's order."""
    return [_row(study, number, slot, standing) for number, slot in enumerate(slots, start=1)]


def _row(study: ReviewStudy, number: int, slot: Slot, standing: Mapping[Place, Standing]) -> SheetRow:
    answer, said = study.answers[slot.entry], standing.get((slot.entry, slot.again), Standing())
    return SheetRow(
        number=number,
        prompt=answer.prompt,
        expected=answer.reference,
        generated=answer.generated,
        scores=tuple(
            NOT_APPLICABLE_SHOWN if axis.name in said.not_applicable else said.scores.get(axis.name)
            for axis in study.axes
        ),
        note=said.note,
        cannot_judge=said.blocked,
        token=slot.token,
    )
