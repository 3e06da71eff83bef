"""Task: one task as its check sees it, and what people call its measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunecheck.checks.task_comparison import Pooled
from tunecheck.core import Finding, Prediction, TaskFacts

NAMES = {
    **{"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L", "rougeLsum": "ROUGE-Lsum"},
    **{"bleu": "BLEU", "chrf": "chrF", "ter": "TER", "f1": "F1", "exact": "exact match"},
    **{
        "exact_match": "exact match",
        "fields": "share of right JSON fields",
        "number": "share of right numbers",
        "contains": "share of answers that hold the reference",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task with its rows, and findings that were made elsewhere; ``pooled`` are measures of summed totals.

    ``noun`` is what people call one row.
    """

    facts: TaskFacts
    rows: Sequence[Prediction]
    pooled: Mapping[str, Pooled]
    findings: tuple[Finding, ...] = ()
    noun: str = "row"


def title_of(measure: str) -> str:
    """What people call a measure."""
    return NAMES.get(measure, measure.replace("_", " "))
