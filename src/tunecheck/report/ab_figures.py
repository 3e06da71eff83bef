"""Charts of an A/B test: who prefers whom, and the win rate in each way of looking at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunecheck.core import Estimate, Measure
from tunecheck.report.interval_figure import Figure, estimate_at, interval_figure
from tunecheck.report.marks import Tone
from tunecheck.report.review_tables import inside
from tunecheck.report.text import shortened, visible

MOST_RATERS, MOST_JUDGES = 8, 3
_LABEL_CHARACTERS = 30


def ab_figures(measures: Mapping[str, Measure]) -> Iterator[Figure | None]:
    """The votes of all and of each rater, then the win rates."""
    yield _who_prefers_whom(measures)
    yield _win_rates(measures)


def _who_prefers_whom(measures: Mapping[str, Measure]) -> Figure | None:
    counts = _counts(measures, "tuned_wins", "ties", "base_wins")
    if not sum(counts):
        return None
    from tunecheck.report import ab_chart

    rows = [ab_chart.PreferenceRow(label="Items", tuned=counts[0], tied=counts[1], base=counts[2])]
    raters = inside(measures, "raters")
    for name, own in list(raters.items())[:MOST_RATERS]:
        given = _counts(inside(own), "n_tuned", "n_ties", "n_base")
        if sum(given):
            rows.append(ab_chart.PreferenceRow(label=_label(name), tuned=given[0], tied=given[1], base=given[2]))
    more = f" {len(raters) - MOST_RATERS:,} more raters are in results.json." if len(raters) > MOST_RATERS else ""
    title = "Who prefers whose answer"
    svg = ab_chart.preferences(rows, summary=f"{title}. {'; '.join(f'{row.label}: {row.words}' for row in rows)}.")
    caption = f"An item goes to the side that most of its votes are for. Raters below, one vote an item.{more}"
    return Figure(title=title, caption=caption, svg=svg)


def _win_rates(measures: Mapping[str, Measure]) -> Figure | None:
    """Each as a share for tuned, with a stroke where both are equal."""
    tuned: Tone = "after"
    base: Tone = "before"
    found: list[tuple[str, Estimate | None, Tone]] = [
        ("Win rate", estimate_at(measures, "win_rate"), tuned),
        ("The same at any time", _at_any_time(measures), tuned),
        ("At equal length", estimate_at(measures, "length_controlled_win_rate"), tuned),
        ("Without giveaways", estimate_at(measures, "without_giveaways", "win_rate"), tuned),
    ]
    for name in list(inside(measures, "judges"))[:MOST_JUDGES]:
        label = _label(name.rpartition("#")[2] or name)
        found.append((f"Judge {label}", estimate_at(measures, "judges", name, "win_rate"), base))
        together = estimate_at(measures, "judges", name, "win_rate_with_judges")
        found.append((f"People and {label}", together, tuned))
    return interval_figure(
        [(label, estimate) for label, estimate, _ in found],
        (),
        title="Win rate of tuned, a tie is half",
        axis="win rate",
        note="At 0.5 both are preferred as often. What a judge says alone is grey and decides nothing.",
        origin=0.5,
        tones=[tone for _, _, tone in found],
    )


def _at_any_time(measures: Mapping[str, Measure]) -> Estimate | None:
    """The confidence sequence of the difference as one of the win rate."""
    found = estimate_at(measures, "difference")
    if found is None:
        return None
    value, low, high = ((1 + end) / 2 for end in (found.value, found.low, found.high))
    return Estimate(value=value, low=low, high=high, n=found.n, method=found.method, confidence=found.confidence)


def _label(name: str) -> str:
    """A name as one short line in which everything is seen."""
    return shortened(" ".join(visible(name).split()), _LABEL_CHARACTERS)


def _counts(measures: Mapping[str, Measure], *names: str) -> list[int]:
    return [value if isinstance(value := measures.get(name), int) else 0 for name in names]
