"""Rows of a task: how many were scored, what scripts and people see of each, and which ones got worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tunecheck.checks.phrases import number
from tunecheck.core import Exhibit, ExhibitList, Measure, Measured, Prediction, Scores, Unscored

MOST_EXHIBITS = 8
_MOST_REASONS = 3


def counted(scores: Scores) -> str:
    """How many rows were scored, and why the others were not: "482 scored, 18 unscored (15 ..., 3 ...)"."""
    reasons = Counter(value.reason for value in scores.values if isinstance(value, Unscored))
    n_scored = len(scores.values) - reasons.total()
    if not reasons:
        return f"{n_scored:,} scored"
    told = [f"{n:,} {reason}" for reason, n in reasons.most_common(_MOST_REASONS)]
    more = [f"{len(reasons) - _MOST_REASONS} more reasons"] if len(reasons) > _MOST_REASONS else []
    return f"{n_scored:,} scored, {reasons.total():,} unscored ({', '.join([*told, *more])})"


def n_scored(scores: Scores) -> int:
    """Rows that have a value."""
    return sum(not isinstance(value, Unscored) for value in scores.values)


def n_paired(measured: Measured) -> int:
    """Rows that have a value on both sides."""
    if measured.base is None:
        return 0
    pairs = zip(measured.tuned.values, measured.base.values, strict=True)
    return sum(not isinstance(first, Unscored) and not isinstance(second, Unscored) for first, second in pairs)


def identity(row: Prediction) -> dict[str, Measure]:
    """What identifies a row: its number, and what the file calls it."""
    return {"row": row.row, **({"id": row.id} if row.id else {})}


def item_rows(rows: Sequence[Prediction], measured: Sequence[Measured]) -> tuple[Mapping[str, Measure], ...]:
    """One object for each row: what identifies it, each measure of tuned, and under ``base`` those of the base."""
    found: list[Mapping[str, Measure]] = []
    for place, row in enumerate(rows):
        item: dict[str, Measure] = identity(row)
        item |= {one.name: one.tuned.values[place] for one in measured}
        base = {one.name: one.base.values[place] for one in measured if one.base is not None}
        found.append({**item, **({"base": base} if base else {})})
    return tuple(found)


def regressions(rows: Sequence[Prediction], measured: Measured) -> tuple[ExhibitList, ...]:
    """The rows where tuned fell furthest behind base, the worst first; without a base those with the least value."""
    ranked = _ranked(measured)
    if not ranked:
        return ()
    worst = [
        Exhibit(where=rows[place].source, headline=_headline(measured, place), texts=texts_of(rows[place]))
        for _, place in ranked[:MOST_EXHIBITS]
    ]
    against = "tuned does worse than base" if measured.base is not None else "the value is worst"
    return (
        ExhibitList(
            heading=f"Where {against} ({measured.name})",
            note=f"{len(worst)} of {len(ranked):,} rows, the worst first",
            exhibits=tuple(worst),
        ),
    )


def _ranked(measured: Measured) -> list[tuple[float, int]]:
    """Loss and place of each row, the largest loss first; against a base only rows that lost."""
    sign = -1.0 if measured.lower_is_better else 1.0
    ranked = []
    for place, value in enumerate(measured.tuned.values):
        other = measured.base.values[place] if measured.base is not None else None
        if isinstance(value, Unscored) or isinstance(other, Unscored):
            continue
        if other is None:
            ranked.append((-sign * value, place))
        elif sign * (other - value) > 0:
            ranked.append((sign * (other - value), place))
    return sorted(ranked, key=lambda pair: (-pair[0], pair[1]))


def _headline(measured: Measured, place: int) -> str:
    values = {"tuned": measured.tuned.values[place]}
    if measured.base is not None:
        values["base"] = measured.base.values[place]
    return ", ".join(f"{side} {number(value)}" for side, value in values.items() if not isinstance(value, Unscored))


def texts_of(row: Prediction) -> tuple[tuple[str, str], ...]:
    """The texts of a row to read beside each other."""
    sides = (("Tuned", row.tuned), ("Base", row.base))
    answers = [(name, str(text)) for name, text in sides if text is not None]
    prompt = [("Prompt", row.prompt)] if row.prompt else []
    return (*prompt, ("Reference", "\n— or —\n".join(row.references[:5])), *answers)
