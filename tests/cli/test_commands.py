"""What each command prints and the code it ends with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workshop import QUICK, Workshop, call, environment, rows, write_rows

COMMANDS = ("run", "perplexity", "overfitting", "report", "verdict", "demo", "doctor")


@pytest.fixture(scope="module")
def finished(shop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of a model that is better than its base; nobody changes it."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    called = call("run", shop.better, "--base", shop.base, "--val", shop.val, "--train", shop.train, "--out", folder)
    assert called.code == 3, called.err
    return folder


@pytest.mark.hf
@pytest.mark.parametrize("command", ["run", "perplexity", "overfitting", "doctor", "report", "verdict"])
def test_json_prints_one_document_on_stdout_and_talks_on_stderr_only(
    shop: Workshop, finished: Path, tmp_path: Path, command: str
) -> None:
    arguments: dict[str, list[object]] = {
        "run": [shop.lora, "--val", shop.val, "--out", tmp_path / "run"],
        "perplexity": [shop.lora, "--data", shop.val],
        "overfitting": [shop.lora, "--val", shop.val, "--train", shop.train, *QUICK],
        "report": [finished],
        "verdict": [finished],
        "doctor": [],
    }
    called = call(command, *arguments[command], "--json")
    assert called.code in (0, 1, 3), called.err
    assert called.out.endswith("}\n")
    assert isinstance(called.document, dict)
    assert ("scoring" in called.err) is (command in ("run", "perplexity", "overfitting"))


@pytest.mark.hf
def test_json_of_the_demo_is_that_of_its_run(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training takes too long here: a finished run stands in for the demo's."""
    import tunecheck

    def run_demo(out: str, **_: object) -> tunecheck.RunResult:
        return tunecheck.read_run(finished)

    monkeypatch.setattr("tunecheck.api.run_demo", run_demo)
    called = call("demo", "--json")
    assert called.code == 0
    assert called.document["schema"] == "tunecheck.results/1"


@pytest.mark.hf
def test_the_verdict_of_a_good_model_is_incomplete_and_ship_where_only_measures_count(finished: Path) -> None:
    whole, measured = call("verdict", finished), call("verdict", finished, "--automatic-only")
    assert (whole.code, measured.code) == (3, 0)
    assert "INCOMPLETE" in whole.out
    assert "SHIP" in measured.out
    document = call("verdict", finished, "--automatic-only", "--json").document
    assert document["decision"] == "ship"
    assert [step["name"] for step in document["checklist"]] == [
        "curve", "perplexity", "overfitting", "review", "ab", "tasks",
    ]  # fmt: skip


@pytest.mark.hf
def test_an_adapter_that_changes_nothing_holds_and_its_likely_cause_is_named(shop: Workshop, tmp_path: Path) -> None:
    called = call("run", shop.zero, "--val", shop.val, "--train", shop.train, "--out", tmp_path / "run")
    assert called.code == 1
    assert "HOLD" in called.out
    assert "all lora_B matrices are zero: the adapter was saved before its first training step" in called.out
    checks = json.loads((tmp_path / "run" / "results.json").read_text())["checks"]
    assert {name: check["status"] for name, check in checks.items()} == {
        "preflight": "fail", "curve": "unknown", "leaks": "pass", "perplexity": "unknown", "overfitting": "unknown",
    }  # fmt: skip
    assert checks["preflight"]["findings"][0]["code"] == "preflight.no_change"
    assert call("verdict", tmp_path / "run").code == 1
    assert call("verdict", tmp_path / "run", "--automatic-only").code == 1
    assert call("perplexity", shop.zero, "--data", shop.val).code == 1


@pytest.mark.hf
def test_a_full_model_with_the_weights_of_its_base_holds(shop: Workshop, tmp_path: Path) -> None:
    called = call("run", shop.same, "--base", shop.base, "--val", shop.val, "--out", tmp_path / "run")
    assert called.code == 1
    assert "The tuned model is its base" in called.out


@pytest.mark.hf
def test_a_run_without_training_data_is_incomplete_and_says_what_to_give(shop: Workshop, tmp_path: Path) -> None:
    called = call("run", shop.base, "--val", shop.val, "--out", tmp_path / "run")
    assert called.code == 3
    assert "--train FILE" in called.out
    assert call("verdict", tmp_path / "run").code == 3


@pytest.mark.hf
def test_report_shows_the_run_in_every_format(finished: Path, tmp_path: Path) -> None:
    written = json.loads((finished / "results.json").read_text(encoding="utf-8"))
    assert (
        call("report", finished, "--format", "json").document == call("report", finished, "--json").document == written
    )
    assert call("report", finished, "--format", "markdown").out.startswith("#")
    html = call("report", finished)
    assert html.out.splitlines() == [str(finished / name) for name in ("results.json", "report.html")]
    assert (finished / "report.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")


@pytest.mark.hf
def test_bad_rows_that_are_skipped_are_counted(shop: Workshop, tmp_path: Path) -> None:
    val = write_rows(tmp_path / "val.jsonl", [*rows(16), {"prompt": "a", "completion": ""}])
    with val.open("a") as file:
        file.write("{not json\n")
    assert call("run", shop.lora, "--val", val, "--out", tmp_path / "run").code == 2
    assert not (tmp_path / "run").exists()
    called = call("run", shop.lora, "--val", val, "--skip-bad-rows", "--out", tmp_path / "run", "--json")
    assert called.code in (1, 3), called.err
    (finding,) = [f for f in called.document["checks"]["perplexity"]["findings"] if f["code"] == "data.skipped_rows"]
    assert finding["message"].endswith("val.jsonl: 2 of 18 rows could not be read and were left out.")
    assert "2 bad rows left out" in called.document["run"]["facts"]["Validation data"]


@pytest.mark.hf
def test_tokens_that_a_maximum_length_cuts_off_are_counted(shop: Workshop, tmp_path: Path) -> None:
    of = [{"text": "x" * 30}, {"text": "y" * 25}]
    val = write_rows(tmp_path / "val.jsonl", of)
    called = call("run", shop.lora, "--val", val, "--max-length", 20, "--out", tmp_path / "run", "--json")
    (finding,) = [f for f in called.document["checks"]["perplexity"]["findings"] if f["code"] == "data.cut_tokens"]
    assert finding["message"] == "15 tokens beyond --max-length 20 were cut off and not scored."
    assert called.document["checks"]["perplexity"]["measures"]["tuned"]["n_tokens"] == 2 * 19


@pytest.mark.hf
def test_a_finished_run_typed_again_scores_nothing(shop: Workshop, tmp_path: Path, scored: Callable[[], int]) -> None:
    arguments = ["run", shop.lora, "--val", shop.val, "--train", shop.train, "--out", tmp_path / "run", "--json"]
    first = call(*arguments).document
    assert scored() > 10
    second = call(*arguments).document
    assert scored() == 0
    assert {**second, "run": {**second["run"], "created": first["run"]["created"]}} == first


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    called = call(command, "--help")
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith(f"Usage: tunecheck {command}")


def test_help_lists_every_command() -> None:
    called = call("--help")
    assert called.code == 0
    assert [name for name in COMMANDS if f"\n  {name} " in called.out] == list(COMMANDS)


def shell(*arguments: object, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """The installed command in a process of its own."""
    command = Path(sys.executable).with_name("tunecheck")
    return subprocess.run(
        [command, *map(str, arguments)], capture_output=True, check=False, env={**environment(), **variables}
    )


@pytest.mark.hf
def test_a_real_process_refuses_bad_input_with_code_2(shop: Workshop, tmp_path: Path) -> None:
    val = write_rows(tmp_path / "val.jsonl", [])
    done = shell("run", shop.lora, "--val", val, "--out", tmp_path / "run")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().splitlines()[1:] == [
        "error: val.jsonl is empty",
        "  try: check what wrote it: a data file has at least one row",
    ]
    assert not (tmp_path / "run").exists()


@pytest.mark.hf
def test_a_real_process_prints_whatever_its_stdout_cannot_hold_as_escapes(shop: Workshop, tmp_path: Path) -> None:
    val = write_rows(tmp_path / "é🎉.jsonl", rows(8))
    done = shell("run", shop.lora, "--val", val, "--out", tmp_path / "run", "--json", PYTHONIOENCODING="latin-1")
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout.decode("latin-1"))["run"]["title"].endswith(" on é🎉.jsonl")


def test_a_reader_of_stdout_that_leaves_is_no_error() -> None:
    command = Path(sys.executable).with_name("tunecheck")
    done = subprocess.run(
        f"{command} --help | true; exit ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", capture_output=True, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
