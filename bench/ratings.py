"""How fast ratings become numbers: read from run.db, replayed, and put through the whole check of a review.

    python bench/ratings.py [--raters 50] [--items 250] [--repeats 0] [--rounds 3]

Makes a sheet with a tuned and a base answer to each item, and raters who rate every answer on four axes from a
quality of the answer, a strictness of their own and chance. Each axis is one rating in the store's sense: 50 raters and
250 items make 100,000. Prints the best of so many rounds in seconds, and ratings a second.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tunecheck import store
from tunecheck.checks import check_review
from tunecheck.checks.review_rows import replay
from tunecheck.core import Rater, Rating, ReviewStudy, SheetAnswer
from tunecheck.study import AXES

AT = "2026-01-01T00:00:00+00:00"


def study(n_items: int, n_repeats: int = 0) -> ReviewStudy:
    """A sheet of both sides."""
    answers = tuple(
        SheetAnswer(
            item=f"item {item}", side=side, prompt="Why?", reference="So.", generated="word " * 40, unit=f"item {item}"
        )
        for item in range(n_items)
        for side in ("tuned", "base")
    )
    return ReviewStudy(
        number=1, title="bench", created=AT, secret="ab" * 32, seed=0, axes=AXES, answers=answers, n_repeats=n_repeats
    )


def ratings(sheet: ReviewStudy, n_raters: int) -> list[Rating]:
    """Four ratings of each answer by each rater, in the order in which they came."""
    rng = np.random.default_rng(0)
    n = len(sheet.answers)
    better = np.array([0.5 if answer.side == "tuned" else 0.0 for answer in sheet.answers])
    quality = rng.normal(3.2, 0.9, (1, n, 1)) + better[None, :, None]
    values = quality + rng.normal(0, 0.4, (n_raters, 1, 1)) + rng.normal(0, 0.6, (n_raters, n, len(sheet.axes)))
    said = np.clip(np.round(values), 1, 5).astype(int)
    return [
        Rating(
            study=1, rater=rater, entry=entry, field=axis.name, value=str(said[rater, entry, place]),
            key=f"{rater}-{entry}-{place}", at=AT, rated_with="web", active_s=3.0,
        )
        for rater in range(n_raters) for entry in range(n) for place, axis in enumerate(sheet.axes)
    ]  # fmt: skip


def best_s(work: Callable[[], object], rounds: int) -> float:
    """The shortest of some rounds in seconds."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def main() -> None:
    """Make the ratings, time both, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--raters", type=int, default=50)
    parser.add_argument("--items", type=int, default=250)
    parser.add_argument("--repeats", type=int, default=0, help="hidden repeats on each sheet, which nobody reaches")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    sheet = study(asked.items, asked.repeats)
    given = ratings(sheet, asked.raters)
    people = [Rater(number=number, name=f"rater {number}") for number in range(asked.raters)]
    with tempfile.TemporaryDirectory() as name, store.open_studies(Path(name), create=True) as studies:
        studies.add_ratings(given)
        load_s = best_s(lambda: studies.ratings(1), asked.rounds)
    timed = {
        "load": load_s,
        "replay": best_s(lambda: replay(sheet, given, people), asked.rounds),
        "check": best_s(lambda: check_review(sheet, given, people), asked.rounds),
    }
    print(f"{len(given):,} ratings of {len(sheet.answers):,} answers by {asked.raters:,} raters")
    timed["load, check"] = timed["load"] + timed["check"]
    for name, seconds in timed.items():
        print(f"{name:12} {seconds:7.3f} s {len(given) / seconds:12,.0f} ratings a second")


if __name__ == "__main__":
    main()
