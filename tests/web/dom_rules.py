"""What stands in a document beyond an allow-list: elements, attributes and values, each told with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

Allowed = Mapping[str, Mapping[str, re.Pattern[str]]]
"""Element -> attribute -> what its value matches in full."""

_EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})


def beyond(document: str, allowed: Allowed) -> list[str]:
    """Each element, attribute or value of ``document`` outside ``allowed``, and each that is not closed in order."""
    reader = _Reader(allowed)
    reader.feed(document)
    reader.close()
    return reader.found + [f"<{tag}> is not closed" for tag in reader.open]


def text_of(document: str) -> str:
    """The text between the elements, as it stands, without styles and scripts."""
    reader = _Reader({})
    reader.feed(document)
    reader.close()
    return "".join(reader.texts)


class _Reader(HTMLParser):
    def __init__(self, allowed: Allowed) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self._allowed = allowed

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        if tag not in self._allowed:
            self.found.append(f"line {line}: <{tag}>")
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.found.append(f"line {line}: <{tag}> names an attribute twice")
        for name, value in attrs:
            pattern = self._allowed.get(tag, {}).get(name)
            if pattern is None or not pattern.fullmatch(value or ""):
                self.found.append(f"line {line}: <{tag} {name}={value!r}>")
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.found.append(f"line {self.getpos()[0]}: </{tag}> closes nothing")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"line {self.getpos()[0]}: a comment")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"line {self.getpos()[0]}: a processing instruction")

    def unknown_decl(self, data: str) -> None:
        self.found.append(f"line {self.getpos()[0]}: a declaration")

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.texts.append(data)
