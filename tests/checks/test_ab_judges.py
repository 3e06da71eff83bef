"""Judges of an A/B test: two orders, flips, failures, canaries, and what they add to people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from tests.checks.ab_votes import codes
from tests.checks.test_ab_study import PEOPLE, at, finding, said
from tests.comparisons import pair_study
from tunecheck.checks import check_study_ab
from tunecheck.core import CheckResult, Estimate, Judgement, PairStudy, Rating, Unscored

_MEANS: dict[str, Any] = {"t": "tuned", "b": "base", "=": "tie", "f": "failed"}


def judged(words: Sequence[str], *, judge: str = "openai:http://127.0.0.1:1/v1#small") -> list[Judgement]:
    """Two letters for each pair: the verdict with tuned as A, and with tuned as B; a dot was not asked."""
    return [
        Judgement(study=1, judge=judge, entry=entry, swapped=bool(order), outcome=_MEANS[letter], at="")
        for entry, word in enumerate(words)
        for order, letter in enumerate(word)
        if letter != "."
    ]


def checked(study: PairStudy, ratings: Sequence[Rating], judgements: Sequence[Judgement]) -> CheckResult:
    return check_study_ab(study, ratings, PEOPLE, judgements=judgements)


def of_judge(check: CheckResult) -> Any:
    (one,) = at(check, "judges").values()
    return one


def test_both_orders_make_one_score_and_a_flip_is_inconsistent_and_no_tie() -> None:
    own = of_judge(checked(pair_study(6), [], judged(["tt", "tb", "bb", "t=", "==", "tf"])))
    assert (own["n_items"], own["failed"]) == (5, 1)
    assert own["win_rate"].value == pytest.approx((1 + 0.5 + 0 + 0.75 + 0.5) / 5)
    assert own["consistency"].value == pytest.approx(3 / 5)
    # First came tuned, then tuned again though it was B, and so on: t, t and t were first, and b in the second order.
    assert (own["first_position_rate"].value, own["first_position_rate"].n) == (pytest.approx(5 / 7), 7)


@pytest.mark.parametrize(("word", "rate"), [("tt", 0.5), ("bb", 0.5), ("tb", 1.0), ("bt", 0.0)])
def test_the_first_position_rate_is_one_half_for_whoever_judges_answers(word: str, rate: float) -> None:
    assert of_judge(checked(pair_study(20), [], judged([word] * 20)))["first_position_rate"].value == rate


def test_judges_without_people_decide_nothing_and_the_summary_says_so() -> None:
    check = checked(pair_study(30), [], judged(["tt"] * 30))
    assert check.status == "unknown"
    assert check.summary.endswith("(tunecheck serve RUN). 1 judge voted, but judges count only beside people.")
    assert of_judge(check)["win_rate_with_judges"] == Unscored(
        reason="judges count only beside people, whose votes are on 0 of the 20 items that this takes"
    )
    assert isinstance(of_judge(check)["agreement_with_people"], Unscored)
    assert of_judge(check)["win_rate"].value == 1.0


def test_judges_change_neither_decision_nor_any_number_of_people() -> None:
    study = pair_study(60)
    ratings = said(study, "ttb=" * 10 + "." * 20)
    alone, with_judge = checked(study, ratings, []), checked(study, ratings, judged(["bb"] * 60))
    assert (alone.status, alone.summary) == (with_judge.status, with_judge.summary)
    judges = {"judges"}
    assert {name: value for name, value in with_judge.measures.items() if name not in judges} == alone.measures


def test_a_judge_beside_people_has_its_agreement_and_their_common_direction() -> None:
    study = pair_study(40)
    own = of_judge(checked(study, said(study, "tb" * 20), judged(["tt", "bb"] * 15 + ["bb", "tb"] * 5)))
    assert (own["agreement_with_people"].n, own["same_direction"].n) == (40, 35)
    assert own["same_direction"].value == pytest.approx(30 / 35)
    assert 0.5 < own["agreement_with_people"].value < 0.9


def test_people_and_judge_together_are_prediction_powered() -> None:
    study = pair_study(200)
    words = ["tt" if n % 3 else "bb" for n in range(200)]
    people = "".join(word[0] for word in words[:60]) + "." * 140
    found = of_judge(checked(study, said(study, people), judged(words)))["win_rate_with_judges"]
    alone = checked(study, said(study, people), []).measures["win_rate"]
    assert isinstance(found, Estimate)
    assert isinstance(alone, Estimate)
    assert found.method.startswith("PPI++ with 140 items of a judge alone")
    assert found.n == 60
    assert found.high - found.low < 0.75 * (alone.high - alone.low)


@pytest.mark.parametrize(
    ("people", "judge", "reason"),
    [
        (19, 60, "whose votes are on 19 of the 20 items"),
        (30, 10, "the judge was asked about 10 of the 30 items that people voted on"),
        (30, 31, "no items beyond those that people voted on"),
    ],
)
def test_without_enough_of_either_there_is_a_reason(people: int, judge: int, reason: str) -> None:
    study = pair_study(60)
    check = checked(study, said(study, "tb" * 30)[:people], judged(["tt", "bb"] * (judge // 2) + ["tt"] * (judge % 2)))
    ordered = checked(study, said(study, ("tb" * 30)[:people] + "." * (60 - people)), judged(["tt"] * judge))
    assert isinstance(of_judge(check)["win_rate_with_judges"], Unscored)
    assert reason in of_judge(ordered)["win_rate_with_judges"].reason


def test_failures_do_not_bias_what_a_judge_adds() -> None:
    """A judge that fails on every item which base wins would make tuned win, were those left out."""
    rng, off = np.random.default_rng(4), []
    for _ in range(60):
        truth = ["tt" if one else "bb" for one in rng.random(240) < 0.5]
        study = pair_study(240)
        people = "".join(word[0] for word in truth[:80]) + "." * 160
        found = of_judge(checked(study, said(study, people), judged([w if w == "tt" else "ff" for w in truth])))
        off.append(found["win_rate_with_judges"].value - 0.5)
    assert abs(float(np.mean(off))) < 3 * float(np.std(off)) / np.sqrt(60)


def canaries(follow: Callable[[int], bool]) -> list[Judgement]:
    """Base asks to be chosen in each pair, whose plain verdict is for tuned."""
    return [
        Judgement(
            study=1, judge="openai:http://127.0.0.1:1/v1#small", entry=entry, swapped=False,
            outcome="base" if follow(entry) else "tuned", at="", canary="orders@base",
        )
        for entry in range(20)
    ]  # fmt: skip


def test_canaries_are_no_verdicts_and_show_whether_a_judge_obeys() -> None:
    plain = judged(["tt"] * 15 + ["bb"] * 5)
    check = checked(pair_study(20), [], [*plain, *canaries(lambda entry: entry % 3 == 0)])
    own = of_judge(check)
    assert (own["n_canaries"], own["n_items"], own["win_rate"].value) == (20, 20, 0.75)
    # Of the 15 whose base answer lost without its text; the other five won as they were.
    assert (own["attack_follow_rate"].value, own["attack_follow_rate"].n) == (pytest.approx(1 / 3), 15)
    assert finding(check, "ab.judge_follows").severity == "warn"
    steady = checked(pair_study(20), [], [*plain, *canaries(lambda entry: entry >= 15)])
    assert of_judge(steady)["attack_follow_rate"].value == 0.0
    assert "ab.judge_follows" not in codes(steady)
    assert of_judge(checked(pair_study(20), [], plain))["attack_follow_rate"] == Unscored(reason="no canary was sent")


def test_a_judge_of_places_is_a_finding() -> None:
    check = checked(pair_study(20), [], judged(["tb", "tt"] * 10))
    assert finding(check, "ab.judge_inconsistent").message.startswith(
        "openai:http://127.0.0.1:1/v1#small says the same"
    )
    assert "ab.judge_inconsistent" not in codes(checked(pair_study(20), [], judged(["tt", "=="] * 10)))


def test_the_last_verdict_on_a_question_counts_and_other_studies_do_not() -> None:
    given = [*judged(["ff"] * 20), *judged(["tt"] * 20), *judged(["bb"] * 20, judge="other")]
    check = checked(pair_study(20, number=1), [], given)
    assert {name: own["win_rate"].value for name, own in at(check, "judges").items()} == {
        "openai:http://127.0.0.1:1/v1#small": 1.0, "other": 0.0,
    }  # fmt: skip
    assert "judges" not in checked(pair_study(20, number=2), [], given).measures


def test_a_judge_that_never_answered_has_reasons() -> None:
    own = of_judge(checked(pair_study(20), [], judged(["ff"] * 20)))
    assert (own["n_items"], own["failed"]) == (0, 40)
    for name in ("win_rate", "consistency", "first_position_rate", "length_controlled_win_rate"):
        assert isinstance(own[name], Unscored)


def test_judges_against_people_in_both_orders_are_to_be_read() -> None:
    study = pair_study(20)
    check = checked(study, said(study, "t" * 20), judged(["bb"] * 2 + ["tb"] * 2 + ["tt"] * 16))
    (found,) = [one for one in check.exhibits if one.heading.startswith("Where a judge")]
    assert [one.where for one in found.exhibits] == ["val.jsonl line 1", "val.jsonl line 2"]
    assert found.note == "It does on 2 of the 20 pairs that count."
