"""What to read of a review: answers on which raters disagree most, and items where tuned loses most to base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tunecheck.checks.review_means import entry_means
from tunecheck.checks.review_rows import Floats, RatedRows, Replay
from tunecheck.core import Exhibit, ExhibitList, ReviewStudy, SheetAnswer
from tunecheck.study import Standing

MOST_SHOWN = 6
# Of many raters of an answer the lowest and the highest, so many each.
MOST_ENDS = 3


def review_exhibits(replayed: Replay) -> tuple[ExhibitList, ...]:
    """Lists that have something to show."""
    rows = replayed.rows
    lists = [_disagreements(replayed), _losses(replayed) if rows.study.is_blind else _lowest(replayed)]
    return tuple(one for one in lists if one is not None)


def _disagreements(replayed: Replay) -> ExhibitList | None:
    """By the largest distance of two raters on one axis, then by the mean distance over the axes."""
    rows = replayed.rows
    apart, several = _spreads(rows)
    widest = apart.max(axis=1, initial=0.0)
    order = np.lexsort((np.arange(len(apart)), -apart.sum(axis=1), -widest))
    shown = [int(entry) for entry in order if widest[entry] > 0]
    if not shown:
        return None
    axes = [axis.name for axis in rows.study.axes]
    return ExhibitList(
        heading="Where raters disagree most: discuss these first",
        note=f"They differ on {len(shown):,} of the {int(several.sum()):,} answers that several people rated.",
        exhibits=tuple(
            Exhibit(
                where=_where(rows.study.answers[entry]),
                headline=_spread_words(rows, entry, axes),
                texts=(
                    *_answer_texts(rows.study, [entry]),
                    *_rater_texts(replayed, entry),
                ),
            )
            for entry in shown[:MOST_SHOWN]
        ),
    )


def _spreads(rows: RatedRows) -> tuple[Floats, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Of each answer the distance of highest and lowest value on each axis, and whether several people rated it."""
    n, n_axes = len(rows.study.answers), len(rows.study.axes)
    low, high = np.full((n, n_axes), np.inf), np.full((n, n_axes), -np.inf)
    there = np.isfinite(rows.scores)
    np.minimum.at(low, rows.entries, np.where(there, rows.scores, np.inf))
    np.maximum.at(high, rows.entries, np.where(there, rows.scores, -np.inf))
    apart = np.zeros((n, n_axes))
    np.subtract(high, low, out=apart, where=np.isfinite(low))
    return apart, np.bincount(rows.entries, minlength=n) > 1


def _spread_words(rows: RatedRows, entry: int, axes: Sequence[str]) -> str:
    scores = rows.scores[rows.entries == entry]
    ends = [(name, np.nanmin(own), np.nanmax(own)) for name, own in zip(axes, scores.T, strict=True) if
            np.isfinite(own).any()]  # fmt: skip
    apart = sorted((one for one in ends if one[1] < one[2]), key=lambda one: one[1] - one[2])
    return " · ".join(f"{name} {low:.0f} to {high:.0f}" for name, low, high in apart)


def _losses(replayed: Replay) -> ExhibitList | None:
    """Items by how far the tuned answer is rated below the base's, over all axes."""
    rows = replayed.rows
    overall = entry_means(rows)[:, -1]
    pairs = []
    for item, (tuned, base) in _pairs(rows.study).items():
        if np.isfinite(overall[tuned]) and np.isfinite(overall[base]):
            pairs.append((float(overall[tuned] - overall[base]), item, tuned, base))
    lost = sorted(one for one in pairs if one[0] < 0)
    if not pairs:
        return None
    return ExhibitList(
        heading="Where tuned loses most to base",
        note=f"Tuned is rated lower on {len(lost):,} of the {len(pairs):,} items that have ratings of both.",
        exhibits=tuple(
            Exhibit(
                where=rows.study.answers[tuned].source or item,
                headline=f"tuned {overall[tuned]:.2f} · base {overall[base]:.2f} · {difference:+.2f}",
                texts=(
                    *_answer_texts(rows.study, [tuned, base]),
                    *_notes(replayed, {"tuned": tuned, "base": base}),
                ),
            )
            for difference, item, tuned, base in lost[:MOST_SHOWN]
        ),
    )


def _lowest(replayed: Replay) -> ExhibitList | None:
    rows = replayed.rows
    overall = entry_means(rows)[:, -1]
    order = [int(entry) for entry in np.argsort(overall, kind="stable") if np.isfinite(overall[entry])]
    if not order:
        return None
    return ExhibitList(
        heading="Where tuned is rated lowest",
        note=f"The lowest of {len(order):,} answers.",
        exhibits=tuple(
            Exhibit(
                where=_where(rows.study.answers[entry]),
                headline=f"{overall[entry]:.2f}, mean of all axes",
                texts=(*_answer_texts(rows.study, [entry]), *_notes(replayed, {"tuned": entry})),
            )
            for entry in order[:MOST_SHOWN]
        ),
    )


def _pairs(study: ReviewStudy) -> dict[str, tuple[int, int]]:
    """The tuned and the base answer of each item that has both."""
    sides: dict[str, dict[str, int]] = {}
    for entry, answer in enumerate(study.answers):
        sides.setdefault(answer.item, {})[answer.side] = entry
    return {item: (own["tuned"], own["base"]) for item, own in sides.items() if len(own) > 1}


def _where(answer: SheetAnswer) -> str:
    return f"{answer.source or answer.item} · {answer.side}"


def _answer_texts(study: ReviewStudy, entries: Sequence[int]) -> list[tuple[str, str]]:
    first = study.answers[entries[0]]
    texts = [("Prompt", first.prompt), ("Reference", first.reference)]
    return texts + [(f"Answer of {study.answers[entry].side}", study.answers[entry].generated) for entry in entries]


def _rater_texts(replayed: Replay, entry: int) -> list[tuple[str, str]]:
    """The scores and the note of each rater, the lowest first; of many raters both ends."""
    axes = [axis.name for axis in replayed.rows.study.axes]
    given = [(name, one) for name, one in _whole(replayed, entry).items()]
    given.sort(key=lambda pair: sum(pair[1].scores.values()) / len(pair[1].scores))
    if len(given) <= 2 * MOST_ENDS:
        return [(name, _scores(one, axes)) for name, one in given]
    ends = [*given[:MOST_ENDS], *given[-MOST_ENDS:]]
    left_out = ("Others", f"{len(given) - len(ends):,} more people rated it, between these")
    texts = [(name, _scores(one, axes)) for name, one in ends]
    return [*texts[:MOST_ENDS], left_out, *texts[MOST_ENDS:]]


def _scores(one: Standing, axes: Sequence[str]) -> str:
    values = [f"{name} {one.scores.get(name, 'does not apply')}" for name in axes]
    return "\n".join([", ".join(values), *([one.note] if one.note else [])])


def _notes(replayed: Replay, entries: Mapping[str, int]) -> list[tuple[str, str]]:
    """What people noted at these answers; at most as many as there is room for."""
    found = [
        (f"Note of {name} at {side}", one.note)
        for side, entry in entries.items()
        for name, one in _whole(replayed, entry).items()
        if one.note
    ]
    return found[: 2 * MOST_ENDS]


def _whole(replayed: Replay, entry: int) -> dict[str, Standing]:
    """What each rater says of an answer as a whole rating."""
    return {name: own[entry] for name, own in replayed.whole.items() if entry in own}
