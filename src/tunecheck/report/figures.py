"""Which charts a check gets, and what they say below."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from tunecheck.core import CheckResult, ItemComparison, Measure
from tunecheck.report.ab_figures import ab_figures
from tunecheck.report.curve_marks import curve_marks
from tunecheck.report.digits import number, whole
from tunecheck.report.interval_figure import MOST_TICKS, Figure, estimate_at, interval_figure
from tunecheck.report.items import usable
from tunecheck.report.marks import Bin
from tunecheck.report.review_figures import review_figures
from tunecheck.report.sign_figures import sign_figures
from tunecheck.report.task_figures import task_figure

_BINS = 24
_RATE = "nats per token"


def figures(check: CheckResult) -> tuple[Figure, ...]:
    """The charts of this check, as many as its measures and items support."""
    match check.check:
        case "perplexity":
            drawn = [_perplexities(check.measures), _gains(check)]
        case "curve":
            drawn = [_curve(check.measures)]
        case "overfitting":
            drawn = [_gain_by_part(check), _nll_by_part(check.measures), *sign_figures(check.measures)]
        case "review":
            drawn = [*review_figures(check.measures)]
        case "ab":
            drawn = [*ab_figures(check.measures)]
        case name if name.startswith("tasks."):
            drawn = [task_figure(check)]
        case _:
            drawn = []
    return tuple(figure for figure in drawn if figure is not None)


def _curve(measures: Mapping[str, Measure]) -> Figure | None:
    marks = curve_marks(measures)
    if marks is None:
        return None
    from tunecheck.report import curve_chart

    n_sets = len(marks.evaluations)
    captions = [f"Train and evaluation loss by {marks.unit}."] if marks.train and n_sets else []
    if marks.train:
        captions.append("Grey: the training loss, raw as dots" + (", smoothed as a line." if marks.smooth else "."))
    if marks.evaluations:
        names = ", ".join(name for name, _ in marks.evaluations if name)
        captions.append(f"Dots on lines: evaluations{f' ({names})' if names else ''}, not smoothed.")
    if marks.epochs:
        captions.append(f"Faint lines: ends of epochs ({len(marks.epochs) + 1} in all).")
    captions += [f"Marked: {word} at {marks.unit} {number(step)}." for step, word in marks.steps]
    summary = f"Training curve. {' '.join(captions)}"
    return Figure(title="Loss during training", caption=" ".join(captions), svg=curve_chart.curve(marks, summary))


def _perplexities(measures: Mapping[str, Measure]) -> Figure | None:
    found = [(side.title(), estimate_at(measures, side, "perplexity")) for side in ("base", "tuned")]
    return interval_figure(found, (), title="Perplexity, base and tuned", axis="perplexity", note="Lower is better.")


def _nll_by_part(measures: Mapping[str, Measure]) -> Figure | None:
    found = [
        ("Training rows", estimate_at(measures, "train_nll_nats")),
        ("Validation rows", estimate_at(measures, "val_nll_nats")),
    ]
    gap = estimate_at(measures, "gap_nats")
    return interval_figure(
        found,
        (),
        title="Loss on training and validation rows",
        axis=f"negative log-likelihood, {_RATE}",
        note=f"The gap between the two is {whole(gap, _RATE)}." if gap else "",
    )


def _gain_by_part(check: CheckResult) -> Figure | None:
    found = [
        ("Training rows", estimate_at(check.measures, "gain_train_nats")),
        ("Validation rows", estimate_at(check.measures, "gain_val_nats")),
    ]
    parts = ("train", "validation")
    strips = tuple(_strip([item for item in usable(check.comparisons) if item.part == part]) for part in parts)
    return interval_figure(
        found,
        strips,
        title="What tuning gained on rows it saw and rows it did not",
        axis=f"gain, {_RATE}",
        note="A gain on training rows that validation rows do not share is memory, not skill.",
        with_zero=True,
    )


def _strip(items: Sequence[ItemComparison]) -> tuple[tuple[str, float], ...]:
    marks = sorted(
        ((item.source, gain) for item in items if (gain := item.gain_nats_per_token) is not None),
        key=lambda mark: mark[1],
    )
    if len(marks) <= MOST_TICKS:
        return tuple(marks)
    step = (len(marks) - 1) / (MOST_TICKS - 1)
    return tuple(marks[round(place * step)] for place in range(MOST_TICKS))


def _gains(check: CheckResult) -> Figure | None:
    """Per-item gains as a histogram; the mean is the check's own estimate, never one made here."""
    gains = [gain for item in usable(check.comparisons) if (gain := item.gain_nats_per_token) is not None]
    if not gains:
        return None
    from tunecheck.report import charts

    bars, n_beyond = bins(gains)
    mean = estimate_at(check.measures, "paired", "nll_gain_nats")
    n_lost = sum(gain < 0 for gain in gains)
    captions = [f"Tuning lost on {n_lost:,} of {len(gains):,} items, left of the line at zero."]
    if mean is not None:
        captions.append(f"Dot and line: the mean gain over tokens, {whole(mean, _RATE)}.")
    if n_beyond:
        captions.append(f"{n_beyond} items beyond the ends are counted in the outermost bars.")
    title = "Gain of each item over base"
    svg = charts.histogram(bars, mean=mean, axis=f"gain, {_RATE}", summary=f"{title}. {' '.join(captions)}")
    return Figure(title=title, caption=" ".join(captions), svg=svg)


def bins(values: Sequence[float]) -> tuple[tuple[Bin, ...], int]:
    """About 24 bins with round edges and one edge at zero; the outermost hold what lies beyond the middle 98%."""
    low, high = min(values), max(values)
    if len(values) > _BINS:
        cuts = statistics.quantiles(values, n=100, method="inclusive")
        low, high = cuts[0], cuts[-1]
    width = _round_width((high - low) / _BINS or abs(high) / _BINS or 0.01)
    first, last = math.floor(low / width), math.floor(high / width)
    places = [math.floor(value / width) for value in values]
    counts = Counter(min(max(place, first), last) for place in places)
    bars = tuple(
        Bin(low=place * width, high=(place + 1) * width, count=counts[place], label=_bin_label(place, width, counts))
        for place in range(first, last + 1)
    )
    return bars, sum(not first <= place <= last for place in places)


def _bin_label(place: int, width: float, counts: Counter[int]) -> str:
    noun = "item" if counts[place] == 1 else "items"
    return f"{counts[place]:,} {noun} from {number(place * width)} to {number((place + 1) * width)} {_RATE}"


def _round_width(width: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * 0.999)
