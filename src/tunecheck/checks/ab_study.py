"""A stored A/B test: what raters said of sides becomes votes for a model, counted up to where all planned votes are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tunecheck.checks.review_rows import rater_names
from tunecheck.core import CHOICE, AnswerPair, PairStudy, PairVote, Rater, Rating, ShownOn, VoteOutcome
from tunecheck.study import PairStanding, Place, by_rater, pair_sheet, pair_standings

Guessed = Literal["right", "wrong", "unsure"]
_PLAIN: dict[str, VoteOutcome] = {"tie": "tie", "both_bad": "both_bad", "skip": "skip"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterSheet:
    """One rater's sheet: what was said of first showings that have a vote, by the number of the pair.

    n_done, n_total  places with a vote, second showings among them, and all of them
    again            outcomes of second showings
    guesses          by the number of the pair, whether the tuned answer was found out
    """

    said: Mapping[int, PairStanding]
    outcomes: Mapping[int, VoteOutcome]
    sides: Mapping[Place, ShownOn]
    again: Mapping[int, VoteOutcome]
    guesses: Mapping[int, Guessed]
    n_done: int
    n_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyVotes:
    """The votes that count, in the order of the pairs, and the sheets of all raters who began, by name.

    A pair counts where it and all pairs before it have the votes of all planned raters, a skip being one, and all pairs
    of its unit do: which items come first cannot depend on the votes, and the score of an item that counts changes only
    with a mind that was changed. On each pair the first planned votes count, in the order in which they were given:
    with every rater more the decision could be taken anew at the planned size, until it pleases.

    counted    the numbers of the pairs that count
        n_waiting  votes on first showings of pairs that do not count yet
        n_surplus  votes on counted pairs by more raters than were planned, which do not count
        n_missing  votes that the plan still needs
    """

    study: PairStudy
    votes: tuple[PairVote, ...]
    counted: tuple[int, ...]
    n_waiting: int
    n_surplus: int
    n_missing: int
    sheets: Mapping[str, RaterSheet]

    @property
    def units(self) -> tuple[str, ...]:
        """The units of the study in their order: each stands where the last of its pairs does."""
        last = {pair.unit: place for place, pair in enumerate(self.study.pairs)}
        return tuple(sorted(last, key=last.__getitem__))


def study_votes(study: PairStudy, ratings: Sequence[Rating], raters: Sequence[Rater]) -> StudyVotes:
    """The votes of a test from all that was said in it, in the order in which it came; ``raters`` give the names."""
    said = {number: pair_standings(own) for number, own in sorted(by_rater(ratings).items())}
    begun = {number: own for number, own in said.items() if any(one.n_changes for one in own.values())}
    names = rater_names(list(begun), raters)
    sheets = {name: _sheet(study, number, begun[number]) for name, number in zip(names, begun, strict=True)}
    first = _first_raters(ratings, dict(zip(begun, names, strict=True)))
    voters = [
        [name for name in first.get(entry, ()) if entry in sheets[name].outcomes] for entry in range(len(study.pairs))
    ]
    n_votes = [len(own) for own in voters]
    counted = _counted(study, n_votes)
    is_counted = frozenset(counted)
    votes = [
        vote
        for entry in counted
        for again in (False, True)
        for name in sorted(voters[entry][: study.n_raters], key=names.index)
        if (vote := _vote(study.pairs[entry], entry, name, sheets[name], again=again)) is not None
    ]
    return StudyVotes(
        study=study,
        votes=tuple(votes),
        counted=counted,
        n_waiting=sum(n for entry, n in enumerate(n_votes) if entry not in is_counted),
        n_surplus=sum(max(0, n_votes[entry] - study.n_raters) for entry in counted),
        n_missing=sum(max(0, study.n_raters - n) for n in n_votes),
        sheets=sheets,
    )


def _first_raters(ratings: Sequence[Rating], names: Mapping[int, str]) -> dict[int, list[str]]:
    """Of each pair who voted on it, by the order in which they first did."""
    found: dict[int, dict[str, None]] = {}
    for rating in ratings:
        if rating.field == CHOICE and rating.value and not rating.again and rating.rater in names:
            found.setdefault(rating.entry, {})[names[rating.rater]] = None
    return {entry: list(own) for entry, own in found.items()}


def _counted(study: PairStudy, n_votes: Sequence[int]) -> tuple[int, ...]:
    """The pairs up to the first that lacks votes, without those whose unit goes on behind it."""
    lacking = (entry for entry, n in enumerate(n_votes) if n < study.n_raters)
    end = next(lacking, len(study.pairs))
    unfinished = {pair.unit for pair in study.pairs[end:]}
    return tuple(entry for entry in range(end) if study.pairs[entry].unit not in unfinished)


def _sheet(study: PairStudy, rater: int, said: Mapping[Place, PairStanding]) -> RaterSheet:
    slots = pair_sheet(study, rater)
    sides = {(slot.entry, slot.again): slot.tuned_on for slot in slots}
    chosen = {place: one for place, one in said.items() if place in sides and one.choice}
    outcomes = {place: _outcome(one.choice, sides[place]) for place, one in chosen.items()}
    return RaterSheet(
        said={entry: one for (entry, again), one in chosen.items() if not again},
        outcomes={entry: one for (entry, again), one in outcomes.items() if not again},
        sides=sides,
        again={entry: one for (entry, again), one in outcomes.items() if again},
        guesses={
            entry: _guessed(one.guess, sides[entry, again])
            for (entry, again), one in said.items()
            if one.guess and not again and (entry, again) in sides
        },
        n_done=len(chosen),
        n_total=len(slots),
    )


def _outcome(choice: str, tuned_on: ShownOn) -> VoteOutcome:
    plain = _PLAIN.get(choice)
    if plain is not None:
        return plain
    return "tuned" if choice == tuned_on else "base"


def _guessed(guess: str, tuned_on: ShownOn) -> Guessed:
    if guess == "unsure":
        return "unsure"
    return "right" if guess == tuned_on else "wrong"


def _vote(pair: AnswerPair, entry: int, name: str, sheet: RaterSheet, *, again: bool) -> PairVote | None:
    outcome = (sheet.again if again else sheet.outcomes).get(entry)
    if outcome is None:
        return None
    return PairVote(
        item=pair.item,
        rater=name,
        outcome=outcome,
        unit=pair.unit,
        tuned_on=sheet.sides[entry, again],
        again=again,
        category=" · ".join(value for _, value in pair.strata if value),
        tuned_characters=len(pair.tuned),
        base_characters=len(pair.base),
        source=pair.source,
    )
