"""Text of models for the page, in two views: Markdown set as HTML that can do nothing, and the text as it is.

Three layers, so that no single mistake opens the page: the writer of the HTML escapes every piece, a second reader
(ammonia, by way of nh3) keeps only what ``ALLOWED`` names, and the page's content policy runs and loads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import nh3
from markupsafe import Markup

from tunecheck.web.carried import spelled
from tunecheck.web.markdown_page import markdown_html

# Some 3,000 words: Markdown written to be slow takes about a second beyond it.
MARKDOWN_CHARACTERS = 20_000
MOST_CHARACTERS = 200_000

_DIRECTION = re.compile("auto|ltr")
_SIDE = re.compile("left|right|center")
_BLOCK: Mapping[str, re.Pattern[str]] = {"dir": _DIRECTION}
ALLOWED: Mapping[str, Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "p": {**_BLOCK, "class": re.compile("notice")},
        "pre": {**_BLOCK, "class": re.compile("raw|latex")},
        "ol": {**_BLOCK, "start": re.compile("[0-9]{1,9}")},
        "span": {**_BLOCK, "class": re.compile("esc|kw|st|nu|co|na|bu|link|address|image|info|latex")},
        "th": {"class": _SIDE},
        "td": {"class": _SIDE},
        **dict.fromkeys(("ul", "blockquote", "table", "h3", "h4", "h5", "h6"), _BLOCK),
        **{tag: {} for tag in ("br", "li", "code", "strong", "em", "s", "thead", "tbody", "tr", "hr")},
    }
)
"""Each element that ``rendered`` and ``raw`` write, with its attributes and what their values match in full."""


def rendered(text: str) -> Markup:
    """``text`` read as Markdown; as it is, under a notice, if it is long, nested deep, or of very many parts.

    Links and images are words with their address beside them; formulas, HTML and definitions of addresses stay source.
    """
    if len(text) > MARKDOWN_CHARACTERS:
        return _notice("This text is too long to be shown as Markdown, so here it is as written.") + raw(text)
    html = markdown_html(text)
    if html is None:
        return _notice("The Markdown of this text is too intricate to be shown, so here it is as written.") + raw(text)
    return _cleaned(html)


def raw(text: str) -> Markup:
    """``text`` as it is, in a ``pre``: spaces and line ends kept, hidden characters spelled out, no markup read.

    At most 200,000 characters, and then how many are missing.
    """
    # The inner element keeps a first line end, which browsers drop right after ``<pre>``.
    page = Markup('<pre class="raw" dir="auto"><code>{}</code></pre>').format(spelled(text[:MOST_CHARACTERS]))
    n_left_out = len(text) - MOST_CHARACTERS
    return page + _notice(f"{n_left_out:,} more characters are not shown.") if n_left_out > 0 else page


def _notice(sentence: str) -> Markup:
    return Markup('<p class="notice">{}</p>').format(sentence)


def _cleaned(html: str) -> Markup:
    return Markup(_cleaner().clean(html))  # noqa: S704 (what is left is in ALLOWED)


def _permitted(tag: str, name: str, value: str) -> str | None:
    pattern = ALLOWED.get(tag, {}).get(name)
    return value if pattern and pattern.fullmatch(value) else None


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(ALLOWED),
        attributes={tag: set(attributes) for tag, attributes in ALLOWED.items()},
        attribute_filter=_permitted,
        url_schemes=set(),
        link_rel=None,
    )
