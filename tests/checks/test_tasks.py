"""Task checks: the status follows from the paired difference, and every guard is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tunecheck.checks import Task, check_tasks
from tunecheck.core import (
    CheckResult,
    Estimate,
    LabelFacts,
    Measured,
    Outcome,
    Prediction,
    Reading,
    Scores,
    TaskFacts,
    TaskSpec,
    Unscored,
)

RNG = np.random.default_rng(1)
HARD = RNG.uniform(0.2, 0.8, size=80)
Value = float | Unscored


def rows(n: int, *, same_unit: int = 1) -> tuple[Prediction, ...]:
    return tuple(
        Prediction(
            row=place + 1, references=("r",), tuned=f"t{place}", base=f"b{place}", unit=f"u{place // same_unit}",
            source=f"line {place + 1}",
        )
        for place in range(n)
    )  # fmt: skip


def task(
    tuned: Sequence[Value],
    base: Sequence[Value] | None = None,
    *,
    name: str = "rougeL",
    lower: bool = False,
    same_unit: int = 1,
    title: str = "summarization",
    **options: str,
) -> Task:
    measured = Measured(
        name=name,
        decides=True,
        lower_is_better=lower,
        tuned=Scores(values=tuple(tuned)),
        base=Scores(values=tuple(base)) if base is not None else None,
    )
    facts = TaskFacts(
        spec=TaskSpec(name=title, options=options), title=title, why="", settings="s", measured=(measured,)
    )
    return Task(facts=facts, rows=rows(len(tuned), same_unit=same_unit), pooled={})


def checked(one: Task) -> CheckResult:
    return check_tasks([one])[f"tasks.{one.facts.title}"]


def codes(check: CheckResult) -> set[str]:
    return {finding.code for finding in check.findings}


def noisy(shift: float, seed: int = 2) -> list[Value]:
    return list((HARD + shift + np.random.default_rng(seed).normal(0, 0.05, size=80)).tolist())


def test_better_beyond_chance_passes_and_worse_fails() -> None:
    better, worse = checked(task(noisy(0.1), noisy(0, 3))), checked(task(noisy(-0.1), noisy(0, 3)))
    assert (better.status, codes(better)) == ("pass", {"tasks.better"})
    assert (worse.status, codes(worse)) == ("fail", {"tasks.worse"})
    paired = better.measures["paired"]
    assert isinstance(paired, dict)
    assert isinstance(paired["rougeL"], Estimate)
    assert paired["rougeL"].low > 0


def test_where_less_is_better_a_lower_value_passes() -> None:
    assert checked(task(noisy(-0.1), noisy(0, 3), name="ter", lower=True)).status == "pass"
    assert checked(task(noisy(0.1), noisy(0, 3), name="ter", lower=True)).status == "fail"


def test_no_shown_difference_warns_and_no_base_is_unknown() -> None:
    assert (checked(task(noisy(0), noisy(0, 3))).status, checked(task(noisy(0))).status) == ("warn", "unknown")


def test_what_was_asked_for_decides_without_a_base() -> None:
    middle = float(np.mean([value for value in noisy(0) if isinstance(value, float)]))
    reached = checked(task(noisy(0), at_least=str(middle - 0.2)))
    close = checked(task(noisy(0), at_least=str(middle - 0.001)))
    missed = checked(task(noisy(0), at_least=str(middle + 0.1)))
    assert [check.status for check in (reached, close, missed)] == ["pass", "warn", "fail"]
    assert codes(missed) == {"tasks.not_reached"}


def test_an_absent_value_is_no_zero_and_is_counted_with_its_reason() -> None:
    absent = Unscored(reason="prediction is null")
    check = checked(task([1.0, 0.0, absent, absent]))
    tuned = check.measures["tuned"]
    assert isinstance(tuned, dict)
    assert isinstance(tuned["rougeL"], Estimate)
    assert (tuned["rougeL"].value, tuned["rougeL"].n) == (0.5, 2)
    assert "2 scored, 2 unscored (2 prediction is null)" in check.summary
    assert "tasks.unscored" in codes(check)
    nothing = checked(task([absent, absent]))
    assert nothing.status == "unknown"


def test_only_rows_that_both_have_are_compared() -> None:
    absent = Unscored(reason="null")
    check = checked(task([*noisy(0.1), absent], [*noisy(0, 3), 0.5]))
    paired, base = check.measures["paired"], check.measures["base"]
    assert isinstance(paired, dict)
    assert isinstance(base, dict)
    assert isinstance(paired["rougeL"], Estimate)
    assert isinstance(base["rougeL"], Estimate)
    assert (paired["rougeL"].n, base["rougeL"].n) == (80, 81)


def test_shares_have_wilsons_interval_and_mcnemars_test() -> None:
    tuned, base = [1.0] * 30 + [0.0] * 10, [1.0] * 15 + [0.0] * 25
    check = checked(task(tuned, base, name="exact_match"))
    found = check.measures["tuned"]
    assert isinstance(found, dict)
    assert isinstance(found["exact_match"], Estimate)
    assert "Wilson" in found["exact_match"].method
    p_values = check.measures["p_values"]
    assert isinstance(p_values, dict)
    assert p_values["exact_match"] == pytest.approx(2 * 0.5**15)


def test_rows_of_one_unit_are_one_draw() -> None:
    alone = checked(task(noisy(0.02), noisy(0, 3)))
    together = checked(task([v for v in noisy(0.02) for _ in range(4)], [v for v in noisy(0, 3) for _ in range(4)],
                            same_unit=4))  # fmt: skip
    estimates = [check.measures["paired"] for check in (alone, together)]
    widths = [one["rougeL"].high - one["rougeL"].low for one in estimates]  # type: ignore[index,call-overload,union-attr]
    assert widths[0] == pytest.approx(widths[1], rel=0.02)


def test_several_tasks_are_corrected_together() -> None:
    tasks = [task(noisy(0.011, seed), noisy(0, 3), title=f"t{seed}") for seed in range(4, 24)]
    together = check_tasks(tasks)
    alone = [checked(one) for one in tasks]
    assert sum(check.status == "pass" for check in together.values()) < sum(check.status == "pass" for check in alone)


def test_the_worst_regressions_come_first_and_rows_that_won_are_not_among_them() -> None:
    tuned, base = [0.9, 0.1, 0.5, 0.6], [0.5, 0.9, 0.6, 0.1]
    (listed,) = checked(task(tuned, base)).exhibits
    assert [one.where for one in listed.exhibits] == ["line 2", "line 3"]
    assert dict(listed.exhibits[0].texts) == {"Reference": "r", "Tuned": "t1", "Base": "b1"}


def test_every_row_is_an_item_in_input_order() -> None:
    absent = Unscored(reason="null")
    items = checked(task([0.5, absent], [0.25, 0.75])).items
    assert items[0] == {"row": 1, "rougeL": 0.5, "base": {"rougeL": 0.25}}
    assert items[1] == {"row": 2, "rougeL": absent, "base": {"rougeL": 0.75}}


def test_a_summary_below_its_first_sentences_is_told() -> None:
    measured = Measured(
        name="rougeL",
        decides=True,
        tuned=Scores(values=tuple(noisy(-0.1))),
        baseline=Scores(values=tuple(noisy(0, 3))),
    )
    facts = TaskFacts(
        spec=TaskSpec(name="summarization"), title="s", why="", settings="", baseline="a lead", measured=(measured,)
    )
    check = checked(Task(facts=facts, rows=rows(80), pooled={}))
    assert "tasks.below_baseline" in codes(check)


def labelled(
    references: Sequence[str], tuned: Sequence[str], base: Sequence[str] | None = None, labels: str = "ab"
) -> CheckResult:
    missed: dict[str, Outcome] = {"unparsed": "unparsed", "ambiguous": "ambiguous"}

    def readings(texts: Sequence[str]) -> tuple[Reading, ...]:
        return tuple(
            Reading(label=None, labels=(), outcome=missed[text], method="no label")
            if text in missed
            else Reading(label=text, labels=(text,), outcome="label", method="exact")
            for text in texts
        )

    facts = TaskFacts(
        spec=TaskSpec(name="classification"),
        title="classification",
        why="",
        settings="",
        labels=LabelFacts(
            labels=tuple(labels),
            why="as given",
            references=tuple(references),
            tuned=readings(tuned),
            base=readings(base) if base is not None else None,
        ),
    )
    return checked(Task(facts=facts, rows=rows(len(references)), pooled={}))


def test_an_answer_without_a_label_counts_as_wrong_and_stands_in_its_own_column() -> None:
    check = labelled("aabb", ["a", "unparsed", "b", "ambiguous"])
    tuned = check.measures["tuned"]
    assert isinstance(tuned, dict)
    assert isinstance(tuned["accuracy"], Estimate)
    assert tuned["accuracy"].value == 0.5
    assert tuned["confusion"] == {
        "columns": ("a", "b", "unparsed", "ambiguous", "abstained"),
        "rows": {"a": (1, 0, 1, 0, 0), "b": (0, 1, 0, 1, 0)},
    }
    assert "tasks.unread_labels" in codes(check)
    assert check.exhibits[-1].heading == "Answers of tuned without a label"


def test_flips_are_listed_and_tested() -> None:
    check = labelled("ab" * 20, "ab" * 20, "ab" * 10 + "ba" * 10)
    assert check.status == "pass"
    assert check.measures["mcnemar_p"] == pytest.approx(2 * 0.5**20)
    paired = check.measures["paired"]
    assert isinstance(paired, dict)
    assert (paired["n_only_tuned_right"], paired["n_only_base_right"]) == (20, 0)
    assert [one.heading for one in check.exhibits] == ["Wrong from base, right from tuned"]


def test_worse_than_the_commonest_label_fails_even_without_a_base() -> None:
    check = labelled("a" * 60 + "b" * 20, "b" * 60 + "b" * 20)
    assert check.status == "fail"
    assert {"tasks.majority", "tasks.one_label"} <= codes(check)


def test_a_label_that_no_reference_has_is_unscored_and_not_zero() -> None:
    check = labelled("abab", "abab", labels="abc")
    tuned = check.measures["tuned"]
    assert isinstance(tuned, dict)
    classes = tuned["per_class"]
    assert isinstance(classes, dict)
    assert classes["c"]["recall"] == Unscored(reason="no item has the label 'c'")


def test_the_false_alarms_of_equal_models_stay_at_five_percent() -> None:
    rng = np.random.default_rng(7)
    n_alarms = 0
    for _ in range(300):
        hard = rng.uniform(size=60)
        tuned, base = ((hard + rng.standard_t(3, size=60) / 10).tolist() for _ in range(2))
        n_alarms += checked(task(tuned, base)).status != "warn"
    assert n_alarms <= 300 * 0.05 + 3 * np.sqrt(300 * 0.05 * 0.95)
