"""A prompt that a program begins with is told from a text about one, without parsing it."""

from __future__ import annotations

import time

import pytest

from tunecheck.data.program_beginnings import completed, defines, unfinished_name

DOCUMENTED = 'def add(a, b):\n    """Add them."""\n'


@pytest.mark.parametrize(
    "prompt",
    [
        DOCUMENTED,
        DOCUMENTED.rstrip(),
        DOCUMENTED.replace("\n", "\r\n"),
        DOCUMENTED.replace('"""', "'''"),
        "def add(a, b):\n",
        "def add(a, b):\n    # The sum.\n\n",
        "def add(a, b):\n    'The sum.'\n",
        'def add(a, b): """The sum."""\n',
        "async def add(a, b):\n    r'''\\d'''\n",
        'def add(\n    a: int,\n    b: int = 2,\n) -> int:\n    """The sum."""\n',
        "from typing import List\nimport math\n\nX: int = 3\n\n@cache\n" + DOCUMENTED,
        'def twice(a):\n    return 2 * a\n\n\ndef add(a, b):\n    """\nNot indented:\ndef no(): 1\n    """\n',
        'FIX = """\nWith prose in it.\n"""\n' + DOCUMENTED,
        'class Number:\n    value = 1\n\n\ndef add(a, b):\n    import math\n    """Late."""\n',
    ],
)
def test_a_prompt_that_breaks_off_in_a_function_is_a_beginning(prompt: str) -> None:
    assert unfinished_name(prompt) == "add"


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "Write a function add(a, b) that adds.",
        "Complete this:\n\n" + DOCUMENTED,
        DOCUMENTED + "\nReturn only code.",
        "```python\n" + DOCUMENTED + "```",
        "def add(a, b):\n    return a + b\n",
        "def add(a, b):\n    pass\n",
        "def add(a, b) is wanted.",
        'def add(a, b):\n    """Not closed',
        "with the following signature:\n" + DOCUMENTED,
        "class Adder:\n    def add(self, a, b):\n        '''In a class.'''\n",
        "define = add",
    ],
)
def test_a_text_about_a_program_is_none(prompt: str) -> None:
    assert unfinished_name(prompt) == ""


@pytest.mark.parametrize(
    "made",
    [
        '"""' * 200_000,
        "def f(" * 200_000,
        "a:" + " " * 1_000_000,
        "def f(x):\n" + " " * 1_000_000 + "x",
        ":" * 1_000_000,
        "[" * 1_000_000,
        "\n" * 1_000_000,
    ],
)
def test_a_text_made_to_be_slow_is_not(made: str) -> None:
    started = time.perf_counter()
    for prompt in (made, "def f(x):\n" + made, made + "\ndef f(x):\n"):
        unfinished_name(prompt)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("prompt", "body"),
    [
        (DOCUMENTED, "    return a + b\n"),
        (DOCUMENTED.rstrip(), "    return a + b"),
        (DOCUMENTED + "    ", "    return a + b"),
        (DOCUMENTED + "    ", "return a + b"),
        (DOCUMENTED.rstrip(), "\n    return a + b"),
    ],
)
def test_a_body_goes_on_where_the_prompt_breaks_off(prompt: str, body: str) -> None:
    space: dict[str, object] = {}
    exec(completed(prompt, body, "add"), space)
    add = space["add"]
    assert callable(add)
    assert add(1, 2) == 3


def test_a_reference_with_the_function_keeps_what_stands_before_it_in_the_prompt() -> None:
    prompt = "from typing import List\n\n\ndef total(a: List[int]):\n    '''Sum.'''\n"
    reference = "def total(a: List[int]):\n    return sum(a)\n"
    assert completed(prompt, reference, "total") == "from typing import List\n\n" + reference
    assert completed(prompt.split("\n\n\n")[1], reference, "total") == reference


def test_only_a_function_at_the_margin_is_defined() -> None:
    assert defines("x = 1\ndef add(a): ...", "add")
    assert not defines("class A:\n    def add(self): ...", "add")
    assert not defines("def add_all(a): ...", "add")
