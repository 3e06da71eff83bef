"""Returned sheets: what a file that came back brings into the store, or why it is not taken in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecheck.core import JSON, Rater, StudyKind
from tunecheck.data.sheets import RejectedCell, SheetChange, SheetReading
from tunecheck.data.sheets.form import SlotT, StandingT
from tunecheck.errors import DataError
from tunecheck.runner.desk import MOST_CHANGES_AT_ONCE, Change, Desk, new_key
from tunecheck.study import rater_name

_MOST_TOLD = 20
_ENTRIES: Mapping[StudyKind, str] = {"review": "answers", "ab": "pairs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a returned sheet brought: changes kept by rater, what held already, cells refused, notes on the file."""

    path: str
    n_rows: int
    n_changes: Mapping[str, int]
    n_unchanged: int
    rejected: tuple[RejectedCell, ...]
    notes: tuple[str, ...]

    def document(self) -> dict[str, JSON]:
        """For scripts."""
        return {
            "path": self.path,
            "n_rows": self.n_rows,
            "n_changes": dict(self.n_changes),
            "n_unchanged": self.n_unchanged,
            "rejected": [{"cell": cell.address, "reason": cell.reason} for cell in self.rejected],
            "notes": list(self.notes),
        }


def known_by(raters: Iterable[Rater], name: str) -> Rater | None:
    """The rater of a name, or None where nobody has it. Raises InputError for what is no name."""
    wanted = rater_name(name)
    return next((one for one in raters if one.name == wanted), None)


def check_reading(
    reading: SheetReading[SlotT, StandingT],
    path: str | Path,
    run: str | Path,
    *,
    kind: StudyKind,
    skip_bad_cells: bool,
) -> None:
    """Raise DataError for a file of another study, and for refused cells unless they shall be skipped."""
    if reading.rejected and not reading.n_rows:
        raise DataError(
            f"{Path(path).name} was not taken in: none of its rows is of the sheet in {run}; the first says "
            f"{reading.rejected[0].words}",
            hint=f"is it a file of another run, or of an earlier sheet? tunecheck {kind} export writes one of this",
        )
    if reading.rejected and not skip_bad_cells:
        raise _refused(Path(path), reading.rejected)


def take_in(
    reading: SheetReading[SlotT, StandingT],
    path: str | Path,
    *,
    raters: Mapping[int, Rater],
    whose: Rater | None,
    desk_of: Callable[[Rater], Desk[Any, SlotT, StandingT]],
    kind: StudyKind = "review",
    value_on: Callable[[SheetChange[SlotT, StandingT], SlotT], str] = lambda change, _: change.value,
) -> Imported:
    """Keep what a sheet says, rater by rater, or all of it under the name of ``whose``.

    ``value_on`` is what a change says at a place of the list of the rater whose it is.
    """
    wanted: dict[int, list[SheetChange[SlotT, StandingT]]] = {}
    for change in reading.changes:
        wanted.setdefault(change.known.rater if whose is None else whose.number, []).append(change)
    n_changes: dict[str, int] = {}
    for number, own in wanted.items():
        desk = desk_of(raters[number] if whose is None else whose)
        # The first of a place: the guesses behind the pairs have places that are voted on too.
        places = {(slot.entry, slot.again): slot for slot in reversed(desk.slots)}
        # Other entries come back on the sheet of another rater: what a copy says of its own is nobody's.
        saved = [
            Change(token=slot.token, field=change.field, value=value_on(change, slot), key=new_key())
            for change in own
            if (slot := places.get((change.known.slot.entry, change.known.slot.again))) is not None
        ]
        for start in range(0, len(saved), MOST_CHANGES_AT_ONCE):
            desk.save(saved[start : start + MOST_CHANGES_AT_ONCE])
        n_changes[desk.rater.name] = len(saved)
    n_left = len(reading.changes) - sum(n_changes.values())
    left = f"{n_left} cells are about {_ENTRIES[kind]} that come back on the other rater's sheet alone: left out"
    return Imported(
        path=str(path),
        n_rows=reading.n_rows,
        n_changes=n_changes,
        n_unchanged=reading.n_unchanged,
        rejected=reading.rejected,
        notes=(*reading.notes, left) if n_left else reading.notes,
    )


def _refused(path: Path, rejected: Sequence[RejectedCell]) -> DataError:
    lines = [f"  {cell.words}" for cell in rejected[:_MOST_TOLD]]
    more = [f"  and {len(rejected) - _MOST_TOLD:,} more"] if len(rejected) > _MOST_TOLD else []
    cells = "1 cell" if len(rejected) == 1 else f"{len(rejected):,} cells"
    return DataError(
        "\n".join([f"{path.name} was not taken in, for {cells} cannot be read:", *lines, *more]),
        hint="correct them in the sheet, or take in the others: --skip-bad-cells",
    )
