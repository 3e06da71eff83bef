"""A/B tests from what there is: balanced over strata, cleaned on both sides alike, sealed, and held to their plan."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

import tunecheck as tc
from tunecheck import store
from tunecheck.core import PairStudy
from tunecheck.errors import InputError, RunFolderError
from tunecheck.runner import current_comparison
from tunecheck.runner.comparisons import draw_comparison
from tunecheck.runner.exported import remember
from tunecheck.runner.pools import read_pool
from tunecheck.study import seal

ROWS: list[dict[str, Any]] = [
    {
        "prompt": f"What is {n} + {n}?",
        "reference": str(2 * n),
        "prediction": f"It is {2 * n}.",
        "base_prediction": f"{n} twice",
        "category": "abc"[n % 3],
    }
    for n in range(60)
]


def drawn(rows: list[dict[str, Any]] = ROWS, **options: Any) -> tuple[PairStudy, tuple[str, ...]]:
    return draw_comparison(read_pool(rows, None), **options)


def with_row(**values: Any) -> list[dict[str, Any]]:
    return [ROWS[0] | values, *ROWS[1:]]


def test_a_test_has_a_share_of_each_category_in_an_order_that_is_drawn() -> None:
    study, notes = drawn(items=30)
    assert len(study.pairs) == 30
    assert sorted(dict(pair.strata)["category"] for pair in study.pairs) == sorted("abc" * 10)
    assert [pair.source for pair in study.pairs] != sorted(pair.source for pair in study.pairs)
    assert notes == ()


def test_the_sample_follows_from_the_seed_and_the_order_from_the_secret() -> None:
    one, same, other = (drawn(items=20, seed=seed)[0] for seed in (7, 7, 8))
    assert {pair.item for pair in one.pairs} == {pair.item for pair in same.pairs} != {p.item for p in other.pairs}
    assert [pair.item for pair in one.pairs] != [pair.item for pair in same.pairs]
    again = drawn(items=20, seed=7, secret=one.secret)[0]
    assert again.pairs == one.pairs


def test_pairs_of_one_unit_stand_together_for_they_count_together() -> None:
    pool = read_pool([row | {"conversation": n // 3} for n, row in enumerate(ROWS)], None)
    candidates = tuple(replace(one, unit=f"conversation {n // 3}") for n, one in enumerate(pool.candidates))
    study, _ = draw_comparison(replace(pool, candidates=candidates), items=60)
    units = [unit for unit, _ in groupby(pair.unit for pair in study.pairs)]
    assert len(units) == len(set(units)) == 20


def test_pairs_with_the_same_answer_are_left_out_and_counted() -> None:
    rows = [row | {"base_prediction": row["prediction"]} if n < 10 else row for n, row in enumerate(ROWS)]
    study, notes = drawn(rows, items=60)
    assert (len(study.pairs), study.n_identical) == (50, 10)
    assert "to 10 of 60 prompts both models said the same: left out" in notes[0]


def test_where_both_models_always_say_the_same_there_is_no_test() -> None:
    rows = [row | {"base_prediction": row["prediction"]} for row in ROWS]
    with pytest.raises(InputError, match="both models said the same to all 60 prompts"):
        drawn(rows)


@pytest.mark.parametrize("side", ["prediction", "base_prediction"])
def test_what_gives_a_side_away_is_cleaned_and_what_stays_is_told(side: str) -> None:
    study, notes = drawn(with_row(**{side: "<think>so</think>I am ChatGPT, and it is 0.<|im_end|>"}), items=60)
    (pair,) = [pair for pair in study.pairs if pair.prompt == ROWS[0]["prompt"]]
    text = pair.tuned if side == "prediction" else pair.base
    assert text == "I am ChatGPT, and it is 0."
    assert pair.giveaways == (f"{'tuned' if side == 'prediction' else 'base'} names itself",)
    assert any("1 pair was cleaned" in note for note in notes)
    assert any("1 of 60 pairs give a side away" in note for note in notes)


def test_answers_stay_as_written_where_that_is_asked() -> None:
    study, _ = drawn(with_row(prediction="<think>so</think>0"), items=60, clean=False)
    assert "<think>so</think>0" in {pair.tuned for pair in study.pairs}


def test_a_test_needs_answers_of_the_base() -> None:
    rows = [{name: value for name, value in row.items() if name != "base_prediction"} for row in ROWS]
    with pytest.raises(InputError, match="answers of the tuned model alone") as caught:
        drawn(rows)
    assert "--base-predictions" in str(caught.value.hint)


def test_copies_of_a_prompt_are_one_pair() -> None:
    assert len(drawn([*ROWS, *ROWS], items=100)[0].pairs) == 60


def test_a_created_test_is_kept_with_its_seal(tmp_path: Path) -> None:
    made = tc.create_ab(tmp_path / "t", predictions=ROWS, items=30, raters=2, margin=0.1)
    with store.open_studies(tmp_path / "t", read_only=True) as studies:
        kept = current_comparison(studies)
    assert kept == made.study
    assert seal(kept) == made.seal
    assert (kept.n_raters, kept.margin, kept.n_repeats, kept.n_guesses) == (2, 0.1, 2, 10)


def test_a_second_test_is_made_only_where_that_is_said(tmp_path: Path) -> None:
    first = tc.create_ab(tmp_path / "t", predictions=ROWS)
    with pytest.raises(RunFolderError, match="there is an A/B test"):
        tc.create_ab(tmp_path / "t", predictions=ROWS)
    second = tc.create_ab(tmp_path / "t", predictions=ROWS, again=True)
    assert second.study.number > first.study.number


def test_a_folder_holds_to_its_plan(tmp_path: Path) -> None:
    tc.plan_ab(tmp_path / "t", items=24, raters=3, margin=0.2)
    with pytest.raises(InputError, match="plans items 24, not 30") as caught:
        tc.create_ab(tmp_path / "t", predictions=ROWS, items=30)
    assert "tunecheck ab plan" in str(caught.value.hint)
    made = tc.create_ab(tmp_path / "t", predictions=ROWS)
    assert (len(made.study.pairs), made.study.n_raters, made.study.margin) == (24, 3, 0.2)


def test_no_plan_is_made_after_its_test(tmp_path: Path) -> None:
    tc.create_ab(tmp_path / "t", predictions=ROWS)
    with pytest.raises(RunFolderError, match="a plan comes before it"):
        tc.plan_ab(tmp_path / "t")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "tunecheck.ab_plan/1", "items": "many"}', "\xff"])
def test_a_plan_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "ab_plan.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(RunFolderError, match=r"ab_plan\.json"):
        tc.create_ab(tmp_path, predictions=ROWS)


@pytest.mark.parametrize(
    "wrong", [{"items": 0}, {"raters": 0}, {"margin": 1.5}, {"margin": 0.0}, {"tie_share": 1.0}, {"seconds_an_item": 0}]
)
def test_a_plan_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        tc.plan_ab(**wrong)
    assert caught.value.hint


def test_a_plan_says_what_it_can_see() -> None:
    plan = tc.plan_ab(items=50, raters=2, tie_share=0.0)
    assert isinstance(plan.smallest_win_rate, float)
    assert 0.70 < plan.smallest_win_rate < 0.75
    # The sign test at p <= .05 finds .65 in 50 items half of the time; at the .04 of a plan somewhat less often.
    assert 0.35 < plan.power[0.65] < 0.52
    assert list(plan.items_needed) == [0.60, 0.65, 0.70]
    assert plan.minutes_a_rater == pytest.approx((50 + 4) * 30 / 60)


def test_categories_of_a_data_file_are_named_as_people_wrote_them(tmp_path: Path) -> None:
    from tests import tiny

    rows = [{"prompt": f"Say {n}.", "completion": str(n), "category": "short answers"} for n in range(3)]
    made = tc.create_ab(
        model=tiny.model(seed=1), base=tiny.model(seed=2), tokenizer=tiny.tokenizer(), data_file=rows, items=3,
        max_new_tokens=8, out=tmp_path / "t",
    )  # fmt: skip
    assert {pair.strata for pair in made.study.pairs} == {(("category", "short answers"),)}


def test_prompts_without_an_answer_of_the_base_are_left_out_and_counted() -> None:
    rows = [row | {"base_prediction": None} if n < 10 else row for n, row in enumerate(ROWS)]
    study, notes = drawn(rows, items=50)
    assert len(study.pairs) == 50
    assert "10 prompts have no answer of the base: left out" in notes


def test_prompts_that_were_exported_are_not_asked_again_while_others_are_left(tmp_path: Path) -> None:
    from tests import tiny

    rows = [{"prompt": f"Say {n}.", "completion": str(n)} for n in range(12)]

    def made(folder: str) -> PairStudy:
        return tc.create_ab(
            model=tiny.model(seed=1), base=tiny.model(seed=2), tokenizer=tiny.tokenizer(), data_file=rows, items=4,
            max_new_tokens=8, out=tmp_path / folder,
        ).study  # fmt: skip

    first = made("first")
    remember([pair.prompt for pair in first.pairs], source="a test", at="2026-01-02")
    second = made("second")
    assert len(second.pairs) == len(first.pairs) == 4
    assert not {pair.prompt for pair in first.pairs} & {pair.prompt for pair in second.pairs}


def test_no_more_pairs_come_back_than_there_is_room_for() -> None:
    assert [drawn(items=n, repeats=n)[0].n_repeats for n in (20, 25, 40)] == [0, 10, 20]


def test_a_plan_of_brackets_or_of_everybody_on_earth_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ab_plan.json").write_text("[" * 200_000)
    with pytest.raises(RunFolderError, match="cannot be read"):
        tc.create_ab(tmp_path, predictions=ROWS)
    with pytest.raises(InputError, match="are more than 100,000"):
        tc.plan_ab(items=10**20)
