"""Tables of an A/B test: what decided, where tuned loses, each rater's line, and judges beside people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tunecheck.core import CheckResult, Estimate, Measure, Unscored
from tunecheck.report.digits import number
from tunecheck.report.review_tables import done, inside, seconds, table_of
from tunecheck.report.tables import Cell, Row, Table, cell
from tunecheck.report.words import name_of

AB = "ab"
_DECIDED_BY = {"sign_test": "by the sign test at the planned size", "anytime_p": "by the p at any time"}
_WITHOUT = ("without_skips", "without_giveaways", "without_hasty")
_COUNTS = ("n_votes", "n_skipped", "n_raters", "n_counted", "n_waiting", "n_surplus", "seconds_per_item", "both_bad",
           "agreement", "self_consistency", "side_bias")  # fmt: skip
_SHOWN_SEAL = 16


def is_ab(check: CheckResult) -> bool:
    """Whether it is an A/B test, with its decision."""
    return check.check == AB and "decision" in check.measures


def ab_tables(check: CheckResult) -> tuple[Table, ...]:
    """The tables that say how the test stands."""
    measures = check.measures
    found = (
        _decision(measures),
        _without(measures),
        _slices(measures),
        _raters(measures),
        _blindness(measures),
        _judges(measures),
        _with_people(measures),
    )
    return tuple(table for table in found if table is not None)


def more_of_ab(check: CheckResult) -> Iterator[Table]:
    """What is there to unfold: the plan, counts, and what else is known of judges."""
    plan = inside(check.measures, "plan")
    rows = [_line(name, value if name != "seal" else f"{str(value)[:_SHOWN_SEAL]}…") for name, value in plan.items()]
    if (found := table_of("Planned before the first vote", "Plan", ("Value",), rows)) is not None:
        yield found
    rows = [_line(name, check.measures[name]) for name in _COUNTS if name in check.measures]
    if (found := table_of("Counts", "Count", ("Value",), rows)) is not None:
        yield found
    rows = [
        Row(label=f"{judge} · {name_of(name, AB).label}", unit=name_of(name, AB).unit, cells=(cell(own[name]),))
        for judge, own in _named(check.measures, "judges")
        for name in ("length_controlled_win_rate", "n_canaries", "attack_follow_rate", "n_items", "failed")
        if name in own
    ]
    if (found := table_of("More of the judges", "Judge", ("Value",), rows)) is not None:
        yield found


def decision_words(measures: Mapping[str, Measure]) -> str:
    """The decision for people.

    >>> decision_words({"decision": "not_worse"})
    'not worse'
    """
    return str(measures.get("decision")).replace("_", " ")


def _decision(measures: Mapping[str, Measure]) -> Table | None:
    decides = str(measures.get("decided_by"))
    by = {"undecided": "", "not_worse": "by its interval"}.get(
        str(measures["decision"]), _DECIDED_BY.get(decides, "")
    )  # fmt: skip
    by_interval = measures["decision"] == "not_worse"
    won = tuple(_count(measures.get(name)) for name in ("tuned_wins", "base_wins", "ties"))
    rows = [
        Row(label="Decision", unit=by, cells=(Cell(text=decision_words(measures)),)),
        Row(label="Items won by tuned, by base, tied", unit="", cells=(Cell(text=", ".join(won)),)),
        *(_line(name, measures[name]) for name in ("win_rate", "length_controlled_win_rate", "difference") if
          name in measures),
        _p_line("p_value", measures, decides=decides == "sign_test" and not by_interval),
        _p_line("anytime_p", measures, decides=decides == "anytime_p" and not by_interval),
        _line("items_still_needed", measures.get("items_still_needed")),
    ]  # fmt: skip
    return table_of("Which answers people prefer", "Decision", ("Value",), rows)


def _p_line(name: str, measures: Mapping[str, Measure], *, decides: bool) -> Row:
    named, value = name_of(name, AB), measures.get(name)
    shown = Cell(text=_p(value)) if isinstance(value, float | int) else cell(None)
    return Row(label=named.label, unit=f"{named.unit}; this one decides" if decides else named.unit, cells=(shown,))


def _without(measures: Mapping[str, Measure]) -> Table | None:
    rows = []
    for name in _WITHOUT:
        own = measures.get(name)
        if isinstance(own, Mapping):
            cells = (Cell(text=decision_words(own)), cell(own.get("win_rate")))
            rows.append(Row(label=name_of(name, AB).label, unit="", cells=cells))
        elif isinstance(own, Unscored):
            rows.append(Row(label=name_of(name, AB).label, unit="", cells=(cell(own), None)))
    return table_of("The same without a part of the votes", "Left out", ("Decision", "Win rate"), rows)


def _slices(measures: Mapping[str, Measure]) -> Table | None:
    """The slice with the lowest win rate first."""
    found = [(_value(own.get("win_rate")), name, own) for name, own in _named(measures, "slices")]
    rows = [
        Row(
            label=name,
            unit="",
            cells=(
                Cell(text=", ".join(_count(own.get(key)) for key in ("tuned_wins", "base_wins", "ties"))),
                _with_p(cell(own.get("win_rate")), own.get("p_holm")),
            ),
        )
        for _, name, own in sorted(found, key=lambda one: one[:2])
    ]
    return table_of("By category, the lowest first; p after Holm", "Category", ("Tuned, base, tied", "Win rate"), rows)


def _raters(measures: Mapping[str, Measure]) -> Table | None:
    heads = ("Voted", "For tuned", "For the left")
    rows = [
        Row(
            label=name,
            unit=f"perhaps hasty: {hasty}" if isinstance(hasty := own.get("hasty"), str) and hasty else "",
            cells=(_voted(own), cell(own.get("tuned_share")), cell(own.get("side_bias"))),
        )
        for name, own in _named(measures, "raters")
    ]
    return table_of("Raters; for tuned a tie is half", "Name", heads, rows)


def _voted(own: Mapping[str, Measure]) -> Cell:
    """How far a rater is, and the median time; of a file how many votes."""
    if "n_done" not in own:
        return cell(own.get("n_votes"))
    pace = seconds(own.get("seconds_per_item"))
    return replace(done(own), n="" if pace.is_absent else f"{pace.text} each")


def _blindness(measures: Mapping[str, Measure]) -> Table | None:
    """Whether raters knew whose answer is whose, and whether they say the same again."""
    lines = [("All raters", dict[str, Measure](measures)), *_named(measures, "raters")]
    rows = [
        Row(label=name, unit=_guesses(own), cells=(_index(own), cell(own.get("self_consistency"))))
        for name, own in lines
        if any(isinstance(own.get(key), Estimate) for key in ("blinding_index", "self_consistency"))
    ]
    return table_of("Blindness: 0 is blind, 1 knew always", "Raters", ("Blinding index", "Same vote again"), rows)


def _index(own: Mapping[str, Measure]) -> Cell:
    found = cell(own.get("blinding_index"))
    return Cell(text="no guess", is_absent=True) if found.is_absent and not _guesses(own) else found


def _guesses(own: Mapping[str, Measure]) -> str:
    counts = inside(own, "guesses")
    if not any(counts.values()):
        return ""
    return "guessed " + ", ".join(f"{_count(counts.get(word))} {word}" for word in ("right", "wrong", "unsure"))


def _judges(measures: Mapping[str, Measure]) -> Table | None:
    heads = ("Win rate by the judge", "Same in both orders", "First place")
    rows = []
    for name, own in _named(measures, "judges"):
        failed = own.get("failed")
        n_failed = failed if isinstance(failed, int) else 0
        cells = tuple(cell(own.get(key)) for key in ("win_rate", "consistency", "first_position_rate"))
        rows.append(Row(label=name, unit=f"{n_failed:,} questions without a verdict" if n_failed else "", cells=cells))
    return table_of("Judges alone, which decide nothing", "Judge", heads, rows)


def _with_people(measures: Mapping[str, Measure]) -> Table | None:
    heads = ("Alpha with people", "Same winner", "Win rate, people and judge")
    keys = ("agreement_with_people", "same_direction", "win_rate_with_judges")
    rows = [
        Row(label=name, unit="", cells=tuple(cell(own.get(key)) for key in keys))
        for name, own in _named(measures, "judges")
    ]
    return table_of("Judges beside people", "Judge", heads, rows)


def _named(measures: Mapping[str, Measure], group: str) -> list[tuple[str, Mapping[str, Measure]]]:
    return [(name, own) for name, own in inside(measures, group).items() if isinstance(own, Mapping)]


def _with_p(found: Cell, p_value: Measure) -> Cell:
    if not found.n or not isinstance(p_value, float):
        return found
    return Cell(text=found.text, interval=found.interval, n=f"{found.n}, p {_p(p_value)}")


def _p(value: float) -> str:
    return number(float(value), 3) if value >= 0.001 else "< 0.001"


def _count(value: Measure) -> str:
    return f"{value:,}" if isinstance(value, int) else "–"


def _value(value: Measure) -> float:
    return value.value if isinstance(value, Estimate) else 2.0


def _line(name: str, value: Measure) -> Row:
    known = name_of(name, AB)
    if name == "seconds_per_item":
        return Row(label=known.label, unit="", cells=(seconds(value),))
    return Row(label=known.label, unit=known.unit, cells=(cell(None if isinstance(value, Mapping) else value),))
