"""Rating rows: what every rater says now of every answer, as rows that other tools read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence

from tunecheck.core import JSON, NOT_APPLICABLE, Rater, Rating, ReviewStudy
from tunecheck.data.sheets.text import csv_text
from tunecheck.study import Standing, by_rater, standings

Row = dict[str, JSON]


def rating_rows(study: ReviewStudy, raters: Sequence[Rater], ratings: Sequence[Rating]) -> Iterator[Row]:
    """A row for each rater and each answer that the rater said something of, in the order of raters and answers.

    Second showings are left out: they are no further ratings, and the results tell how they agree.
    """
    names = {rater.number: rater.name for rater in raters}
    items = {item: number for number, item in enumerate(study.items, start=1)}
    for number, own in sorted(by_rater(ratings).items()):
        for place, standing in sorted(standings(own).items()):
            if standing.n_changes and not place[1]:
                yield _row(study, items, names[number], place[0], standing)


def _row(study: ReviewStudy, items: dict[str, int], rater: str, entry: int, standing: Standing) -> Row:
    answer = study.answers[entry]
    # An answer that cannot be judged counts nowhere, whatever was rated before that was said.
    scores = {} if standing.blocked else standing.scores
    values: Row = {
        axis.name: NOT_APPLICABLE if axis.name in standing.not_applicable else scores.get(axis.name)
        for axis in study.axes
    }
    return {
        "answer": entry + 1,
        "item": items[answer.item],
        "side": answer.side,
        "rater": rater,
        **values,
        "note": standing.note,
        "cannot_judge": standing.blocked,
        "looked_at_reference": standing.has_peeked,
        "seconds": round(standing.active_s, 1) if standing.active_s else None,
        "at": standing.last_at,
    }


def lines_of(rows: Sequence[Row]) -> bytes:
    """The rows as JSON Lines."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return text.encode("utf-8", "backslashreplace")


def csv_of(rows: Sequence[Row]) -> bytes:
    """The rows as CSV, in which no text is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if rows:
        writer.writerow(rows[0])
    for row in rows:
        writer.writerow([_cell(value) for value in row.values()])
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def _cell(value: JSON) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return csv_text(value) if isinstance(value, str) else "" if value is None else value
