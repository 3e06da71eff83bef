"""Charts of the signs: one for each that has its numbers, none for those that have not."""

from __future__ import annotations

from tests.report.example import about
from tunecheck.core import Measure, Unscored
from tunecheck.report.sign_figures import sign_figures

MEASURES: dict[str, Measure] = {
    "near_gain_nats": about(0.5, 0.1),
    "far_gain_nats": about(0.2, 0.1),
    "near_far": {"mid_gain_nats": about(0.3, 0.1)},
    "copying": {side: {"coverage": about(0.1, 0.05)} for side in ("tuned", "references", "base")},
    "diversity": {
        f"against_{control}": {"tuned_over_control": {"vendi": about(0.9, 0.2), "ead": about(1.1, 0.2)}}
        for control in ("references", "base")
    },
    "forgetting_percent": about(3.0, 1.0),
    "forgetting": {"general_by_kind": {"news": about(2.0, 2.0), "code": about(5.0, 2.0)}},
}


def titles(measures: dict[str, Measure]) -> list[str]:
    return [figure.title for figure in sign_figures(measures) if figure is not None]


def test_each_sign_with_numbers_has_a_chart() -> None:
    assert titles(MEASURES) == [
        "Gain on validation text by its likeness to training text",
        "Words of answers that stand in training responses, eight in a row",
        "Variety of the tuned model's answers, over references and base",
        "Change of bits per byte on general text",
    ]


def test_the_chart_of_forgetting_names_the_kinds() -> None:
    (chart,) = [one for one in sign_figures(MEASURES) if one is not None and "general text" in one.title]
    assert all(name in chart.svg for name in ("All", "News", "Code"))


def test_what_was_not_measured_has_no_chart() -> None:
    absent = Unscored(reason="--answers 0")
    assert titles({"near_gain_nats": absent, "far_gain_nats": absent, "diversity": absent, "forgetting": {}}) == []
    assert titles({}) == []
