"""Code in a whole run: both sides write programs, those run shut in, and what they showed is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tunecheck
from tests.sandbox_here import need_bubblewrap
from tests.workshop import QUICK, Workshop, call, write_rows

pytestmark = pytest.mark.hf

PROBLEMS = [
    {
        "task_id": f"toy/{n}",
        "prompt": f'def plus_{n}(a):\n    """Add {n}."""\n',
        "canonical_solution": f"    return a + {n}\n",
        "test": f"def check(candidate):\n    assert candidate(1) == {n + 1}\n    assert candidate(-{n}) == 0\n",
        "entry_point": f"plus_{n}",
    }
    for n in range(1, 7)
]
BAD = {**PROBLEMS[0], "task_id": "toy/broken", "canonical_solution": "    return 0\n"}
OPTIONS = ("--answers", 0, "--general", "none", "--max-new-tokens", 8)


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("problems") / "problems.jsonl", [*PROBLEMS, BAD])


@pytest.fixture(scope="module")
def validation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [{"prompt": f"the quick brown fox {n} is", "completion": f" thing {n} of {n * n}"} for n in range(20)]
    return write_rows(tmp_path_factory.mktemp("data") / "val.jsonl", rows)


@pytest.fixture(scope="module")
def finished(shop: Workshop, problems: Path, validation: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which both sides wrote two programs for each problem; nobody changes it."""
    need_bubblewrap()
    out = tmp_path_factory.mktemp("finished") / "run"
    task = f"code:problems={problems},samples=2,temperature=1,max_new_tokens=12,k=1|2"
    called = call("run", shop.lora, "--val", validation, "--task", task, "--run-code", "--out", out, *OPTIONS)
    assert called.code in (1, 3), called.err
    assert "sandbox tier A" in called.err
    return out


def check_of(folder: Path) -> Any:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))["checks"]["tasks.code"]


def test_both_sides_have_pass_at_k_over_the_problems_that_can_be_believed(finished: Path) -> None:
    measures = check_of(finished)["measures"]
    assert (measures["n_problems"], measures["n_excluded"]) == (6, 1)
    assert set(measures["tuned"]["pass_at"]) == {"1", "2"}
    for side in ("tuned", "base"):
        assert sum(measures[side]["verdicts"].values()) == 12
        assert measures[side]["pass_at"]["1"]["n"] == 6
    assert measures["sandbox_tier"] == "A"


def test_a_problem_whose_reference_fails_is_named(finished: Path) -> None:
    (finding,) = [one for one in check_of(finished)["findings"] if one["code"] == "tasks.code_excluded"]
    assert "toy/broken" in finding["message"]


def test_the_report_shows_the_problems(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    assert "toy/1" in page
    assert "toy/broken" in page


def test_a_run_that_is_read_again_says_the_same(finished: Path) -> None:
    again = json.loads(tunecheck.core.to_json(tunecheck.read_run(finished)))["checks"]["tasks.code"]
    assert again == check_of(finished)


def test_the_same_run_writes_nothing_twice(
    shop: Workshop, problems: Path, validation: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tunecheck.models.huggingface.generator import HuggingFaceGenerator

    monkeypatch.setattr(HuggingFaceGenerator, "generate", None)
    task = f"code:problems={problems},samples=2,temperature=1,max_new_tokens=12,k=1|2"
    called = call(
        "run", shop.lora, "--val", validation, "--task", task, "--run-code", "--out", tmp_path / "again",
        "--reuse", finished, *OPTIONS,
    )  # fmt: skip
    assert called.code in (1, 3), called.err
    assert check_of(tmp_path / "again")["measures"]["tuned"] == check_of(finished)["measures"]["tuned"]


def test_without_consent_nothing_is_read_or_written(
    shop: Workshop, problems: Path, validation: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    called = call("run", shop.lora, "--val", validation, "--task", f"code:problems={problems}", "--out", out, *QUICK)
    assert (called.code, out.exists()) == (2, False)
    assert called.message.startswith("nothing was run")
    assert "--run-code" in called.hint


def test_the_configuration_file_can_give_consent(
    shop: Workshop, problems: Path, validation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_bubblewrap()
    config = tmp_path / "run.yaml"
    given = {"val": str(validation), "task": [f"code:problems={problems},max_new_tokens=4"], "run_code": True}
    config.write_text(json.dumps({"tuned": str(shop.lora), **given}), encoding="utf-8")
    called = call("run", "--config", config, "--out", tmp_path / "run", *OPTIONS)
    assert called.code in (1, 3), called.err
    assert check_of(tmp_path / "run")["measures"]["n_problems"] == 6


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("samples=0", "samples=0 is not a whole number from 1 on"),
        ("samples=two", "samples=two is not a whole number from 1 on"),
        ("k=0", "k '0' are not whole numbers from 1 on"),
        ("speed=3", "task code has no option speed"),
        ("temperature=nan,samples=2", "temperature=nan is not a number"),
        ("problems=nowhere.jsonl", "nowhere.jsonl"),
        ("", "the validation file holds no problems with tests"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_loaded(
    shop: Workshop, validation: Path, tmp_path: Path, options: str, told: str
) -> None:
    task = f"code:{options}" if options else "code"
    called = call(
        "run", shop.lora, "--val", validation, "--task", task, "--run-code", "--out", tmp_path / "run", *QUICK
    )
    assert (called.code, (tmp_path / "run").exists()) == (2, False)
    assert told in called.message


def test_a_live_model_writes_its_programs_and_its_base_too(shop: Workshop) -> None:
    need_bubblewrap()
    check = tunecheck.evaluate_code_generation(
        PROBLEMS, model=str(shop.lora), run_code=True, n_samples=2, temperature=1.0, max_new_tokens=6, k=[1, 2]
    )
    measures: Any = check.measures
    assert [sum(measures[side]["verdicts"].values()) for side in ("tuned", "base")] == [12, 12]
