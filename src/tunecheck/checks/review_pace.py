"""Pace: how long each rater took for an answer, and who was so quick or so even that the ratings may not be read ones.

People read English at about 238 words a minute, or 4 a second (Brysbaert 2019, "How many words do we read per minute? A
review and meta-analysis of reading rate"). Nobody is called hasty who took the time that two and a half times that
rate needs for the answer alone, prompt and rating left out, and for a long answer that of its first 200 words, since a
bad one shows soon. Other writing systems have more to read in a character, so the mark is lower for them, not higher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from tunecheck.checks.phrases import count
from tunecheck.checks.review_rows import RatedRows, Replay
from tunecheck.core import Measure, Unscored
from tunecheck.study import sheet

# 600 words a minute, a word and its space being six characters.
CHARACTERS_A_SECOND = 60
MOST_READING_S = 20.0
LEAST_TIMED = 10
FLAT_SHARE = 0.9
LEAST_FLAT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterPace:
    """One rater: answers done and on the sheet, median seconds for an answer, and why the ratings may be hasty or "".

    ``n_timed`` of the answers were timed; a spreadsheet times none, and no time is not hasty.
    """

    n_done: int
    n_total: int
    seconds: float | Unscored
    n_timed: int
    hasty: str

    def measures(self) -> dict[str, Measure]:
        """As in results."""
        return {
            "n_done": self.n_done,
            "n_total": self.n_total,
            "seconds_per_answer": self.seconds,
            "hasty": self.hasty,
        }


def paces(replayed: Replay) -> dict[str, RaterPace]:
    """The pace of each rater who began."""
    study = replayed.rows.study
    flat = _flat(replayed.rows)
    found = {}
    for name, said in replayed.said.items():
        timed = {entry: one.active_s for entry, one in replayed.whole[name].items() if one.active_s > 0}
        found[name] = RaterPace(
            n_done=sum(one.is_done(study.axes) for one in said.values()),
            # Only with repeats is a sheet worth drawing to count its places.
            n_total=len(sheet(study, replayed.numbers[name])) if study.n_repeats else len(study.answers),
            seconds=median(timed.values()) if timed else Unscored(reason="nobody measured the time"),
            n_timed=len(timed),
            hasty=too_quick([(taken, study.answers[entry].generated) for entry, taken in timed.items()], "answer")
            or _too_even(name, flat),
        )
    return found


def reading_s(text: str) -> float:
    """The least seconds in which somebody could have read an answer.

    >>> reading_s("word " * 60), reading_s("word " * 6000)
    (5.0, 20.0)
    """
    return min(MOST_READING_S, len(text) / CHARACTERS_A_SECOND)


def too_quick(timed: Sequence[tuple[float, str]], noun: str) -> str:
    """Why the texts cannot have been read, of the seconds that each took; "" where they can, or too few were timed."""
    if len(timed) < LEAST_TIMED:
        return ""
    taken = median(seconds for seconds, _ in timed)
    needed = median(reading_s(text) for _, text in timed)
    if taken >= needed:
        return ""
    article = "an" if noun[0] in "aeiou" else "a"
    return f"a median of {taken:.1f} s for {article} {noun} that takes at least {needed:.1f} s to read"


def _flat(rows: RatedRows) -> dict[str, tuple[int, int]]:
    """Of each rater, how many answers have several axes with a value, and how many of those the same on all."""
    several = np.isfinite(rows.scores).sum(axis=1) > 1
    scores, raters = rows.scores[several], rows.raters[several]
    even = np.nanmin(scores, axis=1) == np.nanmax(scores, axis=1) if len(scores) else np.zeros(0, dtype=np.bool_)
    n_all = np.bincount(raters, minlength=len(rows.names))
    n_even = np.bincount(raters, even, minlength=len(rows.names))
    return {name: (int(n_all[place]), int(n_even[place])) for place, name in enumerate(rows.names)}


def _too_even(name: str, flat: Mapping[str, tuple[int, int]]) -> str:
    """Why a rater's values say nothing of single axes; "" where those of the others are as even: good answers are."""
    n_all, n_even = flat[name]
    if n_all < LEAST_FLAT or n_even < FLAT_SHARE * n_all:
        return ""
    others_all = sum(n for other, (n, _) in flat.items() if other != name)
    others_even = sum(n for other, (_, n) in flat.items() if other != name)
    if others_all >= LEAST_FLAT and others_even >= FLAT_SHARE * others_all:
        return ""
    return f"the same value on all axes of {n_even:,} of {count(n_all, 'answer')}"
