"""Text classifier: can two sets of texts be told apart by their words alone?

It is the control of membership scores: where words alone tell training from validation text, a score may do so without
any memory (Das et al. 2024, "Blind baselines beat membership inference attacks for foundation models").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, count

import numpy as np
import numpy.typing as npt
from scipy import sparse

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.auc import Sample, auc
from tunecheck.stats.ratios import Codes, Units, unit_codes

Floats = npt.NDArray[np.float64]
Words = Sequence[Sequence[str]]

N_FOLDS = 5
# A word in one text alone cannot help on another text.
LEAST_TEXTS = 2
# Weight of half the squared length of the slopes, against the sum of the log losses: C = 1 in scikit-learn's words.
RIDGE = 1.0
# Which unit is in which fold is chance, and always the same chance.
_FOLD_SEED = 20_240_611
_NEWTON_STEPS, _NEWTON_ENOUGH = 10, 1e-3
_CG_STEPS, _CG_ENOUGH = 30, 0.05


def text_auc(
    positives: Words,
    negatives: Words,
    positive_units: Units,
    negative_units: Units,
    *,
    confidence: float = 0.95,
) -> Estimate | Unscored:
    """How often does a classifier that sees words alone rank a positive text above a negative one?

    TF-IDF and a logistic regression with a ridge, cross-validated in five folds that no unit crosses; the AUC over the
    scores of texts that the classifier was not fitted on, with the interval of ``tunecheck.stats.auc``. Texts come as
    lists of words. It sees how often each word stands in a text, not the order and hardly the length. Deterministic.
    The interval leaves out the doubt about the fit, which makes the true spread about a third wider: ask for 99% where
    95% are meant. Unscored with fewer than five units on a side.
    """
    codes = unit_codes([*list(positive_units), *list(negative_units)])
    is_positive = np.arange(len(codes)) < len(positives)
    sizes = [len(np.unique(codes[side])) for side in (is_positive, ~is_positive)]
    if min(sizes) < N_FOLDS:
        return Unscored(
            reason=f"{N_FOLDS} folds need {N_FOLDS} items or groups in each set, and there are {min(sizes)}"
        )
    scores = held_out_scores(tf_idf([*positives, *negatives]), is_positive, codes)
    return auc(
        Sample(values=scores[is_positive], units=codes[is_positive]),
        Sample(values=scores[~is_positive], units=codes[~is_positive]),
        confidence=confidence,
    )


def tf_idf(texts: Words) -> sparse.csr_array:
    """Shape (texts, words that stand in two texts or more): (1 + ln count) (1 + ln((1 + n) / (1 + texts with it))).

    Each row is then brought to length 1. Words are numbered in the order in which they appear.

    >>> tf_idf([["a", "b"], ["a", "c", "b"]]).toarray().round(3).tolist()
    [[0.707, 0.707], [0.707, 0.707]]
    """
    index: defaultdict[str, int] = defaultdict(count().__next__)
    columns = list(map(index.__getitem__, chain.from_iterable(texts)))
    sizes = [len(text) for text in texts]
    width = max(1, len(index))
    keys = np.repeat(np.arange(len(texts)), sizes) * width + np.array(columns, dtype=np.int64)
    keys, counts = np.unique(keys, return_counts=True)
    rows, columns_of = keys // width, keys % width
    n_texts_with = np.bincount(columns_of, minlength=width)
    kept = n_texts_with[columns_of] >= LEAST_TEXTS
    rows, columns_of, counts = rows[kept], columns_of[kept], counts[kept]
    weights = (1 + np.log(counts)) * (1 + np.log((1 + len(texts)) / (1 + n_texts_with[columns_of])))
    lengths = np.sqrt(np.bincount(rows, weights**2, len(texts)))
    place = np.cumsum(n_texts_with >= LEAST_TEXTS) - 1
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(texts)))))
    shape = (len(texts), int(np.count_nonzero(n_texts_with >= LEAST_TEXTS)))
    return sparse.csr_array((weights / lengths[rows], place[columns_of], starts), shape=shape)


def held_out_scores(features: sparse.csr_array, is_positive: npt.NDArray[np.bool_], units: Codes) -> Floats:
    """Log odds of each row under the classifier that was fitted on the other folds; shape (rows)."""
    folds = unit_folds(is_positive, units)
    scores = np.zeros(len(units))
    for fold in range(N_FOLDS):
        held = folds == fold
        slopes, intercept = ridge_logistic(features[np.flatnonzero(~held)], is_positive[~held])
        scores[held] = features[np.flatnonzero(held)] @ slopes + intercept
    return scores


def unit_folds(is_positive: npt.NDArray[np.bool_], units: Codes) -> Codes:
    """The fold of each row: all rows of a unit in one, and in each fold as many units of each set as can be."""
    n_units = int(units.max()) + 1
    has_positive = np.zeros(n_units, dtype=np.bool_)
    has_positive[units[is_positive]] = True
    shuffled = np.random.default_rng(_FOLD_SEED).permutation(n_units)
    order = shuffled[np.argsort(has_positive[shuffled], kind="stable")]
    folds = np.empty(n_units, dtype=np.int64)
    folds[order] = np.arange(n_units) % N_FOLDS
    return folds[units]


def ridge_logistic(features: sparse.csr_array, is_positive: npt.NDArray[np.bool_]) -> tuple[Floats, float]:
    """Slopes and intercept that minimise Σ log loss + RIDGE / 2 |slopes|², by Newton's method with conjugate gradients.

    The intercept is free. A step that does not lower the loss is halved.
    """
    target = is_positive.astype(np.float64)
    design = sparse.csr_array(sparse.hstack((features, sparse.csr_array(np.ones((features.shape[0], 1))))))
    across = design.T.tocsr()
    ridge = np.full(design.shape[1], RIDGE)
    ridge[-1] = 0.0
    found = np.zeros(design.shape[1])
    share = min(max(float(target.mean()), 1e-6), 1 - 1e-6)
    found[-1] = np.log(share / (1 - share))
    for _ in range(_NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -500, 500)))
        slope = across @ (chance - target) + ridge * found
        step = _solve(design, across, chance * (1 - chance), ridge, slope)
        before, size = _loss(design, target, ridge, found), 1.0
        while _loss(design, target, ridge, found - size * step) > before + 1e-12 and size > 1e-3:
            size /= 2
        found = found - size * step
        if np.abs(size * step).max() < _NEWTON_ENOUGH * (1 + np.abs(found).max()):
            break
    return found[:-1], float(found[-1])


def _loss(design: sparse.csr_array, target: Floats, ridge: Floats, found: Floats) -> float:
    odds = design @ found
    return float(np.sum(np.logaddexp(0, odds) - target * odds) + 0.5 * (ridge * found) @ found)


def _solve(design: sparse.csr_array, across: sparse.csr_array, weights: Floats, ridge: Floats, slope: Floats) -> Floats:
    """Conjugate gradients on (Xᵀ W X + ridge) step = slope, scaled by the diagonal."""
    diagonal = across.power(2) @ weights + ridge + 1e-9
    step = np.zeros_like(slope)
    left = slope.copy()
    scaled = left / diagonal
    along, product = scaled.copy(), float(left @ scaled)
    enough = _CG_ENOUGH**2 * product
    for _ in range(_CG_STEPS):
        if product <= enough or product == 0:
            break
        pushed = across @ (weights * (design @ along)) + ridge * along
        size = product / float(along @ pushed)
        step += size * along
        left -= size * pushed
        scaled = left / diagonal
        product, last = float(left @ scaled), product
        along = scaled + product / last * along
    return step
