"""Vote sheets: the pairs of a blind A/B test sent out as files, and the votes in them taken in again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tunecheck import store
from tunecheck.core import CHOICE, PairStudy, Rater
from tunecheck.data.sheets import SheetChange, known_votes, read_vote_sheet, write_vote_sheet
from tunecheck.errors import InputError
from tunecheck.runner.returned_sheets import Imported, check_reading, known_by, take_in
from tunecheck.runner.studies import current_comparison
from tunecheck.runner.voting_desk import VotingDesk
from tunecheck.study import (
    FIRST_RATER,
    PairSlot,
    PairStanding,
    Place,
    by_rater,
    pair_sheet,
    pair_standings,
    rater_name,
)

_OTHER = {"left": "right", "right": "left"}


def export_votes_sheet(run: str | Path, path: str | Path, *, rater: str = FIRST_RATER, overwrite: bool = False) -> Path:
    """Write a rater's pairs, with the votes so far, as .xlsx, .csv or .json; a new name is a new rater.

    Raises InputError where the file exists, unless ``overwrite``.
    """
    target = Path(path)
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists", hint="name another file, or write over it: --overwrite")
    with store.open_studies(Path(run)) as studies:
        study = current_comparison(studies, str(run))
        found = studies.add_rater(rater_name(rater))
        said = pair_standings(studies.ratings(study.number, rater=found.number))
    write_vote_sheet(target, study, pair_sheet(study, found.number), said)
    return target


def import_votes(
    run: str | Path, path: str | Path, *, rater: str | None = None, skip_bad_cells: bool = False
) -> Imported:
    """Take in a sheet of votes that came back: what its cells say and the store does not yet.

    Each row's token names the pair, whose sheet it is, and on which side each answer stands; ``rater`` keeps all of it
    under another name, for a sheet that was copied: then a vote is for the answer that the copy shows, whatever side
    that has on the person's own list. Nothing is kept where a cell is refused, unless ``skip_bad_cells``. Empty cells
    say nothing, and the same sheet a second time changes nothing.
    """
    with store.open_studies(Path(run)) as studies:
        study = current_comparison(studies, str(run))
        raters = {one.number: one for one in studies.raters()}
        said = {number: pair_standings(own) for number, own in by_rater(studies.ratings(study.number)).items()}
        if rater is not None:
            whose = known_by(raters.values(), rater)
            said = {} if whose is None else _as_shown(study, raters, whose, said.get(whose.number, {}))
        reading = read_vote_sheet(Path(path), study, known_votes(study, raters, said))
        check_reading(reading, path, run, kind="ab", skip_bad_cells=skip_bad_cells)
        found = None if rater is None else studies.add_rater(rater_name(rater))
        taken = take_in(
            reading,
            path,
            raters=raters,
            whose=found,
            desk_of=lambda one: VotingDesk(studies, study, one, rated_with="sheet"),
            kind="ab",
            value_on=_value_on,
        )
    n_turned = 0 if found is None else _n_turned(study, found, reading.changes)
    turned = (
        f"{n_turned:,} votes were given with the sides the other way round than on {rater}'s own list: kept for the "
        "answer that was meant, so they say nothing of a habit with sides"
    )
    return replace(taken, notes=(*taken.notes, turned)) if n_turned else taken


def _as_shown(
    study: PairStudy, raters: Mapping[int, Rater], whose: Rater, own: Mapping[Place, PairStanding]
) -> dict[int, dict[Place, PairStanding]]:
    """What a rater said, with the sides of each of these raters' sheets."""
    sides = {(slot.entry, slot.again): slot.tuned_on for slot in pair_sheet(study, whose.number)}
    return {
        number: {
            (slot.entry, slot.again): standing
            if sides.get((slot.entry, slot.again)) == slot.tuned_on
            else replace(standing, choice=_OTHER.get(standing.choice, standing.choice))
            for slot in pair_sheet(study, number)
            if (standing := own.get((slot.entry, slot.again))) is not None
        }
        for number in raters
    }


def _value_on(change: SheetChange[PairSlot, PairStanding], slot: PairSlot) -> str:
    """The side on a list of the answer that was chosen in the row, and anything else as it is."""
    if change.field != CHOICE or change.known.slot.tuned_on == slot.tuned_on:
        return change.value
    return _OTHER.get(change.value, change.value)


def _n_turned(study: PairStudy, whose: Rater, changes: Sequence[SheetChange[PairSlot, PairStanding]]) -> int:
    """How many votes for a side were kept as votes for the other one."""
    own = {(slot.entry, slot.again): slot for slot in pair_sheet(study, whose.number)}
    return sum(
        (slot := own.get((change.known.slot.entry, change.known.slot.again))) is not None
        and _value_on(change, slot) != change.value
        for change in changes
    )
