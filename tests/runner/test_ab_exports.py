"""What leaves an A/B test: every vote for other tools, and agreed pairs to train on, never to be asked again."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.json
import pytest

import tunecheck as tc
from tests.comparisons import voted
from tests.runner.test_comparisons import ROWS
from tunecheck import store
from tunecheck.core import PairStudy
from tunecheck.errors import DataError, InputError
from tunecheck.runner.exported import LEDGER_VARIABLE, fingerprint, ledger_path
from tunecheck.runner.plan import make_plan
from tunecheck.study import PairSlot


@pytest.fixture
def test_of_two(tmp_path: Path) -> tuple[Path, PairStudy]:
    """Two people: both for tuned on the first ten pairs, then divided on five, then both for base, then ties."""
    folder = tmp_path / "t"
    study = tc.create_ab(folder, predictions=ROWS, items=30, raters=2, repeats=0).study

    def choice(rater: int, slot: PairSlot) -> str:
        if slot.entry < 10:
            return "tuned"
        if slot.entry < 15:
            return "tuned" if rater else "base"
        return "base" if slot.entry < 20 else "both_bad" if slot.entry < 25 else "skip"

    with store.open_studies(folder) as studies:
        for rater in range(2):
            studies.add_rater(f"person {rater}")
            studies.add_ratings(voted(study, rater, partial(choice, rater)))
    return folder, study


def two_to_one(rater: int, _: PairSlot) -> str:
    return "base" if rater == 2 else "tuned"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_vote_is_a_row_that_preference_reads(test_of_two: tuple[Path, PairStudy], tmp_path: Path) -> None:
    folder, study = test_of_two
    rows = lines(tc.export_votes(folder, tmp_path / "votes.jsonl"))
    assert len(rows) == 60
    first = next(row for row in rows if row["item"] == study.pairs[0].item)
    assert (first["winner"], first["tuned_characters"]) == ("tuned", len(study.pairs[0].tuned))
    check = tc.preference(tmp_path / "votes.jsonl", planned=30)
    assert [check.measures[name] for name in ("tuned_wins", "base_wins", "ties")] == [10, 5, 15]
    csv = tc.export_votes(folder, tmp_path / "votes.csv")
    assert tc.preference(csv, planned=30).measures["tuned_wins"] == 10


def test_only_pairs_on_which_all_agree_become_training_data(
    test_of_two: tuple[Path, PairStudy], tmp_path: Path
) -> None:
    folder, study = test_of_two
    made = tc.export_preferences(folder, tmp_path / "dpo.jsonl")
    rows = lines(tmp_path / "dpo.jsonl")
    assert (made.n_pairs, made.n_divided, made.n_undecided) == (15, 0, 10)
    by_item = {row["item"]: row for row in rows}
    tuned, base = study.pairs[0], study.pairs[15]
    assert by_item[tuned.item] == {
        "prompt": tuned.prompt, "chosen": tuned.tuned, "rejected": tuned.base, "margin": 1.0, "raters": 2,
        "item": tuned.item, "fingerprint": fingerprint(tuned.prompt),
    }  # fmt: skip
    assert (by_item[base.item]["chosen"], by_item[base.item]["rejected"]) == (base.base, base.tuned)


def test_divided_pairs_go_by_majority_where_that_is_asked(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    study = tc.create_ab(folder, predictions=ROWS, items=30, raters=3, repeats=0).study
    with store.open_studies(folder) as studies:
        for rater in range(3):
            studies.add_rater(f"person {rater}")
            studies.add_ratings(voted(study, rater, partial(two_to_one, rater)))
    with pytest.raises(InputError, match="30 were decided by a majority: --divided"):
        tc.export_preferences(folder, tmp_path / "dpo.jsonl")
    made = tc.export_preferences(folder, tmp_path / "dpo.jsonl", divided=True, conversational=True)
    assert made.n_pairs == 30
    row = lines(tmp_path / "dpo.jsonl")[0]
    assert row["margin"] == pytest.approx(1 / 3)
    assert row["prompt"][0]["role"] == "user"
    assert row["chosen"][0]["role"] == row["rejected"][0]["role"] == "assistant"


def test_exported_prompts_are_left_out_of_later_tests_and_reviews(
    test_of_two: tuple[Path, PairStudy], tmp_path: Path
) -> None:
    folder, study = test_of_two
    tc.export_preferences(folder, tmp_path / "dpo.jsonl")
    gone = {pair.prompt for pair in study.pairs[:10]} | {pair.prompt for pair in study.pairs[15:20]}
    later = tc.create_ab(tmp_path / "later", predictions=ROWS, items=60)
    assert not gone & {pair.prompt for pair in later.study.pairs}
    assert len(later.study.pairs) == 45
    assert "15 prompts of answers were exported as training data" in later.notes[0]
    review = tc.create_review(tmp_path / "review", predictions=ROWS, items=60)
    assert not gone & {answer.prompt for answer in review.study.answers}
    spelled = [row | {"prompt": f"  {row['prompt'].upper()}\n"} for row in ROWS if row["prompt"] in gone]
    with pytest.raises(InputError, match="all 15 prompts of answers were exported"):
        tc.create_ab(tmp_path / "other", predictions=spelled)


def test_what_a_crash_left_in_the_ledger_is_passed_over(test_of_two: tuple[Path, PairStudy], tmp_path: Path) -> None:
    folder, _ = test_of_two
    ledger_path().parent.mkdir(parents=True, exist_ok=True)
    ledger_path().write_bytes(b'{"fingerprint": "ab\n[]\n\xff\n' + b"[" * 100_000 + b"\n")
    tc.export_preferences(folder, tmp_path / "dpo.jsonl")
    assert len(tc.create_ab(tmp_path / "later", predictions=ROWS, items=60).study.pairs) == 45


def test_without_a_place_to_remember_nothing_is_exported(
    test_of_two: tuple[Path, PairStudy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = test_of_two
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "file" / "exported.jsonl"))
    with pytest.raises(InputError, match="cannot be written") as caught:
        tc.export_preferences(folder, tmp_path / "dpo.jsonl")
    assert LEDGER_VARIABLE in str(caught.value.hint)
    assert not (tmp_path / "dpo.jsonl").exists()


@pytest.mark.parametrize("export", [tc.export_votes, tc.export_preferences])
def test_no_file_is_written_over_or_named_otherwise(
    export: Any, test_of_two: tuple[Path, PairStudy], tmp_path: Path
) -> None:
    folder, _ = test_of_two
    export(folder, tmp_path / "a.jsonl")
    with pytest.raises(InputError, match="exists"):
        export(folder, tmp_path / "a.jsonl")
    export(folder, tmp_path / "a.jsonl", overwrite=True)
    with pytest.raises(InputError, match="votes are not written as"):
        export(folder, tmp_path / "a.parquet")


def test_exported_prompts_are_no_validation_items_of_a_later_run(
    test_of_two: tuple[Path, PairStudy], tmp_path: Path
) -> None:
    folder, _ = test_of_two
    rows = [{"prompt": row["prompt"], "completion": row["reference"]} for row in ROWS]
    assert len(make_plan(rows).validation) == 60
    tc.export_preferences(folder, tmp_path / "dpo.jsonl")
    planned = make_plan(rows).validation
    assert len(planned) == 45
    assert "Left out: 15 items whose prompts were exported as training pairs" in planned.evidence
    gone = [json.loads(line)["prompt"] for line in (tmp_path / "dpo.jsonl").read_text("utf-8").splitlines()]
    with pytest.raises(DataError, match="nothing but 15 items whose prompts were exported"):
        make_plan([row for row in rows if row["prompt"] in gone])


def test_a_file_that_cannot_be_written_leaves_no_prompt_remembered(
    test_of_two: tuple[Path, PairStudy], tmp_path: Path
) -> None:
    folder, _ = test_of_two
    with pytest.raises(InputError, match="cannot be written"):
        tc.export_preferences(folder, tmp_path / "nowhere" / "dpo.jsonl")
    assert not ledger_path().exists()
    assert len(tc.create_ab(tmp_path / "later", predictions=ROWS, items=60).study.pairs) == 60


def exported_from(rows: list[dict[str, Any]], tmp_path: Path, **options: Any) -> list[dict[str, Any]]:
    folder = tmp_path / "c"
    study = tc.create_ab(folder, predictions=rows, items=len(rows), repeats=0).study
    with store.open_studies(folder) as studies:
        studies.add_rater("Ada")
        studies.add_ratings(voted(study, 0, lambda _: "tuned"))
    tc.export_preferences(folder, tmp_path / "dpo.jsonl", **options)
    return lines(tmp_path / "dpo.jsonl")


def test_a_conversation_keeps_its_roles_and_is_no_plain_prompt(tmp_path: Path) -> None:
    talk = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hello"},
        {"role": "user", "content": "and now?"},
    ]
    rows = [{**ROWS[0], "prompt": talk}, *ROWS[1:20]]
    with pytest.raises(InputError, match="1 of the pairs answer a conversation") as caught:
        exported_from(rows, tmp_path)
    assert "--conversational" in str(caught.value.hint)
    tc.export_preferences(tmp_path / "c", tmp_path / "dpo.jsonl", conversational=True)
    assert talk in [row["prompt"] for row in lines(tmp_path / "dpo.jsonl")]


def test_half_a_character_does_not_make_the_file_unreadable(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "prediction": "bad \ud800 half"}, *ROWS[1:20]]
    exported_from(rows, tmp_path)
    table = pyarrow.json.read_json(tmp_path / "dpo.jsonl")
    assert "bad \ufffd half" in table.column("chosen").to_pylist()


def test_a_pair_that_somebody_has_still_to_vote_on_is_no_training_data(tmp_path: Path) -> None:
    folder = tmp_path / "half"
    study = tc.create_ab(folder, predictions=ROWS, items=20, raters=2, repeats=0).study
    with store.open_studies(folder) as studies:
        for name in ("Ada", "Bob"):
            number = studies.add_rater(name).number
            given = [one for one in voted(study, number, lambda _: "tuned") if number == 0 or one.entry < 5]
            studies.add_ratings(given)
    assert tc.export_preferences(folder, tmp_path / "dpo.jsonl").n_pairs == 5
