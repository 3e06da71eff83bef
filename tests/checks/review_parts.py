"""Sheets and ratings, made up: what people say is a number a rater, answer and axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from tunecheck.core import Axis, Rater, Rating, ReviewStudy, SheetAnswer, Side
from tunecheck.study import AXES

AT = "2026-01-01T00:00:00+00:00"
BOTH: tuple[Side, ...] = ("tuned", "base")
RATERS = (Rater(number=0, name="Ann"), Rater(number=1, name="Bob"), Rater(number=2, name="Cem"))
Value = int | str | None


def answer(item: int, side: Side, *, unit: str = "", generated: str = "") -> SheetAnswer:
    return SheetAnswer(
        item=f"item-{item}",
        side=side,
        prompt=f"Question {item}?",
        reference=f"Reference {item}.",
        generated=generated or f"Answer of {side} to {item}.",
        unit=unit or f"item-{item}",
        source=f"val.jsonl line {item + 1}",
    )


def study(
    n_items: int = 24,
    *,
    sides: Sequence[Side] = BOTH,
    axes: Sequence[Axis] = AXES,
    answers: Sequence[SheetAnswer] = (),
    n_repeats: int = 0,
    bar: float = 3.0,
) -> ReviewStudy:
    """Items with an answer of each side; tuned has the even numbers where both are there."""
    return ReviewStudy(
        number=1,
        title="Review",
        created=AT,
        secret="ab" * 32,
        seed=7,
        axes=tuple(axes),
        answers=tuple(answers) or tuple(answer(item, side) for item in range(n_items) for side in sides),
        n_repeats=n_repeats,
        bar=bar,
        signature="sheet=1",
    )


class Said:
    """Ratings in the order in which they come, each with a key of its own."""

    def __init__(self, sheet: ReviewStudy) -> None:
        self.sheet = sheet
        self.ratings: list[Rating] = []

    def say(self, rater: int, entry: int, field: str, value: str, *, again: bool = False, active_s: float = 0.0) -> str:
        key = f"k{len(self.ratings)}"
        self.ratings.append(
            Rating(
                study=1, rater=rater, entry=entry, field=field, value=value, key=key, at=AT, rated_with="web",
                again=again, active_s=active_s,
            )
        )  # fmt: skip
        return key

    def rate(
        self, rater: int, entry: int, values: Iterable[Value], *, again: bool = False, active_s: float = 0.0
    ) -> None:
        """A value for each axis; None says nothing of it."""
        for axis, value in zip(self.sheet.axes, values, strict=True):
            if value is not None:
                self.say(rater, entry, axis.name, str(value), again=again, active_s=active_s)
                active_s = 0.0

    def all(self, rater: int, values: Callable[[int, Side], Iterable[Value]], *, active_s: float = 0.0) -> None:
        """Every answer, by its number and side."""
        for entry, one in enumerate(self.sheet.answers):
            self.rate(rater, entry, values(entry, one.side), active_s=active_s)


def by_quality(
    sheet: ReviewStudy, n_raters: int, *, better: float = 0.9, seed: int = 3, noise: float = 0.5
) -> list[Rating]:
    """Raters who see the same quality, each with noise, tuned better than base by so much."""
    rng = np.random.default_rng(seed)
    items = {item: rng.normal(3.0, 0.9) for item in sheet.items}
    said = Said(sheet)
    for entry, one in enumerate(sheet.answers):
        quality = items[one.item] + (better if one.side == "tuned" else 0.0) + rng.normal(0, 0.3)
        for rater in range(n_raters):
            values = np.clip(np.round(quality + rng.normal(0, noise, len(sheet.axes))), 1, 5)
            said.rate(rater, entry, [int(value) for value in values], active_s=float(rng.uniform(4, 12)))
    return said.ratings
