"""Code checks: pass@k over problems, what counts and what does not, and a status that follows from the pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from tests.checks.code_problems import facts, judged, many, outcome
from tunecheck.checks import check_code, check_tasks
from tunecheck.core import CheckResult, Estimate, Finding, JudgedProblem, Measure, Tier, Unscored, to_json


def inner(value: Measure, *path: str) -> Measure:
    for name in path:
        assert isinstance(value, Mapping)
        value = value[name]
    return value


def estimate(check: CheckResult, *path: str) -> Estimate:
    found = inner(check.measures, *path)
    assert isinstance(found, Estimate), found
    return found


def codes(check: CheckResult) -> list[str]:
    return [finding.code for finding in check.findings]


def finding(check: CheckResult, code: str) -> Finding:
    return next(one for one in check.findings if one.code == code)


def checked(tuned: Sequence[str], base: Sequence[str] | None = None, **options: object) -> CheckResult:
    return check_code(facts(many(tuned, base), **options))  # type: ignore[arg-type]


# Of four samples 0, 1, 2, 3 and 4 pass.
FIVE = ("wwww", "pwww", "ppww", "pppw", "pppp")


@pytest.mark.parametrize(
    ("measure", "k", "value"),
    [
        ("pass_at", "1", (0 + 1 / 4 + 2 / 4 + 3 / 4 + 1) / 5),
        ("pass_at", "2", (0 + 3 / 6 + 5 / 6 + 1 + 1) / 5),
        ("pass_at", "4", (0 + 1 + 1 + 1 + 1) / 5),
        ("pass_all", "1", (0 + 1 / 4 + 2 / 4 + 3 / 4 + 1) / 5),
        ("pass_all", "2", (0 + 0 + 1 / 6 + 3 / 6 + 1) / 5),
        ("pass_all", "4", (0 + 0 + 0 + 0 + 1) / 5),
    ],
)
def test_the_shares_of_five_problems_are_those_worked_out_by_hand(measure: str, k: str, value: float) -> None:
    found = estimate(checked(FIVE, k=(1, 2, 4)), "tuned", measure, k)
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.n == 5
    assert found.low < found.value < found.high


@pytest.mark.parametrize(("k", "value"), [("1", 0.5 - 0.2), ("2", (0.5 + 5 / 6 + 1 + 1) / 5 - (0 + 0 + 0 + 0 + 1) / 5)])
def test_the_difference_of_five_problems_is_the_one_worked_out_by_hand(k: str, value: float) -> None:
    check = checked(FIVE, ("wwww", "wwww", "wwww", "wwww", "pppp"), k=(1, 2))
    assert estimate(check, "paired", "pass_at", k).value == pytest.approx(value, abs=1e-12)


def test_problems_with_more_samples_weigh_no_more() -> None:
    check = checked(["pppppppp", "w"])
    assert estimate(check, "tuned", "pass_at", "1").value == 0.5
    assert check.measures["n_samples"] == {"tuned": {"least": 1, "most": 8}}


def test_pass_at_1_is_measured_also_where_it_was_not_asked_for() -> None:
    assert inner(checked(FIVE, k=(2,)).measures, "tuned", "pass_at").keys() == {"1", "2"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("tuned", "reason"),
    [
        (("pw", "pp"), "every problem needs 5 samples that count, and each has 2"),
        (("ppppp", "pwx"), "every problem needs 5 samples that count, and P/1 has 2"),
    ],
)
def test_a_k_beyond_the_fewest_samples_is_unscored_and_says_both_numbers(tuned: Sequence[str], reason: str) -> None:
    check = checked(tuned, k=(1, 5))
    assert inner(check.measures, "tuned", "pass_at", "5") == Unscored(reason=reason)
    assert inner(check.measures, "tuned", "pass_all", "5") == Unscored(reason=reason)
    assert isinstance(inner(check.measures, "tuned", "pass_at", "1"), Estimate)


@pytest.mark.parametrize("word", ["p", "w", "ppp", "www"])
def test_an_interval_does_not_close_where_all_problems_are_alike(word: str) -> None:
    check = checked([word] * 40, [word] * 40)
    own, apart = estimate(check, "tuned", "pass_at", "1"), estimate(check, "paired", "pass_at", "1")
    assert own.high - own.low > 0.05
    assert apart.low < 0 == apart.value < apart.high


def test_samples_narrow_the_interval_as_far_as_k_leaves_independent_trials_of_them() -> None:
    # Four alike samples of each of 400 problems are two trials of pass@2, and no more.
    found = estimate(checked(["ppww"] * 400, k=(2,)), "tuned", "pass_at", "2")
    assert found.value == pytest.approx(5 / 6)
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.sqrt(5 / 36 / 800), rel=0.02)


def test_the_method_says_which_question_the_interval_answers() -> None:
    check = checked(FIVE, FIVE)
    assert "over problems, for other problems like these" in estimate(check, "tuned", "pass_at", "1").method
    assert "for other problems like these" in estimate(check, "paired", "pass_at", "1").method


@given(st.lists(st.sampled_from([("p", "p"), ("p", "w"), ("w", "p"), ("w", "w")]), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_with_one_sample_the_p_value_is_that_of_the_exact_binomial_test(pairs: list[tuple[str, str]]) -> None:
    check = checked([tuned for tuned, _ in pairs], [base for _, base in pairs])
    won, lost = pairs.count(("p", "w")), pairs.count(("w", "p"))
    expected = binomtest(won, won + lost, 0.5).pvalue if won + lost else 1.0
    assert check.measures["mcnemar_p"] == pytest.approx(expected)
    assert "p_value" not in check.measures


def test_with_several_samples_the_p_value_permutes_the_signs_of_whole_problems() -> None:
    tuned, base = ("ppp", "ppw", "ppp", "pww", "www"), ("www", "pww", "ppw", "www", "pww")
    apart = np.array([one.count("p") - other.count("p") for one, other in zip(tuned, base, strict=True)])
    sums = [abs(int(np.dot(signs, apart))) for signs in product((1, -1), repeat=5)]
    expected = sum(one >= abs(apart.sum()) for one in sums) / len(sums)
    check = checked(tuned, base)
    assert check.measures["p_value"] == pytest.approx(expected)
    assert "mcnemar_p" not in check.measures


def test_one_sample_against_several_is_no_case_for_mcnemar() -> None:
    check = checked(["p"] * 12, ["pww"] * 12)
    assert check.measures["p_value"] == pytest.approx(2 / 2**12)


@pytest.mark.parametrize(
    ("tuned", "base", "status", "code"),
    [
        (["p"] * 30, ["p"] * 15 + ["w"] * 15, "pass", "tasks.better"),
        (["p"] * 15 + ["w"] * 15, ["p"] * 30, "fail", "tasks.worse"),
        (["p"] * 30, ["p"] * 29 + ["w"], "warn", "tasks.no_difference"),
        (["pp"] * 30, ["pw"] * 30, "pass", "tasks.better"),
    ],
)
def test_the_status_follows_from_the_pairs_as_for_every_task(
    tuned: Sequence[str], base: Sequence[str], status: str, code: str
) -> None:
    check = checked(tuned, base)
    assert (check.status, codes(check)) == (status, [code])
    assert "pass@1" in finding(check, code).message


def test_a_single_problem_settles_nothing() -> None:
    check = checked(["p"], ["w"])
    assert check.status == "unknown"
    assert "Not compared with the base: an interval needs at least 2" in check.summary


@pytest.mark.parametrize(
    ("at_least", "status", "code"),
    [(0.5, "pass", "tasks.reached"), (0.74, "warn", "tasks.reached"), (0.8, "fail", "tasks.not_reached")],
)
def test_what_was_asked_for_decides_without_a_base(at_least: float, status: str, code: str) -> None:
    check = checked(["p"] * 75 + ["w"] * 25, at_least=at_least)
    assert (check.status, codes(check)) == (status, [code])


def test_without_a_base_or_a_limit_nothing_is_settled() -> None:
    check = checked(["p"] * 30)
    assert (check.status, codes(check)) == ("unknown", [])
    assert {"base", "paired", "mcnemar_p", "p_value"}.isdisjoint(check.measures)
    assert check.summary == (
        "pass@1 of the tuned model is 1 (95% interval 0.886 to 1); 30 problems counted; tier A, isolated. "
        "No base to compare with."
    )


def test_the_summary_tells_both_sides_the_difference_and_what_was_counted() -> None:
    problems = [*many(["p"] * 30 + ["w"] * 10, ["p"] * 20 + ["w"] * 20), judged("odd", "w", "w", excluded="why")]
    check = check_code(facts(problems))
    apart = estimate(check, "paired", "pass_at", "1")
    assert check.summary == (
        "pass@1 is 0.75 [0.598, 0.858] for tuned and 0.5 [0.352, 0.648] for base, a difference of 0.25 (95% interval "
        f"{apart.low:.3g} to {apart.high:.3g}), p 0.00195; 40 problems counted, 1 excluded; tier A, isolated."
    )


@pytest.mark.parametrize("letter", ["x", "i"])
def test_verdicts_that_say_nothing_stay_outside_the_denominator(letter: str) -> None:
    check = checked([f"p{letter}", "pw", "ww"], k=(1,))
    assert estimate(check, "tuned", "pass_at", "1").value == pytest.approx((1 + 0.5 + 0) / 3)
    assert check.measures["n_samples"] == {"tuned": {"least": 1, "most": 2}}
    told = finding(check, "tasks.code_sandbox_errors")
    assert "1 of 6 samples of tuned" in told.message
    assert "P/0" in told.message


@pytest.mark.parametrize(("n_errors", "status"), [(1, "warn"), (2, "unknown")])
def test_beyond_one_percent_of_broken_samples_nothing_passes(n_errors: int, status: str) -> None:
    tuned = [*["p"] * (150 - n_errors), *["x"] * n_errors]
    check = checked(tuned, ["p"] * 60 + ["w"] * 90)
    assert check.status == status
    assert finding(check, "tasks.code_sandbox_errors").severity == "warn"
    assert ("Nothing is concluded: 1.3% of the samples of tuned say nothing." in check.summary) == (n_errors == 2)


def test_broken_samples_of_the_base_count_against_a_conclusion_too() -> None:
    check = checked(["p"] * 50, ["x", *["w"] * 49])
    assert check.status == "unknown"
    assert "of the samples of base say nothing" in check.summary


def test_a_tuned_model_that_is_worse_fails_also_with_broken_samples() -> None:
    check = checked(["w"] * 50, ["x", *["p"] * 49])
    assert check.status == "fail"
    assert "Nothing is concluded" not in check.summary


def test_excluded_problems_count_nowhere_and_are_named() -> None:
    left_out = [judged(f"odd/{place}", "pppx", "wwww", excluded="the reference fails") for place in range(10)]
    check, without = (
        check_code(facts([*many(["pppp", "wwww"] * 10, ["wwww"] * 20), *more], k=(1, 4))) for more in (left_out, [])
    )
    for side in ("tuned", "base", "paired"):
        assert check.measures[side] == without.measures[side]
    assert (check.measures["n_problems"], check.measures["n_excluded"]) == (20, 10)
    told = finding(check, "tasks.code_excluded")
    assert told.message.startswith("10 of 30 problems are not counted: odd/0 (the reference fails); odd/1")
    assert told.message.endswith("odd/7 (the reference fails); and 2 more")
    assert "tasks.code_sandbox_errors" not in codes(check)


def test_where_fewer_than_half_of_the_problems_count_nothing_is_concluded() -> None:
    problems = [*many(["p"] * 20, ["w"] * 20), *(judged(f"odd/{place}", "w", "w", excluded="x") for place in range(21))]
    few, enough = check_code(facts(problems, at_least=0.99)), check_code(facts(problems[:-1]))
    assert (few.status, enough.status) == ("unknown", "warn")
    assert "Nothing is concluded: only 20 of 41 problems count." in few.summary
    assert {"tasks.better", "tasks.reached", "tasks.not_reached"}.isdisjoint(codes(few))
    assert "tasks.code_few" in codes(few)


def test_a_problem_without_samples_is_unscored_and_not_failed() -> None:
    check = checked(["p", "p", "w", ""], ["p", "w", "w", "p"])
    assert estimate(check, "tuned", "pass_at", "1").value == pytest.approx(2 / 3)
    assert estimate(check, "base", "pass_at", "1").n == 4
    assert estimate(check, "paired", "pass_at", "1").n == 3
    assert (check.measures["n_problems"], check.measures["n_unscored"]) == (3, 1)
    told = finding(check, "tasks.unscored")
    assert told.message.startswith("tuned: 3 scored, 1 unscored (1 without a sample that counts)")
    assert "over the 3 problems with samples of both" in check.summary


def test_a_problem_that_the_base_was_not_asked_is_compared_by_nobody() -> None:
    problems = [*many(["p"] * 12, ["w"] * 12), *(judged(f"more/{place}", "w") for place in range(3))]
    check = check_code(facts(problems))
    assert estimate(check, "paired", "pass_at", "1").n == 12
    assert estimate(check, "tuned", "pass_at", "1").n == 15
    assert check.measures["mcnemar_p"] == pytest.approx(2 / 2**12)


def test_without_any_sample_there_is_no_value_and_no_crash() -> None:
    for problems in ([], many(["", ""], ["", ""]), many(["x"]), [judged("a", "p", "p", excluded="why")]):
        check = check_code(facts(problems, k=(1, 5)))
        assert check.status == "unknown"
        assert inner(check.measures, "tuned", "pass_at", "1") == Unscored(reason="no problem has a sample that counts")
        to_json(check)


@pytest.mark.parametrize(
    ("tier", "severity", "word"), [("A", None, ""), ("B", "info", "confined"), ("C", "warn", "not shut in")]
)
def test_a_weaker_sandbox_is_told(tier: Tier, severity: str | None, word: str) -> None:
    check = checked(["p"] * 30, ["w"] * 30, tier=tier)
    found = [one for one in check.findings if one.code == "tasks.code_tier"]
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert all(word in one.message for one in found)
    assert check.measures["sandbox_tier"] == tier
    assert check.measures["sandbox_layers"] == ("namespaces", "Landlock", "seccomp", "limits")


@pytest.mark.parametrize(
    ("tuned", "base", "severity"),
    [
        (["n", "s", "y", *["p"] * 17], ["p"] * 20, "warn"),
        (["p"] * 20, ["n", "n", *["p"] * 18], "info"),
        (["n", *["p"] * 19], ["s", *["p"] * 19], None),
    ],
)
def test_many_samples_without_a_program_are_about_form(
    tuned: Sequence[str], base: Sequence[str], severity: str | None
) -> None:
    found = [one for one in checked(tuned, base).findings if one.code == "tasks.code_form"]
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    if severity == "warn":
        assert "15% of tuned (no code ×1, syntax error ×1, missing entry ×1) and 0% of base" in found[0].message


def test_what_was_stopped_and_what_was_not_checked_is_told() -> None:
    problems = [
        replace(one, limit_s=limit) for one, limit in zip(many(["tp", "mw", "cp"]), (2.0, 9.0, 2.0), strict=True)
    ]
    check = check_code(facts([*problems, judged("bare", "pp", reference="")], notes=("line 9 holds no tests",)))
    stopped = finding(check, "tasks.code_stopped").message
    assert "3 of 8 samples of tuned (timeout ×1, memory ×1, crash ×1)" in stopped
    assert stopped.endswith("the limit was 2 to 9 s")
    assert "1 of 4 problems have no reference" in finding(check, "tasks.code_unchecked").message
    assert finding(check, "tasks.code_note").message == "line 9 holds no tests"


def test_pass_at_1_is_corrected_together_with_all_other_tasks() -> None:
    made = facts(many(["p"] * 6, ["w"] * 6))
    worse = replace(facts(many(["w"] * 30, ["p"] * 30)), title="other")
    alone, together = check_code(made), check_tasks([], [made, worse])
    assert (alone.status, alone.measures["p_values_adjusted"]) == ("pass", {"pass@1": 2 / 2**6})
    assert list(together) == ["tasks.code", "tasks.other"]
    assert together["tasks.code"].measures["mcnemar_p"] == 2 / 2**6
    assert together["tasks.code"].measures["p_values_adjusted"] == {"pass@1": 2 / 2**6}
    twice = check_tasks([], [made, replace(made, title="other")])["tasks.code"]
    assert (twice.status, twice.measures["p_values_adjusted"]) == ("warn", {"pass@1": 4 / 2**6})
    assert "p 0.0625;" in twice.summary


def test_findings_and_a_signature_from_elsewhere_are_kept() -> None:
    more = Finding(code="elsewhere", severity="info", message="m")
    check = check_code(facts(many(["p"])), signature="s", findings=(more,))
    assert (check.signature, check.findings[-1]) == ("s", more)
    assert check_code(facts(many(["p"]))).signature == "k=1"
    assert check_code(replace(facts(many(["p"])), title="humaneval")).check == "tasks.humaneval"


def test_there_is_one_item_for_each_sample_in_the_order_of_the_problems() -> None:
    problems = [judged("b", "pw", "w"), judged("a", "", "p"), judged("c", "w", "p", excluded="why")]
    items = check_code(facts(problems)).items
    assert [(item["task_id"], item["sample"]) for item in items] == [("b", 1), ("b", 2), ("a", 1), ("c", 1)]
    absent = {"verdict": Unscored(reason="there is no such sample")}
    assert items[0]["base"] == {"verdict": "wrong", "detail": "", "method": "", "n_passed": 0, "n_tests": 3}
    assert (items[1]["verdict"], items[1]["base"]) == ("wrong", absent)
    assert (items[2]["verdict"], items[2]["base"]) == (
        absent["verdict"],
        {**items[0]["base"], "verdict": "pass", "n_passed": 3},
    )
    assert (items[3]["verdict"], items[3]["excluded"]) == ("wrong", "why")
    assert "excluded" not in items[0]
    (lost,) = check_code(facts([judged("d", "", "")])).items
    assert (lost["task_id"], lost["verdict"], lost["base"]) == ("d", absent["verdict"], absent)
    assert all("base" not in item for item in checked(["pw"]).items)


def test_exhibits_are_the_problems_that_tuned_lost_the_worst_first() -> None:
    problems = [
        judged("same", "ww", "ww"),
        judged("half", "pw", "pp"),
        judged("whole", "ww", "pp"),
        judged("won", "pp", "ww"),
        judged("odd", "ww", "pp", excluded="why"),
        judged("broken", "xx", "pp"),
        judged("whole too", "ww", "pp"),
    ]
    (found,) = check_code(facts(problems)).exhibits
    assert [one.where for one in found.exhibits] == ["whole", "whole too", "half"]
    assert found.note.startswith("3 of 3 problems")
    assert found.exhibits[2].headline == "tuned passes 1 of 2 samples, base passes 2 of 2 samples"


def test_without_a_base_the_exhibits_are_those_that_tuned_fails_most_and_at_most_eight() -> None:
    (found,) = checked(["pp", *["pw"] * 3, *["ww"] * 7]).exhibits
    assert [one.where for one in found.exhibits] == [*(f"P/{place}" for place in range(4, 11)), "P/1"]
    assert found.note.startswith("8 of 10 problems")
    assert checked(["p"] * 5).exhibits == ()


def test_an_exhibit_shows_the_program_and_the_test_with_the_lines_that_failed() -> None:
    failed = outcome(
        "wrong", code="a = 1\nb = 2\n", code_line=2, test="assert f()\n", test_line=1, called="f() -> 0", detail="no"
    )
    passed = outcome("pass", code="right")
    one = replace(judged("a", "w", "p"), tuned=(outcome("pass"), failed), base=(outcome("wrong"), passed))
    one = replace(one, base=(passed,))
    (shown,) = check_code(facts([one])).exhibits[0].exhibits
    assert shown.texts == (("Prompt", "Write a."),)
    assert [(text.name, text.text, text.line) for text in shown.programs] == [
        ("Tuned", "a = 1\nb = 2\n", 2),
        ("The test that failed", "assert f()\n", 1),
        ("Base", "right", None),
    ]
    assert shown.programs[0].note == "wrong · no · 0 of 3 tests"
    assert shown.programs[1].note == "last call: f() -> 0"


@pytest.mark.parametrize(("code", "has_prompt"), [("def f():\n    return 1\n", False), ("def g(): ...\n", True)])
def test_a_prompt_that_begins_the_program_is_shown_once(code: str, has_prompt: bool) -> None:
    one = judged("a", "w")
    asked = replace(one.problem, prompt="def f():\n", is_prefix=True)
    made: JudgedProblem = replace(one, problem=asked, tuned=(outcome("wrong", code=code),))
    (shown,) = check_code(facts([made])).exhibits[0].exhibits
    assert shown.texts == ()
    assert ("Prompt" in [text.name for text in shown.programs]) == has_prompt
