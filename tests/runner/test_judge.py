"""Judging: a problem counts once its tests have shown that they can be believed, and then every sample counts once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.scripted import Script, ScriptedRunner
from tunecheck.core import CodeOutcome, CodeProblem, JudgedProblem, Unscored
from tunecheck.core.predictions import Answered
from tunecheck.runner.judge import (
    FLOOR_S,
    MOST_SAME_AGAIN,
    REFERENCE_LIMIT_S,
    TIMES_REFERENCE,
    UNCHECKED_LIMIT_S,
    judge,
)
from tunecheck.runner.progress import Silent

Texts = Sequence[Answered]


def problem(name: str = "p", *, reference: str = "right", tests: tuple[str, ...] = ("assert f(1)",)) -> CodeProblem:
    return CodeProblem(id=name, prompt=f"write {name}", tests=tests, reference=reference)


def judged(
    script: Script,
    tuned: Mapping[str, Texts],
    *problems: CodeProblem,
    base: Mapping[str, Texts] | None = None,
    **more: Any,
) -> tuple[tuple[JudgedProblem, ...], ScriptedRunner]:
    runner = ScriptedRunner(script=script)
    samples = {"tuned": tuned} | ({} if base is None else {"base": base})
    return judge(problems or (problem(),), samples, runner, Silent(), **more), runner


def verdicts(one: JudgedProblem) -> list[str]:
    return [outcome.verdict for outcome in one.tuned]


def test_a_problem_whose_reference_passes_and_whose_empty_function_fails_counts() -> None:
    (one,), runner = judged({"right": "pass", "good": "pass"}, {"p": ["good", "bad"]})
    assert (one.excluded, verdicts(one), one.base) == ("", ["pass", "wrong"], None)
    assert runner.texts() == ["right", "stub of p", "good", "bad"]


def test_a_problem_whose_reference_fails_is_left_out_with_the_reason_and_its_samples_are_not_run() -> None:
    failing = CodeOutcome(verdict="exception", detail="NameError: x")
    (one,), runner = judged({"right": failing}, {"p": ["good", "bad"]})
    assert one.excluded == "its reference does not pass: exception (NameError: x)"
    assert verdicts(one) == ["invalid_test", "invalid_test"]
    assert [outcome.detail for outcome in one.tuned] == [one.excluded] * 2
    assert one.limit_s is None
    assert set(runner.texts()) == {"right"}


def test_a_problem_whose_empty_function_passes_is_left_out() -> None:
    (one,), runner = judged({"right": "pass", "stub of p": "pass"}, {"p": ["good"]})
    assert one.excluded == "an empty function passes its tests"
    assert "good" not in runner.texts()


@pytest.mark.parametrize(
    ("stub", "reason"),
    [
        (CodeOutcome(verdict="invalid_test"), "its tests never reach the program"),
        (CodeOutcome(verdict="invalid_test", detail="no call", n_tests=2), "no call"),
        (CodeOutcome(verdict="invalid_test", detail="before the tests: no numpy"), "before the tests: no numpy"),
    ],
)
def test_a_problem_whose_tests_say_nothing_is_left_out(stub: CodeOutcome, reason: str) -> None:
    (one,), _ = judged({"stub of p": stub}, {"p": ["good"]}, problem(reference=""))
    assert one.excluded == reason


@pytest.mark.parametrize("stub", ["wrong", "exception", "timeout", "crash", "memory", "bad_return_type"])
def test_an_empty_function_that_fails_in_any_way_is_one_that_fails(stub: Any) -> None:
    (one,), _ = judged({"right": "pass", "stub of p": stub}, {"p": ["good"]})
    assert one.excluded == ""


def test_objects_are_let_in_only_where_the_reference_needs_them_and_only_those_it_gave() -> None:
    gave = CodeOutcome(verdict="pass", gave=("Stack", "pop"))
    needs = (CodeOutcome(verdict="bad_return_type"), gave, gave)
    script: dict[str, Any] = {"right": "pass", "classes": needs, "good": "pass", "new": "pass"}
    ones, runner = judged(script, {"p": ["good"], "q": ["new"]}, problem(), problem("q", reference="classes"))
    assert [one.objects for one in ones] == [(), ("Stack", "pop")]
    assert [job.objects for job in runner.jobs("right")] == [()]
    # Once more with what it gave.
    assert [job.objects for job in runner.jobs("classes")] == [(), ("*",), ("Stack", "pop")]
    assert [job.objects for job in runner.jobs("stub of q")] == [("Stack", "pop")]
    assert [job.objects for job in runner.jobs("good") + runner.jobs("new")] == [(), ("Stack", "pop")]


def test_a_reference_that_fails_with_what_it_gave_leaves_its_problem_out() -> None:
    gave = CodeOutcome(verdict="pass", gave=("Stack",))
    needs = (CodeOutcome(verdict="bad_return_type"), gave, CodeOutcome(verdict="wrong", detail="by chance"))
    (one,), _ = judged({"right": needs, "good": "pass"}, {"p": ["good"]})
    assert one.excluded == "its reference does not pass: wrong (by chance)"


def test_a_reference_that_fails_with_objects_as_well_is_told_of_as_it_was_without() -> None:
    both = (CodeOutcome(verdict="wrong", detail="first"), CodeOutcome(verdict="wrong", detail="second"))
    (one,), runner = judged({"right": both}, {"p": ["good"]})
    assert one.excluded == "its reference does not pass: wrong (first)"
    assert len(runner.jobs("right")) == 2


@pytest.mark.parametrize(
    ("tests", "setup", "objects"),
    [
        (("assert f(1) == 2",), "", ()),
        (("s = Stack()\ns.push(1)", "assert Queue(2).n == 2"), "", ("*",)),
        (("class Case: ...\nCase()\nassert f(1)",), "", ()),
        (("from unittest import TestCase\nTestCase()\nassertRaises(ValueError('x'))",), "", ()),
        (("assert f(Node(1))",), "class Node: ...", ()),
    ],
)
def test_without_a_reference_the_classes_that_tests_call_may_give_objects(
    tests: tuple[str, ...], setup: str, objects: tuple[str, ...]
) -> None:
    asked = CodeProblem(id="p", prompt="", tests=tests, setup=setup)
    (one,), runner = judged({}, {"p": ["good"]}, asked)
    assert one.objects == objects
    assert {job.objects for job in (*runner.jobs("stub of p"), *runner.jobs("good"))} == {objects}


@pytest.mark.parametrize(
    ("took_s", "limit_s"), [(0.001, FLOOR_S), (None, FLOOR_S), (0.5, 0.5 * TIMES_REFERENCE), (3.0, 3 * TIMES_REFERENCE)]
)
def test_the_time_limit_follows_from_what_the_reference_took(took_s: float | None, limit_s: float) -> None:
    (one,), runner = judged({"right": CodeOutcome(verdict="pass", duration_s=took_s)}, {"p": ["good"]})
    assert one.limit_s == pytest.approx(limit_s)
    assert [job.timeout_s for job in runner.jobs("right")] == [REFERENCE_LIMIT_S]
    assert [job.timeout_s for job in (*runner.jobs("stub of p"), *runner.jobs("good"))] == [pytest.approx(limit_s)] * 2


def test_without_a_reference_the_time_limit_is_a_fixed_one() -> None:
    (one,), runner = judged({}, {"p": ["good"]}, problem(reference=""))
    assert one.limit_s == runner.jobs("good")[0].timeout_s == UNCHECKED_LIMIT_S


def test_a_time_limit_that_was_asked_for_wins() -> None:
    slow = CodeOutcome(verdict="pass", duration_s=2.0)
    problems = (problem(), problem("q", reference=""))
    ones, runner = judged({"right": slow}, {"p": ["good"], "q": ["new"]}, *problems, timeout_s=0.5)
    assert [one.limit_s for one in ones] == [0.5, 0.5]
    assert {job.timeout_s for name in ("good", "new", "stub of p") for job in runner.jobs(name)} == {0.5}
    # A reference that takes longer shows that the limit is too short for the problem.
    assert runner.jobs("right")[0].timeout_s == 0.5


def test_what_ran_out_of_time_is_tried_once_more_alone() -> None:
    script: dict[str, Any] = {"right": "pass", "slow": ("timeout", "pass"), "endless": "timeout"}
    (one,), runner = judged(script, {"p": ["slow", "endless", "bad"]})
    assert verdicts(one) == ["pass", "timeout", "wrong"]
    assert runner.texts(alone=True) == ["slow", "endless"]


def test_a_reference_that_ran_out_of_time_among_others_is_tried_alone() -> None:
    (one,), runner = judged({"right": ("timeout", "pass"), "good": "pass"}, {"p": ["good"]})
    assert (one.excluded, verdicts(one)) == ("", ["pass"])
    assert runner.texts(alone=True) == ["right"]


def test_timeouts_are_no_longer_tried_again_once_so_many_in_a_row_came_to_the_same() -> None:
    endless = [f"endless {n}" for n in range(MOST_SAME_AGAIN + 5)]
    script: dict[str, Any] = {"right": "pass"} | dict.fromkeys(endless, "timeout")
    (one,), runner = judged(script, {"p": endless})
    assert runner.texts(alone=True) == endless[:MOST_SAME_AGAIN]
    assert set(verdicts(one)) == {"timeout"}


def test_one_that_comes_to_something_else_starts_the_count_anew() -> None:
    names = [f"late {n}" for n in range(MOST_SAME_AGAIN + 3)]
    script: dict[str, Any] = {"right": "pass"} | dict.fromkeys(names, "timeout") | {names[5]: ("timeout", "pass")}
    _, runner = judged(script, {"p": names})
    assert len(runner.texts(alone=True)) == MOST_SAME_AGAIN + 3


def test_equal_samples_are_run_once_and_count_each() -> None:
    samples = {"p": ["good", "bad", "good"]}
    (one,), runner = judged({"right": "pass", "good": "pass"}, samples, base={"p": ["good", "good"]})
    assert verdicts(one) == ["pass", "wrong", "pass"]
    assert one.base is not None
    assert [outcome.verdict for outcome in one.base] == ["pass", "pass"]
    assert runner.texts().count("good") == 1


def test_the_same_text_for_two_problems_is_run_for_each() -> None:
    _, runner = judged({"right": "pass"}, {"p": ["same"], "q": ["same"]}, problem(), problem("q"))
    assert [job.problem.id for job in runner.jobs("same")] == ["p", "q"]


def test_a_sample_that_is_not_there_is_left_out() -> None:
    gone = Unscored(reason="the row is empty")
    (one,), runner = judged({"right": "pass", "good": "pass"}, {"p": [gone, "good", gone]})
    assert verdicts(one) == ["pass"]
    assert runner.texts().count("good") == 1


def test_a_problem_without_samples_has_none() -> None:
    (one,), _ = judged({"right": "pass"}, {}, base={"p": ["bad"]})
    assert (one.tuned, len(one.base or ())) == ((), 1)


def test_a_sample_cannot_leave_the_denominator_by_making_believed_tests_invalid() -> None:
    left = CodeOutcome(verdict="invalid_test", detail="nested too deep")
    (one,), _ = judged({"right": "pass", "deep": left}, {"p": ["deep"]})
    assert (one.tuned[0].verdict, one.tuned[0].detail) == ("wrong", "nested too deep")


def test_problems_keep_their_order_and_nothing_is_run_for_none() -> None:
    ones, runner = judged({"right": "pass"}, {}, *(problem(name) for name in "cab"))
    assert [one.problem.id for one in ones] == ["c", "a", "b"]
    assert judge((), {"tuned": {}}, runner, Silent()) == ()


def test_references_run_before_stubs_and_stubs_before_samples() -> None:
    _, runner = judged({"right": "pass"}, {"p": ["good"], "q": ["new"]}, problem(), problem("q"))
    assert [[job.kind for job in jobs] for jobs, _ in runner.asked] == [["program"] * 2, ["stub"] * 2, ["reply"] * 2]
