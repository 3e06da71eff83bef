r"""Hidden characters carried through a Markdown reader unharmed, to be spelled out behind it.

A Markdown reader drops or changes some of them (NUL, line separators at the ends of paragraphs), so each travels as
its number between two noncharacters. Text can bring neither along: they are hidden themselves, and no entity names one.
"""

from __future__ import annotations

import re

from markupsafe import Markup

from tunecheck.report.text import visible_html

_SPELLED = re.compile(r'<span class="esc">\\[xuU]([0-9a-f]+)</span>')
_CARRIED = re.compile("\ufdd0([0-9a-f]+)\ufdd1")
_NEIGHBOURS = '</span><span class="esc">'


def carried(text: str) -> str:
    r"""``text`` with each hidden character as ``\ufdd0`` number ``\ufdd1``.

    >>> carried("a\x00<b>") == "a\ufdd000\ufdd1<b>"
    True
    """
    html = visible_html(text)
    return Markup(_SPELLED.sub("\ufdd0\\1\ufdd1", html)).unescape() if _SPELLED.search(html) else text  # noqa: S704


def original(text: str) -> str:
    """The text that ``carried`` was given."""
    return _CARRIED.sub(lambda found: chr(int(found[1], 16)), text)


def spelled(text: str) -> Markup:
    """Escaped HTML of a text that was not carried; a run of hidden characters is one marked span."""
    return Markup(visible_html(text).replace(_NEIGHBOURS, ""))  # noqa: S704 (joins spans that are ours)


def shown(text: str) -> Markup:
    """Escaped HTML of a carried text."""
    return spelled(original(text))
