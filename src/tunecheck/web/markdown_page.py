"""Markdown of an answer as HTML without addresses: links and images are words, headings stay below the page's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from tunecheck.web.carried import carried, shown
from tunecheck.web.latex_source import add_latex
from tunecheck.web.rendered_code import MARKED_CHARACTERS, rendered_code
from tunecheck.web.whole_tables import add_tables

# The reader drops what is nested deeper, and browsers grow slow.
MOST_NESTED = 20
MOST_TOKENS = 20_000
_PAGE_HEADINGS = 2
_DIRECTED = frozenset({"p", "ul", "ol", "blockquote", "table", "h3", "h4", "h5", "h6"})


def markdown_html(text: str) -> str | None:
    """HTML of Markdown ``text``, not yet cleaned; ``None`` where it is nested too deep or has too many parts."""
    parser = _parser()
    tokens = parser.parse(carried(text.replace("\r\n", "\n")))
    if not _is_modest(tokens):
        return None
    n_code = 0
    for token in tokens:
        _settle(token)
        if token.type == "fence":
            n_code += len(token.content)
            token.meta["marked"] = n_code <= 3 * MARKED_CHARACTERS
    return str(parser.renderer.render(tokens, parser.options, {}))


class _Inert(RendererHTML):
    """Writes text through ``shown``, and no element or attribute that the page does not allow."""

    def __init__(self, parser: MarkdownIt | None = None) -> None:
        super().__init__(parser)
        self.rules = {kind: _one_token(write) for kind, write in _WRITERS.items()}  # type: ignore[misc]


def _one_token(write: Callable[[Token], str]) -> Callable[..., str]:
    def rule(tokens: Sequence[Token], place: int, *_: object) -> str:
        return write(tokens[place])

    return rule


def _fence(token: Token) -> Markup:
    info = token.info.strip()
    label = Markup('<span class="info">{}\n</span>').format(shown(info)) if info else ""
    language = info.split(maxsplit=1)[0] if info and token.meta["marked"] else ""
    return Markup('<pre dir="ltr">{}<code>{}</code></pre>\n').format(label, rendered_code(token.content, language))


def _image(token: Token) -> Markup:
    words, address = shown(token.content), _address(token, "src")
    return Markup('<span class="image" dir="auto">[image: {} ({})]</span>').format(words, address)


def _link_close(token: Token) -> Markup:
    opened = token.meta["opened"]
    if opened.markup == "autolink":
        return Markup("</span>")
    return Markup('</span> <span class="address" dir="auto">({})</span>').format(_address(opened, "href"))


def _address(token: Token, name: str) -> Markup:
    """Where a link leads, with its title: nothing that was written goes unseen."""
    title = token.attrGet("title")
    address = shown(str(token.attrGet(name) or ""))
    return Markup('{} "{}"').format(address, shown(str(title))) if title else address


_WRITERS: dict[str, Callable[[Token], str]] = {
    "code_block": lambda token: Markup('<pre dir="ltr"><code>{}</code></pre>\n').format(shown(token.content)),
    "code_inline": lambda token: Markup("<code>{}</code>").format(shown(token.content)),
    "fence": _fence,
    "hardbreak": lambda _: "<br>\n",
    "image": _image,
    "latex": lambda token: Markup('<span class="latex">{}</span>').format(shown(token.content)),
    "latex_block": lambda token: Markup('<pre class="latex" dir="ltr"><code>{}</code></pre>\n').format(
        shown(token.content)
    ),
    "link_close": _link_close,
    "link_open": lambda _: '<span class="link">',
    "softbreak": lambda _: "<br>\n",
    "text": lambda token: shown(token.content),
}


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MOST_NESTED}, renderer_cls=_Inert)
    parser.enable("strikethrough")
    # Definitions of addresses stay text where they stand: links by number lead nowhere here, and nothing vanishes.
    parser.disable(["normalize", "reference", "html_block", "html_inline"])
    add_tables(parser)
    add_latex(parser)
    # No address is ever followed, so each is shown as it was written, dangerous ones too.
    parser.validateLink = bool  # type: ignore[method-assign, assignment]
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    return parser


def _is_modest(tokens: Sequence[Token]) -> bool:
    every = list(islice(_all_tokens(tokens), MOST_TOKENS + 1))
    return len(every) <= MOST_TOKENS and all(token.level < MOST_NESTED - 1 for token in every)


def _all_tokens(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _settle(token: Token) -> None:
    """Headings step down; a column's side becomes a class; the outermost blocks find their own direction.

    Blocks inside them have none: a browser would leave such a block out when it finds the direction of the outer one.
    """
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(6, int(token.tag[1:]) + _PAGE_HEADINGS)}"
    side = token.attrs.pop("style", None)
    if side is not None:
        token.attrs["class"] = str(side).removeprefix("text-align:")
    if token.nesting == 1 and token.level == 0 and token.tag in _DIRECTED:
        token.attrs["dir"] = "auto"
    opened: list[Token] = []
    for child in token.children or ():
        if child.type == "link_open":
            opened.append(child)
        elif child.type == "link_close":
            child.meta["opened"] = opened.pop()
