"""Progress: how far a rater is, and how long the rest takes at the rater's own pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Protocol, TypeVar

# With fewer timed answers a pace is a guess.
LEAST_TIMED = 3


class Begun(Protocol):
    """What a rater said of one place so far, and how long the rater looked at it."""

    active_s: float
    n_changes: int


BegunT = TypeVar("BegunT", bound=Begun)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Places done, begun and in all, and seconds left; ``left_s`` is None before a pace is known."""

    n_done: int
    n_begun: int
    n_total: int
    pace_s: float | None

    @property
    def left_s(self) -> float | None:
        """Seconds for the rest at the median pace."""
        return None if self.pace_s is None else self.pace_s * (self.n_total - self.n_done)

    @property
    def words(self) -> str:
        """For people, such as "12 of 100 · about 9 min left".

        >>> Progress(n_done=12, n_begun=0, n_total=100, pace_s=6.0).words
        '12 of 100 · about 9 min left'
        """
        counted = f"{self.n_done:,} of {self.n_total:,}"
        if self.left_s is None or self.n_done == self.n_total:
            return counted
        minutes = self.left_s / 60
        if minutes < 1:
            return f"{counted} · less than a minute left"
        if minutes < 90:
            return f"{counted} · about {minutes:.0f} min left"
        return f"{counted} · about {minutes / 60:.1f} h left"


def progress(said: Iterable[BegunT | None], is_done: Callable[[BegunT], bool]) -> Progress:
    """How far a rater is; ``said`` has one entry for each place on the rater's list, None where nothing is said yet."""
    places = list(said)
    own = [one for one in places if one is not None]
    done = [one for one in own if is_done(one)]
    timed = [one.active_s for one in done if one.active_s > 0]
    return Progress(
        n_done=len(done),
        n_begun=sum(not is_done(one) and one.n_changes > 0 for one in own),
        n_total=len(places),
        pace_s=median(timed) if len(timed) >= LEAST_TIMED else None,
    )
