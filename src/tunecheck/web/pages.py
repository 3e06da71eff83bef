"""Pages: templates filled in; all that is not our own markup is escaped, and what is invisible is spelled out."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from tunecheck.report.text import shortened, visible, visible_html
from tunecheck.web.rendering import raw, rendered


def page(name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A template as an answer."""
    html = environment().get_template(name).render(**values)
    return HTMLResponse(html.encode("utf-8", "replace"), status_code=status)


@cache
def environment() -> Environment:
    """Every value that a template prints passes ``_shown``, so that no filter can be forgotten."""
    made = Environment(
        loader=PackageLoader("tunecheck.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        # For attributes, where no markup can stand.
        "plain": lambda text: Markup(escape(visible(shortened(str(text), 140)))),  # noqa: S704 (escaped)
        # For a text that the rater wrote and goes on writing: all of it, character for character.
        "plain_text": lambda text: Markup(escape(str(text))),  # noqa: S704 (escaped)
        "rendered": _rendered,
        "raw": _raw,
    }
    return made


# Setting a long answer takes tenths of a second, and raters see the same ones.
@lru_cache(maxsize=256)
def _rendered(text: str) -> Markup:
    return rendered(text)


@lru_cache(maxsize=256)
def _raw(text: str) -> Markup:
    return raw(text)


def _shown(value: Any) -> Markup:
    return value if isinstance(value, Markup) else visible_html(shortened(str(value)))
