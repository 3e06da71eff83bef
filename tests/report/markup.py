"""A page as its elements, attributes and text, read by Python's own HTML parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_TAGS = """
    html head meta title style body header main nav footer section div p h1 h2 h3 h4 h5 a ol ul li span strong code
    table caption thead tbody tr th td dl dt dd figure figcaption pre details summary
    svg g path line rect circle text
"""
_ATTRIBUTES = """
    lang charset name content http-equiv class id href dir scope role aria-label aria-labelledby aria-hidden viewbox
    d x y x1 x2 y1 y2 cx cy r width height fill stroke stroke-width stroke-dasharray stroke-linecap opacity
    transform fill-opacity stroke-opacity text-anchor font-size font-weight
"""
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
_INLINE = {"span", "a", "strong", "code"}


@dataclass
class Markup:
    """What stands in a page: (tag, attributes) in order, and the text between them."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    @property
    def structure(self) -> list[tuple[str, str]]:
        """Tags and classes in order, without the spans that mark an escape: the same for any harmless text."""
        seen = [(tag, attributes.get("class", "")) for tag, attributes in self.elements]
        return [element for element in seen if element != ("span", "esc")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.markup = Markup()
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.markup.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._in_style = tag == "style"
        if tag not in _INLINE:
            self.markup.texts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.markup.texts.append(data)


def parsed(page: str) -> Markup:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.markup


def assert_only_our_markup(markup: Markup) -> None:
    """No element, attribute or address that the template does not write itself."""
    assert {tag for tag, _ in markup.elements} <= TAGS
    assert {name for _, attributes in markup.elements for name in attributes} <= ATTRIBUTES
    ids = markup.attributes("id")
    assert len(ids) == len(set(ids))
    assert {address[:1] for address in markup.attributes("href")} <= {"#"}
    assert {address[1:] for address in markup.attributes("href")} <= set(ids)
