"""Tasks in a whole run: both sides answer the same prompts, and the check is the same when it is read again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import tunecheck
from tests.workshop import QUICK, Workshop, call, write_rows

pytestmark = pytest.mark.hf

LABELS = ("old", "new", "warm")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty rows of two kinds: half have one of three labels, half a few words."""
    rows = [
        {
            "prompt": f"the quick brown fox {n} is",
            "completion": f" it is {LABELS[n % 3]}." if n % 2 else f" thing {n} of {n * n}",
            "task": "kind" if n % 2 else "words",
        }
        for n in range(60)
    ]
    return write_rows(tmp_path_factory.mktemp("tasks") / "val.jsonl", rows)


@pytest.fixture(scope="module")
def finished(shop: Workshop, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with two tasks in it; nobody changes it."""
    out = tmp_path_factory.mktemp("finished") / "run"
    called = call(
        "run", shop.lora, "--val", data, "--task", "classification", "--task", "f1:where=task:words", "--out", out,
        "--max-new-tokens", 8,
    )  # fmt: skip
    assert called.code in (1, 3), called.err
    return out


def checks(folder: Path) -> Any:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))["checks"]


def test_each_task_is_a_check_with_both_sides(finished: Path) -> None:
    found = checks(finished)
    labels, words = found["tasks.classification"]["measures"], found["tasks.f1"]["measures"]
    assert labels["labels"] == ["new", "old", "warm"]
    assert labels["n_items"] == words["n_items"] == 30
    for side in ("tuned", "base", "paired"):
        assert "value" in labels[side]["accuracy"]
        assert "value" in words[side]["f1"] or words[side]["f1"]["unscored"]
    assert sum(sum(row) for row in labels["tuned"]["confusion"]["rows"].values()) == 30


def test_labels_are_ranked_without_being_read(finished: Path) -> None:
    ranked = checks(finished)["tasks.classification"]["measures"]["tuned"]["ranked"]
    assert ranked["accuracy"]["n"] == 30
    assert 0 <= ranked["brier"]["value"] <= 2


def test_the_checklist_has_the_tasks_in_one_line(finished: Path) -> None:
    document = json.loads((finished / "results.json").read_text(encoding="utf-8"))
    (step,) = [one for one in document["verdict"]["checklist"] if one["name"] == "tasks"]
    assert "classification:" in step["summary"]
    assert "f1:" in step["summary"]


def test_a_run_that_is_read_again_says_the_same(finished: Path) -> None:
    again = json.loads(tunecheck.core.to_json(tunecheck.read_run(finished)))["checks"]
    assert {name: again[name] for name in again if name.startswith("tasks.")} == {
        name: check for name, check in checks(finished).items() if name.startswith("tasks.")
    }


def test_the_report_shows_the_confusion_and_the_rows_that_flipped(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    assert 'class="confusion"' in page
    assert re.search(r'<a href="#check-\d+-tasks-[a-z0-9-]+">Task metrics</a>', page)
    assert "What tuned answered (across) where the reference was (down)" in page


def test_the_same_run_answers_nothing_twice(
    shop: Workshop, data: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tunecheck.models.huggingface.generator import HuggingFaceGenerator

    made: list[object] = []
    generate = HuggingFaceGenerator.generate

    def counting(self: Any, batch: Any, *rest: Any, **options: Any) -> Any:
        made.append(batch)
        return generate(self, batch, *rest, **options)

    monkeypatch.setattr(HuggingFaceGenerator, "generate", counting)
    called = call(
        "run", shop.lora, "--val", data, "--task", "classification", "--task", "f1:where=task:words",
        "--out", tmp_path / "again", "--reuse", finished, "--max-new-tokens", 8,
    )  # fmt: skip
    assert called.code in (1, 3), called.err
    assert made == []
    assert checks(tmp_path / "again")["tasks.f1"]["measures"] == checks(finished)["tasks.f1"]["measures"]


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("rogue", "rogue"),
        ("classification:labels=cat|dog,where=task:kind", "none of the labels cat, dog"),
        ("classification:where=task:words", "those are no labels"),
        ("f1:where=topic:sport", "no validation item has topic:sport"),
        ("f1:tolerance=2", "tolerance"),
        ("classification:rank=maybe", "rank=maybe"),
    ],
)
def test_what_is_wrong_with_a_task_is_said_before_anything_is_loaded(
    task: str, said: str, shop: Workshop, data: Path, tmp_path: Path
) -> None:
    called = call("run", shop.lora, "--val", data, "--task", task, "--out", tmp_path / "run")
    assert called.code == 2
    assert said in called.err
    assert not (tmp_path / "run").exists()
    assert "loading" not in called.err


def test_a_run_without_a_task_has_no_task_check(shop: Workshop, data: Path, tmp_path: Path) -> None:
    call("run", shop.lora, "--val", data, *QUICK, "--out", tmp_path / "run")
    assert not [name for name in checks(tmp_path / "run") if name.startswith("tasks.")]


def test_a_task_without_a_value_says_why_and_the_report_is_written(shop: Workshop, data: Path, tmp_path: Path) -> None:
    called = call(
        "run", shop.lora, "--val", data, "--task", "number:where=task:kind", "--task", "exact_match",
        "--task", "exact_match:ignore_case=yes", "--out", tmp_path / "run", "--max-new-tokens", 4,
    )  # fmt: skip
    assert called.code in (1, 3), called.err
    found = checks(tmp_path / "run")
    assert found["tasks.number"]["status"] == "unknown"
    assert "has no value" in found["tasks.number"]["summary"]
    assert (tmp_path / "run" / "report.html").is_file()
    assert len([name for name in found if name.startswith("tasks.exact_match")]) == 2
