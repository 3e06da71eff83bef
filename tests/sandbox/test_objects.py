"""Tests of every ordinary style mean in the sandbox what they mean in one process with the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox import (
    styles_of_calls,
    styles_of_classes,
    styles_of_exceptions,
    styles_of_files,
    styles_of_operators,
    styles_of_types,
    styles_of_values,
)
from tests.sandbox.style import Style
from tunecheck.core import CodeOutcome
from tunecheck.sandbox import Sandbox

TABLES = (
    *(styles_of_classes, styles_of_operators, styles_of_values, styles_of_types, styles_of_calls),
    *(styles_of_exceptions, styles_of_files),
)
STYLES = [style for table in TABLES for style in table.STYLES]
# In one process the program's own names would be in the way of the tests.
# Their tests hold for objects that can do nothing.
_SAY_NOTHING = (
    *("the name of a class", "operators that are not there", "built-in functions that do not apply", "truth"),
    *("objects without an order", "the list that was given where a new one is wanted"),
)
_APART = ("a built-in function that the program has anew", "what another program imports")


@pytest.fixture(scope="module")
def outcomes(sandbox: Sandbox) -> dict[str, CodeOutcome]:
    found = sandbox.run([style.job() for style in STYLES])
    return {style.name: outcome for style, outcome in zip(STYLES, found, strict=True)}


@pytest.fixture(scope="module")
def stubs(sandbox: Sandbox) -> dict[str, CodeOutcome]:
    found = sandbox.run([style.job(is_stub=True) for style in STYLES])
    return {style.name: outcome for style, outcome in zip(STYLES, found, strict=True)}


def test_the_names_of_the_styles_are_distinct() -> None:
    assert len({style.name for style in STYLES}) == len(STYLES) >= 90


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_a_style_comes_to_what_it_should(style: Style, outcomes: dict[str, CodeOutcome]) -> None:
    outcome = outcomes[style.name]
    assert (outcome.verdict, outcome.detail if style.verdict == "pass" else "") == (style.verdict, "")


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_an_empty_function_in_place_of_the_program_does_not_pass(style: Style, stubs: dict[str, CodeOutcome]) -> None:
    assert (stubs[style.name].verdict == "pass") is (style.name in _SAY_NOTHING)
    assert stubs[style.name].verdict not in ("invalid_test", "crash")


_IN_ONE_PROCESS = """
import sys
module = sys.modules["solution"] = sys.modules["__main__"]
for text in {texts!r}:
    exec(compile(text, "<text>", "exec"), vars(module))
"""


def test_the_styles_that_pass_do_so_in_one_process_as_well(tmp_path: Path) -> None:
    passing = [style for style in STYLES if style.verdict == "pass" and style.name not in _APART]
    failed = []
    for style in passing:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        texts = (style.program, style.setup, style.tests)
        command = [sys.executable, "-W", "ignore", "-c", _IN_ONE_PROCESS.format(texts=texts)]
        done = subprocess.run(command, check=False, cwd=folder, capture_output=True, timeout=60)
        if done.returncode:
            failed.append((style.name, done.stderr.decode()[-300:]))
    assert failed == []


def test_sets_hashes_and_random_numbers_are_the_same_in_every_run(sandbox: Sandbox) -> None:
    program = "import random\ndef f(n):\n    return list({str(i) for i in range(n)}), random.random(), hash('a')"
    tests = "import random\nassert False, f'{f(50)} {random.random()}'"
    told = {outcome.detail for outcome in sandbox.run([Style(name="", program=program, tests=tests).job()] * 5)}
    assert len(told) == 1
    assert all("0." in one for one in told)


def test_every_sample_has_a_folder_of_its_own(sandbox: Sandbox) -> None:
    program = "import os\ndef f():\n    found = os.listdir()\n    open('mine', 'w').close()\n    return found"
    style = Style(name="folder", program=program, tests="assert f() == []\nassert f() == ['mine']")
    assert {outcome.verdict for outcome in sandbox.run([style.job()] * 6)} == {"pass"}
