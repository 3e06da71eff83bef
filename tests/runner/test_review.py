"""Rating sheets from what there is: a finished run, a file of answers, a model; and what the verdict makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tunecheck as tc
from tests.workshop import Workshop, call
from tunecheck import store
from tunecheck.core import ReviewStudy
from tunecheck.errors import DataError, InputError, RunFolderError
from tunecheck.runner import Change, RatingDesk, current_study, new_key
from tunecheck.runner.pools import read_pool
from tunecheck.runner.studies import draw_study

ROWS: list[dict[str, Any]] = [
    {
        "prompt": f"What is {n} + {n}?",
        "reference": str(2 * n),
        "prediction": f"It is {2 * n}.",
        "base_prediction": f"{n} twice",
        "category": "abc"[n % 3],
        "metadata": {"difficulty": "hard" if n % 4 == 0 else "easy"},
    }
    for n in range(60)
]


def drawn(rows: list[dict[str, Any]] = ROWS, **options: Any) -> ReviewStudy:
    return draw_study(read_pool(rows, None), **options)[0]


def rate_all(folder: Path, *names: str, tuned: int = 4, base: int = 3, n_slots: int | None = None) -> None:
    """These people give every answer of a side the same value, but for one point up and down on every fourth."""
    with store.open_studies(folder) as studies:
        study = current_study(studies)
        for name in names:
            desk = RatingDesk(studies, study, studies.add_rater(name), rated_with="web")
            for place, slot in enumerate(desk.slots[:n_slots]):
                side = study.answers[slot.entry].side
                value = (tuned if side == "tuned" else base) + (place % 4 == 0) - (place % 4 == 2)
                said = {axis.name: str(min(5, max(1, value))) for axis in study.axes}
                desk.save([Change(token=slot.token, field=f, value=v, key=new_key()) for f, v in said.items()])


def test_a_sheet_has_both_answers_to_each_prompt_that_was_drawn() -> None:
    study = drawn(items=24)
    assert (len(study.items), len(study.answers), study.is_blind) == (24, 48, True)
    assert {answer.side for answer in study.answers} == {"tuned", "base"}
    assert study.n_repeats == 4


def test_each_category_and_difficulty_keeps_its_share() -> None:
    study = drawn(items=24)
    tuned = [dict(answer.strata) for answer in study.answers if answer.side == "tuned"]
    assert sorted(one["category"] for one in tuned) == sorted("abc" * 8)
    assert sum(one["difficulty"] == "hard" for one in tuned) == 6


def test_the_sample_follows_from_the_seed_and_the_order_from_a_secret_of_its_own() -> None:
    one, again, other = drawn(items=20), drawn(items=20), drawn(items=20, seed=7)
    assert one.items == again.items != other.items
    assert one.secret != again.secret


def test_rows_with_one_prompt_are_rated_once() -> None:
    assert len(drawn([*ROWS, *ROWS], items=500).items) == 60


def test_rows_without_an_answer_or_a_reference_are_no_trouble() -> None:
    rows: list[dict[str, Any]] = [
        {"prompt": "a", "prediction": None},
        {"prompt": "b", "prediction": "an answer"},
        {"prompt": "c", "prediction": "an answer", "reference": "its reference"},
    ]
    study = drawn(rows)
    assert [(answer.prompt, answer.reference) for answer in study.answers] == [("b", ""), ("c", "its reference")]


def test_without_a_base_the_sheet_says_that_there_is_nothing_to_compare_with() -> None:
    rows = [{name: value for name, value in row.items() if name != "base_prediction"} for row in ROWS]
    study, notes = draw_study(read_pool(rows, None), items=500)
    assert not study.is_blind
    assert notes == (
        "there are 60 prompts with answers, fewer than 500",
        "no answers of the base: the sheet has those of tuned alone, and no mean to compare with",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"predictions": ROWS, "items": 0}, "a sheet of 0 items has nothing to rate"),
        ({"predictions": [{"prompt": "a", "prediction": None}]}, "answers has no answers to rate"),
        ({}, "there are no answers: no run, no predictions file and no model"),
        ({"model": "m"}, "a model needs prompts to answer"),
        ({"predictions": ROWS, "stratify_by": ["topic"]}, "no row has the column 'topic'"),
        ({"run": "a", "out": "b", "predictions": ROWS}, "two folders are named: a and b"),
        ({"predictions": ROWS, "axes": ["a", "a"]}, "the axis a is there twice"),
    ],
)
def test_what_cannot_be_a_sheet_is_told(
    options: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        tc.create_review(**options)
    assert caught.value.message == message
    assert caught.value.hint
    assert list(tmp_path.rglob("run.db")) == []


def test_a_sheet_that_people_have_begun_is_not_thrown_away(tmp_path: Path) -> None:
    tc.create_review(predictions=ROWS, out=tmp_path, items=6)
    (tmp_path / "evaluation_sheet.csv").write_text("filled in", "utf-8")
    with pytest.raises(RunFolderError, match=r"there is a rating sheet in .* already, and people may have its files"):
        tc.create_review(predictions=ROWS, out=tmp_path, items=5)
    rate_all(tmp_path, "rater 1", n_slots=1)
    with pytest.raises(RunFolderError, match="people have begun to rate the sheet in"):
        tc.create_review(predictions=ROWS, out=tmp_path, items=7)
    made = tc.create_review(predictions=ROWS, out=tmp_path, items=7, again=True)
    with store.open_studies(tmp_path) as studies:
        assert len(current_study(studies).items) == 7
        assert len(studies.ratings(made.study.number - 1)) == 4
    assert (tmp_path / "evaluation_sheet-1.csv").read_text("utf-8") == "filled in"


def test_the_files_beside_have_the_shape_that_everybody_knows(tmp_path: Path) -> None:
    made = tc.create_review(predictions=ROWS, out=tmp_path, items=20, tuned_only=True)
    assert [Path(file).name for file in made.files] == [
        "evaluation_sheet.json",
        "evaluation_sheet.xlsx",
        "evaluation_sheet.csv",
    ]
    sheet = json.loads((tmp_path / "evaluation_sheet.json").read_text("utf-8"))
    assert list(sheet[0]) == ["id", "prompt", "expected", "generated", "scores", "notes", "token"]
    assert sheet[0]["scores"] == {"accuracy": None, "relevance": None, "fluency": None, "format": None}
    assert [item["id"] for item in sheet] == list(range(1, len(sheet) + 1))


def test_the_columns_of_a_file_may_have_any_names() -> None:
    rows: list[dict[str, Any]] = [{"q": f"question {n}", "mine": "one", "theirs": "another"} for n in range(3)]
    pool = read_pool(rows, None, prompt_field="q", prediction_field="mine", base_field="theirs")
    assert [(one.prompt, one.tuned, one.base) for one in pool.candidates] == [
        (f"question {n}", "one", "another") for n in range(3)
    ]


def test_a_sheet_that_cannot_lead_to_a_verdict_says_so() -> None:
    _, notes = draw_study(read_pool(ROWS, None), items=5)
    assert notes == ("a verdict needs 20 rated prompts, so this sheet cannot lead to one",)


def test_the_secret_of_a_study_is_not_shown() -> None:
    study = drawn(items=5)
    assert study.secret not in repr(study)


def test_nothing_in_the_files_tells_which_model_wrote_an_answer(tmp_path: Path) -> None:
    rows = [{**row, "prediction": "one text", "base_prediction": "one text"} for row in ROWS]
    tc.create_review(predictions=rows, out=tmp_path, items=20)
    for file in ("evaluation_sheet.json", "evaluation_sheet.csv"):
        text = (tmp_path / file).read_text("utf-8")
        assert not [word for word in ("tuned", "base", "category", "difficulty") if word in text]


@pytest.mark.parametrize(("n_slots", "status"), [(None, "pass"), (30, "unknown")])
def test_the_verdict_waits_for_twenty_rated_prompts(n_slots: int | None, status: str, tmp_path: Path) -> None:
    tc.create_review(predictions=ROWS, out=tmp_path, items=20, repeats=0)
    rate_all(tmp_path, "Ada", n_slots=n_slots)
    assert tc.show_review(tmp_path).status == status
    verdict = tc.verdict(tmp_path)
    assert verdict.decision == "incomplete"
    assert {step.name: step.status for step in verdict.checklist}["review"] == status


def test_two_people_may_share_the_twenty_prompts(tmp_path: Path) -> None:
    tc.create_review(predictions=ROWS, out=tmp_path, items=40, repeats=0)
    rate_all(tmp_path, "Ada", n_slots=20)
    assert tc.show_review(tmp_path).measures["n_items"] == 10
    rate_all(tmp_path, "Bo", "Cy", "Di", "Ed", n_slots=20)
    assert 20 <= float(str(tc.show_review(tmp_path).measures["n_items"])) <= 40


def test_people_who_prefer_the_base_hold_the_model_back(tmp_path: Path) -> None:
    tc.create_review(predictions=ROWS, out=tmp_path, items=20)
    rate_all(tmp_path, "Ada", tuned=3, base=5)
    assert tc.show_review(tmp_path).status == "fail"
    assert tc.verdict(tmp_path).decision == "hold"
    assert tc.verdict(tmp_path, automatic_only=True).decision == "incomplete"


def test_a_folder_without_run_or_sheet_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError) as caught:
        tc.show_review(tmp_path)
    assert "has no run.db" in caught.value.message


@pytest.mark.hf
def test_the_answers_of_a_run_are_rated_and_the_run_counts_them(shop: Workshop, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    call("run", shop.better, "--base", shop.base, "--val", shop.val, "--out", folder)
    with pytest.raises(RunFolderError, match="has no rating sheet"):
        tc.show_review(folder)
    # A run without training data asked nothing, so its models answer now.
    made = tc.create_review(folder, items=20, max_new_tokens=8)
    assert made.study.is_blind
    assert all(answer.generated is not None and answer.prompt for answer in made.study.answers)
    rate_all(folder, "Ada", "Bo", tuned=5, base=3)
    result = tc.read_run(folder)
    assert result.checks["review"].status in ("pass", "unknown")
    assert "review" in json.loads(Path(tc.write_report(folder)[0]).read_text("utf-8"))["checks"]
    # The same command again keeps what people said.
    call("run", shop.better, "--base", shop.base, "--val", shop.val, "--out", folder)
    assert tc.read_run(folder).checks["review"] == result.checks["review"]


@pytest.mark.hf
def test_a_model_answers_only_what_is_drawn(shop: Workshop, tmp_path: Path) -> None:
    made = tc.create_review(
        model=str(shop.better), base=str(shop.base), data_file=str(shop.val), out=tmp_path, items=4, max_new_tokens=4
    )
    assert (len(made.study.items), made.study.is_blind) == (4, True)


def test_an_evaluation_set_has_the_answers_of_its_rows() -> None:
    sheet = tc.create_evaluation_set(ROWS, num_samples=50)
    assert len(sheet) == 50
    assert list(sheet[0]) == ["id", "prompt", "expected", "generated", "scores", "notes"]
    assert {item["generated"] for item in sheet} <= {row["prediction"] for row in ROWS}


def test_an_evaluation_set_without_answers_is_to_be_filled_in() -> None:
    rows = [{"prompt": f"Say {n}", "completion": str(n)} for n in range(8)]
    sheet = tc.create_evaluation_set(rows, num_samples=3)
    assert [item["generated"] for item in sheet] == ["", "", ""]
    assert all(item["expected"] for item in sheet)
    with pytest.raises(InputError, match="there are no answers to rate"):
        tc.create_evaluation_set(rows, out="somewhere")


@pytest.mark.hf
def test_an_evaluation_set_is_answered_by_a_live_model() -> None:
    from tests import tiny

    rows = [{"prompt": f"Say {n}: ", "completion": str(n)} for n in range(6)]
    sheet = tc.create_evaluation_set(
        rows, num_samples=2, model=tiny.model(), tokenizer=tiny.tokenizer(), max_new_tokens=4
    )
    assert len(sheet) == 2
    assert any(item["generated"] for item in sheet)


def test_a_kept_evaluation_set_can_be_rated_anywhere(tmp_path: Path) -> None:
    sheet = tc.create_evaluation_set(ROWS, num_samples=20, out=tmp_path)
    assert all(item["token"] for item in sheet)
    rate_all(tmp_path, "rater 1")
    assert tc.show_review(tmp_path).status == "pass"


def test_a_bad_row_of_the_answers_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        tc.create_review(predictions=[*ROWS, {"prompt": "no answer"}], out=tmp_path)
    assert len(tc.create_review(predictions=[*ROWS, {"prompt": "no"}], out=tmp_path, skip_bad_rows=True).files) == 3
