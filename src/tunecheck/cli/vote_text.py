"""Text of a rater's screen: lines of data and models in which nothing can act, and the parts that all screens have."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import click
from rich.cells import cell_len, chop_cells

from tunecheck.report.text import visible

WIDEST = 100
NARROWEST = 24
# Markdown written to be slow takes its time beyond.
MARKDOWN_CHARACTERS = 20_000
# The reader leaves out what is nested deeper than 20.
_DEEPEST = 16
_STAY_SOURCE = ["reference", "link", "image", "autolink", "html_block", "html_inline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """Bold and dim text, or plain text where nobody wants them."""

    is_styled: bool = False

    def bold(self, text: str) -> str:
        """Text that is looked at first."""
        return click.style(text, bold=True) if self.is_styled else text

    def dim(self, text: str) -> str:
        """Text beside the matter."""
        return click.style(text, dim=True) if self.is_styled else text

    def marked(self, text: str) -> str:
        """Text that is marked, by more than a colour; in brackets where there is no style."""
        return click.style(text, bold=True, underline=True) if self.is_styled else f"[{text}]"


def question_lines(prompt: str, reference: str, *, has_peeked: bool, width: int, ink: Ink) -> Iterator[str]:
    """The prompt, and the reference if it was looked at, both whole.

    Whatever the data and the models wrote is indented, so that it cannot pass for a heading.
    """
    yield from ("", ink.bold("Prompt"))
    yield from indented(wrapped(prompt, width - 2))
    if reference and has_peeked:
        yield from ("", ink.bold("Reference"))
        yield from indented(wrapped(reference, width - 2))
    elif reference:
        yield ""
        yield from dimmed("There is a reference: r shows it. Looking is noted.", width, ink)


def advice_lines(
    heading: str, advice: Sequence[str], *, instructions: str, width: int, ink: Ink, greeting: str = ""
) -> Iterator[str]:
    """How to go about it: a greeting, the owner's own words, and general ones, each behind a dash."""
    if greeting:
        yield from (*wrapped(greeting, width), "")
    yield ink.bold(heading)
    if instructions:
        yield from (*indented(wrapped(instructions, width - 2)), "")
    for one in advice:
        first, *rest = wrapped(one, width - 4)
        yield from (f"  - {first}", *(f"    {line}" for line in rest))


def key_lines(keys: Sequence[tuple[str, str]], width: int, ink: Ink) -> Iterator[str]:
    """All keys, each on a line of its own."""
    yield from ("", ink.bold("Keys"))
    for key, text in keys:
        first, *rest = wrapped(text, width - 9)
        yield from (f"  {key:<6} {first}", *(f"{'':9}{line}" for line in rest))


def dimmed(text: str, width: int, ink: Ink) -> Iterator[str]:
    """A text beside the matter, on lines."""
    yield from (ink.dim(line) for line in wrapped(text, width))


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Lines that cannot pass for a heading."""
    return (f"  {line}".rstrip() for line in lines)


def wrapped(text: str, width: int) -> list[str]:
    r"""``text`` on lines of at most ``width`` cells, broken between words where it can be; hidden characters spelled.

    >>> wrapped("one two\x1b[2J", 8)
    ['one', 'two\\x1b[', '2J']
    """
    lines = visible(text.replace("\r\n", "\n")).expandtabs(4).split("\n")
    return [part for line in lines for part in _parts(line, max(width, 4))]


def as_markdown(text: str, width: int) -> list[str]:
    """``text`` set as Markdown in plain characters; as written if it is long, or nested deep.

    Tables, links, images, HTML and definitions of addresses stay source, so that nothing of an answer is left out.
    """
    if len(text) > MARKDOWN_CHARACTERS:
        return wrapped(text, width)
    from markdown_it import MarkdownIt
    from rich.console import Console
    from rich.markdown import Markdown

    parser = MarkdownIt("commonmark").enable("strikethrough").disable(_STAY_SOURCE)
    tokens = parser.parse(visible(text.replace("\r\n", "\n")))
    if max((token.level for token in tokens), default=0) > _DEEPEST:
        return wrapped(text, width)
    for token in tokens:
        for child in token.children or ():
            # Lines end where their writer ended them, or the rows of a table would run together.
            child.type = "hardbreak" if child.type == "softbreak" else child.type
    document, out = Markdown(""), io.StringIO()
    document.parsed = tokens
    Console(file=out, width=width, color_system=None, force_terminal=False).print(document)
    # Entities become characters after the first pass, and may be hidden ones.
    return [part for line in out.getvalue().rstrip().split("\n") for part in wrapped(line.rstrip(), width)]


def _parts(line: str, width: int) -> Iterator[str]:
    # Eight marks may stand on one letter, so this many characters always fill a line.
    most = 10 * width
    while cell_len(line[:most]) > width:
        head = chop_cells(line[:most], width)[0]
        space = len(head) if line[len(head)] == " " else head.rfind(" ")
        at = space if head[: max(space, 0)].strip() else len(head)
        at = max(at, 1)
        yield line[:at].rstrip()
        line = line[at:].lstrip(" ")
    yield line
