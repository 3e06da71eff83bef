"""Replies of the kinds that models write, each with what the program in it gives."""

from __future__ import annotations

from dataclasses import dataclass

ADD = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"
# Imports and a helper that the unfinished function needs, a decorated one before it, and a docstring with an example.
PROMPT = '''import functools
from typing import List


@functools.cache
def weight(n: int) -> int:
    """How much the number n counts."""
    return 10 * n


def weigh(numbers: List[int]) -> int:
    """Add up the weights of numbers:

    >>> weigh([1, 2])
    30
    """
'''
BODY = "    return sum(weight(n) for n in numbers)\n"
FLAT = "total = 0\nfor n in numbers:\n    total += weight(n)\nreturn total\n"
WEIGH = "def weigh(numbers: List[int]) -> int:\n    return sum(weight(n) for n in numbers)\n"
DOC = '"""Adds.\n\n```python\nadd(1, 2)\n```\n"""\n'


@dataclass(frozen=True, slots=True)
class Case:
    """A reply; what an expression gives in the program found in it; how it is found; which names are wanted."""

    name: str
    reply: str
    shows: str = "add(1, 2)"
    value: object = 3
    method: str = "last code block with the function"
    prompt: str = ""
    names: tuple[str, ...] = ("add",)


def block(code: str, language: str = "python") -> str:
    return f"```{language}\n{code.rstrip()}\n```\n"


def lines_of(text: str, before: str) -> str:
    return "".join(f"{before}{line}\n" if line else "\n" for line in text.splitlines())


CHAT = (
    Case("a block alone", block(ADD)),
    Case("prose, block, explanation", f"Sure! Here it is:\n\n{block(ADD)}\nIt's the sum.\n"),
    Case("an example of use is the last block", f"{block(ADD)}Use it so:\n{block('print(add(1, 2))')}"),
    Case("the output is the last block", f"{block(ADD)}It prints:\n{block('3', '')}"),
    Case("tests that import it are the last block", block(ADD) + block("from sums import add\nassert add(1, 1) == 2")),
    Case("of two solutions the last", f"{block(WRONG)}That was wrong:\n{block(ADD)}"),
    Case("the last is broken, so the one before", f"{block(ADD)}Or shorter:\n{block('def add(a, b) a + b')}"),
    Case("py", block(ADD, "py")),
    Case("Python in capitals", block(ADD, "Python")),
    Case("python3", block(ADD, "python3")),
    Case("python3.12", block(ADD, "python3.12")),
    Case("a title after the language", block(ADD, 'python title="add.py"')),
    Case("attributes of Pandoc", block(ADD, "{.python .numberLines}")),
    Case("a file after a colon", block(ADD, "python:add.py")),
    Case("a space before the language", block(ADD, " python")),
    Case("no language", block(ADD, "")),
    Case("shell and JSON around it", f"{block('pip install x', 'bash')}{block(ADD)}{block('{}', 'json')}"),
    Case("tildes", f"~~~python\n{ADD}~~~\n"),
    Case("tildes around backticks", f"~~~python\n{DOC}{ADD}~~~\n"),
    Case("four backticks", f"````python\n{DOC}{ADD}````\n"),
    Case("a longer fence ends it", f"```python\n{ADD}`````\n{WRONG}"),
    Case("Windows line ends", f"Here:\n\n{block(ADD)}".replace("\n", "\r\n")),
    Case("line ends of old machines", f"Here:\n\n{block(ADD)}".replace("\n", "\r")),
    Case("a byte order mark", "\ufeff" + block(ADD)),
    Case("a zero-width space first", "\u200b" + ADD, method="whole reply"),
    Case("a mark of the end", block(ADD) + "<|im_end|>\n"),
    Case("tabs", "```python\ndef add(a, b):\n\treturn a + b\n```"),
    Case("in a list", f"1. Write it:\n\n{lines_of(block(ADD), '   ')}\n2. Run it.\n"),
    Case("deep in a list", f"* a\n  * b\n{lines_of(block(ADD), '      ')}\n"),
    Case("on the line of the list's sign", f"1. ```python\n{lines_of(ADD, '   ')}   ```\n"),
    Case("indented in the fence", f"```python\n{lines_of(ADD, '    ')}```\n"),
    Case("less indented than its fence", f"  ```python\n{ADD}  ```\n"),
    Case("an async function", block(f"async {ADD}"), "add.__code__.co_flags & 128", 128),
    Case(
        "a class",
        block("class Sum:\n    def of(self, a, b):\n        return a + b\n"),
        "Sum().of(1, 2)",
        names=("Sum",),
    ),
    Case("a lambda", block("add = lambda a, b: a + b\n")),
    Case("an annotated name", block("add: object = lambda a, b: a + b\n")),
    Case("an import under the name", block("from operator import add as plus\n"), "plus(1, 2)", names=("plus",)),
    Case("an import of the name", block("from operator import add\n")),
    Case("a decorated function", block(f"import functools\n\n\n@functools.cache\n{ADD}")),
    Case("within try", block("try:\n    from nowhere import add\nexcept ImportError:\n    add = lambda a, b: a + b\n")),
    Case("within if", block(f"if True:\n{lines_of(ADD, '    ')}else:\n    add = None\n")),
    Case("two names", block("add, sub = (lambda a, b: a + b), None\n"), names=("add", "sub")),
    Case("escapes that warn", block(f'PATTERN = "\\d"\n{ADD}')),
    Case("a main part", block(f"{ADD}\nif __name__ == '__main__':\n    add()\n")),
    Case("words of another alphabet", f"这是答案:\n{block(ADD)}希望有帮助。"),
    Case("a class and a function in two blocks", f"{block('class Add: pass')}{block(ADD)}", "Add, add(1, 2)"[5:]),
    Case(
        "names in two blocks",
        f"{block(ADD)}{block('two = 2')}",
        "add(1, two)",
        3,
        "all code blocks",
        "",
        ("add", "two"),
    ),
    Case(
        "what it needs in the block before",
        block("import math") + "Then:\n" + block("def add(a, b):\n    return math.fsum([a, b])\n"),
        value=3.0,
        method="last code block with the function and what it needs",
    ),
    Case(
        "what it needs in the block after, and that in another",
        block("ONE = 1")
        + block("def add(a, b):\n    return own(a, b)\n")
        + block("def own(a, b):\n    return a + b * ONE\n"),
        method="last code block with the function and what it needs",
    ),
    Case(
        "a function in two pieces",
        block("def add(a, b):") + "and\n" + block("    return a + b\n"),
        method="all code blocks",
    ),
)

FENCES = (
    Case("no end", f"Here:\n```python\n{ADD}"),
    Case(
        "no end, cut off in what follows",
        f"```python\n{ADD}\ndef main():\n    print(add(",
        method="last code block, cut before line 4",
    ),
    Case("no end, and prose", f"```python\n{ADD}\nThis isn't hard.\n", method="last code block, cut before line 4"),
    Case("a fence in a docstring", block(f"{DOC}{ADD}")),
    Case("an empty fence in a docstring", block(f'"""\n```\nadd(1, 2)\n```\n"""\n{ADD}')),
    Case(
        "a fence in a docstring, indented",
        block('def add(a, b):\n    """\n    ```\n    add(1, 2)\n    ```\n    """\n    return a + b\n'),
    ),
    Case("a fence in a docstring, and an example", f"{block(f'{DOC}{ADD}')}So:\n{block('print(add(1, 2))')}"),
    Case("another function in the docstring", block(f"'''\n```python\n{WRONG}```\n'''\n{ADD}")),
    Case("no fence but in the docstring", f'"""\n```python\n{WRONG}```\n"""\n{ADD}', method="whole reply"),
    Case("a block in a Markdown block of four", f"````markdown\n# Sum\n{block(ADD)}````\n"),
    Case("a block in a Markdown block of three", f"```markdown\n# Sum\n{block(ADD)}```\n"),
    Case("a second fence without an end of the first", f"```python\nx = (\n\nBetter:\n{block(ADD)}"),
    Case("its end after the last line of code", f"```python\n{ADD.rstrip()}```\nIt's done."),
    Case("its begin after prose", f"Here it is: ```python\n{ADD}```\n"),
    Case("an odd number of quotes in a comment", f"{block(f'# {chr(34) * 3}{chr(10)}{ADD}')}Done.\n{block('x = 1')}"),
    Case("code between backticks in prose", f"Use ```add``` so:\n{block(ADD)}"),
    Case("an interpreter", block(">>> def add(a, b):\n...     return a + b\n...\n>>> add(1, 2)\n3\n", "pycon")),
    Case("an interpreter, said to be Python", block(">>> def add(a, b):\n...     return a + b\n>>> add(1, 2)\n3\n")),
    Case("an interpreter without fences", ">>> def add(a, b):\n...     return a + b\n", method="whole reply"),
)

THINKING = tuple(
    Case(f"thinking: {name}", reply)
    for name, reply in (
        ("before", f"<think>\nEasy.\n</think>\n{block(ADD)}"),
        ("with a draft", f"<think>\n{block(WRONG)}</think>\n{block(ADD)}"),
        ("with a draft after the answer's name", f"<thinking>{block(WRONG)} no</thinking>\n\n{block(ADD)}"),
        ("reasoning", f"<reasoning>\n{block(WRONG)}</reasoning>{block(ADD)}"),
        ("brackets", f"[THINK]{block(WRONG)}[/THINK]\n{block(ADD)}"),
        ("capitals", f"<THINK>\n```python\nx = (\n</THINK>\n{block(ADD)}"),
        ("only its end", f"Easy.\n{block(WRONG)}</think>\n{block(ADD)}"),
        ("empty", f"<think>\n\n</think>\n\n{block(ADD)}"),
        ("twice", f"<think>a</think>\n<think>\n{block(WRONG)}</think>{block(ADD)}"),
        ("after the answer", f"{block(ADD)}<think>\n{block(WRONG)}</think>\n"),
        ("in the program", block(f'TAG = "</think>"\nTEXT = """\n<think>\n"""\n{ADD}')),
        ("in a pattern", block(f'import re\n\nTAG = re.compile("<think>.*?</think>")\n{ADD}')),
    )
)

WHOLE = tuple(
    Case(name, reply, method=method)
    for name, reply, method in (
        ("a program", ADD, "whole reply"),
        ("an indented program", lines_of(ADD, "    "), "whole reply"),
        ("prose before", f"Here it is:\n\n{ADD}", "reply from line 3"),
        ("prose after", f"{ADD}\nThis function's good.\n", "whole reply, cut before line 4"),
        (
            "prose before and after",
            f"Sure, import it:\n{ADD}\nIt works. Don't worry.\nBye!",
            "reply from line 2, cut before line 4",
        ),
        ("prose that is Python", f"{ADD}\nDone", "whole reply"),
        ("marks that are Python", f"[BEGIN]\n{ADD}[DONE]\n", "whole reply"),
        ("prose like an import", f"from what I know, this is it:\n{ADD}", "reply from line 2"),
        ("an import first", f"So:\n\nimport math\n\n\n{ADD}", "reply from line 3"),
        ("prose after an import", f"import math\n\nThen the rest:\n\n{ADD}", "reply from line 5"),
        ("decorated and no fence", f"So:\n@staticmethod\n{ADD}", "reply from line 2"),
        ("a constant first", f"So:\nONE = 1\n{ADD}", "reply from line 2"),
        ("cut off in what follows", f"{ADD}\ndef main():\n    print(add(1,", "whole reply, cut before line 4"),
        (
            "an indented block",
            f"The answer is:\n\n{lines_of(ADD, '    ')}\nIt's good.\n",
            "last indented block with the function",
        ),
        ("an output in a fence", f"{ADD}\nOutput:\n{block('3', '')}", "whole reply, cut before line 4"),
        (
            "another language in a fence",
            f"{ADD}\nRun:\n{block('python add.py', 'bash')}",
            "whole reply, cut before line 4",
        ),
        ("its end", f"{ADD.rstrip()}<|endoftext|>", "whole reply"),
    )
)

CONTINUED = tuple(
    Case(f"after a prompt: {name}", reply, "weigh([1, 2])", 30, method, PROMPT, names)
    for name, reply, method, names in (
        ("the body", BODY, "prompt + reply", ("weigh",)),
        ("the body, no name wanted", BODY, "prompt + reply", ()),
        ("an empty line first", f"\n{BODY}", "prompt + reply", ("weigh",)),
        ("the body, stripped", BODY.strip(), "prompt + reply, indented", ("weigh",)),
        ("the body, flat", FLAT, "prompt + reply, indented", ("weigh",)),
        ("several lines, stripped", lines_of(FLAT, "    ").strip(), "prompt + reply, indented", ("weigh",)),
        ("a loop first, stripped", "for x in (0,):\n        pass\n" + BODY, "prompt + reply, indented", ("weigh",)),
        ("flat, and prose", f"{FLAT}\nIt's summed up.\n", "prompt + reply, indented, cut before line 22", ("weigh",)),
        ("prose after", f"{BODY}\nThis function's good.\n", "prompt + reply, cut before line 19", ("weigh",)),
        ("indented prose after", f"{BODY}\n    This is good.\n", "prompt + reply, cut before line 19", ("weigh",)),
        ("a print after", f"{BODY}\nprint(weigh([3]))\n", "prompt + reply", ("weigh",)),
        ("a wrong test after", f"{BODY}\nassert weigh([1]) == 7\n", "prompt + reply", ("weigh",)),
        ("input after", f"{BODY}\nn = int(input())\n", "prompt + reply", ("weigh",)),
        ("the same function after", f"{BODY}\n\ndef weigh(numbers):\n    return 0\n", "prompt + reply", ("weigh",)),
        ("a comment after", f"{BODY}\n# test\n", "prompt + reply", ("weigh",)),
        (
            "a helper after",
            "    return own(numbers)\n\nTEN = 10\n\ndef own(n):\n    return sum(n) * TEN\n",
            "prompt + reply",
            ("weigh",),
        ),
        (
            "cut off in another",
            f"{BODY}\n\ndef main():\n    print(weigh(",
            "prompt + reply, cut before line 20",
            ("weigh",),
        ),
        (
            "a fence after",
            f"{BODY}```\n\nIt's good.\n{block('weigh = None')}",
            "prompt + reply, cut before line 18",
            ("weigh",),
        ),
        ("a fence after its last line", f"{BODY.rstrip()}```", "prompt + reply up to the fence", ("weigh",)),
        ("a block with the function", block(WEIGH), "last code block with the function", ("weigh",)),
        ("a block with all", block(PROMPT + BODY), "last code block with the function", ("weigh",)),
        (
            "a block with its own helper",
            block(f"def weight(n):\n    return 10 * n\n\n\n{WEIGH}"),
            "last code block with the function",
            (),
        ),
        (
            "a block from the future",
            block(f'"""Doc."""\nfrom __future__ import annotations\n{WEIGH}'),
            "last code block with the function",
            (),
        ),
        ("a block with the body", f"So:\n{block(BODY)}Good?", "prompt + last code block", ("weigh",)),
        ("a block with the flat body", f"So:\n{block(FLAT)}Good?", "prompt + last code block, indented", ("weigh",)),
        ("the body in an indented block", f"So:\n\n{BODY}\nGood?\n", "prompt + last indented block", ("weigh",)),
        ("the function, without fences", f"So:\n{WEIGH}", "reply from line 2", ("weigh",)),
        ("the function alone", WEIGH, "whole reply", ("weigh",)),
        (
            "Windows line ends",
            f"{BODY}\nIt's good.\n".replace("\n", "\r\n"),
            "prompt + reply, cut before line 19",
            ("weigh",),
        ),
        ("thinking", f"<think>Sum?</think>\n{BODY}", "prompt + reply", ("weigh",)),
    )
)
CASES = (*CHAT, *FENCES, *THINKING, *WHOLE, *CONTINUED)
