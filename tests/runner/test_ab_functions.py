"""The whole A/B test in one call: blind, balanced, with the item as the unit."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import tunecheck as tc
from tunecheck.errors import InputError
from tunecheck.runner import MadeComparison
from tunecheck.runner.exported import remember

PROMPTS = [f"What is {n} + {n}?" for n in range(40)]
TUNED = [f"It is {2 * n}." for n in range(40)]
BASE = [f"maybe {n}" for n in range(40)]


def for_tuned(prompt: str, a: str, b: str) -> str:
    return "A" if a.startswith("It is") else "B"


def for_the_left(prompt: str, a: str, b: str) -> str:
    return "A"


def by_length(prompt: str, a: str, b: str) -> str:
    return "tie" if abs(len(a) - len(b)) < 2 else "A" if len(a) > len(b) else "B"


def test_a_judge_who_sees_the_better_answer_makes_it_win() -> None:
    check = tc.ab_test(BASE, TUNED, PROMPTS, for_tuned)
    assert isinstance(check, tc.CheckResult)
    assert (check.status, check.measures["decision"]) == ("pass", "tuned")
    assert [check.measures[name] for name in ("tuned_wins", "base_wins", "ties")] == [40, 0, 0]


def test_exchanged_models_exchange_the_result() -> None:
    check = tc.ab_test(TUNED, BASE, PROMPTS, [for_tuned])
    assert isinstance(check, tc.CheckResult)
    assert (check.status, check.measures["decision"], check.measures["base_wins"]) == ("fail", "base", 40)


def test_a_judge_who_always_says_a_decides_nothing() -> None:
    check = tc.ab_test(BASE, TUNED, PROMPTS, [for_the_left])
    assert isinstance(check, tc.CheckResult)
    assert check.measures["decision"] == "undecided"
    assert (check.measures["tuned_wins"], check.measures["base_wins"]) == (20, 20)
    assert any(finding.code == "ab.side_bias" for finding in check.findings)


def test_several_judges_are_not_several_results() -> None:
    one, five = (tc.ab_test(BASE, TUNED, PROMPTS, [for_tuned] * n) for n in (1, 5))
    assert isinstance(one, tc.CheckResult)
    assert isinstance(five, tc.CheckResult)
    assert one.measures["p_value"] == five.measures["p_value"]


def test_judges_see_both_orders_equally_often_and_get_the_texts_as_they_are() -> None:
    seen: list[tuple[str, str, str]] = []

    def keep(prompt: str, a: str, b: str) -> str:
        seen.append((prompt, a, b))
        return "tie"

    tc.ab_test(BASE, TUNED, PROMPTS, keep)
    first = {prompt: a for prompt, a, _ in reversed(seen)}
    assert Counter(text.startswith("It is") for text in first.values()) == {True: 20, False: 20}
    assert {frozenset((a, b)) for _, a, b in seen} == {frozenset(pair) for pair in zip(TUNED, BASE, strict=True)}
    assert len(seen) == 43, "40 pairs, and 3 that come back"


@pytest.mark.parametrize("said", [None, "", "C", 0, 3, True, ["A"], 1.0, "A\nB"])
def test_what_is_no_vote_is_refused(said: Any) -> None:
    with pytest.raises(InputError, match="it may say A, B, tie, both_bad or skip"):
        tc.ab_test(BASE, TUNED, PROMPTS, lambda *_: said)


def test_what_a_judge_raises_comes_through() -> None:
    def tired(prompt: str, a: str, b: str) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tc.ab_test(BASE, TUNED, PROMPTS, tired)


def test_lists_of_other_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="40 prompts, 39 answers of the base and 40 of the tuned model"):
        tc.ab_test(BASE[:-1], TUNED, PROMPTS, for_tuned)


@pytest.mark.parametrize("given", [{}, {"judges": [for_tuned], "out": "t"}])
def test_a_test_takes_judges_or_a_folder(given: dict[str, Any], tmp_path: Path) -> None:
    if "out" in given:
        given = given | {"out": tmp_path / "t"}
    with pytest.raises(InputError, match="takes judges, or a folder to vote in"):
        tc.ab_test(BASE, TUNED, PROMPTS, **given)


def test_a_folder_is_a_test_that_people_vote_in(tmp_path: Path) -> None:
    made = tc.ab_test(BASE, TUNED, PROMPTS, out=tmp_path / "t", raters=2, margin=0.2)
    assert isinstance(made, MadeComparison)
    assert (len(made.study.pairs), made.study.n_raters, made.study.margin) == (40, 2, 0.2)
    assert {pair.prompt for pair in made.study.pairs} == set(PROMPTS)
    assert tc.show_ab(tmp_path / "t", sealed=made.seal).status == "unknown"


def test_live_models_answer_the_prompts_themselves() -> None:
    from tests import tiny

    one, other = (tiny.model(seed=seed) for seed in (1, 2))
    check = tc.ab_test(one, other, PROMPTS[:6], by_length, tokenizer=tiny.tokenizer(), max_new_tokens=8, num_samples=4)
    assert isinstance(check, tc.CheckResult)
    assert (check.status, check.measures["n_items"]) == ("unknown", 4)


def test_a_test_in_one_call_leaves_out_what_was_exported_and_keeps_units_and_categories(tmp_path: Path) -> None:
    rows = [{"prompt": one, "category": "abc"[n % 3], "group": f"talk {n // 2}"} for n, one in enumerate(PROMPTS)]
    remember(PROMPTS[:10], source="a test", at="2026-01-02")
    check = tc.ab_test(BASE, TUNED, rows, for_tuned)
    assert isinstance(check, tc.CheckResult)
    assert check.measures["n_items"] == 30
    made = tc.ab_test(BASE, TUNED, rows, out=tmp_path / "t")
    assert isinstance(made, MadeComparison)
    assert {dict(pair.strata)["category"] for pair in made.study.pairs} == set("abc")
    assert len({pair.unit for pair in made.study.pairs}) == 15


def test_a_seed_below_zero_is_refused() -> None:
    with pytest.raises(InputError, match="a seed is 0 or more, not -1"):
        tc.ab_test(BASE, TUNED, PROMPTS, for_tuned, seed=-1)
