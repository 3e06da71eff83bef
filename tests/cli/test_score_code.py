"""tunecheck score code, as a user types it: problems and samples in, pass@k and the verdict on each sample out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox_here import need_bubblewrap
from tests.workshop import Called, call, write_rows

ADD = "def add(a, b):\n    return a + b"
PROBLEMS: list[dict[str, object]] = [
    {"task_id": "add", "prompt": "Write add(a, b).", "tests": "assert add(1, 2) == 3", "reference": ADD},
    {"task_id": "twice", "prompt": "Write twice(a).", "tests": ["assert twice(2) == 4", "assert twice('a') == 'aa'"]},
    {"task_id": "loose", "prompt": "Write anything(x).", "tests": ["anything(1)"]},
]  # fmt: skip
SAMPLES = [
    {"task_id": "add", "completion": "Here you are:\n```python\ndef add(a, b):\n    return a + b\n```\nIt adds."},
    {"task_id": "add", "completion": "def add(a, b):\n    return a - b"},
    {"task_id": "twice", "completion": "def twice(a):\n    return a * 2"},
    {"task_id": "twice", "completion": "I cannot do that."},
    {"task_id": "loose", "completion": "def anything(x):\n    return x"},
]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    need_bubblewrap()
    return write_rows(tmp_path / "problems.jsonl", PROBLEMS), write_rows(tmp_path / "samples.jsonl", SAMPLES)


def run(problems: Path, samples: Path, *options: object) -> Called:
    return call("score", "code", "--problems", problems, "--samples", samples, "--run-code", *options)


def document(files: tuple[Path, Path], *options: object) -> Any:
    return run(*files, *options, "--json").document


def test_each_sample_has_its_verdict_in_the_order_of_the_file(files: tuple[Path, Path]) -> None:
    found = document(files)
    assert found["check"] == "tasks.code"
    told = [(item["task_id"], item["sample"], item["verdict"]) for item in found["items"]]
    assert told == [
        ("add", 1, "pass"),
        ("add", 2, "wrong"),
        ("twice", 1, "pass"),
        ("twice", 2, "no_code"),
        ("loose", 1, "invalid_test"),
    ]
    assert found["items"][0]["method"]
    assert found["measures"]["tuned"]["pass_at"]["1"]["value"] == pytest.approx(0.5)


def test_tests_that_an_empty_function_passes_are_left_out_by_name(files: tuple[Path, Path]) -> None:
    found = document(files)
    assert (found["measures"]["n_problems"], found["measures"]["n_excluded"]) == (2, 1)
    (finding,) = [one for one in found["findings"] if one["code"] == "tasks.code_excluded"]
    assert "loose" in finding["message"]


def test_k_beyond_the_samples_has_no_value(files: tuple[Path, Path]) -> None:
    found = document(files, "-k", "1,2,5")["measures"]["tuned"]["pass_at"]
    assert found["2"]["value"] == pytest.approx(1.0)
    assert "unscored" in found["5"]


def test_a_limit_decides_the_exit_code(files: tuple[Path, Path]) -> None:
    assert run(*files, "--at-least", 0.9).code == 1


def test_a_limit_that_could_not_be_decided_is_not_passed(files: tuple[Path, Path], tmp_path: Path) -> None:
    broken = write_rows(tmp_path / "broken.jsonl", [{**PROBLEMS[0], "reference": "def add(a, b):\n    return 0"}])
    samples = write_rows(tmp_path / "one.jsonl", SAMPLES[:1])
    assert run(broken, samples, "--at-least", 0.1).code == 3


@pytest.mark.parametrize(
    "options", [("--timeout", "nan"), ("--timeout", 0), ("--memory", -4), ("--at-least", 50), ("--at-least", "nan")]
)
def test_a_limit_that_means_nothing_is_refused(files: tuple[Path, Path], options: tuple[object, ...]) -> None:
    called = run(*files, *options)
    assert called.code == 2
    assert str(options[1]) in called.message


def test_a_reference_that_is_slower_than_the_limit_leaves_its_problem_out(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    slow = "import time\ndef add(a, b):\n    time.sleep(0.6)\n    return a + b"
    problems = write_rows(tmp_path / "slow.jsonl", [{**PROBLEMS[0], "reference": slow}])
    samples = write_rows(tmp_path / "one.jsonl", SAMPLES[:1])
    found = run(problems, samples, "--timeout", 0.3, "--json").document
    assert (found["measures"]["n_excluded"], found["items"][0]["excluded"]) == (
        1,
        "its reference does not pass: timeout (no end after 0.3 s)",
    )


def test_an_item_tells_which_test_failed_and_what_was_called(files: tuple[Path, Path]) -> None:
    item = document(files)["items"][1]
    assert item["detail"] == "does not hold: assert add(1, 2) == 3"
    assert (item["called"], item["test_line"]) == ("add(1, 2) -> -1", 1)


def test_both_models_are_compared_on_the_same_problems(files: tuple[Path, Path], tmp_path: Path) -> None:
    base = write_rows(tmp_path / "base.jsonl", [{**row, "completion": "no"} for row in SAMPLES])
    found = document(files, "--base-samples", base)["measures"]
    assert found["base"]["pass_at"]["1"]["value"] == 0
    assert found["paired"]["pass_at"]["1"]["value"] == pytest.approx(0.5)


def test_the_page_of_text_tells_the_tier_and_no_items_leaves_the_samples_out(files: tuple[Path, Path]) -> None:
    called = run(*files)
    assert "sandbox tier A" in called.err
    assert "pass@1" in called.out
    assert "items" not in document(files, "--no-items")


def test_tier_b_is_used_where_it_is_asked_for(files: tuple[Path, Path]) -> None:
    found = document(files, "--sandbox", "B")
    assert found["measures"]["sandbox_tier"] == "B"
    assert [item["verdict"] for item in found["items"]][:2] == ["pass", "wrong"]


def test_a_null_sample_is_no_failure(files: tuple[Path, Path], tmp_path: Path) -> None:
    samples = write_rows(tmp_path / "gaps.jsonl", [*SAMPLES, {"task_id": "add", "completion": None}])
    found = run(files[0], samples, "--json").document
    assert found["measures"]["tuned"]["pass_at"]["1"]["value"] == pytest.approx(0.5)
    assert any(one["code"] == "tasks.code_absent" for one in found["findings"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("-k", "none"), "k 'none' are not whole numbers from 1 on"),
        (("--problems", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--samples", "nowhere.jsonl"), "nowhere.jsonl"),
    ],
)
def test_wrong_input_is_told_with_exit_code_2(files: tuple[Path, Path], options: tuple[str, ...], told: str) -> None:
    called = run(*files, *options)
    assert called.code == 2
    assert told in called.message


def test_samples_may_be_lists_by_problem(files: tuple[Path, Path], tmp_path: Path) -> None:
    by_problem = {"add": ["def add(a, b):\n    return a + b"] * 3, "twice": ["def twice(a):\n    return a + a"]}
    path = tmp_path / "by_problem.json"
    path.write_text(json.dumps(by_problem), encoding="utf-8")
    found = run(files[0], path, "--json").document
    assert found["measures"]["tuned"]["verdicts"] == {"pass": 4}
