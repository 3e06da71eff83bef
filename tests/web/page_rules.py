"""What the templates of the pages may contain: their own elements and attributes, and what is written for models."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files

from tests.web.dom_rules import Allowed
from tunecheck.web.rendering import ALLOWED

_LEADS_SOMEWHERE = frozenset({"href", "src", "action"})
_STATEMENT = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S)
# Part of one element that is there at times, such as a class.
_PERHAPS = re.compile(r"\{% if [^%]*%\}[^{}<>]*\{% endif %\}")
_VALUE = re.compile(r"\{\{.*?\}\}", re.S)
_TOKEN = re.compile(r"\b[0-9a-f]{24}\b")
_HOLE = "\ue000"
_TEXTS = frozenset({"title", "aria-label", "value"})


class _Source(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, set[str]]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = self.found.setdefault(tag, {})
        for name, value in attrs:
            inserted = "[A-Za-z0-9_-]*" if name in _LEADS_SOMEWHERE else "(?s:.*)"
            parts = (re.escape(part) for part in (value or "").split(_HOLE))
            own.setdefault(name, set()).add(inserted.join(parts))


def pages_rules() -> Allowed:
    """The allow-list of all templates together; an address is one of those that stand in them."""
    reader = _Source()
    for template in files("tunecheck.web").joinpath("templates").iterdir():
        source = template.read_text()
        for version in (source, _PERHAPS.sub("", source)):
            reader.feed(_VALUE.sub(_HOLE, _STATEMENT.sub("", version)))
    for tag, attributes in ALLOWED.items():
        own = reader.found.setdefault(tag, {})
        for name, pattern in attributes.items():
            own.setdefault(name, set()).add(pattern.pattern)
    return {
        tag: {name: re.compile("|".join(f"(?:{one})" for one in patterns)) for name, patterns in own.items()}
        for tag, own in reader.found.items()
    }


class _Skeleton(HTMLParser):
    """Elements in order with the attributes that do something; nothing of what stands in a container of model text."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[tuple[str, str], ...]]] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        if self._depth:
            self._depth += tag == "div"
            return
        if (tag, own.get("class")) == ("span", "esc"):
            return
        values = ((name, "" if name in _TEXTS else _TOKEN.sub("TOKEN", value or "")) for name, value in attrs)
        self.seen.append((tag, tuple(pair for pair in values if not pair[0].startswith("data-sheet"))))
        if tag == "div" and (own.get("class") or "").startswith("text model"):
            self._depth = 1

    def handle_endtag(self, tag: str) -> None:
        if self._depth and tag == "div":
            self._depth -= 1


def skeleton(page: str) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """The structure of a page, which no text may change."""
    reader = _Skeleton()
    reader.feed(page)
    reader.close()
    return reader.seen
