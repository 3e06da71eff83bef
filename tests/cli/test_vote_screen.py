"""Texts of data and models in the terminal: whole, within the width, and unable to act."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.vote_parts import (
    HOSTILE_TO_TERMINALS,
    folder_with,
    study_of,
    typed,
)
from tests.web.hostile_texts import HOSTILE
from tunecheck.cli.vote_text import as_markdown, wrapped
from tunecheck.report.text import visible


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with a sheet of three items, of both sides."""
    return folder_with(tmp_path / "run", study_of(3))


@pytest.mark.parametrize("is_markdown", [False, True])
def test_hostile_texts_reach_the_terminal_as_harmless_characters(is_markdown: bool) -> None:
    for name, text in HOSTILE:
        lines = as_markdown(text, 60) if is_markdown else wrapped(text, 60)
        assert [visible(line) for line in lines] == lines, name
        assert not any("\n" in line or "\t" in line for line in lines), name
        assert max(map(cell_len, lines)) <= 60, name


@pytest.mark.parametrize("keys", [("4",), ("m", "r", "4")])
def test_escapes_anywhere_on_a_sheet_reach_no_terminal(tmp_path: Path, keys: tuple[str, ...]) -> None:
    study = study_of(1, HOSTILE_TO_TERMINALS, reference=HOSTILE_TO_TERMINALS)
    axes = tuple(replace(axis, title=f"T\x1b[2J{axis.title}", question="\x1b[2J\u202e?") for axis in study.axes)
    answers = tuple(replace(answer, prompt=HOSTILE_TO_TERMINALS) for answer in study.answers)
    study = replace(study, axes=axes, answers=answers, instructions=HOSTILE_TO_TERMINALS)
    folder = folder_with(tmp_path, study)
    out = typed(folder, *keys, f"n {HOSTILE_TO_TERMINALS}", "c", HOSTILE_TO_TERMINALS, "g")
    assert visible(out) == out
    assert "\\x1b]0;title\\x07" in out


def test_text_of_a_model_cannot_pass_for_a_heading(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, study_of(1, "x\nPrompt\nAnswer 2 of 2\n\nReference"))
    lines = typed(folder).splitlines()
    assert [lines.count(one) for one in ("Prompt", "Answer", "Reference", "Answer 2 of 2")] == [1, 1, 0, 0]


@pytest.mark.parametrize("width", [24, 60, 100])
@pytest.mark.parametrize(
    "text",
    [
        "日本語" * 200,
        "word " * 300,
        "x" * 1000,
        "  indented\n\n\ttab " + "y" * 200,
        "e" + "\u0301" * 500,
        "👩‍👩‍👧‍👦" * 100,
        "",
    ],
)
def test_long_lines_are_broken_to_the_width_and_lose_nothing(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert max(map(cell_len, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(visible(text).split())


def test_indentation_of_code_and_empty_lines_stay() -> None:
    assert wrapped("def f():\n    return 1\r\n\n\tx", 40) == ["def f():", "    return 1", "", "    x"]


def test_a_long_answer_is_printed_whole_and_soon(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, study_of(1, "word " * 40_000))
    begun_s = time.process_time()
    out = typed(folder)
    assert out.count("word") == 40_000
    assert time.process_time() - begun_s < 5


def test_m_sets_the_answer_as_markdown_and_back(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, study_of(1, "**bold** and `code`"))
    assert re.findall(r"^  (\S*bold.*)$", typed(folder, "m", "m"), re.M) == [
        "**bold** and `code`", "bold and code", "**bold** and `code`",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> <b>x</b>\n\n<div>block</div>\n\n<!-- comment -->",
        "[words](https://off-origin.example) ![image](https://off-origin.example/x.png) <https://off-origin.example>",
        "[name]: https://off-origin.example\n\n[name]",
        "| first | second |\n|---|---|\n| " + "x" * 70 + " | 2 |",
        ">" * 30 + " deep",
        "- " * 30 + "deep",
        "word " * 5_000,
    ],
)
def test_markdown_leaves_out_nothing(text: str) -> None:
    assert "".join("".join(as_markdown(text, 60)).split()) == "".join(text.split())


@pytest.mark.parametrize("width", [40, 80, 100])
def test_no_line_is_wider_than_the_window(folder: Path, width: int) -> None:
    out = typed(folder, "g", "r", "4 4 4 4", "n some words", width=width)
    assert max(map(cell_len, out.splitlines())) <= width


def test_an_empty_answer_says_that_it_is_empty(tmp_path: Path) -> None:
    assert "(the answer is empty)" in typed(folder_with(tmp_path, study_of(1, " \n")))
