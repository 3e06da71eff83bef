"""Site: what the pages are made from: the run's folder, its studies, and the desks of each rater."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tunecheck.core import Clock, PairStudy, Rater, ReviewStudy, StudyStore
from tunecheck.runner import RatingDesk, VotingDesk
from tunecheck.study import pair_study_from, study_from
from tunecheck.web.address import Address
from tunecheck.web.visitors import Door


@dataclass(slots=True)
class Site:
    """One served run folder; shared by all requests."""

    folder: Path
    store: StudyStore
    address: Address
    clock: Clock = lambda: datetime.now(UTC)
    clock_s: Callable[[], float] = time.monotonic
    door: Door = field(init=False)
    _study: ReviewStudy | None = field(init=False, default=None)
    _pairs: PairStudy | None = field(init=False, default=None)
    _desks: dict[tuple[int, int], RatingDesk] = field(init=False, default_factory=dict)
    _voting_desks: dict[tuple[int, int], VotingDesk] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.door = Door(self.store, self.address, self.clock_s)

    def review(self) -> ReviewStudy | None:
        """The sheet that people rate now; a new one that was made meanwhile takes the place of the old."""
        stored = self.store.study("review")
        if stored is None:
            return None
        if self._study is None or self._study.number != stored.number:
            self._study = study_from(stored)
        return self._study

    def desk(self, rater: Rater) -> RatingDesk | None:
        """The rater's sheet, or None where there is none."""
        study = self.review()
        if study is None:
            return None
        key = (study.number, rater.number)
        if key not in self._desks:
            self._desks[key] = RatingDesk(self.store, study, rater, rated_with="web", clock=self.clock)
        return self._desks[key]

    def comparison(self) -> PairStudy | None:
        """The blind A/B test that people vote in now; a new one takes the place of the old."""
        stored = self.store.study("ab")
        if stored is None:
            return None
        if self._pairs is None or self._pairs.number != stored.number:
            self._pairs = pair_study_from(stored)
        return self._pairs

    def voting_desk(self, rater: Rater) -> VotingDesk | None:
        """The rater's pairs, or None where there is no A/B test."""
        study = self.comparison()
        if study is None:
            return None
        key = (study.number, rater.number)
        if key not in self._voting_desks:
            self._voting_desks[key] = VotingDesk(self.store, study, rater, rated_with="web", clock=self.clock)
        return self._voting_desks[key]

    @property
    def has_both(self) -> bool:
        """Whether there are answers to rate and pairs to vote on."""
        return self.store.study("review") is not None and self.store.study("ab") is not None

    def now(self) -> str:
        """The time, for the store."""
        return self.clock().isoformat(timespec="seconds")
