"""A block of code as escaped HTML, its words marked by kind if the language is known and the block of usual size."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any

from markupsafe import Markup

from tunecheck.report.code_view import class_of
from tunecheck.web.carried import original, spelled

# A lexer is a pile of regular expressions, slow on text written to be slow; Java's takes seconds for empty lines.
MARKED_CHARACTERS = 4_000
_LINE_CHARACTERS = 400
_LANGUAGES = {
    "bash": "bash", "sh": "bash", "shell": "bash", "c": "c", "cpp": "cpp", "c++": "cpp", "go": "go",
    "javascript": "javascript", "js": "javascript", "json": "json", "python": "python", "py": "python",
    "python3": "python", "rust": "rust", "sql": "sql", "typescript": "typescript", "ts": "typescript", "yaml": "yaml",
}  # fmt: skip


def rendered_code(text: str, language: str = "") -> Markup:
    """HTML of carried text for a ``code`` element; a long block, or one of an unknown language, is only escaped."""
    name = _LANGUAGES.get(language.strip().lower())
    plain = original(text)
    if name is None or len(plain) > MARKED_CHARACTERS or max(map(len, plain.split("\n"))) > _LINE_CHARACTERS:
        return spelled(plain)
    words = ((class_of(token), piece) for _, token, piece in _lexer(name).get_tokens_unprocessed(plain))
    found = ((kind, "".join(piece for _, piece in run)) for kind, run in groupby(words, key=lambda word: word[0]))
    return Markup().join(_piece(kind, piece) for kind, piece in found)


def _piece(kind: str, text: str) -> Markup:
    return Markup('<span class="{}">{}</span>').format(kind, spelled(text)) if kind else spelled(text)


@cache
def _lexer(name: str) -> Any:
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped] # slow, so only for an answer with code

    return get_lexer_by_name(name)
