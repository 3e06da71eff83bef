"""Extraction: the program that a person would find in a reply is found, and a reply without one says so."""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.replies import ADD, BODY, CASES, FENCES, PROMPT, WRONG, Case, block, lines_of
from tunecheck.sandbox.inside.extraction import extract
from tunecheck.sandbox.inside.fences import dedented
from tunecheck.sandbox.inside.parsing import Parser


def value_of(code: str, shows: str) -> object:
    space: dict[str, object] = {"__name__": "candidate"}
    exec(compile(code, "<code>", "exec", dont_inherit=True), space)
    return eval(shows, space)


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_program_in_a_reply_is_found_and_gives_what_it_should(case: Case) -> None:
    parser = Parser()
    found = extract(case.reply, prompt=case.prompt, entry_points=case.names, parser=parser)
    assert (found.problem, found.detail) == ("", "")
    assert value_of(found.code, case.shows) == case.value
    assert found.method == case.method
    assert parser.n_parses <= 16


def test_the_names_of_the_cases_are_distinct() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 100


NOTHING = "no_code"
BROKEN = "syntax_error"
MISSING = "missing_entry"
PROBLEMS = {
    "empty": ("", "", NOTHING, "the reply is empty"),
    "blanks": (" \n\t\n", "", NOTHING, "the reply is empty"),
    "empty after a prompt": ("", PROMPT, NOTHING, "the reply is empty"),
    "only a mark of the end": ("<|im_end|>\n</s>\n", "", NOTHING, "the reply is empty"),
    "prose": ("I can't help with that.", "", NOTHING, "the reply holds no code"),
    "prose that is Python": ("Sorry", "", NOTHING, "the reply holds no code"),
    "prose after a prompt": ("Sorry, no.\n\nIt's hard.", PROMPT, NOTHING, "the reply holds no code"),
    "a word after a prompt": ("    Sorry", PROMPT, NOTHING, "the reply holds no code"),
    "a comment after a prompt": ("    # your code here", PROMPT, NOTHING, "the reply holds no code"),
    "a docstring after a prompt": ('    """Adds."""\n', PROMPT, NOTHING, "the reply holds no code"),
    "dots": ("    ...\n", PROMPT, NOTHING, "the reply holds no code"),
    "an empty block": (block(""), "", NOTHING, "the reply holds no code"),
    "an output": (f"It gives\n{block('[1, 2]', '')}", "", NOTHING, "the reply holds no code"),
    "shell only": (block("pip install x", "bash"), "", NOTHING, "the reply holds no Python, only bash"),
    "JSON and text": (
        block("{}", "json") + block("x", "text"),
        "",
        NOTHING,
        "the reply holds no Python, only json, text",
    ),
    "thinking without an end": (f"<think>\n{block(ADD)}", "", NOTHING, "the thinking has no end"),
    "thinking again": (f"{block(ADD)}\n[THINK] wait", "", NOTHING, "the thinking has no end"),
    "only thinking": ("<think>x</think>\n", "", NOTHING, "the reply holds only thinking"),
    "an unfinished line": (block("def add(a, b):\n    return a +"), "", BROKEN, "line 2: invalid syntax"),
    "a bracket": (block("def add(a, b):\n    return (a"), "", BROKEN, "line 2: '(' was never closed"),
    "the function is broken, its example is not": (
        block("def add(a, b)\n    return a") + block("print(add(1, 2))"),
        "",
        BROKEN,
        "line 1: expected ':'",
    ),
    "unfenced": ("def add(a, b):\n    return a +", "", BROKEN, "line 2: invalid syntax"),
    "a body without a prompt": (BODY, "", BROKEN, "line 1: 'return' outside function"),
    "a block with a body only": (block("return a + b"), "", BROKEN, "line 1: 'return' outside function"),
    "cut off after a prompt": ("    return (numbers", PROMPT, BROKEN, "line 17: '(' was never closed"),
    "cut off in the body": ("    n = 1\n    return (n", PROMPT, BROKEN, "line 18: '(' was never closed"),
    "cut off in a flat body": ("n = 1\nfor i in (1,):\n    n += (i", PROMPT, BROKEN, "line 19: '(' was never closed"),
    "typographic quotes": (
        block("def add(a, b):\n    return “x”\n"),
        "",
        BROKEN,
        "line 2: invalid character '“' (U+201C)",
    ),
    "a zero byte": (
        block("def add(a, b):\n    return '\0'\n"),
        "",
        BROKEN,
        "source code string cannot contain null bytes",
    ),
    "too deep": (
        block(f"def add(a, b):\n    return {'-' * 200_000}1\n"),
        "",
        BROKEN,
        "nested too deeply or too large to be read",
    ),
    "another name": (block("def add_two(a, b):\n    return a + b\n"), "", MISSING, "defines add_two, not add"),
    "another name, unfenced": ("def plus(a, b):\n    return a + b\n\nIt's easy.", "", MISSING, "defines plus, not add"),
    "another name and an example": (
        block("import math\ndef plus(a, b):\n    return a + b\n") + block("print(plus(1, 2))"),
        "",
        MISSING,
        "defines plus, not add",
    ),
    "another name after a prompt": (
        block("def weights(n):\n    return n\n"),
        PROMPT,
        MISSING,
        "defines weights, not weigh",
    ),
    "only an example": (block("print(add(1, 2))"), "", MISSING, "defines nothing, not add"),
    "only an example after a prompt": (block("print(weigh([1]))"), PROMPT, MISSING, "defines nothing, not weigh"),
    "an interpreter without it": (">>> x = 1\n>>> x\n1\n", "", MISSING, "defines x, not add"),
    "an annotation": (block("add: int\nx = 1\n"), "", MISSING, "defines x, not add"),
    "within a function": (block(f"def f():\n{lines_of(ADD, '    ')}"), "", MISSING, "defines f, not add"),
    "within a class": (block(f"class Sum:\n{lines_of(ADD, '    ')}"), "", MISSING, "defines Sum, not add"),
    "many names": (
        block("".join(f"def f{n}(): pass\n" for n in range(9))),
        "",
        MISSING,
        "defines f0, f1, f2, f3, f4 and 4 more, not add",
    ),
}


@pytest.mark.parametrize(("reply", "prompt", "problem", "detail"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_reply_without_the_program_says_why(reply: str, prompt: str, problem: str, detail: str) -> None:
    found = extract(reply, prompt=prompt, entry_points=["weigh" if prompt else "add"])
    assert (found.problem, found.detail) == (problem, detail)
    assert bool(found.code) == bool(found.method) == (problem != NOTHING)


def test_an_empty_body_is_a_program() -> None:
    found = extract("    pass\n", prompt=PROMPT, entry_points=["weigh"])
    assert (found.problem, value_of(found.code, "weigh([1])")) == ("", None)


def test_what_was_asked_goes_before_a_whole_function_and_the_unfinished_one_does_not() -> None:
    found = extract(block("def weigh(numbers: List[int]) -> int:\n    return 1\n"), prompt=PROMPT)
    assert found.code.startswith("import functools\nfrom typing import List\n\n\n@functools.cache\n")
    assert found.code.count("def weigh(") == 1
    assert found.code.count("def weight(") == 1


def test_a_prompt_without_an_unfinished_function_goes_before_all_of_the_reply() -> None:
    prompt = "import math\n\n\ndef half(x):\n    return x / 2\n\n\n# Write quarter(x).\n"
    found = extract("def quarter(x):\n    return half(half(x))\n", prompt=prompt, entry_points=["quarter"])
    assert value_of(found.code, "quarter(8)") == 2.0


@pytest.mark.parametrize(
    ("prompt", "reply"),
    [
        ("def twice(x):\n", "    return 2 * x\n"),
        ("def twice(x):\n", "return 2 * x\n"),
        ("def twice(x):\n    ", "return 2 * x\n"),
        ("def twice(x):\n    ", "    return 2 * x\n"),
        ("def twice(x):\n    return ", "2 * x\n\nThat's it."),
        ('def twice(x):\n    """Double."""', "\n    return 2 * x\n"),
        ('def twice(x):\n    """Double."""', "    return 2 * x\n"),
        ('def twice(x):\n    """Double."""', "return 2 * x"),
        ('def twice(x):\n  """Double:\n      x -> 2x"""\n', "y = 2 * x\nreturn y"),
        ("def twice(x):\n\t'''Double.'''\n", "y = 2 * x\nreturn y"),
        ("@staticmethod\ndef twice(x):\r\n    '''Double.'''\r\n", "    return 2 * x"),
        ("ZERO = 0\ndef twice(\n    x,\n    y=ZERO,\n):\n", "y = 2 * x\nreturn y"),
    ],
)
def test_a_body_goes_on_where_the_prompt_ends(prompt: str, reply: str) -> None:
    found = extract(reply, prompt=prompt, entry_points=["twice"])
    assert value_of(found.code, "twice(4)") == 8


def test_a_method_that_the_prompt_leaves_open_is_continued() -> None:
    prompt = 'class Sum:\n    def of(self, a, b):\n        """Add."""\n'
    for reply in ("        return a + b\n", "return a + b", block("return a + b\n")):
        assert value_of(extract(reply, prompt=prompt, entry_points=["Sum"]).code, "Sum().of(1, 2)") == 3


def test_what_comes_after_a_continued_function_is_kept_only_where_it_is_needed() -> None:
    reply = "    return own(numbers)\n\n\nprint(1)\nimport math\n\n\ndef own(n):\n    return n\n\n\nown(2)\n"
    code = extract(reply, prompt=PROMPT).code
    assert code == f"{PROMPT}    return own(numbers)\n\n\n\n\n\n\ndef own(n):\n    return n\n"


@pytest.mark.parametrize(
    ("reply", "shows"),
    [
        (f"{block(ADD)}Try it:\n{block('print(add(1, 2))')}", "add(1, 2)"),
        (block("x = 3\n"), "x"),
        (f"It's so:\n{block('print(1)')}and\n{block('x = 3')}", "x"),
        ("x = 3\nprint(x)\n", "x"),
        (f"So:\n{ADD}\nIt's good.", "add(1, 2)"),
    ],
)
def test_with_no_name_wanted_the_last_block_with_a_function_is_taken_or_the_last(reply: str, shows: str) -> None:
    found = extract(reply)
    assert (found.problem, value_of(found.code, shows)) == ("", 3)


@pytest.mark.parametrize(
    ("reply", "is_cut_off"),
    [
        (block(ADD), False),
        (f"```python\n{ADD}", True),
        (f"{block(WRONG)}```python\n{ADD}\nprint(", True),
        ("```python\ndef add(a, b):\n    return (", True),
        ("```bash\npip install", True),
        (f"{ADD}\n```\nprint(1)\n", True),
        (ADD, False),
        ("```python\n", False),
    ],
)
def test_a_last_fence_without_an_end_is_a_cut_off_reply(reply: str, is_cut_off: bool) -> None:
    assert extract(reply, entry_points=["add"]).is_cut_off == is_cut_off


# How a model may have given a solution back, of the prompt, the body, and the prompt from the last function on.
STYLES: dict[str, Callable[[str, str, str], str]] = {
    "body": lambda prompt, body, head: body,
    "body, stripped": lambda prompt, body, head: body.strip(),
    "body, flat": lambda prompt, body, head: dedented(body.lstrip("\n")),
    "body, and prose": lambda prompt, body, head: f"{body}\nIt's done.\n\nIsn't it?",
    "body, and more": lambda prompt, body, head: f"{body}\nassert False\n\n\n{head}    return None\n\nif x",
    "body and a fence": lambda prompt, body, head: f"{body}```\n\nIt's done.\n{block('assert False')}",
    "body in a block": lambda prompt, body, head: f"So:\n```python\n{body}```\nGood?",
    "all in a block": lambda prompt, body, head: f"So:\n{block(prompt + body)}Use:\n{block('print(1)')}",
    "all in a list": lambda prompt, body, head: "1. So:\n\n" + lines_of(block(prompt + body), "   "),
    "all in Markdown": lambda prompt, body, head: f"```markdown\n# So\n{block(prompt + body)}```",
    "function in a block": lambda prompt, body, head: f"So:\n{block(head + body)}",
    "function in a cut block": lambda prompt, body, head: f"```python\n{head}{body}\n\ndef main():\n    print(",
    "function and prose": lambda prompt, body, head: f"So:\n\n{head}{body}\nIt's done.",
    "function, indented": lambda prompt, body, head: f"So:\n\n{lines_of(head + body, '    ')}\nGood?\n",
    "thought": lambda prompt, body, head: f"<think>{block(head + '    return')}</think>\n{block(head + body)}",
}


@pytest.mark.shared_data
@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_real_solutions_are_found_in_every_style(shared_data: Path, style: Callable[[str, str, str], str]) -> None:
    with gzip.open(shared_data / "humaneval" / "HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        prompt, body, name = row["prompt"], row["canonical_solution"], row["entry_point"]
        reply = style(prompt, body, prompt[prompt.rindex(f"def {name}(") :])
        found = extract(reply, prompt=prompt, entry_points=[name])
        assert functions_of(found.code) == functions_of(prompt + body), row["task_id"]


def functions_of(code: str) -> dict[str, str]:
    """The imports and functions of a program, the last of each name, without what does not count."""
    return {getattr(node, "name", ""): ast.dump(node) for node in ast.parse(code).body if hasattr(node, "name")}


def test_the_cases_of_fences_are_not_found_between_the_last_two_fence_lines() -> None:
    """What lies between the last two lines of backticks is what some harnesses take for the program."""
    taken = 0
    for case in FENCES:
        lines = case.reply.split("\n")
        at = [index for index, line in enumerate(lines) if "```" in line][-2:]
        between = "\n".join(lines[at[0] + 1 : at[1]]) if len(at) == 2 else ""
        taken += extract(case.reply, entry_points=["add"]).code.strip() == between.strip()
    assert taken < len(FENCES) / 2
