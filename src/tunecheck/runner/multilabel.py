"""Several labels at once: sets of labels read from answers, as measures like any other metric's."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from tunecheck.checks import Pooled
from tunecheck.core import Answered, Measured, Prediction, Scores, TaskSpec, Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.labels import LabelReader
from tunecheck.metrics.multilabel import item_totals, multilabel_scores, predicted_sets

# Measures of one row, the one that decides first, and those that follow from totals.
_OF_ROWS, _POOLED = ("subset_accuracy", "samples_f1", "jaccard", "hamming_loss"), ("micro_f1", "macro_f1")


def multilabel_measured(labels: Sequence[str], rows: Sequence[Prediction]) -> tuple[Measured, ...]:
    """The measures of both sides; the references of a row are the set of its labels."""
    reader = LabelReader(labels, multi=True)
    tuned = _side(reader, labels, rows, [row.tuned for row in rows])
    base = None
    if any(row.base is not None for row in rows):
        absent = Unscored(reason="no answer of the base")
        base = _side(reader, labels, rows, [absent if row.base is None else row.base for row in rows])
    return tuple(
        Measured(
            name=name,
            decides=name == _OF_ROWS[0],
            lower_is_better=name == "hamming_loss",
            tuned=tuned[name],
            base=base[name] if base is not None else None,
        )
        for name in (*_OF_ROWS, *_POOLED)
    )


def find_all_labels(rows: Sequence[Prediction]) -> tuple[str, ...]:
    """Every label of the references, in order."""
    return tuple(dict.fromkeys(label for row in rows for label in row.references if label))


def multilabel_pooled() -> dict[str, Pooled]:
    """How the measures that are no means follow from summed totals."""
    return {
        "micro_f1": lambda totals: float(multilabel_scores(totals)["micro_f1"]),
        "macro_f1": lambda totals: float(multilabel_scores(totals)["macro_f1"]),
    }


def is_multilabel(spec: TaskSpec) -> bool:
    """Whether several labels may be right at once."""
    if spec.name != "classification" or "multi" not in spec.options:
        return False
    word = spec.options["multi"].lower()
    if word not in ("yes", "true", "1", "no", "false", "0"):
        raise InputError(f"multi={spec.options['multi']} of task classification is not yes or no", hint="multi=yes")
    unknown = [name for name in spec.options if name not in ("multi", "where", "at_least")]
    is_on = word in ("yes", "true", "1")
    if is_on and unknown:
        raise InputError(
            f"several labels at once have no option {unknown[0]!r}",
            hint="options beside multi: labels, where, at_least",
        )
    return is_on


def _side(
    reader: LabelReader, labels: Sequence[str], rows: Sequence[Prediction], answers: Sequence[Answered]
) -> dict[str, Scores]:
    references = [tuple(label for label in row.references if label) for row in rows]
    readings = [reader.read("" if isinstance(answer, Unscored) else answer) for answer in answers]
    totals = item_totals(references, predicted_sets(readings), labels)
    found = {}
    for name in (*_OF_ROWS, *_POOLED):
        values = [float(value) for value in multilabel_scores(totals)[name]]
        found[name] = Scores(
            values=tuple(
                answer if isinstance(answer, Unscored) else Unscored(reason="no label") if isnan(value) else value
                for answer, value in zip(answers, values, strict=True)
            ),
            totals=tuple(
                () if isinstance(answer, Unscored) else tuple(row)
                for answer, row in zip(answers, totals.tolist(), strict=True)
            )
            if name in _POOLED
            else (),
        )
    return found
