"""Predictions: rows that hold an answer and what it should have been, under any of their usual names."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from tunecheck.core import Answered, Prediction, Predictions, Unscored
from tunecheck.data.columns import columns_of
from tunecheck.data.rows import BadRow, Row, canonical_json, is_missing, shown
from tunecheck.data.sources import Source, open_source
from tunecheck.errors import DataError

PREDICTION_NAMES = (
    *("prediction", "predicted", "predictions", "predict", "generated", "generated_text", "generation"),
    *("model_output", "model_answer", "filtered_resps", "resps", "output", "response", "completion", "hypothesis"),
    "candidate",
)
REFERENCE_NAMES = (
    *("reference", "references", "label", "labels", "expected", "expected_output", "target", "targets", "gold"),
    *("ground_truth", "answer", "answers", "solution", "summary", "highlights", "output", "response", "completion"),
)
BASE_NAMES = ("base_prediction", "base_predict", "base_generated", "base_output", "base_response")
PROMPT_NAMES = ("document", "article", "prompt", "instruction", "question", "input", "source", "text", "messages")
# Of an Alpaca row the second part of the prompt stands by itself.
SECOND_PARTS = {"instruction": "input", "question": "context"}
ID_NAMES = ("id", "task_id", "item_id", "uid", "idx", "index", "example_id")


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
    needs_reference: bool = True,
    strata: Sequence[str] = (),
) -> Predictions:
    """The rows of a predictions file, or of rows in memory, in their order.

    base           another predictions file, of the base model on the same rows: matched by id, or else by order
    strata         columns whose values are kept with each row that has them, by themselves or inside ``metadata``
    skip_bad_rows  leave rows that cannot be read out, and name them, instead of failing

    An answer that is null is Unscored; a number or an object is taken as its JSON text. Raises DataError for a file
    without an answer or a reference column, for rows that lack either (up to 20 at once), and for two files that do
    not hold the same rows.

    >>> load_predictions([{"prediction": "a cat", "reference": "the cat"}]).rows[0].tuned
    'a cat'
    """
    wanted = fields or Fields()
    tuned = _load(
        source, wanted, name, skip_bad_rows=skip_bad_rows, needs_reference=needs_reference, strata=tuple(strata)
    )
    if base is None:
        return tuned
    if wanted.base is not None:
        raise DataError(
            f"the base's answers are asked for twice: in the column {shown(wanted.base)} and in a file of their own",
            hint="leave out --base-field or --base-predictions",
        )
    others = _load(base, wanted, None, skip_bad_rows=skip_bad_rows, is_base=True)
    return _beside(tuned, others, skip_bad_rows=skip_bad_rows)


def _load(
    source: object,
    wanted: Fields,
    name: str | None,
    *,
    skip_bad_rows: bool,
    is_base: bool = False,
    needs_reference: bool = True,
    strata: tuple[str, ...] = (),
) -> Predictions:
    """The rows of one file; that of a base may lack the references, and name its columns in its own way."""
    opened = open_source(source, name)
    if not opened.rows:
        raise DataError(f"{opened.label} is empty", hint="a predictions file has a prediction and a reference per row")
    columns = columns_of(opened.rows)
    if is_base:
        wanted = Fields(**{field: name if name in columns else None for field, name in asdict(wanted).items()})
    found = _columns(opened, columns, wanted, needs_reference=needs_reference and not is_base)
    reader = _Reader(opened, found, strata, needs_reference=needs_reference)
    rows, skipped = opened.read(reader.read, skip_bad_rows=skip_bad_rows)
    return Predictions(name=opened.name, rows=_with_units(rows), evidence=reader.evidence, skipped=skipped)


def _columns(opened: Source, columns: Sequence[str], wanted: Fields, *, needs_reference: bool) -> Fields:
    """The column of each field; the asked for ones must be there."""
    asked = {field: getattr(wanted, field) for field in ("prediction", "reference", "base", "prompt", "id", "group")}
    for field, column in asked.items():
        if column is not None and column not in columns:
            raise DataError(
                f"{opened.label} has no column {shown(column)}: its columns are {_some(columns)}",
                hint=f"check --{field}-field",
            )
    # One column may name a row or its group and be the reference too.
    taken = {asked[field] for field in ("prediction", "reference", "base", "prompt") if asked[field] is not None}
    if {"instruction", "output", "response"} <= set(columns) and asked["prediction"] is asked["reference"] is None:
        # In a file of instructions the output is what should have been said.
        asked |= {"prediction": "response", "reference": "output"}
        taken |= {"response", "output"}
    for field, names in (
        ("base", BASE_NAMES),
        ("prediction", PREDICTION_NAMES),
        ("reference", REFERENCE_NAMES),
        ("id", ID_NAMES),
        ("prompt", PROMPT_NAMES),
    ):
        if asked[field] is None:
            asked[field] = _found(columns, names, taken)
            taken |= {asked[field]} if field != "id" else set()
    for field in ("prediction", "reference") if needs_reference else ("prediction",):
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

    def __init__(self, opened: Source, columns: Fields, strata: tuple[str, ...], *, needs_reference: bool) -> None:
        self._opened, self._columns, self._strata = opened, columns, strata
        self._needs_reference = needs_reference

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
        if not isinstance(value, Mapping):
            raise BadRow(f"the row is {shown(value)}, not an object with fields")
        columns = self._columns
        assert columns.prediction is not None
        prompt = _whole_prompt(value, columns.prompt) if columns.prompt else ""
        given = value.get(columns.id) if columns.id else None
        row_id = "" if is_missing(given) else str(given)
        group = value.get(columns.group) if columns.group else None
        tuned = _answer(value, columns.prediction)
        has_reference = columns.reference is not None and (
            self._needs_reference or not is_missing(value.get(columns.reference))
        )
        return Prediction(
            row=number,
            references=_references(value, columns.reference) if has_reference and columns.reference else (),
            tuned=tuned,
            base=_answer(value, columns.base) if columns.base else None,
            prompt=prompt,
            messages=_messages(value.get(columns.prompt)) if columns.prompt else (),
            id=row_id,
            probabilities=_probabilities(value, "probabilities"),
            base_probabilities=_probabilities(value, "base_probabilities"),
            unit=f"group {group}" if not is_missing(group) else row_id or prompt,
            strata=_strata(value, self._strata),
            source=self._opened.place(number),
        )


def _strata(row: Row, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The values of these columns as text, where the row or its metadata has them."""
    metadata = row.get("metadata")
    inner = metadata if isinstance(metadata, Mapping) else {}
    values = ((name, row.get(name, inner.get(name))) for name in names)
    return tuple((name, _text(value, name)) for name, value in values if not is_missing(value))


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


def _whole_prompt(row: Row, column: str) -> str:
    """The prompt with the part of it that stands in a column of its own."""
    second = SECOND_PARTS.get(column, "")
    parts = [_prompt(row.get(column)), _prompt(row.get(second)) if second else ""]
    return "\n".join(part for part in parts if part)


def _with_units(rows: Sequence[Prediction]) -> tuple[Prediction, ...]:
    """The rows, each a unit by itself unless a group, a name or a prompt joins it to others.

    Rows with one prompt are samples of it where they have the same reference too. Where they do not anywhere in the
    file, that column holds an instruction that many rows share, and joins none.
    """
    references: dict[str, set[tuple[str, ...]]] = {}
    for row in rows:
        references.setdefault(row.unit, set()).add(row.references)
    is_shared = any(len(found) > 1 for unit, found in references.items() if unit and not unit.startswith("group "))
    return tuple(
        row
        if row.unit and (row.unit.startswith("group ") or row.id or not is_shared)
        else replace(row, unit=f"row {row.row}")
        for row in rows
    )


def _prompt(value: object) -> str:
    """The prompt for people and metrics: its text, or the messages a line each."""
    if is_missing(value):
        return ""
    if isinstance(value, (list, tuple)) and all(isinstance(turn, Mapping) for turn in value):
        return "\n".join(str(turn.get("content", "")) for turn in value)
    return value if isinstance(value, str) else str(value)


def _messages(value: object) -> tuple[tuple[str, str], ...]:
    """A prompt of several messages with their roles; a single one is as good as its text."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(turn, Mapping) for turn in value):
        return ()
    found = tuple((str(turn.get("role", "user")), str(turn.get("content", ""))) for turn in value)
    return found if len(found) > 1 or any(role != "user" for role, _ in found) else ()


def _beside(tuned: Predictions, base: Predictions, *, skip_bad_rows: bool) -> Predictions:
    """The rows with the answers of the base from another file."""
    by_key = dict(zip(_keys(base, tuned), base.rows, strict=True))
    pairs = [(row, by_key.get(key)) for key, row in zip(_keys(tuned, base), tuned.rows, strict=True)]
    missing = [row for row, other in pairs if other is None]
    both = [(row, other) for row, other in pairs if other is not None]
    if not both or (not skip_bad_rows and (missing or len(tuned) != len(base))):
        raise _unpaired(tuned, base, missing)
    for row, other in both:
        _check_pair(row, other)
    dropped = tuple(f"{row.source}: the base has no such row" for row in missing)
    return replace(
        tuned,
        rows=tuple(replace(row, base=other.tuned, base_probabilities=other.probabilities) for row, other in both),
        evidence=f"{tuned.evidence}; base from {base.name}: {base.evidence}",
        skipped=(*tuned.skipped, *base.skipped, *dropped),
    )


def _keys(side: Predictions, other: Predictions) -> list[tuple[str, int]]:
    """What a row is found by in the other file: its id and which of the rows with that id it is, or its number."""
    if not all(row.id for one in (side, other) for row in one.rows):
        return [("", row.row) for row in side.rows]
    seen: Counter[str] = Counter()
    keys = []
    for row in side.rows:
        keys.append((row.id, seen[row.id]))
        seen[row.id] += 1
    return keys


def _check_pair(row: Prediction, other: Prediction) -> None:
    for name, own, theirs in (
        ("references", "".join(row.references[:1]), "".join(other.references[:1])),
        ("prompts", row.prompt, other.prompt),
    ):
        if own != theirs and own and theirs:
            raise DataError(
                f"{row.source} and {other.source} have different {name}: {shown(own)} and {shown(theirs)}",
                hint="give the answers of both models to the same rows, in the same order or with an id column",
            )


def _unpaired(tuned: Predictions, base: Predictions, missing: Sequence[Prediction]) -> DataError:
    if missing and missing[0].id:
        told = f"{base.name} lacks {len(missing):,} of the {len(tuned):,} rows of {tuned.name}: the first is id "
        told += f"{shown(missing[0].id)}, {missing[0].source}"
    else:
        told = f"{tuned.name} has {len(tuned):,} rows and {base.name} {len(base):,}: they cannot be paired"
    return DataError(
        told,
        hint="let both answer the same rows: tunecheck generate MODEL --data FILE --with-base writes one file; or go "
        "on with the rows that both have: --skip-bad-rows",
    )


def _some(columns: Sequence[str]) -> str:
    shown_columns = ", ".join(shown(column) for column in columns[:12])
    return f"{shown_columns} and {len(columns) - 12} more" if len(columns) > 12 else shown_columns
