"""One run as text in one of three formats."""

from __future__ import annotations

import re
from typing import Literal, assert_never

from tunecheck.core import RunResult, to_json

Format = Literal["html", "markdown", "json"]

_SURROGATE = re.compile("[\ud800-\udfff]")


def render(result: RunResult, format: Format) -> str:  # noqa: A002 (the word that the command line uses)
    """The whole run as one text that UTF-8 can hold.

    ``html`` is a page that needs no other file and runs no script, ``markdown`` a short text for a pull request, and
    ``json`` the document ``tunecheck.results/1``. Lone surrogates, which UTF-8 refuses, become escapes in all three.
    """
    match format:
        case "html":
            from tunecheck.report import page

            return page.render(result)
        case "markdown":
            from tunecheck.report import markdown

            return markdown.render(result)
        case "json":
            # A surrogate can only stand inside a JSON string, where \udxxx says the same and reads back as itself.
            return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", to_json(result))
    assert_never(format)
