"""Classification where several labels, or none, may be right at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tunecheck.core import Reading
from tunecheck.errors import DataError

Floats = NDArray[np.float64]

_ITEM_MEASURES = ("subset_accuracy", "samples_f1", "hamming_loss", "jaccard", "coverage")
_ROWS_NAMED = 5


def predicted_sets(readings: Sequence[Reading]) -> tuple[tuple[str, ...] | None, ...]:
    """The labels of each reading; None where nothing was read, while no labels at all, (), are an answer."""
    return tuple(reading.labels if reading.outcome == "label" else None for reading in readings)


def item_totals(
    references: Sequence[Collection[str]], predictions: Sequence[Collection[str] | None], labels: Sequence[str]
) -> Floats:
    """Shape (n, 6 + 3 K): what ``multilabel_scores`` needs of each item; summed over items, of a sample of them.

    Columns: 1; subset accuracy, F1, Hamming loss, Jaccard index and coverage of the item; then for each label whether
    reference and prediction have it, whether the reference has, whether the prediction has. A reply that was not read
    is wrong in all of it: 0, 0, 1, 0, 0. An item without labels for which none are predicted is right: 1, 1, 0, 1, 1.

    Raises DataError for references outside the labels, naming their rows (the first is row 1), and ValueError where
    the two are not parallel, there are no labels, or a prediction is none of them.
    """
    if len(references) != len(predictions):
        raise ValueError(f"{len(references)} references need as many predictions, not {len(predictions)}")
    if not labels:
        raise ValueError("there are no labels")
    true, of_references = _members(references, labels)
    if of_references:
        named = ", ".join(f"row {row} has {label!r}" for row, label in of_references[:_ROWS_NAMED])
        more = f" and {len(of_references) - _ROWS_NAMED} more" if len(of_references) > _ROWS_NAMED else ""
        raise DataError(
            f"references outside the {len(labels)} labels: {named}{more}",
            hint="add them to the labels, or leave the labels out to take those of the references",
        )
    said, of_predictions = _members([one or () for one in predictions], labels)
    if of_predictions:
        raise ValueError("prediction {} has {!r}, which is none of the labels".format(*of_predictions[0]))
    is_read = np.array([one is not None for one in predictions], dtype=np.bool_)
    both, sizes, either = (true & said).sum(1), true.sum(1) + said.sum(1), (true | said).sum(1)
    f1 = np.where(sizes > 0, 2 * both / np.maximum(sizes, 1), 1.0) * is_read
    jaccard = np.where(sizes > 0, both / np.maximum(either, 1), 1.0) * is_read
    hamming = np.where(is_read, (true != said).mean(1), 1.0)
    subset = (true == said).all(1) & is_read
    columns = [np.ones(len(true)), subset, f1, hamming, jaccard, is_read]
    return np.column_stack([*columns, true & said, true, said]).astype(np.float64)


def multilabel_scores(totals: Floats) -> Mapping[str, Floats]:
    """Scores of items whose ``item_totals`` sum to ``totals``, shape (..., 6 + 3 K); each of shape (...).

    subset_accuracy  share of items whose labels are all right and complete
    micro_f1         2 TP / (references + predictions), summed over labels
    macro_f1         mean F1 over the labels that a reference or a prediction has
    samples_f1       mean F1 of the items
    hamming_loss     share of wrong decisions, one per item and label; less is better
    jaccard          mean over items of labels in common / labels in either
    coverage         share of items whose reply was read

    NaN without items, and in micro and macro F1 where no reference and no prediction has any label.

    >>> totals = item_totals([("a", "b"), ("a",)], [("a",), ("a",)], ["a", "b"])
    >>> scores = multilabel_scores(totals.sum(0))
    >>> float(scores["subset_accuracy"]), float(scores["micro_f1"]), float(scores["hamming_loss"])
    (0.5, 0.8, 0.25)
    """
    head = 1 + len(_ITEM_MEASURES)
    k = (totals.shape[-1] - head) // 3
    n, means = totals[..., 0], totals[..., 1:head]
    right, true, said = (totals[..., head + part * k : head + (part + 1) * k] for part in range(3))
    f1 = _ratio(2 * right, true + said)
    known = ~np.isnan(f1)
    return {
        **{name: _ratio(means[..., place], n) for place, name in enumerate(_ITEM_MEASURES)},
        "micro_f1": _ratio(2 * right.sum(-1), (true + said).sum(-1)),
        "macro_f1": _ratio(np.where(known, f1, 0).sum(-1), known.sum(-1).astype(np.float64)),
    }


def _members(sets: Sequence[Collection[str]], labels: Sequence[str]) -> tuple[NDArray[np.bool_], list[tuple[int, str]]]:
    """Which item has which label, shape (n, K), and the rows that have something else."""
    place = {label: at for at, label in enumerate(labels)}
    members = np.zeros((len(sets), len(labels)), dtype=np.bool_)
    outside = []
    for row, one in enumerate(sets):
        for label in one:
            if label in place:
                members[row, place[label]] = True
            else:
                outside.append((row + 1, label))
    return members, outside


def _ratio(part: Floats, whole: Floats) -> Floats:
    """NaN where the whole is 0."""
    ratio: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)
    return ratio
