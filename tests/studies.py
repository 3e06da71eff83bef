"""Studies made up for tests: plain answers, a fixed secret."""

from __future__ import annotations

from collections.abc import Sequence

from tunecheck.core import Axis, Rating, ReviewStudy, SheetAnswer, Side
from tunecheck.study import AXES

SECRET = "5e" * 32


def answer(item: int, side: Side, *, prompt: str = "", reference: str = "", generated: str = "") -> SheetAnswer:
    return SheetAnswer(
        item=f"item {item}",
        side=side,
        prompt=prompt or f"prompt {item}",
        reference=reference or f"reference {item}",
        generated=generated or f"answer {item} of {'one' if side == 'tuned' else 'another'}",
        unit=f"item {item}",
    )


def study(
    n_items: int = 20,
    *,
    sides: Sequence[Side] = ("tuned", "base"),
    n_repeats: int = 0,
    axes: tuple[Axis, ...] = AXES,
    number: int = 1,
    secret: str = SECRET,
    answers: tuple[SheetAnswer, ...] | None = None,
    bar: float = 3.0,
) -> ReviewStudy:
    made = tuple(answer(item, side) for item in range(n_items) for side in sides)
    return ReviewStudy(
        number=number,
        title="a study",
        created="2026-01-02T03:04:05+00:00",
        secret=secret,
        seed=42,
        axes=axes,
        answers=made if answers is None else answers,
        n_repeats=n_repeats,
        bar=bar,
    )


def rating(
    entry: int,
    field: str,
    value: str,
    *,
    key: str,
    rater: int = 0,
    again: bool = False,
    active_s: float = 0.0,
    study: int = 1,
    at: str = "2026-01-02T03:04:05+00:00",
) -> Rating:
    return Rating(
        study=study, rater=rater, entry=entry, field=field, value=value, key=key, at=at, rated_with="web",
        again=again, active_s=active_s,
    )  # fmt: skip
