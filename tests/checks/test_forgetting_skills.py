"""Retained skills: lost against won, McNemar's exact test against scipy, marks, chance."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.checks.forgetting_skills import SkillAnswers, Skills, check_skills, mcnemar_p, share_right
from tunecheck.core import Estimate, Item, Message, Unscored
from tunecheck.packs import skill_items, skill_of

ITEMS = skill_items()
N = len(ITEMS)
EXAMPLES = {
    row["id"]: row
    for file in sorted((Path(__file__).parents[1] / "packs" / "examples").glob("*.jsonl"))
    for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())
}
Flags = np.typing.NDArray[np.bool_]


def said(right: Flags) -> dict[str, str]:
    """A right or a wrong answer to each prompt."""
    answers = {}
    for item, is_right in zip(ITEMS, right.tolist(), strict=True):
        skill = skill_of(item)
        assert skill is not None
        answers[item.id] = EXAMPLES[skill.id]["right" if is_right else "wrong"][0]
    return answers


def checked(tuned: Flags, base: Flags) -> Skills:
    return check_skills(SkillAnswers(items=ITEMS, tuned=said(tuned), base=said(base)), "train less")


def flags(n_right: int) -> Flags:
    return np.arange(N) < n_right


def test_counts_shares_and_lists_are_those_of_the_answers() -> None:
    base, tuned = flags(60), flags(66)
    tuned[:12] = False
    found = checked(tuned, base)
    assert (found.measures["skills_lost"], found.measures["skills_won"]) == (12, 6)
    assert (found.measures["n_skills"], found.measures["n_skills_unscored"]) == (72, 0)
    right = found.measures["skills_right"]
    assert isinstance(right, dict)
    assert [str(right[name]) for name in ("base", "tuned")] == [str(share_right(60, 72)), str(share_right(54, 72))]
    change = found.measures["skills_change"]
    assert isinstance(change, Estimate)
    assert change.value == pytest.approx(-6 / 72)
    by_kind = found.measures["skills_by_kind"]
    assert isinstance(by_kind, dict)
    assert len(by_kind) == 12
    assert by_kind["arithmetic"] == {"n": 6, "base_right": 6, "tuned_right": 0, "lost": 6, "won": 0}
    assert [one.kind for one in found.lost] == ["arithmetic"] * 6 + ["code"] * 6
    assert (found.lost[0].base, found.lost[0].tuned) == ("102", "112")


def test_the_finding_names_the_kinds_and_the_probability() -> None:
    base, tuned = flags(60), flags(60)
    tuned[:8] = False
    found = checked(tuned, base)
    (finding,) = found.findings
    assert (found.status, finding.code, finding.severity) == ("warn", "overfit.skills_lost", "warn")
    assert finding.message == (
        "the tuned model lost 8 of the 60 skills that its base has (13.3%) and won 0 others, more than chance gives "
        "(p = 0.00781): arithmetic (6) and code (2)"
    )
    assert finding.hint == "read the lost answers beside the base's; train less"


def test_losing_a_fifth_of_what_the_base_could_do_fails() -> None:
    base, tuned = flags(60), flags(60)
    tuned[:12] = False
    assert checked(tuned, base).status == "fail"


def test_as_many_won_as_lost_is_chance_and_more_won_is_no_loss() -> None:
    base, tuned = flags(30), flags(40)
    tuned[:10] = False
    assert (checked(tuned, base).status, checked(tuned, base).findings) == ("pass", ())
    assert checked(flags(72), flags(30)).status == "pass"


def test_a_base_that_answers_five_cannot_show_a_loss() -> None:
    found = checked(flags(0), flags(5))
    assert (found.status, [one.code for one in found.findings]) == ("unknown", ["overfit.skills_unsettled"])
    assert checked(flags(0), flags(6)).status == "fail"


@given(lost=st.integers(0, 80), won=st.integers(0, 80))
@settings(max_examples=80, deadline=None)
def test_the_exact_test_is_scipys_binomial_test(lost: int, won: int) -> None:
    expected = scipy.stats.binomtest(lost, lost + won, 0.5).pvalue if lost + won else 1.0
    assert mcnemar_p(lost, won) == pytest.approx(expected, abs=1e-12)


@given(n=st.integers(1, 200), data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_share_has_the_score_interval_of_scipy(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    expected = scipy.stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    found = share_right(k, n)
    assert isinstance(found, Estimate)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_an_answer_that_is_missing_is_unscored_and_not_wrong() -> None:
    answers = said(flags(72))
    some = dict(list(answers.items())[:70])
    found = check_skills(SkillAnswers(items=ITEMS, tuned=some, base=answers), "train less")
    assert (found.measures["n_skills"], found.measures["n_skills_unscored"], found.measures["skills_lost"]) == (
        70,
        2,
        0,
    )


def test_without_base_or_answers_there_is_a_reason() -> None:
    alone = check_skills(SkillAnswers(items=ITEMS, tuned=said(flags(36)), base=None), "train less")
    assert alone.status == "unknown"
    assert alone.measures["skills_lost"] == Unscored(reason="there is no base model to compare with")
    right = alone.measures["skills_right"]
    assert isinstance(right, dict)
    assert right["tuned"] == share_right(36, 72)
    assert (alone.measures["n_skills"], alone.measures["n_skills_unscored"]) == (72, 0)
    none = check_skills(SkillAnswers(items=ITEMS, tuned={}, base={}), "train less")
    assert none.status == "unknown"
    assert share_right(0, 0) == Unscored(reason="no prompt was answered")


def test_an_item_that_is_no_skill_is_refused() -> None:
    item = Item(form="text", response=Message(role="text", content="x"), source="mine.jsonl line 3")
    with pytest.raises(ValueError, match=r"mine\.jsonl line 3 asks for no skill of the bundled pack"):
        check_skills(SkillAnswers(items=(item,), tuned={item.id: "x"}, base={item.id: "x"}), "train less")


def rate(n_cases: int, seed: int, *, lost: float) -> float:
    """How often a model is accused that gets each prompt right as often as its base does, less ``lost``."""
    dice = np.random.default_rng(seed)
    accused = 0
    for _ in range(n_cases):
        ease = dice.beta(2, 1, N)
        found = checked(dice.random(N) < ease * (1 - lost), dice.random(N) < ease)
        accused += found.status in ("warn", "fail")
    return accused / n_cases


def test_an_unchanged_model_is_accused_in_at_most_one_of_twenty_cases() -> None:
    assert rate(200, seed=0, lost=0.0) <= 0.05


def test_losing_half_of_the_skills_is_found() -> None:
    assert rate(60, seed=1, lost=0.5) >= 0.9
