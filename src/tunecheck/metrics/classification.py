"""Classification: a confusion matrix with columns for replies without a label, and every score that follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecheck.core import Reading, Unscored
from tunecheck.errors import DataError

MISSED = ("unparsed", "ambiguous", "abstained")
"""The columns of a confusion matrix after those of the labels."""

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_ROWS_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """How replies to items of each label were read.

    labels     the K labels, in the order of the task
    confusion  shape (K, K + 3): rows are references, columns predictions, then ``MISSED``
    """

    labels: tuple[str, ...]
    confusion: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScores:
    """One label against all others.

    support    items whose reference it is
    predicted  items for which it was predicted
    precision  Unscored where it was never predicted
    recall     Unscored where no item has it
    f1         2 TP / (support + predicted), so 0 where one of these is 0; Unscored where both are
    """

    label: str
    support: int
    predicted: int
    precision: float | Unscored
    recall: float | Unscored
    f1: float | Unscored


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """Accuracy without reading the items.

    majority       always the most frequent reference, ``majority_label`` (of equals the first)
    prior_matched  expected when labels are drawn as often as the references have them: the sum of squared shares
    uniform        expected when all labels are equally likely: 1 / K
    """

    majority_label: str
    majority: float
    prior_matched: float
    uniform: float


def cells(references: Sequence[str], readings: Sequence[Reading], labels: Sequence[str]) -> Counts:
    """Shape (n): the place of each item in its confusion matrix when that is flattened row by row.

    Raises DataError for references outside the labels, naming their rows (the first is row 1), and ValueError where
    references and readings are not parallel or a reading gives a label of another task.
    """
    if len(references) != len(readings):
        raise ValueError(f"{len(references)} references need as many readings, not {len(readings)}")
    row_of = {label: place for place, label in enumerate(labels)}
    outside = [(row, label) for row, label in enumerate(references, 1) if label not in row_of]
    if outside:
        named = ", ".join(f"row {row} has {label!r}" for row, label in outside[:_ROWS_NAMED])
        more = f" and {len(outside) - _ROWS_NAMED} more" if len(outside) > _ROWS_NAMED else ""
        raise DataError(
            f"references outside the {len(row_of)} labels: {named}{more}",
            hint="add them to the labels, or leave the labels out to take those of the references",
        )
    column_of: dict[str, int] = {outcome: len(row_of) + place for place, outcome in enumerate(MISSED)}
    width = len(row_of) + len(MISSED)
    found = np.empty(len(references), dtype=np.int64)
    for at, (reference, reading) in enumerate(zip(references, readings, strict=True)):
        column = column_of.get(reading.outcome) if reading.label is None else row_of.get(reading.label)
        if column is None:
            raise ValueError(f"reading {at + 1} gives {reading.label!r}, which is none of the labels")
        found[at] = row_of[reference] * width + column
    return found


def tabulate(references: Sequence[str], readings: Sequence[Reading], labels: Sequence[str]) -> Classification:
    """The confusion matrix of readings against references; errors are those of ``cells``.

    >>> from tunecheck.metrics.labels import LabelReader
    >>> read = LabelReader(["yes", "no"]).read
    >>> tabulate(["yes", "no"], [read("Yes."), read("I like trains.")], ["yes", "no"]).confusion.tolist()
    [[1, 0, 0, 0, 0], [0, 0, 1, 0, 0]]
    """
    shape = (len(labels), len(labels) + len(MISSED))
    counts = np.bincount(cells(references, readings, labels), minlength=shape[0] * shape[1])
    return Classification(labels=tuple(labels), confusion=counts.astype(np.int64).reshape(shape))


def scores_of(confusion: NDArray[np.int64] | Floats) -> Mapping[str, Floats]:
    """Every score of confusion matrices of shape (..., K, K + 3), each of shape (...); counts may be weights.

    A reply without a label is wrong: it counts as a prediction that no reference has.
    accuracy           share of items that are right; with ``coverage``, the share that got a label, and
                       ``accuracy_parsed`` among those
    balanced_accuracy  mean recall over the labels that references have
    macro_f1           mean F1 over the labels that references or predictions have, which is scikit-learn's with
                       ``labels=`` and ``zero_division=nan``; a label that neither has says nothing about the model
    micro_f1           2 TP / (support + predicted), summed over labels
    weighted_f1        mean F1 weighted by support
    mcc                Matthews correlation (Gorodkin 2004); 0 where references or predictions are all of one kind
    kappa              agreement beyond chance (Cohen 1960)

    NaN where undefined: everything without items; ``accuracy_parsed`` where nothing got a label; mcc and kappa where
    all references and all predictions are one and the same label, so that chance cannot be beaten.

    >>> scores = scores_of(np.array([[3, 1, 0, 0, 0], [0, 4, 2, 0, 0]]))
    >>> float(scores["accuracy"])
    0.7
    """
    counts = np.asarray(confusion, dtype=np.float64)
    k, support, predicted = counts.shape[-2], counts.sum(-1), counts.sum(-2)
    right = np.diagonal(counts[..., :k], axis1=-2, axis2=-1)
    f1 = _ratio(2 * right, support + predicted[..., :k])
    n, n_right, n_read = support.sum(-1), right.sum(-1), predicted[..., :k].sum(-1)
    chance = (support * predicted[..., :k]).sum(-1)
    spread = (n**2 - (support**2).sum(-1)) * (n**2 - (predicted**2).sum(-1))
    beatable = np.where(n**2 > chance, 1.0, np.nan)
    return {
        "accuracy": _ratio(n_right, n),
        "balanced_accuracy": _mean(_ratio(right, support)),
        "macro_f1": _mean(f1),
        "micro_f1": _ratio(2 * n_right, n + n_read),
        "weighted_f1": _ratio((np.nan_to_num(f1) * support).sum(-1), n),
        "mcc": np.nan_to_num(_ratio(n_right * n - chance, np.sqrt(spread))) * beatable,
        "kappa": _ratio(n_right * n - chance, n**2 - chance),
        "coverage": _ratio(n_read, n),
        "accuracy_parsed": _ratio(n_right, n_read),
    }


def per_class(found: Classification) -> tuple[ClassScores, ...]:
    """Precision, recall and F1 of each label, in the order of the task."""
    k = len(found.labels)
    right, support, predicted = found.confusion.diagonal(), found.confusion.sum(1), found.confusion.sum(0)[:k]
    return tuple(
        ClassScores(
            label=label,
            support=int(support[at]),
            predicted=int(predicted[at]),
            precision=_share(right[at], predicted[at], f"{label!r} was never predicted"),
            recall=_share(right[at], support[at], f"no item has the label {label!r}"),
            f1=_share(2 * right[at], support[at] + predicted[at], f"{label!r} is in no reference and no prediction"),
        )
        for at, label in enumerate(found.labels)
    )


def baselines(found: Classification) -> Baselines | Unscored:
    """What accuracy means here: how right one is without reading the items."""
    support = found.confusion.sum(1)
    if not support.any():
        return Unscored(reason="there are no items")
    shares = support / support.sum()
    return Baselines(
        majority_label=found.labels[int(np.argmax(support))],
        majority=float(shares.max()),
        prior_matched=float((shares**2).sum()),
        uniform=1 / len(found.labels),
    )


def _ratio(part: Floats, whole: Floats) -> Floats:
    """NaN where the whole is 0."""
    ratio: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)
    return ratio


def _mean(values: Floats) -> Floats:
    """Over the last axis, of what is not NaN."""
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0).sum(-1), known.sum(-1).astype(np.float64))


def _share(part: np.int64, whole: np.int64, reason: str) -> float | Unscored:
    return float(part / whole) if whole else Unscored(reason=reason)
