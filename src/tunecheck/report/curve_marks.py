"""What a training curve is drawn from: raw points, their smoothing, evaluations, and the steps worth a line."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunecheck.core import Measure

Points = tuple[tuple[float, float], ...]

# More marks than this are not seen on a chart of this width, and make the page heavy.
_MOST_POINTS = 300
_MOST_EPOCHS = 40
_FEWEST_TO_SMOOTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveMarks:
    """A training curve to draw; steps along, losses up.

    smooth       the training losses smoothed, to lead the eye
    evaluations  name of the evaluation set and its points, never smoothed
    steps        (step, what it is) for vertical lines
    epochs       steps at which an epoch ended
    """

    unit: str
    train: Points = ()
    smooth: Points = ()
    evaluations: tuple[tuple[str, Points], ...] = ()
    steps: tuple[tuple[float, str], ...] = ()
    epochs: tuple[float, ...] = ()

    @property
    def values(self) -> list[float]:
        """Every loss that is drawn."""
        return [y for points in (self.train, *(points for _, points in self.evaluations)) for _, y in points]


def curve_marks(measures: Mapping[str, Measure]) -> CurveMarks | None:
    """The marks of a curve check, or None where it has no two losses to draw."""
    series = measures.get("series")
    if not isinstance(series, Mapping):
        return None
    train: Points = ()
    epochs: tuple[float, ...] = ()
    evaluations: list[tuple[str, Points]] = []
    for name, one in series.items():
        if not isinstance(one, Mapping) or not (name == "train/loss" or _set_of(name) is not None):
            continue
        points = _points(one)
        if name == "train/loss":
            train, epochs = points, _epoch_ends(one)
        elif points:
            evaluations.append((_set_of(name) or "", points))
    if len(train) < 2 and not any(len(points) > 1 for _, points in evaluations):
        return None
    unit = measures.get("unit")
    return CurveMarks(
        unit=unit if isinstance(unit, str) else "step",
        train=thinned(train),
        smooth=thinned(smoothed(train)),
        evaluations=tuple((name, thinned(points)) for name, points in evaluations),
        steps=_steps(measures),
        epochs=epochs if len(epochs) <= _MOST_EPOCHS else (),
    )


def smoothed(points: Points) -> Points:
    """A running median of five against spikes, then a running mean; both centred, so that the line does not lag.

    The mean is over a thirtieth of the points. Below twenty points there is nothing to smooth.
    """
    n = len(points)
    if n < _FEWEST_TO_SMOOTH:
        return ()
    values = [y for _, y in points]
    middles = [statistics.median(values[max(0, place - 2) : place + 3]) for place in range(n)]
    # As many on both sides, so that the mean of a slope is not drawn in at its ends.
    reaches = [min(max(1, n // 60), place, n - 1 - place) for place in range(n)]
    means = [statistics.fmean(middles[place - reach : place + reach + 1]) for place, reach in enumerate(reaches)]
    return tuple((x, y) for (x, _), y in zip(points, means, strict=True))


def thinned(points: Points) -> Points:
    """At most about 300 points: of each stretch the lowest and the highest, so that no spike is lost.

    >>> len(thinned(tuple((float(n), float(n % 7)) for n in range(10_000)))) <= 302
    True
    """
    if len(points) <= _MOST_POINTS:
        return points
    width = math.ceil(2 * len(points) / _MOST_POINTS)
    kept: list[tuple[float, float]] = []
    for start in range(0, len(points), width):
        stretch = points[start : start + width]
        ends = (min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1]))
        kept += sorted(set(ends))
    return tuple(dict.fromkeys((points[0], *kept, points[-1])))


def _points(series: Mapping[str, Measure]) -> Points:
    return tuple(
        (x, y) for x, y in zip(_numbers(series, "steps"), _numbers(series, "values"), strict=False) if _drawn(x, y)
    )


def _drawn(x: float, y: float) -> bool:
    return math.isfinite(x) and math.isfinite(y) and abs(y) < 1e15


def _numbers(series: Mapping[str, Measure], name: str) -> list[float]:
    values = series.get(name)
    if not isinstance(values, tuple):
        return []
    return [float(value) if isinstance(value, int | float) else math.nan for value in values]


def _epoch_ends(series: Mapping[str, Measure]) -> tuple[float, ...]:
    """The last step of each epoch but the last, as far as the log gives epochs."""
    epochs, steps = _numbers(series, "epochs"), _numbers(series, "steps")
    numbers = [math.ceil(epoch - 1e-9) if math.isfinite(epoch) else 0 for epoch in epochs]
    pairs = zip(steps, numbers, numbers[1:], strict=False)
    return tuple(step for step, before, after in pairs if 0 < before < after)


def _steps(measures: Mapping[str, Measure]) -> tuple[tuple[float, str], ...]:
    named: dict[float, list[str]] = {}
    for name, word in (("best_step", "best"), ("shipped_step", "shipped")):
        value = measures.get(name)
        if isinstance(value, int | float) and math.isfinite(value):
            named.setdefault(float(value), []).append(word)
    return tuple((step, " and ".join(words)) for step, words in named.items())


def _set_of(name: str) -> str | None:
    """The evaluation set of a series' name: "eval/loss" is the only one, "eval/NAME/loss" one of several.

    >>> _set_of("eval/loss"), _set_of("eval/g0/loss"), _set_of("train/loss")
    ('', 'g0', None)
    """
    if name == "eval/loss":
        return ""
    return (
        name.removeprefix("eval/").removesuffix("/loss")
        if name.startswith("eval/") and name.endswith("/loss")
        else None
    )


def loss_domain(values: Sequence[float]) -> tuple[float, float]:
    """An axis that holds the losses but for the highest 2%, so that one spike does not flatten all others."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[min(len(ordered) - 1, math.ceil(0.98 * len(ordered)))]
    if ordered[-1] <= high + 0.5 * (high - low):
        high = ordered[-1]
    margin = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
    return low - margin, high + margin
