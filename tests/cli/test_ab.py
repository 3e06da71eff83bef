"""tunecheck ab from the command line: planned, made, voted on, shown and exported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.comparisons import voted
from tests.runner.test_comparisons import ROWS
from tests.workshop import call, write_rows
from tunecheck import store
from tunecheck.runner import current_comparison


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "answers.jsonl", ROWS)


def vote(folder: Path, names: tuple[str, ...], value: str) -> None:
    with store.open_studies(folder) as studies:
        study = current_comparison(studies)
        for name in names:
            rater = studies.add_rater(name)
            studies.add_ratings(voted(study, rater.number, lambda _: value))


def test_a_plan_says_what_a_test_can_see_and_what_to_type_next() -> None:
    said = call("ab", "plan", "--items", "50", "--raters", "2", "--margin", "0.1").out
    assert "50 pairs, 2 people vote on each, 25% ties" in said
    assert "27 minutes for each person" in said
    assert "0.74, four times in five" in said
    assert "tunecheck ab plan RUN --items 50 --raters 2 --margin 0.1" in said


def test_a_plan_that_is_too_small_for_anything_says_so() -> None:
    assert "too few" in call("ab", "plan", "--items", "5").out
    assert "unscored" in call("ab", "plan", "--items", "5", "--json").document["smallest_win_rate"]


def test_a_test_is_planned_made_voted_on_and_shown(answers: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert f"next: tunecheck ab create {folder}" in call("ab", "plan", folder, "--items", "24").out
    made = call("ab", "create", "--predictions", answers, "--out", folder)
    assert made.out.startswith("a blind test of 24 pairs; 1 person votes on each before it counts\n")
    seal = made.out.partition("seal ")[2].split()[0]
    assert len(seal) == 64
    assert f"tunecheck serve {folder}" in made.out
    before = call("ab", "show", folder)
    assert (before.code, before.out.split()[0]) == (3, "unknown")
    vote(folder, ("Ada",), "tuned")
    after = call("ab", "show", folder, "--seal", seal)
    assert (after.code, after.out.split()[0]) == (0, "pass")
    assert "Tuned is preferred" in after.out
    assert f"the seal holds: {seal}" in after.out
    other = call("ab", "show", folder, "--seal", "0" * 64)
    assert "ab.seal_broken" in [
        one["code"] for one in call("ab", "show", folder, "--seal", "0" * 64, "--json").document["findings"]
    ]
    assert "seal" in other.out


def test_base_wins_with_exit_code_1_and_the_verdict_holds(answers: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    call("ab", "create", "--predictions", answers, "--out", folder, "--items", "24")
    vote(folder, ("Ada",), "base")
    assert call("ab", "show", folder).code == 1
    verdict = call("verdict", folder)
    assert verdict.code == 1
    assert "Blind A/B test fails" in verdict.out


def test_a_made_test_is_one_document_without_answers(answers: Path, tmp_path: Path) -> None:
    made = call("ab", "create", "--predictions", answers, "--out", tmp_path / "run", "--raters", "2", "--json")
    assert (made.document["n_items"], made.document["n_raters"]) == (50, 2)
    assert "It is 2." not in made.out


def test_votes_and_training_pairs_are_exported(answers: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    call("ab", "create", "--predictions", answers, "--out", folder, "--items", "24", "--repeats", "0")
    vote(folder, ("Ada",), "tuned")
    assert (
        call("ab", "export", folder, tmp_path / "v.jsonl", "--format", "votes").out == f"wrote {tmp_path / 'v.jsonl'}\n"
    )
    assert len((tmp_path / "v.jsonl").read_text("utf-8").splitlines()) == 24
    told = call("ab", "export", folder, tmp_path / "d.jsonl", "--format", "dpo").out
    assert told.startswith(f"wrote {tmp_path / 'd.jsonl'}: 24 pairs that people decided\n")
    assert set(json.loads((tmp_path / "d.jsonl").read_text("utf-8").splitlines()[0])) >= {
        "prompt",
        "chosen",
        "rejected",
    }
    later = call("ab", "create", "--predictions", answers, "--out", tmp_path / "later")
    assert "24 prompts of answers.jsonl were exported as training data" in later.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--format", "votes", "--rater", "Ada"), "--format votes holds all raters"),
        (("--divided",), "--divided goes with --format dpo"),
        (("--format", "votes", "--conversational"), "--conversational goes with --format dpo"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    called = call("ab", "export", tmp_path, tmp_path / "x.jsonl", *words)
    assert called.code == 2
    assert message in called.err


@pytest.mark.parametrize("words", [("ab", "show"), ("ab", "vote"), ("ab", "export")])
def test_without_a_test_each_command_says_how_to_make_one(
    words: tuple[str, ...], tmp_path: Path, answers: Path
) -> None:
    call("review", "create", "--predictions", answers, "--out", tmp_path / "run", "--items", "20")
    called = call(*words, tmp_path / "run", *(("x.xlsx",) if words[-1] == "export" else ()))
    assert called.code == 2
    assert called.hint == f"make one: tunecheck ab create {tmp_path / 'run'}"


def test_a_part_of_a_seal_is_no_seal(answers: Path, tmp_path: Path) -> None:
    made = call("ab", "create", "--predictions", answers, "--out", tmp_path / "run", "--json").document
    called = call("ab", "show", tmp_path / "run", "--seal", made["seal"][:20])
    assert (called.code, called.message) == (2, "a seal has 64 hex digits, and this has 20 characters")


@pytest.mark.parametrize("words", [("--raters", "0"), ("--items", "0")])
def test_nothing_and_nobody_make_no_test(words: tuple[str, str], answers: Path, tmp_path: Path) -> None:
    called = call("ab", "create", "--predictions", answers, "--out", tmp_path / "run", *words)
    assert (called.code, called.message) == (2, "a test has at least 1 pair and 1 rater")


def test_files_of_one_column_each_are_answers_to_nothing_and_no_crash(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_rows(tmp_path / f"{name}.jsonl", [{"prediction": f"{name} {n}"} for n in range(20)])
    called = call(
        "ab", "create", "--predictions", tmp_path / "a.jsonl", "--base-predictions", tmp_path / "b.jsonl",
        "--out", tmp_path / "run",
    )  # fmt: skip
    assert called.code in (0, 2), called.err
