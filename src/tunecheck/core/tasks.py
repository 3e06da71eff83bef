"""Task: what was asked of both models, and how each answer scored; facts that a run keeps, before any statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tunecheck.core.estimates import Unscored

Outcome = Literal["label", "unparsed", "ambiguous", "abstained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One task that was asked for: ``classification:labels=a|b,where=topic:mail``.

    name     of a task or a metric
    labels   of a classification, in the user's order; () looks for them in the references
    options  as they were given, by name
    """

    name: str
    labels: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        given = {"labels": "|".join(self.labels)} if self.labels else {}
        options = ",".join(f"{name}={value}" for name, value in {**given, **self.options}.items())
        return f"{self.name}:{options}" if options else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """One measure of one side, row by row.

    values  in the order of the rows
    totals  of a measure that is no mean of its values: what is summed over rows; () where a row has no value
    """

    values: tuple[float | Unscored, ...]
    totals: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measure of both sides.

    decides          the task's status follows from it
    lower_is_better  less is better
    base, baseline   of the base model, and of an answer that needs no model; None where there is none
    """

    name: str
    decides: bool
    lower_is_better: bool = False
    tuned: Scores
    base: Scores | None = None
    baseline: Scores | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an answer was read as.

    label    the label; None without one, and where several may be right at once
    labels   every label that was given, in the order of the task; at most one unless several may be right at once
    outcome  label, or why there is none: unparsed (no label in it), ambiguous (several), abstained
    method   how it was found, or what was met instead
    """

    label: str | None
    labels: tuple[str, ...]
    outcome: Outcome
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts:
    """A classification before any statistics: labels in the user's order and, row by row, what was read.

    why            where the labels come from
    probabilities  of each label, in the order of labels, where the labels were ranked by likelihood
    """

    labels: tuple[str, ...]
    why: str
    references: tuple[str, ...]
    tuned: tuple[Reading | Unscored, ...]
    base: tuple[Reading | Unscored, ...] | None = None
    tuned_probabilities: tuple[tuple[float, ...], ...] | None = None
    base_probabilities: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """All that is kept of one task besides the texts.

    title      what its check is called after ``tasks.``
    why        why this task, and why these items
    baseline   what the baseline of its measures is, or ""
    measured   its measures; for a classification none, and ``labels`` instead
    settings   all that could change a value, on one line
    """

    spec: TaskSpec
    title: str
    why: str
    settings: str
    baseline: str = ""
    measured: tuple[Measured, ...] = ()
    labels: LabelFacts | None = None
