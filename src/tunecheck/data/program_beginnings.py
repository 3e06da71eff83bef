"""Beginnings of programs: a prompt that a program starts with, told from a text about one, and what completes it.

Prompts are only searched for patterns, line by line. Python's own parser can bring the process down on a text that was
made for it, and the texts come from files.
"""

from __future__ import annotations

import re

_DEF = re.compile(r"(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(")
# Lines that begin at the margin of a program; prose has no such beginning, or very seldom.
_CODE = re.compile(
    r"#|@\w|[)\]}]|[rRuUbBfF]?\"\"\"|import[ \t]+[\w.]+[ \t]*(?:,|;|#|$|as\b)|from[ \t]+[\w.]+[ \t]+import\b"
    r"|(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(|class[ \t]+\w+[ \t]*[(:]|[A-Za-z_]\w*[ \t]*(?::[^=]*)?=(?!=)"
)
_END_OF_SIGNATURE = re.compile(r":[ \t]*(?:[rRuU]?\"{6}[ \t]*)?(?:#.*)?$")
# All that the body of an unfinished function has: a docstring, comments, imports.
_UNFINISHED = re.compile(
    r"[ \t]*(?:#.*|[rRuU]?\"{6}[ \t]*(?:#.*)?|\"[^\"]*\"[ \t]*|'[^']*'[ \t]*|(?:import|from)[ \t]+\w.*)?$"
)
_LONG_QUOTES = re.compile(r"\"{3}|'{3}")


def unfinished_name(prompt: str) -> str:
    """The name of the function that the prompt breaks off in, after its signature or docstring; "" where it does not.

    So HumanEval writes its prompts. A prompt with a line of prose, or whose last function has a body, is none.

    >>> unfinished_name("import math\\n\\ndef area(r):\\n    'Of a circle.'\\n"), unfinished_name("Write area(r).")
    ('area', '')
    """
    code = _without_long_texts(prompt)
    if code is None:
        return ""
    lines = [line.rstrip("\r") for line in code.split("\n")]
    places = [place for place, line in enumerate(lines) if _DEF.match(line)]
    if not places or not all(_is_code(line) for line in lines[: places[-1]]):
        return ""
    start = places[-1]
    end = next((place for place in range(start, len(lines)) if _END_OF_SIGNATURE.search(lines[place])), None)
    if end is None or not all(_is_code(line) for line in lines[start:end]):
        return ""
    name = _DEF.match(lines[start])
    return name[1] if name and all(map(_UNFINISHED.match, lines[end + 1 :])) else ""


def defines(program: str, name: str) -> bool:
    """Whether a line at the margin of the program begins the function of that name."""
    return any(found[1] == name for found in map(_DEF.match, program.split("\n")) if found)


def completed(prompt: str, reference: str, name: str) -> str:
    """The program of a prompt that breaks off in the function ``name``, and of a reference: its body, or all of it.

    Where the reference has the function itself, what stands before it in the prompt (imports, other functions) goes
    before it here too.
    """
    if not defines(reference, name):
        return _joined(prompt, reference)
    lines = prompt.split("\n")
    start = max(place for place, line in enumerate(lines) if _DEF.match(line))
    head = "\n".join(lines[:start])
    return f"{head.rstrip()}\n\n{reference}" if head.strip() else reference


def _joined(prompt: str, body: str) -> str:
    if not body[:1].isspace():
        return prompt + body  # The prompt may end with the indentation of its next line.
    start = prompt.rstrip(" \t")
    return start + body if not start or start.endswith("\n") or body[0] in "\r\n" else f"{start}\n{body}"


def _is_code(line: str) -> bool:
    return not line.strip() or line[0] in " \t" or _CODE.match(line) is not None


def _without_long_texts(text: str) -> str | None:
    '''The text with nothing between its triple quotes, all of them written """; None where the last is not closed.'''
    parts: list[str] = []
    place = 0
    while opened := _LONG_QUOTES.search(text, place):
        end = text.find(opened[0], opened.end())
        if end < 0:
            return None
        parts.append(text[place : opened.start()] + '""""""')
        place = end + 3
    return "".join(parts) + text[place:]
