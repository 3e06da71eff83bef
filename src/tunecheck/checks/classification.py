"""Classification: how often each side names the right label, on which labels it fails, and which rows flipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecheck.checks.phrases import number, percent
from tunecheck.checks.ranked import rank_gap, ranked_measures
from tunecheck.checks.task_comparison import NO_BASE
from tunecheck.checks.task_rows import identity, texts_of
from tunecheck.core import (
    Estimate,
    Exhibit,
    ExhibitList,
    Finding,
    LabelFacts,
    Measure,
    Measured,
    Prediction,
    Reading,
    Scores,
    Unscored,
)
from tunecheck.metrics.classification import (
    MISSED,
    Baselines,
    Classification,
    ClassScores,
    baselines,
    cells,
    per_class,
    scores_of,
    tabulate,
)
from tunecheck.stats import percentile_interval, resampled_counts, share

N_DRAWS = 1000
MOST_EXHIBITS = 8
# So many answers without a label make the headline one about form rather than knowledge.
MOST_UNREAD = 0.05
# One label takes nearly all answers, and far fewer references have it.
ONE_LABEL, ONE_LABEL_REFERENCES = 0.9, 0.7
DERIVED = ("balanced_accuracy", "macro_f1", "micro_f1", "weighted_f1", "mcc", "kappa")
_SEED = 42

Readings = Sequence[Reading | Unscored]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side over the rows that have an answer: their codes in the flattened confusion matrix, and their units."""

    confusion: NDArray[np.int64]
    codes: NDArray[np.int64]
    units: tuple[str, ...]


def accuracy_of(facts: LabelFacts) -> Measured:
    """Right or wrong, row by row; an answer without a label is wrong."""

    def scores(readings: Readings) -> Scores:
        return Scores(
            values=tuple(
                one if isinstance(one, Unscored) else float(one.label == reference)
                for one, reference in zip(readings, facts.references, strict=True)
            )
        )

    base = scores(facts.base) if facts.base is not None else None
    return Measured(name="accuracy", decides=True, tuned=scores(facts.tuned), base=base)


def classification_measures(facts: LabelFacts, units: Sequence[str]) -> dict[str, Mapping[str, Measure]]:
    """What ``tuned``, ``base`` and ``paired`` hold besides accuracy."""
    tuned = _side(facts, facts.tuned, units)
    found: dict[str, Mapping[str, Measure]] = {"tuned": _measures(facts, tuned)}
    if facts.base is not None:
        found["base"] = _measures(facts, _side(facts, facts.base, units))
        found["paired"] = _paired(facts, units)
    for side, ranked in (("tuned", facts.tuned_probabilities), ("base", facts.base_probabilities)):
        if ranked is not None and side in found:
            found[side] = {**found[side], "ranked": ranked_measures(facts, ranked, units)}
    return found


def majority_sentence(facts: LabelFacts) -> str:
    """What always giving the commonest label would reach."""
    found = _baselines(facts)
    return f"Always answering {found.majority_label!r} would reach {number(found.majority)}."


def without_model(facts: LabelFacts) -> dict[str, Measure]:
    """Accuracies that need no model: always the commonest label, and guesses."""
    found = _baselines(facts)
    return {
        "majority_label": found.majority_label,
        "majority": found.majority,
        "random": found.prior_matched,
        "uniform": found.uniform,
    }


def _baselines(facts: LabelFacts) -> Baselines:
    everyone = Reading(label=None, labels=(), outcome="unparsed", method="")
    found = baselines(tabulate(facts.references, [everyone] * len(facts.references), facts.labels))
    assert not isinstance(found, Unscored)
    return found


def _side(facts: LabelFacts, readings: Readings, units: Sequence[str]) -> Side:
    kept = [place for place, one in enumerate(readings) if not isinstance(one, Unscored)]
    return _on_rows(facts, readings, units, kept)


def _on_rows(facts: LabelFacts, readings: Readings, units: Sequence[str], kept: Sequence[int]) -> Side:
    read = [one for place in kept if isinstance(one := readings[place], Reading)]
    codes = cells([facts.references[place] for place in kept], read, facts.labels)
    shape = (len(facts.labels), len(facts.labels) + len(MISSED))
    confusion = np.bincount(codes, minlength=shape[0] * shape[1]).astype(np.int64).reshape(shape)
    return Side(confusion=confusion, codes=codes, units=tuple(units[place] for place in kept))


def _draws(side: Side) -> Mapping[str, NDArray[np.float64]]:
    """Every derived score on bootstrap draws of units; the same draws for every side with the same units."""
    rng = np.random.default_rng(_SEED)
    counts = resampled_counts(side.codes, side.confusion.size, side.units, rng, n_draws=N_DRAWS)
    return scores_of(counts.reshape(-1, *side.confusion.shape))


def _measures(facts: LabelFacts, side: Side) -> dict[str, Measure]:
    values = scores_of(side.confusion)
    n_units = len(set(side.units))
    draws = _draws(side) if n_units > 1 else {}
    n_labels = len(facts.labels)
    measures: dict[str, Measure] = {name: _interval(float(values[name]), draws.get(name), n_units) for name in DERIVED}
    read = side.codes % side.confusion.shape[1] < n_labels
    measures["coverage"] = share(read.astype(float), side.units)
    classes = per_class(Classification(labels=facts.labels, confusion=side.confusion))
    measures["per_class"] = {one.label: _of_class(side, place, one) for place, one in enumerate(classes)}
    measures["confusion"] = {
        "columns": (*facts.labels, *MISSED),
        "rows": {label: tuple(map(int, row)) for label, row in zip(facts.labels, side.confusion, strict=True)},
    }
    return measures


def _interval(value: float, draws: NDArray[np.float64] | None, n_units: int) -> Estimate | Unscored:
    if draws is None:
        return Unscored(reason="one item shows no spread, so there is no interval")
    # A draw without any row of a label has no value there; the others say how far it moves.
    finite = draws[np.isfinite(draws)]
    return percentile_interval(value, finite, n_units, method="bootstrap over items")


def _of_class(side: Side, place: int, found: ClassScores) -> dict[str, Measure]:
    """Recall over the rows that have the label, precision over those that were given it, and F1 of both."""
    width = side.confusion.shape[1]
    rows, columns = side.codes // width, side.codes % width
    is_right, units = (rows == columns).astype(float), np.array(side.units, dtype=object)

    def among(chosen: NDArray[np.bool_], value: float | Unscored) -> Measure:
        return value if isinstance(value, Unscored) else share(is_right[chosen], list(units[chosen]))

    return {
        "precision": among(columns == place, found.precision),
        "recall": among(rows == place, found.recall),
        "f1": found.f1,
        "support": found.support,
        "predicted": found.predicted,
    }


def _paired(facts: LabelFacts, units: Sequence[str]) -> dict[str, Measure]:
    assert facts.base is not None
    kept = [
        place
        for place, (tuned, base) in enumerate(zip(facts.tuned, facts.base, strict=True))
        if not isinstance(tuned, Unscored) and not isinstance(base, Unscored)
    ]
    both = [_on_rows(facts, readings, units, kept) for readings in (facts.tuned, facts.base)]
    n_units = len(set(both[0].units))
    if n_units < 2:
        return dict.fromkeys(DERIVED, NO_BASE)
    values, draws = [scores_of(side.confusion) for side in both], [_draws(side) for side in both]
    found: dict[str, Measure] = {
        name: _interval(float(values[0][name] - values[1][name]), draws[0][name] - draws[1][name], n_units)
        for name in DERIVED
    }
    right = [side.codes // side.confusion.shape[1] == side.codes % side.confusion.shape[1] for side in both]
    return found | {
        "n_only_tuned_right": int((right[0] & ~right[1]).sum()),
        "n_only_base_right": int((right[1] & ~right[0]).sum()),
    }


def classification_findings(facts: LabelFacts, accuracy: Estimate | Unscored) -> list[Finding]:
    """What makes the accuracy say less than it seems to."""
    readings = [one for one in facts.tuned if isinstance(one, Reading)]
    if not readings:
        return []
    return [
        found
        for found in (_unread(readings), _majority(facts, accuracy), _one_label(facts, readings), rank_gap(facts))
        if found is not None
    ]


def _unread(readings: Sequence[Reading]) -> Finding | None:
    counts = Counter(one.outcome for one in readings if one.outcome != "label")
    if counts.total() <= MOST_UNREAD * len(readings):
        return None
    told = ", ".join(f"{n:,} {outcome}" for outcome, n in counts.most_common())
    return Finding(
        code="tasks.unread_labels",
        severity="warn",
        message=f"{counts.total():,} of {len(readings):,} answers of tuned give no label ({told}): they count as wrong",
        evidence={str(outcome): n for outcome, n in counts.items()},
        hint="read some of them below: ask for the label alone in the prompt, or name other spellings with aliases",
    )


def _majority(facts: LabelFacts, accuracy: Estimate | Unscored) -> Finding | None:
    label, n = Counter(facts.references).most_common(1)[0]
    majority = n / len(facts.references)
    if isinstance(accuracy, Unscored) or accuracy.low > majority:
        return None
    is_below = accuracy.high < majority
    word = "is worse than" if is_below else "is not shown to be better than"
    return Finding(
        code="tasks.majority",
        severity="fail" if is_below else "warn",
        message=f"the tuned model's accuracy of {percent(accuracy.value)} {word} always answering {label[:60]!r}, "
        f"which is right for {percent(majority)}",
        evidence={"accuracy": accuracy.value, "majority": majority},
        hint="look at the confusion matrix: does it tell the labels apart at all? With few rows give more",
    )


def _one_label(facts: LabelFacts, readings: Sequence[Reading]) -> Finding | None:
    label, n = Counter(one.label for one in readings).most_common(1)[0]
    own = facts.references.count(label) / len(facts.references)
    if label is None or n < ONE_LABEL * len(readings) or own > ONE_LABEL_REFERENCES:
        return None
    return Finding(
        code="tasks.one_label",
        severity="warn",
        message=f"{percent(n / len(readings))} of the answers are {label[:60]!r}, and {percent(own)} of the references",
        evidence={"label": label, "share": n / len(readings), "share_of_references": own},
        hint="the model may have learned which label is common: look at how often each was trained on",
    )


def label_items(rows: Sequence[Prediction], facts: LabelFacts) -> tuple[Mapping[str, Measure], ...]:
    """One object for each row: what identifies it, the reference, and what each side was read as."""
    found: list[Mapping[str, Measure]] = []
    for place, row in enumerate(rows):
        item: dict[str, Measure] = {**identity(row), "reference": facts.references[place]}
        item |= _read(facts.tuned[place], facts.references[place])
        if facts.base is not None:
            item["base"] = _read(facts.base[place], facts.references[place])
        found.append(item)
    return tuple(found)


def _read(one: Reading | Unscored, reference: str) -> dict[str, Measure]:
    if isinstance(one, Unscored):
        return {"accuracy": one, "label": None}
    right = float(one.label == reference)
    return {"accuracy": right, "label": one.label, "outcome": one.outcome, "method": one.method}


def flips(rows: Sequence[Prediction], facts: LabelFacts) -> tuple[ExhibitList, ...]:
    """Rows that only base has right, then rows that only tuned has right, then answers without a label."""
    lists = []
    if facts.base is not None:
        right = [
            [isinstance(one, Reading) and one.label == ref for one, ref in zip(side, facts.references, strict=True)]
            for side in (facts.tuned, facts.base)
        ]
        lost = [place for place in range(len(rows)) if right[1][place] and not right[0][place]]
        won = [place for place in range(len(rows)) if right[0][place] and not right[1][place]]
        lists = [
            _listed(rows, facts, lost, "Right from base, wrong from tuned"),
            _listed(rows, facts, won, "Wrong from base, right from tuned"),
        ]
    unread = [place for place, one in enumerate(facts.tuned) if isinstance(one, Reading) and one.outcome != "label"]
    return tuple(one for one in (*lists, _listed(rows, facts, unread, "Answers of tuned without a label")) if one)


def _listed(rows: Sequence[Prediction], facts: LabelFacts, places: Sequence[int], heading: str) -> ExhibitList | None:
    if not places:
        return None
    exhibits = tuple(
        Exhibit(where=rows[place].source, headline=_headline(facts, place), texts=texts_of(rows[place]))
        for place in places[:MOST_EXHIBITS]
    )
    return ExhibitList(
        heading=heading, note=f"{len(exhibits)} of {number(len(places))} rows; --json lists all", exhibits=exhibits
    )


def _headline(facts: LabelFacts, place: int) -> str:
    sides = [("tuned", facts.tuned[place])]
    if facts.base is not None:
        sides.append(("base", facts.base[place]))
    told = [f"{side} {one.label or one.outcome} ({one.method})" for side, one in sides if isinstance(one, Reading)]
    return ", ".join([f"reference {facts.references[place]}", *told])
