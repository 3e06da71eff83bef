"""Examples: what a reader may copy runs, and prints what the page says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import Block, blocks
from tests.sandbox_here import need_bubblewrap
from tunecheck.config import build_spec

_PYTHON = blocks("python")
_LIVE = re.compile(r"\b(model|tokenizer|trainer)\b[,)]")
_FILES = re.compile(r"outputs/|\.jsonl|perplexity\.json|my-run")
_NAMES = [block.name for block in _PYTHON]


def needs_torch(block: Block) -> bool:
    return bool(_LIVE.search(block.text) or _FILES.search(block.text))


def run(block: Block, names: dict[str, Any], printed: pytest.CaptureFixture[str]) -> None:
    if "run_code=True" in block.text:
        need_bubblewrap()
    code = compile(block.text, block.name, "exec")
    printed.readouterr()
    exec(code, {"__name__": "__main__", **names})
    if block.below is not None:
        assert [line.rstrip() for line in printed.readouterr().out.splitlines()] == block.below.splitlines()


@pytest.mark.parametrize("block", [b for b in _PYTHON if not needs_torch(b)], ids=lambda b: b.name)
def test_a_python_example_runs_and_prints_what_the_page_says(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run(block, {}, capsys)


@pytest.mark.hf
@pytest.mark.parametrize("block", [b for b in _PYTHON if needs_torch(b)], ids=lambda b: b.name)
@pytest.mark.usefixtures("workspace")
def test_a_python_example_with_models_runs_and_prints_what_the_page_says(
    block: Block, live: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run(block, live, capsys)


def test_the_pages_have_examples() -> None:
    assert len(_NAMES) == len(set(_NAMES)) >= 10


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda b: b.name)
def test_a_configuration_example_is_a_valid_one(block: Block) -> None:
    given = yaml.safe_load(block.text)
    assert build_spec(given).tuned == given["tuned"]


@pytest.mark.parametrize(
    ("of_run", "of_verdict", "expected"),
    [(0, 0, 0), (3, 0, 0), (3, 3, 3), (1, 1, 1), (2, 9, 2), (4, 9, 4), (130, 9, 130)],
)
def test_the_gate_for_ci_ends_with_the_verdict_or_with_the_error_of_the_run(
    of_run: int, of_verdict: int, expected: int, tmp_path: Path
) -> None:
    (script,) = [b for b in blocks("bash") if "--automatic-only" in b.text]
    stand_in = tmp_path / "tunecheck"
    stand_in.write_text(f"#!/bin/sh\ncase $1 in run) exit {of_run} ;; verdict) exit {of_verdict} ;; esac\n")
    stand_in.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["bash", "-eu", "-c", script.text], env={**os.environ, "PATH": path}, check=False)
    assert done.returncode == expected
