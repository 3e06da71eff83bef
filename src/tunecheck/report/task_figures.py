"""Charts of task metrics: each measure of base and tuned with its interval."""

from __future__ import annotations

from collections.abc import Mapping

from tunecheck.core import CheckResult, Estimate, Measure
from tunecheck.report.interval_figure import Figure, estimate_at, interval_figure
from tunecheck.report.marks import Tone
from tunecheck.report.words import name_at

# Measures that stand on one axis, in the order in which people read them; else the first one alone is drawn.
_TOGETHER = (
    ("rouge1", "rouge2", "rougeL", "rougeLsum"),
    ("accuracy", "balanced_accuracy", "macro_f1"),
    ("fields", "exact_json", "schema", "valid_json"),
    ("function_call", "function_name", "arguments"),
    ("f1", "exact"),
)
MOST_ROWS = 8
Path = tuple[str, ...]
_BASE: Tone = "before"
_TUNED: Tone = "after"


def task_figure(check: CheckResult) -> Figure | None:
    """Base and tuned side by side; with one side alone its measures."""
    tuned = check.measures.get("tuned")
    if not isinstance(tuned, Mapping):
        return None
    names = _names(tuned)
    noun = "problem" if "pass_at" in tuned else "row"
    found: list[tuple[str, Estimate | None]] = []
    for path in names:
        label = name_at(path).label
        base = estimate_at(check.measures, "base", *path)
        if base is not None:
            found.append((f"{label}, base", base))
        found.append((f"{label}, tuned" if base is not None else label, estimate_at(check.measures, "tuned", *path)))
    return interval_figure(
        found[:MOST_ROWS],
        (),
        title=f"Base and tuned on the same {noun}s" if "base" in check.measures else "What the answers score",
        axis=_axis(names),
        note=_difference(check.measures, names[0] if noun == "problem" else (next(iter(tuned)),), noun)
        if names
        else "",
        tones=[_BASE if label.endswith(", base") else _TUNED for label, _ in found[:MOST_ROWS]],
    )


def _axis(names: list[Path]) -> str:
    units = {name_at(path).unit for path in names}
    return next(iter(units)) or "value" if len(units) == 1 else "value, 0 to 1"


def _names(tuned: Mapping[str, Measure]) -> list[Path]:
    by_k = tuned.get("pass_at")
    if isinstance(by_k, Mapping):
        return [("pass_at", k) for k, value in by_k.items() if isinstance(value, Estimate)]
    for together in _TOGETHER:
        names: list[Path] = [(name,) for name in together if isinstance(tuned.get(name), Estimate)]
        if together[0] in tuned and names:
            return names
    first = next((name for name, value in tuned.items() if isinstance(value, Estimate)), None)
    return [(first,)] if first is not None else []


def _difference(measures: Mapping[str, Measure], path: Path, noun: str) -> str:
    difference = estimate_at(measures, "paired", *path)
    if difference is None:
        return ""
    return f"{name_at(path).label}: tuned less base is {difference.value:+.3g}, {noun} by {noun}."
