"""Rows of a sheet that is to be written: what a rater sees in each, and what he said so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunecheck.data.sheets.form import SheetForm, SlotT, StandingT
from tunecheck.study import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One row, without anything that would tell whose answer it is, its parts in the order of the form's columns.

    ``chosen`` has None where nothing was said, ``free`` then "".
    """

    number: int
    texts: tuple[str, ...]
    chosen: tuple[int | str | None, ...]
    free: tuple[str, ...]
    token: str


def sheet_rows(
    form: SheetForm[SlotT, StandingT], slots: Sequence[SlotT], standing: Mapping[Place, StandingT]
) -> list[SheetRow]:
    """The rows of a rater's sheet, in the rater's order."""
    return [
        _row(form, number, slot, standing.get((slot.entry, slot.again))) for number, slot in enumerate(slots, start=1)
    ]


def _row(form: SheetForm[SlotT, StandingT], number: int, slot: SlotT, own: StandingT | None) -> SheetRow:
    return SheetRow(
        number=number,
        texts=form.texts_of(slot),
        chosen=tuple(choice.shown.get(form.said(own, choice.name)) for choice in form.choices),
        free=tuple(form.said(own, form.fields[column]) for column in form.free),
        token=slot.token,
    )
