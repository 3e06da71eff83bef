"""Extraction: no reply makes it fail, take long, or change a program that it holds."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tunecheck.sandbox
from tests.sandbox.replies import ADD, PROMPT, WRONG, block
from tunecheck.sandbox.inside.extraction import Extracted, extract
from tunecheck.sandbox.inside.parsing import MAX_CHARACTERS, MAX_PARSES, Parser


def test_a_reply_of_over_a_million_characters_is_refused() -> None:
    found = extract(ADD + "#" * 1_000_000, entry_points=["add"])
    assert found == Extracted(
        "", "", "no_code", "the reply has 1,000,032 characters, and code is looked for in at most 1,000,000", False
    )


FLOODS = {
    "blocks": block("x = 1\n"),
    "blocks with the function cut": "```python\ndef add(a, b):\n    return (\n```\n",
    "fences": "```\n",
    "fences of other lengths": "`````\n```python\n````\n~~~\n",
    "open blocks": "```python\nx = (\n",
    "backticks": "`",
    "backticks at the ends of lines": "x```\n",
    "quotes and fences": '"""\n```\n',
    "thinking": "<think></think>",
    "thinking on lines": "<think>\n",
    "ends of thinking": "a</think>\n",
    "marks of the end": "</s> ",
    "spaces": " ",
    "lines of definitions": "def f():\n",
    "definitions": "def f(): pass\n",
    "prose with apostrophes": "It's def add's.\n",
    "indented blocks": "\n    x = 1\n\nand\n",
    "interpreters": ">>> x = 1\n",
    "brackets": "(",
    "names": "add = add2\n",
    "imports": "import a ",
    "colons": "for :",
    "a chain of helpers": "    return f\nf = g\n",
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("prompt", ["", PROMPT], ids=["alone", "prompted"])
def test_the_parser_reads_no_more_of_a_long_reply_than_of_a_short_one(flood: str, prompt: str) -> None:
    """Other tools try all pairs of lines of a reply, which takes cubic time."""
    read = []
    for length in (2_000, 20_000, 200_000):
        parser = Parser()
        extract((flood * length)[:length], prompt=prompt, entry_points=["add"], parser=parser)
        assert parser.n_parses <= MAX_PARSES
        read.append(parser.n_characters / (length + len(prompt)))
    assert max(read) <= MAX_PARSES


def test_the_parser_stops_at_so_many_characters() -> None:
    parser = Parser()
    extract("x = (\n" * 160_000, entry_points=["add"], parser=parser)
    assert parser.n_characters <= MAX_CHARACTERS


def test_a_hundred_thousand_blocks_are_looked_through_for_the_last_of_them() -> None:
    parser = Parser()
    found = extract(block("0", "") * 90_000 + block(ADD), entry_points=["add"], parser=parser)
    assert (found.code, parser.n_parses <= 4) == (ADD, True)


def test_a_name_of_endless_marks_is_not_given_to_the_parser() -> None:
    """Names are normalised when they are read, in quadratic time for a run of marks in the wrong order."""
    parser = Parser()
    found = extract(block("a" + "\u0301\u0327" * 200_000 + " = 1\n"), entry_points=["add"], parser=parser)
    assert (found.problem, parser.n_parses) == ("no_code", 0)
    assert found.detail == "the reply has over 100 combining marks in a row"


_PIECES = st.sampled_from(
    [
        *(
            "```python\n",
            "```\n",
            "~~~\n",
            "````md\n",
            "<think>",
            "</think>\n",
            '"""',
            "'",
            "It's ",
            "def add(a, b):\n",
        ),
        *(
            "    return a\n",
            "\n",
            "\r\n",
            "x = (",
            ">>> ",
            "... ",
            "class A:\n",
            "@",
            "\t",
            "\0",
            "\ud800",
            "# ",
            "\\\n",
        ),
        *("async ", "from __future__ import annotations\n", "match x:\n", "    case _:\n", "if x:\n", "\u0301", "1. "),
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES).map("".join)), st.sampled_from(["", PROMPT, "def add(", "@x\n"]))
@settings(max_examples=400, deadline=None)
@example("```", "").via("found")
def test_no_text_raises_and_what_is_found_is_a_program_with_the_name(reply: str, prompt: str) -> None:
    found = extract(reply, prompt=prompt, entry_points=["add"])
    assert found.problem in ("", "no_code", "syntax_error", "missing_entry")
    if not found.problem:
        names = {
            node.name for node in ast.walk(ast.parse(found.code)) if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        assert "add" in names
    extract(reply, prompt=prompt)


_FENCES = st.lists(st.sampled_from(["```", "```python", "~~~", WRONG, "text", "", "'''"]), max_size=6)
_THINKING = st.lists(st.sampled_from(["<think>", "</think>", "[THINK]", WRONG, "text", ""]), max_size=6)


@given(_FENCES | _THINKING, st.sampled_from(["", "f", "r"]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_program_in_a_block_comes_back_as_it_was(lines: list[str], kind: str, is_first: bool) -> None:
    string = kind + '"""' + "\n".join(["", *lines, ""]) + '"""\n'
    program = f"TEXT = {string}\n\n{ADD}" if is_first else f"{ADD}\n\nTEXT = {string}"
    found = extract(f"Here it is:\n```python\n{program}\n```\nIs it right?", entry_points=["add"])
    assert found.code == program + "\n"


def test_the_folder_needs_nothing_but_the_standard_library() -> None:
    folder = Path(tunecheck.sandbox.__file__).parent
    code = f"import sys\nsys.path.insert(0, {str(folder)!r})\nfrom inside.extraction import extract\n"
    code += "print(extract('x = 1'))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "code='x = 1'" in done.stdout
