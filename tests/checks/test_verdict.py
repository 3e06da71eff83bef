"""The verdict: every rule of the decision, the reasons, the checklist and what to do next."""

from __future__ import annotations

import itertools

import pytest

from tunecheck.checks import decide
from tunecheck.checks.overfit_rules import UNSETTLED_CODES
from tunecheck.core import CheckResult, Finding, Severity, Status

STATUSES: tuple[Status, ...] = ("pass", "warn", "fail", "unknown")


def made(name: str, status: Status, *findings: Finding, summary: str = "") -> CheckResult:
    return CheckResult(check=name, status=status, summary=summary or f"{name} says {status}.", findings=findings)


def found(code: str, severity: Severity, hint: str) -> Finding:
    return Finding(code=code, severity=severity, message=code, hint=hint)


def checks(**statuses: Status) -> dict[str, CheckResult]:
    """All six steps pass, but for these."""
    names = dict.fromkeys(("curve", "perplexity", "overfitting", "review", "ab", "tasks.code"), "pass")
    return {name: made(name, status) for name, status in {**names, **statuses}.items()}  # type: ignore[arg-type]


def test_when_all_pass_it_ships_and_says_what_passed() -> None:
    verdict = decide(checks())
    assert verdict.decision == "ship"
    assert verdict.reasons == (
        "Training curve passes: curve says pass.",
        "Perplexity passes: perplexity says pass.",
        "Overfitting passes: overfitting says pass.",
        "Human review passes: review says pass.",
        "Blind A/B test passes: ab says pass.",
        "Task metrics (code) passes: tasks.code says pass.",
    )
    assert verdict.next_steps == ()


@pytest.mark.parametrize("name", ["preflight", "curve", "perplexity", "overfitting", "review", "ab", "tasks.code"])
def test_any_failure_holds(name: str) -> None:
    verdict = decide({**checks(), name: made(name, "fail")})
    assert verdict.decision == "hold"
    (reason,) = verdict.reasons
    assert reason.endswith(f" fails: {name} says fail.")


def test_preflight_is_not_a_step() -> None:
    verdict = decide({**checks(), "preflight": made("preflight", "fail")})
    assert [step.name for step in verdict.checklist] == ["curve", "perplexity", "overfitting", "review", "ab", "tasks"]
    assert verdict.reasons == ("Preflight fails: preflight says fail.",)


@pytest.mark.parametrize("name", ["perplexity", "overfitting", "review", "ab", "tasks.code"])
def test_what_is_unknown_makes_it_incomplete(name: str) -> None:
    verdict = decide({**checks(), name: made(name, "unknown")})
    assert verdict.decision == "incomplete"
    assert verdict.reasons[0].endswith(f" is unknown: {name} says unknown.")


def test_a_curve_that_is_unknown_does_not_stop_it() -> None:
    assert decide(checks(curve="unknown")).decision == "ship"


def test_a_difference_that_is_not_shown_makes_it_incomplete() -> None:
    verdict = decide(checks(perplexity="warn"))
    assert (verdict.decision, verdict.reasons) == ("incomplete", ("Perplexity is not settled: perplexity says warn.",))


@pytest.mark.parametrize("code", sorted(UNSETTLED_CODES))
def test_overfitting_that_more_data_could_settle_makes_it_incomplete(code: str) -> None:
    verdict = decide({**checks(), "overfitting": made("overfitting", "warn", found(code, "warn", "add items"))})
    assert (verdict.decision, verdict.next_steps) == ("incomplete", ("add items",))


def test_other_warnings_ship_and_are_told() -> None:
    settled = made("overfitting", "warn", found("overfit.watch", "warn", "epochs 30 to 3"))
    verdict = decide({**checks(curve="warn"), "overfitting": settled})
    assert verdict.decision == "ship"
    assert verdict.reasons[-2:] == (
        "Training curve warns: curve says warn.",
        "Overfitting warns: overfitting says warn.",
    )
    assert verdict.next_steps == ("epochs 30 to 3",)


def test_with_nothing_measured_every_step_says_why() -> None:
    verdict = decide({})
    assert verdict.decision == "incomplete"
    assert [(step.title, step.status, step.summary) for step in verdict.checklist] == [
        ("Training curve", "unknown", "no training log was read"),
        ("Perplexity", "unknown", "perplexity was not measured"),
        ("Overfitting", "unknown", "overfitting was not measured: it needs the training data"),
        ("Human review", "unknown", "nobody has rated answers yet: tunecheck review create RUN"),
        ("Blind A/B test", "unknown", "nobody has compared answers blind yet: tunecheck ab create RUN"),
        ("Task metrics", "unknown", "no task was asked for"),
    ]
    assert verdict.reasons == (
        "Perplexity is missing: perplexity was not measured.",
        "Overfitting is missing: overfitting was not measured: it needs the training data.",
        "Human review is missing: nobody has rated answers yet: tunecheck review create RUN.",
        "Blind A/B test is missing: nobody has compared answers blind yet: tunecheck ab create RUN.",
    )
    assert verdict.next_steps == (
        "measure perplexity against the base: tunecheck run TUNED --val FILE --base MODEL",
        "measure overfitting: tunecheck run TUNED --val FILE --train FILE --base MODEL",
        "have people rate answers of both models: tunecheck review create RUN, then tunecheck serve RUN",
        "have people compare answers blind: tunecheck ab create RUN, then tunecheck serve RUN",
        "without people who rate and compare answers of both models there is no ship; to gate on the measured steps "
        "alone: tunecheck verdict RUN --automatic-only",
    )


def test_without_people_there_is_no_ship_unless_asked_for() -> None:
    measured = {name: made(name, "pass") for name in ("perplexity", "overfitting")}
    assert decide(measured).decision == "incomplete"
    alone = decide(measured, automatic_only=True)
    assert alone.decision == "ship"
    assert alone.reasons == (
        "Perplexity passes: perplexity says pass.",
        "Overfitting passes: overfitting says pass.",
    )
    assert alone.next_steps == ()
    assert len(alone.checklist) == 6


@pytest.mark.parametrize("review", [{}, {"review": made("review", "unknown")}])
def test_while_the_review_is_unknown_there_is_no_ship(review: dict[str, CheckResult]) -> None:
    others = {name: check for name, check in checks().items() if name != "review"}
    verdict = decide({**others, **review})
    assert verdict.decision == "incomplete"
    assert verdict.next_steps


def test_automatic_only_leaves_out_what_people_said() -> None:
    assert decide(checks(review="fail", ab="fail"), automatic_only=True).decision == "ship"
    assert decide(checks(perplexity="fail"), automatic_only=True).decision == "hold"
    assert decide({"perplexity": made("perplexity", "pass")}, automatic_only=True).decision == "incomplete"


def test_tasks_are_one_step_with_the_worst_status() -> None:
    tasks = {"tasks.code": made("tasks.code", "warn"), "tasks.chrf": made("tasks.chrf", "pass")}
    step = decide({**checks(), **tasks}).checklist[-1]
    assert (step.name, step.title, step.status) == ("tasks", "Task metrics", "warn")
    assert step.summary == "chrf: tasks.chrf says pass. code: tasks.code says warn."


def test_next_steps_come_from_failures_first_and_are_not_repeated() -> None:
    perplexity = made("perplexity", "warn", found("a", "warn", "add items"), found("b", "info", "never told"))
    overfitting = made(
        "overfitting", "fail", found("c", "fail", "epochs 30 to 3;\nrank 64 to 16"), found("d", "warn", "add items")
    )
    review = made("review", "unknown")
    assert decide({**checks(), "perplexity": perplexity, "overfitting": overfitting, "review": review}).next_steps == (
        "epochs 30 to 3; rank 64 to 16",
        "add items",
        "human review: review says unknown",
        "without people who rate and compare answers of both models there is no ship; to gate on the measured steps "
        "alone: tunecheck verdict RUN --automatic-only",
    )


def test_what_is_unknown_is_asked_for_unless_preflight_failed() -> None:
    unknown = checks(perplexity="unknown", overfitting="unknown")
    assert decide(unknown).next_steps == (
        "measure perplexity against the base: tunecheck run TUNED --val FILE --base MODEL",
        "measure overfitting: tunecheck run TUNED --val FILE --train FILE --base MODEL",
    )
    assert decide({**unknown, "preflight": made("preflight", "fail", found("p", "fail", "load it"))}).next_steps == (
        "load it",
    )


def test_on_hold_warnings_follow_the_failures() -> None:
    verdict = decide(checks(curve="warn", overfitting="fail", review="unknown"))
    assert verdict.reasons == (
        "Overfitting fails: overfitting says fail.",
        "Training curve warns: curve says warn.",
    )


def test_every_combination_has_a_decision_with_a_reason() -> None:
    for perplexity, overfitting, review, automatic in itertools.product(STATUSES, STATUSES, STATUSES, (True, False)):
        verdict = decide(
            checks(perplexity=perplexity, overfitting=overfitting, review=review), automatic_only=automatic
        )
        assert verdict.reasons
        if "fail" in (perplexity, overfitting):
            assert verdict.decision == "hold"
        if verdict.decision == "ship":
            assert perplexity == "pass"
            assert overfitting in ("pass", "warn")
            assert review in ("pass", "warn") or automatic


def test_a_logged_loss_that_is_not_reproduced_keeps_it_incomplete() -> None:
    differs = found("curve.eval_differs", "warn", "look at the template")
    verdict = decide({**checks(), "curve": made("curve", "warn", differs)})
    assert verdict.decision == "incomplete"
    assert verdict.reasons[0] == "Training curve is not settled: curve says warn."
    assert verdict.next_steps == ("look at the template",)
