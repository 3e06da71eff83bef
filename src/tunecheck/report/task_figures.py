"""Charts of task metrics: each measure of base and tuned with its interval."""

from __future__ import annotations

from collections.abc import Mapping

from tunecheck.core import CheckResult, Estimate, Measure
from tunecheck.report.interval_figure import Figure, estimate_at, interval_figure
from tunecheck.report.marks import Tone
from tunecheck.report.words import name_of

# Measures that stand on one axis, in the order in which people read them; else the first one alone is drawn.
_TOGETHER = (
    ("rouge1", "rouge2", "rougeL", "rougeLsum"),
    ("accuracy", "balanced_accuracy", "macro_f1"),
    ("fields", "exact_json", "schema", "valid_json"),
    ("function_call", "function_name", "arguments"),
    ("f1", "exact"),
)
MOST_ROWS = 8
_BASE: Tone = "before"
_TUNED: Tone = "after"


def task_figure(check: CheckResult) -> Figure | None:
    """Base and tuned side by side; with one side alone its measures."""
    tuned = check.measures.get("tuned")
    if not isinstance(tuned, Mapping):
        return None
    names = _names(tuned)
    found: list[tuple[str, Estimate | None]] = []
    for name in names:
        label = name_of(name).label
        base = estimate_at(check.measures, "base", name)
        if base is not None:
            found.append((f"{label}, base", base))
        found.append((f"{label}, tuned" if base is not None else label, estimate_at(check.measures, "tuned", name)))
    return interval_figure(
        found[:MOST_ROWS],
        (),
        title="Base and tuned on the same rows" if "base" in check.measures else "What the answers score",
        axis=_axis(names),
        note=_difference(check.measures, next(iter(tuned))) if names else "",
        tones=[_BASE if label.endswith(", base") else _TUNED for label, _ in found[:MOST_ROWS]],
    )


def _axis(names: list[str]) -> str:
    units = {name_of(name).unit for name in names}
    return next(iter(units)) or "value" if len(units) == 1 else "value, 0 to 1"


def _names(tuned: Mapping[str, Measure]) -> list[str]:
    for together in _TOGETHER:
        names = [name for name in together if isinstance(tuned.get(name), Estimate)]
        if together[0] in tuned and names:
            return names
    return [name for name, value in tuned.items() if isinstance(value, Estimate)][:1]


def _difference(measures: Mapping[str, Measure], name: str) -> str:
    difference = estimate_at(measures, "paired", name)
    if difference is None:
        return ""
    return f"{name_of(name).label}: tuned less base is {difference.value:+.3g}, row by row."
