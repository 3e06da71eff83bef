"""Single: one value for each rater and item, of rows that may say it again or say another one later."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from tunecheck.data.rows import shown
from tunecheck.errors import DataError

_LISTED = 20


class Said(Protocol):
    """Something that a rater said of an item, and where it stands: "votes.csv line 12"."""

    @property
    def item(self) -> str:
        """What it is about."""
        ...

    @property
    def rater(self) -> str:
        """Who said it."""
        ...

    @property
    def source(self) -> str:
        """Where it stands."""
        ...


SaidT = TypeVar("SaidT", bound=Said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Single(Generic[SaidT]):
    """The last row of each key, in the order of the first ones.

    n_repeated  rows that say the same again
    n_replaced  rows that gave way to a later one with another value
    """

    rows: tuple[SaidT, ...]
    n_repeated: int
    n_replaced: int


def single(
    rows: Iterable[SaidT],
    *,
    key: Callable[[SaidT], Hashable],
    value: Callable[[SaidT], object],
    spoken: Callable[[SaidT], str],
    several: str,
    hint: str,
    last: bool,
) -> Single[SaidT]:
    """One row for each key; DataError where there are different values and not the last is wanted.

    ``spoken`` says a value for people, and ``several`` begins the sentence of the error.
    """
    given: dict[Hashable, list[SaidT]] = {}
    for row in rows:
        given.setdefault(key(row), []).append(row)
    different = [own for own in given.values() if len({value(row) for row in own}) > 1]
    if different and not last:
        lines = [
            f"  {shown(own[0].rater)} on item {shown(own[0].item)}: "
            + ", ".join(f"{spoken(row)} at {row.source}" for row in own)
            for own in different[:_LISTED]
        ]
        more = [f"  and {len(different) - _LISTED} more"] if len(different) > _LISTED else []
        times = "once" if len(different) == 1 else f"{len(different):,} times"
        raise DataError("\n".join([f"{several} {times}:", *lines, *more]), hint=hint)
    n_replaced = sum(value(row) != value(own[-1]) for own in different for row in own)
    return Single(
        rows=tuple(own[-1] for own in given.values()),
        n_repeated=sum(map(len, given.values())) - len(given) - n_replaced,
        n_replaced=n_replaced,
    )
