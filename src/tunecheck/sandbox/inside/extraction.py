"""Extraction: the program in what a model replied, or why there is none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .beginnings import HEAD, indented
from .fences import dedented
from .parsing import Broken, Parser, Program
from .search import Search
from .thinking import without_thinking

MAX_CHARACTERS = 1_000_000
# The names of a program are normalised when it is read, which takes quadratic time for one long run (UAX 15, 13.3).
MAX_MARKS_IN_A_ROW = 100
MAX_NAMES = 5
_BEFORE_TEXT = "\ufeff\u200b\u200c\u200d\u2060"
_AFTER_TEXT = ("<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "</s>", "<eos>")
_LIKE_CODE = re.compile(
    r"[ \t]*(?:return[ \t(\[{-]|(?:async[ \t]+)?(?:def|class|for|while|if|with)[ \t][^\n]*:[ \t]*$|(?:else|try)[ \t]*:"
    r"|@\w|import[ \t]+\w[\w., ]*$|from[ \t]+[\w.]+[ \t]+import[ \t]"
    r"|[A-Za-z_][\w.\[\]]*[ \t]*[-+*/%|&]?=[ \t]*[^\s=]|[A-Za-z_][\w.]*\([^\n]*\)[ \t]*$)"
)
_LANGUAGE_NAME = re.compile(r"[\w+#.-]{1,20}")


class Extracted(NamedTuple):
    """The program in a reply.

    code        the whole program to run, or "" where there is none
    method      how it was found, for people
    problem     "", "no_code", "syntax_error" or "missing_entry"
    detail      the problem, for people
    is_cut_off  the last fence has no end
    """

    code: str
    method: str
    problem: str
    detail: str
    is_cut_off: bool


def extract(
    reply: str, *, prompt: str = "", entry_points: Sequence[str] = (), parser: Parser | None = None
) -> Extracted:
    """The program in what a model replied; never raises. Work is linear in the length of the reply.

    ``prompt`` is given where it is the beginning of the program, and ``entry_points`` are the names that the program
    has to define, where they are known. Ways, of which the first that leads to a program with these names is taken:

    1. the reply as it is; after the prompt, where it begins like the body of a function
    2. the last code block with the function and the blocks that it needs; all code blocks together; the last one up to
       where it was cut off. All this again with fences read loosely
    3. what is outside of fences, from the first line of code to the last, and its indented blocks
    4. after the prompt: the last code block; the reply up to a fence; these indented, as they may be a body without it

    A program that is found by 1 to 3 goes after the imports and helpers of the prompt.

    >>> extract("Here it is:\\n```python\\ndef add(a, b):\\n    return a + b\\n```", entry_points=["add"]).code
    'def add(a, b):\\n    return a + b\\n'
    """
    if len(reply) > MAX_CHARACTERS:
        return _none(f"the reply has {len(reply):,} characters, and code is looked for in at most {MAX_CHARACTERS:,}")
    text = _plain(reply)
    if not text.strip():
        return _none("the reply is empty")
    if _has_long_marks(text):
        return _none(f"the reply has over {MAX_MARKS_IN_A_ROW} combining marks in a row")
    answer = without_thinking(text)
    if answer is None:
        return _none("the thinking has no end")
    if not answer.strip():
        return _none("the reply holds only thinking")
    search = Search(answer, _newlines(prompt), entry_points, parser or Parser())
    found = search.run()
    if found is None:
        return _problem(search)
    return Extracted(found.code, found.method, "", "", found.is_cut_off)


def _plain(reply: str) -> str:
    """The reply with "\\n" at the end of lines, and without marks of encodings and of the ends of replies."""
    text = _newlines(reply).lstrip(_BEFORE_TEXT)
    kept = end = len(text)
    while end:
        mark = next((mark for mark in _AFTER_TEXT if text.endswith(mark, 0, end)), "")
        if mark:
            kept = end = end - len(mark)
        elif text[end - 1].isspace():
            end -= 1
        else:
            break
    return text[:kept]


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _has_long_marks(text: str) -> bool:
    n_marks = 0
    for character in "" if text.isascii() else text:
        n_marks = n_marks + 1 if unicodedata.combining(character) else 0
        if n_marks > MAX_MARKS_IN_A_ROW:
            return True
    return False


def _problem(search: Search) -> Extracted:
    """Why no program was found, with the code that came closest."""
    blocks = [block for block in search.blocks if block.is_tagged or _is_like_code(block.code)]
    parsed = [search.parser.parse(block.code) for block in blocks]
    method = "last code block"
    if not parsed and _is_like_code(search.prose):
        method, closest = _closest(search)
        parsed = [closest]
    errors = [one for one in parsed if isinstance(one, Broken)]
    programs = [one for one in parsed if isinstance(one, Program) and not one.is_words]
    # A wanted function that is broken says more than an example that calls it and is whole.
    for error in [one for one in reversed(errors) if not programs or search.wanted & _heads(one.text)][:1]:
        return Extracted(error.text, method, "syntax_error", error.detail, search.is_cut_off)
    if programs:
        program = next((one for one in reversed(programs) if one.has_definition), programs[-1])
        return Extracted(program.text, method, "missing_entry", _missing(program, search.wanted), search.is_cut_off)
    others = [one.language for one in search.strict.blocks if one.is_foreign and _LANGUAGE_NAME.fullmatch(one.language)]
    only = f"no Python, only {_listed(dict.fromkeys(others))}" if others and not search.blocks else "no code"
    return _none(f"the reply holds {only}", is_cut_off=search.is_cut_off)


def _closest(search: Search) -> tuple[str, Program | Broken]:
    """What a reply without code blocks was probably meant to be."""
    lines = search.prose.split("\n")
    at = next((index for index, line in enumerate(lines) if HEAD.match(line)), None)
    if at is not None:
        text = "\n".join(lines[at:])
        cut = search.cut(text)
        return "whole reply", cut[0] if cut else search.parser.parse(text)
    whole = search.parser.parse(dedented(search.prose))
    if isinstance(whole, Program) or not search.beginning.unfinished:
        return "whole reply", whole
    start, body = search.beginning.on_new_line, search.prose
    body = body if body[:1].isspace() else indented(body, start.indent)
    return "prompt + reply", search.parser.parse(start.text + body)


def _is_like_code(text: str) -> bool:
    return any(_LIKE_CODE.match(line) for line in text.split("\n"))


def _heads(text: str) -> set[str]:
    return {match[1] for line in text.split("\n") if (match := HEAD.match(line))}


def _missing(program: Program, wanted: frozenset[str]) -> str:
    own = [one for one in program.statements if one.is_definition] or program.statements
    defined = dict.fromkeys(name for one in own for name in sorted(one.defines))
    return f"defines {_listed(defined) or 'nothing'}, not {_listed(sorted(wanted - program.defines))}"


def _listed(names: Iterable[str]) -> str:
    """Some names, each cut to be short; they come from the reply."""
    listed = [name[:60] for name in names]
    more = f" and {len(listed) - MAX_NAMES} more" if len(listed) > MAX_NAMES else ""
    return ", ".join(listed[:MAX_NAMES]) + more


def _none(detail: str, *, is_cut_off: bool = False) -> Extracted:
    return Extracted("", "", "no_code", detail, is_cut_off)
