"""The server on a run folder with a blind A/B test, and the people who vote in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tests.browser.rating_server import Invited, RatingServer
from tests.comparisons import voted
from tunecheck import store
from tunecheck.core import PairStudy, Rating
from tunecheck.runner.studies import keep_study
from tunecheck.study import PairSlot, PairStanding, guess_sheet, pair_sheet, pair_standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Voter:
    """A rater with a link, and what the store holds of this rater."""

    study: PairStudy
    invited: Invited

    @property
    def link(self) -> str:
        return self.invited.link

    @property
    def server(self) -> RatingServer:
        return self.invited.server

    @property
    def slots(self) -> tuple[PairSlot, ...]:
        return pair_sheet(self.study, self.invited.number)

    @property
    def guesses(self) -> tuple[PairSlot, ...]:
        return guess_sheet(self.study, self.invited.number)

    def ratings(self) -> list[Rating]:
        return self.invited.ratings()

    def said(self) -> list[PairStanding]:
        """What holds of each place, in order."""
        found = pair_standings(self.ratings())
        return [found.get((slot.entry, slot.again), PairStanding()) for slot in self.slots]

    def votes(self) -> list[str]:
        """The votes that hold, in the order of the places; "" for none."""
        return [one.choice for one in self.said()]

    def guessed(self) -> list[str]:
        """The guesses that hold, in their order."""
        found = pair_standings(self.ratings())
        return [found.get((slot.entry, slot.again), PairStanding()).guess for slot in self.guesses]

    def vote_all(self) -> None:
        """A tie everywhere, said behind the server's back."""
        with store.open_studies(self.server.folder) as studies:
            studies.add_ratings(voted(self.study, self.invited.number, lambda _: "tie"))


@dataclass
class VotingServer:
    """A run folder with an A/B test, and the process that serves it."""

    study: PairStudy
    process: RatingServer

    def invite(self, name: str) -> Voter:
        return Voter(study=self.study, invited=self.process.invite(name))


def keep_pairs(folder: Path, made: PairStudy) -> VotingServer:
    """A run folder with this A/B test, not served yet."""
    with store.open_studies(folder, create=True) as studies:
        kept = keep_study(studies, made)
    # Of the study the process needs nothing but its number.
    return VotingServer(study=kept, process=RatingServer(folder, cast(Any, kept)))
