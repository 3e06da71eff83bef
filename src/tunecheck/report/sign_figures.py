"""Charts of the signs of overfitting: gain by distance, copied words, variety, and what was forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunecheck.core import Measure
from tunecheck.report.interval_figure import Figure, estimate_at, interval_figure
from tunecheck.report.words import name_of

_RATE = "nats per token"


def sign_figures(measures: Mapping[str, Measure]) -> Iterator[Figure | None]:
    """One chart a sign, where its measures support one."""
    yield _by_distance(measures)
    yield _copied(measures)
    yield _variety(measures)
    yield _forgotten(measures)


def _by_distance(measures: Mapping[str, Measure]) -> Figure | None:
    found = [
        ("Unlike the training text", estimate_at(measures, "far_gain_nats")),
        ("Between", estimate_at(measures, "near_far", "mid_gain_nats")),
        ("Like the training text", estimate_at(measures, "near_gain_nats")),
    ]
    return interval_figure(
        found,
        (),
        title="Gain on validation text by its likeness to training text",
        axis=f"gain, {_RATE}",
        note="Skill reaches text that is unlike the training text; memory does not.",
        with_zero=True,
    )


def _copied(measures: Mapping[str, Measure]) -> Figure | None:
    sides = (("references", "Reference answers"), ("base", "Base"), ("tuned", "Tuned"))
    found = [(label, estimate_at(measures, "copying", side, "coverage")) for side, label in sides]
    return interval_figure(
        found,
        (),
        title="Words of answers that stand in training responses, eight in a row",
        axis="share of words",
        note="References and base show how much of this the task itself brings.",
        with_zero=True,
    )


def _variety(measures: Mapping[str, Measure]) -> Figure | None:
    found = [
        (f"{name_of(statistic).label}, over {control}", estimate_at(measures, "diversity", f"against_{control}",
         "tuned_over_control", statistic))
        for control in ("references", "base")
        for statistic in ("vendi", "ead")
    ]  # fmt: skip
    return interval_figure(
        found,
        (),
        title="Variety of the tuned model's answers, over references and base",
        axis="tuned over control; 1 is equal",
        note="Answers that became alike lie far below 1 against both.",
    )


def _forgotten(measures: Mapping[str, Measure]) -> Figure | None:
    group = measures.get("forgetting")
    kinds = group.get("general_by_kind") if isinstance(group, Mapping) else None
    if not isinstance(kinds, Mapping):
        return None
    found = [("All", estimate_at(measures, "forgetting_percent"))]
    found += [(name_of(kind).label.capitalize(), estimate_at(kinds, kind)) for kind in kinds]
    return interval_figure(
        found,
        (),
        title="Change of bits per byte on general text",
        axis="percent of the base's; above 0 is worse",
        note="General text that has nothing to do with the task shows what tuning cost.",
        with_zero=True,
    )
