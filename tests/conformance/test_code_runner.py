"""What every CodeRunner promises, whoever runs the programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox_here import need_bubblewrap
from tests.scripted import ScriptedRunner
from tunecheck.core import CodeJob, CodeProblem, CodeRunner, CodeVerdict
from tunecheck.sandbox import Sandbox, unsupported

TEST = "assert add(1, 2) == 3, 'not 3'"
PROGRAMS: dict[str, CodeVerdict] = {
    "def add(a, b):\n    return a + b": "pass",
    "def add(a, b):\n    return a - b": "wrong",
    "def add(a, b):\n    return missing": "exception",
    "def add(a, b):\n    while True:\n        pass": "timeout",
    "def add(a, b:\n    return a": "syntax_error",
    "def sub(a, b):\n    return a": "missing_entry",
    "def add(a, b):\n    return object()": "bad_return_type",
    "import os\ndef add(a, b):\n    os._exit(0)": "crash",
}


@pytest.fixture(scope="module", params=["scripted", "sandbox A", "sandbox B"])
def runner(request: pytest.FixtureRequest) -> Iterator[CodeRunner]:
    if request.param == "scripted":
        yield ScriptedRunner(script=PROGRAMS)
        return
    if request.param == "sandbox A":
        need_bubblewrap()
    elif reason := unsupported():
        pytest.skip(reason)
    with Sandbox("A" if request.param == "sandbox A" else "B") as opened:
        yield opened


def job(text: str, timeout_s: float = 0.5) -> CodeJob:
    problem = CodeProblem(id="add", prompt="Add.", tests=(TEST,))
    return CodeJob(problem=problem, kind="program", text=text, timeout_s=timeout_s)


@pytest.mark.parametrize("text", PROGRAMS, ids=PROGRAMS.get)
def test_a_plain_program_comes_to_what_it_should(runner: CodeRunner, text: str) -> None:
    (found,) = runner.run([job(text)])
    assert found.verdict == PROGRAMS[text]


@pytest.mark.parametrize("alone", [False, True])
def test_outcomes_come_in_the_order_of_the_jobs(runner: CodeRunner, alone: bool) -> None:
    texts = [text for text in PROGRAMS for _ in range(2) if PROGRAMS[text] != "timeout"] * 2
    found = runner.run([job(text) for text in texts], alone=alone)
    assert [one.verdict for one in found] == [PROGRAMS[text] for text in texts]
    assert [one.code for one in found] == texts


@pytest.mark.parametrize("alone", [False, True])
def test_each_job_that_is_done_is_told_of_once(runner: CodeRunner, alone: bool) -> None:
    done: list[int] = []
    jobs = [job(text) for text in PROGRAMS if PROGRAMS[text] != "timeout"]
    runner.run(jobs, alone=alone, on_done=lambda: done.append(1))
    assert len(done) == len(jobs)


def test_a_late_program_does_not_hold_up_those_after_it(runner: CodeRunner) -> None:
    right, late = (
        next(text for text, verdict in PROGRAMS.items() if verdict == wanted) for wanted in ("pass", "timeout")
    )
    found = runner.run([job(late, 0.2), job(right, 5.0), job(late, 0.2), job(right, 5.0)])
    assert [one.verdict for one in found] == ["timeout", "pass", "timeout", "pass"]


def test_nothing_to_run_gives_nothing(runner: CodeRunner) -> None:
    assert runner.run([]) == []
    assert runner.run([], alone=True) == []


def test_a_runner_says_how_well_it_shuts_in_and_what_else_could_matter(runner: CodeRunner) -> None:
    assert runner.tier in ("A", "B", "C")
    assert all(runner.layers)
    assert runner.layers
    assert runner.engine
    assert (runner.tier, runner.layers, runner.engine) == (runner.tier, runner.layers, runner.engine)
