"""Predictions: rows that hold an answer and what it should have been, under any of their usual names."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tunecheck.core import Answered, Prediction, Predictions, Unscored
from tunecheck.data.rows import BadRow, Row, Unreadable, canonical_json, is_missing, shown
from tunecheck.data.sources import Source, open_source
from tunecheck.errors import DataError

PREDICTION_NAMES = (
    *("prediction", "predicted", "predictions", "predict", "generated", "generated_text", "generation"),
    *("model_output", "model_answer", "output", "response", "completion", "hypothesis", "candidate"),
)
REFERENCE_NAMES = (
    *("reference", "references", "label", "labels", "expected", "expected_output", "target", "targets", "gold"),
    *("ground_truth", "answer", "answers", "solution", "summary", "highlights", "output", "response", "completion"),
)
BASE_NAMES = ("base_prediction", "base_predict", "base_generated", "base_output", "base_response", "base")
PROMPT_NAMES = (*("prompt", "instruction", "question", "input", "source", "document", "article", "text", "messages"),)
ID_NAMES = ("id", "task_id", "item_id", "uid", "idx", "index", "example_id")
_LISTED_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The columns that a caller names; None is looked for under its usual names."""

    prediction: str | None = None
    reference: str | None = None
    base: str | None = None
    prompt: str | None = None
    id: str | None = None
    group: str | None = None


def load_predictions(
    source: str | os.PathLike[str] | Iterable[Mapping[str, object]],
    *,
    base: str | os.PathLike[str] | Iterable[Mapping[str, object]] | None = None,
    fields: Fields | None = None,
    name: str | None = None,
    skip_bad_rows: bool = False,
) -> Predictions:
    """The rows of a predictions file, or of rows in memory, in their order.

    base           another predictions file, of the base model on the same rows: matched by id, or else by order
    skip_bad_rows  leave rows that cannot be read out, and name them, instead of failing

    An answer that is null is Unscored; a number or an object is taken as its JSON text. Raises DataError for a file
    without an answer or a reference column, for rows that lack either (up to 20 at once), and for two files that do
    not hold the same rows.

    >>> load_predictions([{"prediction": "a cat", "reference": "the cat"}]).rows[0].tuned
    'a cat'
    """
    wanted = fields or Fields()
    tuned = _load(source, wanted, name, skip_bad_rows=skip_bad_rows)
    if base is None:
        return tuned
    return _beside(tuned, _load(base, replace(wanted, base=None), None, skip_bad_rows=skip_bad_rows))


def _load(source: object, wanted: Fields, name: str | None, *, skip_bad_rows: bool) -> Predictions:
    opened = open_source(source, name)
    if not opened.rows:
        raise DataError(f"{opened.label} is empty", hint="a predictions file has a prediction and a reference per row")
    columns = list(
        dict.fromkeys(key for _, value in opened.rows if isinstance(value, Mapping) for key in map(str, value))
    )
    reader = _Reader(opened, _columns(opened, columns, wanted))
    rows: list[Prediction] = []
    bad: list[tuple[int, str]] = []
    for number, value in opened.rows:
        try:
            rows.append(reader.read(number, value))
        except BadRow as error:
            bad.append((number, str(error)))
    if (bad and not skip_bad_rows) or not rows:
        raise _bad_rows(opened, bad)
    skipped = tuple(f"{opened.place(number)}: {reason}" for number, reason in bad)
    return Predictions(name=opened.name, rows=tuple(rows), evidence=reader.evidence, skipped=skipped)


def _columns(opened: Source, columns: Sequence[str], wanted: Fields) -> Fields:
    """The column of each field; the asked for ones must be there."""
    asked = {field: getattr(wanted, field) for field in ("prediction", "reference", "base", "prompt", "id", "group")}
    for field, column in asked.items():
        if column is not None and column not in columns:
            raise DataError(
                f"{opened.label} has no column {shown(column)}: its columns are {_some(columns)}",
                hint=f"check --{field}-field",
            )
    taken = {column for column in asked.values() if column is not None}
    for field, names in (
        ("base", BASE_NAMES),
        ("prediction", PREDICTION_NAMES),
        ("reference", REFERENCE_NAMES),
        ("id", ID_NAMES),
        ("prompt", PROMPT_NAMES),
    ):
        if asked[field] is None:
            asked[field] = _found(columns, names, taken)
            taken.add(asked[field] or "")
    for field in ("prediction", "reference"):
        if asked[field] is None:
            raise DataError(
                f"{opened.label} has no column with a {field}: its columns are {_some(columns) or 'none'}",
                hint=f"name it: --{field}-field COLUMN",
            )
    return Fields(**asked)


def _found(columns: Sequence[str], names: Sequence[str], taken: set[str]) -> str | None:
    by_name = {column.strip().casefold().replace(" ", "_").replace("-", "_"): column for column in reversed(columns)}
    return next((by_name[name] for name in names if name in by_name and by_name[name] not in taken), None)


class _Reader:
    """Reads the rows of one file by the columns that were found."""

    def __init__(self, opened: Source, columns: Fields) -> None:
        self._opened, self._columns = opened, columns

    @property
    def evidence(self) -> str:
        """Which column was taken for what."""
        taken = (
            ("prediction", self._columns.prediction),
            ("reference", self._columns.reference),
            ("base", self._columns.base),
            ("prompt", self._columns.prompt),
            ("id", self._columns.id),
        )
        return ", ".join(f"{field} from {shown(column)}" for field, column in taken if column is not None)

    def read(self, number: int, value: object) -> Prediction:
        """One row; BadRow says which field it lacks."""
        if isinstance(value, Unreadable):
            raise BadRow(value.reason)
        if not isinstance(value, Mapping):
            raise BadRow(f"the row is {shown(value)}, not an object with fields")
        columns = self._columns
        assert columns.prediction is not None
        assert columns.reference is not None
        prompt = _prompt(value.get(columns.prompt)) if columns.prompt else ""
        given = value.get(columns.id) if columns.id else None
        row_id = "" if is_missing(given) else str(given)
        group = value.get(columns.group) if columns.group else None
        return Prediction(
            row=number,
            references=_references(value, columns.reference),
            tuned=_answer(value, columns.prediction),
            base=_answer(value, columns.base) if columns.base else None,
            prompt=prompt,
            id=row_id,
            probabilities=_probabilities(value, "probabilities"),
            base_probabilities=_probabilities(value, "base_probabilities"),
            # Without a prompt or a name two rows may share their reference and nothing else.
            unit=f"group {group}" if not is_missing(group) else row_id or prompt or f"row {number}",
            source=self._opened.place(number),
        )


def _probabilities(row: Row, column: str) -> tuple[tuple[str, float], ...] | None:
    """An object of labels and numbers, or None; anything else under that name is somebody's own column."""
    value = row.get(column)
    if not isinstance(value, Mapping) or not value:
        return None
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in value.values()):
        return None
    return tuple((str(label), float(one)) for label, one in value.items())


def _answer(row: Row, column: str) -> Answered:
    if column not in row:
        raise BadRow(f"{column} is missing")
    value = row[column]
    while isinstance(value, (list, tuple)) and len(value) == 1:  # As harnesses write one response.
        value = value[0]
    if is_missing(value):
        return Unscored(reason=f"{column} is null")
    return _text(value, column)


def _references(row: Row, column: str) -> tuple[str, ...]:
    if column not in row:
        raise BadRow(f"{column} is missing")
    value = row[column]
    if isinstance(value, Mapping) and isinstance(value.get("text"), (list, tuple)):  # As SQuAD has its answers.
        value = value["text"]
    values = list(value) if isinstance(value, (list, tuple)) and _are_scalars(value) else [value]
    if not values or any(is_missing(one) for one in values):
        raise BadRow(f"{column} is {shown(value)}: there is nothing to compare with")
    return tuple(_text(one, column) for one in values)


def _are_scalars(values: Sequence[object]) -> bool:
    return not any(isinstance(one, (Mapping, list, tuple)) for one in values)


def _text(value: object, column: str) -> str:
    return value if isinstance(value, str) else canonical_json(value, column)


def _prompt(value: object) -> str:
    """The prompt for people and metrics: its text, or the messages a line each."""
    if is_missing(value):
        return ""
    if isinstance(value, (list, tuple)) and all(isinstance(turn, Mapping) for turn in value):
        return "\n".join(str(turn.get("content", "")) for turn in value)
    return value if isinstance(value, str) else str(value)


def _beside(tuned: Predictions, base: Predictions) -> Predictions:
    """The rows with the answers of the base from another file."""
    others = _matched(tuned, base)
    for row, other in zip(tuned.rows, others, strict=True):
        if row.references != other.references:
            raise DataError(
                f"{row.source} and {other.source} have different references: {shown(row.references[0])} and "
                f"{shown(other.references[0])}",
                hint="give the answers of both models to the same rows, in the same order or with an id column",
            )
    rows = tuple(replace(row, base=other.tuned) for row, other in zip(tuned.rows, others, strict=True))
    return replace(
        tuned,
        rows=rows,
        evidence=f"{tuned.evidence}; base from {base.name}: {base.evidence}",
        skipped=(*tuned.skipped, *base.skipped),
    )


def _matched(tuned: Predictions, base: Predictions) -> list[Prediction]:
    """The base's row for each of the tuned: by id where the ids are unique in both, or else by order."""
    ids = [[row.id for row in side.rows] for side in (tuned, base)]
    if all(all(own) and max(Counter(own).values()) == 1 for own in ids):
        by_id = {row.id: row for row in base.rows}
        missing = [row for row in tuned.rows if row.id not in by_id]
        if not missing:
            return [by_id[row.id] for row in tuned.rows]
        raise DataError(
            f"{base.name} lacks {len(missing):,} of the {len(tuned):,} rows of {tuned.name}: the first is id "
            f"{shown(missing[0].id)}, {missing[0].source}",
            hint="let the base answer the same prompts: tunecheck generate MODEL --data FILE --with-base writes both",
        )
    if len(tuned) != len(base):
        raise DataError(
            f"{tuned.name} has {len(tuned):,} rows and {base.name} {len(base):,}: they cannot be paired",
            hint="give both files the same rows, or an id column",
        )
    return list(base.rows)


def _bad_rows(opened: Source, bad: Sequence[tuple[int, str]]) -> DataError:
    lines = [f"  {opened.place(number)}: {reason}" for number, reason in bad[:_LISTED_ROWS]]
    more = [f"  and {len(bad) - _LISTED_ROWS} more"] if len(bad) > _LISTED_ROWS else []
    return DataError(
        "\n".join([f"{len(bad):,} of {len(opened.rows):,} rows of {opened.label} cannot be scored:", *lines, *more]),
        hint="correct them, or go on without them: --skip-bad-rows",
    )


def _some(columns: Sequence[str]) -> str:
    shown_columns = ", ".join(shown(column) for column in columns[:12])
    return f"{shown_columns} and {len(columns) - 12} more" if len(columns) > 12 else shown_columns
