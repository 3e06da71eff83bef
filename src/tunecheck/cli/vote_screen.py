"""What a rater sees in the terminal: an answer, its axes and the guide, in lines in which no text can act."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import click
from rich.cells import cell_len, chop_cells

from tunecheck.core import Axis, ReviewStudy
from tunecheck.report.text import shortened, visible
from tunecheck.runner import Look, RatingDesk
from tunecheck.study import Slot, Standing

WIDEST = 100
NARROWEST = 24
# Markdown written to be slow takes its time beyond.
MARKDOWN_CHARACTERS = 20_000
KEYS = (
    ("1-5", "rate, and on to the next axis"),
    ("0", "n/a on this axis"),
    ("Enter", "next answer"),
    ("p", "previous answer"),
    ("u", "undo, as often as you like"),
    ("j k", "axis down, up"),
    ("n", "write a note"),
    ("r", "show the reference"),
    ("m", "Markdown or as written"),
    ("c", "cannot judge"),
    ("g ?", "this guide"),
    ("q", "quit; everything is kept"),
)
_SHORT_KEYS = "1-5 rate  0 n/a  Enter next  p previous  u undo  n note  g all keys  q quit"
_NO_VALUE = "·"
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


def answer_page(
    desk: RatingDesk, look: Look[Standing], slot: Slot, *, width: int, ink: Ink, is_markdown: bool = False
) -> Iterator[str]:
    """Where the rater is, the prompt, the reference if it was looked at, and the answer, all of them whole.

    Whatever the data and the models wrote is indented, so that it cannot pass for a heading.
    """
    answer = desk.study.answers[slot.entry]
    yield ink.bold(f"Answer {desk.place(slot) + 1:,} of {len(desk.slots):,}") + f" · {look.progress.words}"
    yield from ("", ink.bold("Prompt"))
    yield from _indented(wrapped(answer.prompt, width - 2))
    if answer.reference and look.at(slot).has_peeked:
        yield from ("", ink.bold("Reference"))
        yield from _indented(wrapped(answer.reference, width - 2))
    elif answer.reference:
        yield ""
        yield from (ink.dim(line) for line in wrapped("There is a reference: r shows it. Looking is noted.", width))
    yield from ("", ink.bold("Answer"))
    if not answer.generated.strip():
        yield ink.dim("(the answer is empty)")
    elif is_markdown:
        yield from _indented(as_markdown(answer.generated, width - 2))
    else:
        yield from _indented(wrapped(answer.generated, width - 2))


def axes_block(study: ReviewStudy, own: Standing, current: int, *, width: int, ink: Ink) -> Iterator[str]:
    """Each axis with its value and question, the current one with what 1 and 5 stand for; then note and reason."""
    titles = [shortened_title(axis) for axis in study.axes]
    column = max(map(cell_len, titles))
    yield ""
    for at, (axis, title) in enumerate(zip(study.axes, titles, strict=True)):
        head = f"{'>' if at == current else ' '} {title}{' ' * (column - cell_len(title))}  {value_of(axis, own):<3}  "
        is_narrow = width - cell_len(head) < NARROWEST
        margin = " " * (4 if is_narrow else cell_len(head))
        words = wrapped(axis.question, width - len(margin))
        if at == current:
            words += wrapped(f"1 {axis.anchors[0]} … 5 {axis.anchors[4]}", width - len(margin))
        beside = "" if is_narrow else words.pop(0)
        yield (ink.bold(head) + beside) if at == current else head + (ink.dim(beside) if beside else "")
        yield from (margin + ink.dim(line) for line in words)
    for label, text in (("Note", own.note), ("Cannot judge", own.blocked)):
        if text:
            yield from wrapped(f"{label}: {shortened(text, 300)}", width)


def keys_line(width: int, ink: Ink) -> Iterator[str]:
    """The keys that are needed most; the guide has all."""
    yield from (ink.dim(line) for line in wrapped(_SHORT_KEYS, width))


def guide(desk: RatingDesk, *, width: int, ink: Ink, greeting: str = "") -> Iterator[str]:
    """How to rate, the keys, and what the values of each axis stand for."""
    study = desk.study
    if greeting:
        yield from (*wrapped(greeting, width), "")
    yield ink.bold("How to rate")
    if study.instructions:
        yield from (*_indented(wrapped(study.instructions, width - 2)), "")
    mixed = "; several models may have written them" if study.is_blind else ""
    for advice in (
        f"Judge each answer by itself, against the prompt. You do not see where an answer comes from{mixed}.",
        "The reference is one good answer, not the only one. Looking at it is noted.",
        "Say n/a where an axis has no meaning for an answer, and that you cannot judge where you lack the knowledge.",
        "Everything is kept as you go: quit when you like, and go on here or on the page.",
    ):
        first, *rest = wrapped(advice, width - 4)
        yield from (f"  - {first}", *(f"    {line}" for line in rest))
    yield from ("", ink.bold("Keys"))
    yield from (f"  {key:<6} {text}" for key, text in KEYS)
    for axis in study.axes:
        yield from ("", ink.bold(shortened_title(axis)))
        yield from _indented(wrapped(axis.question, width - 2))
        for value, anchor in enumerate(axis.anchors, 1):
            yield from _indented(wrapped(f"{value} {anchor}", width - 2))


def finished_page(look: Look[Standing], *, ink: Ink) -> Iterator[str]:
    """What stands where nothing is left to rate."""
    yield ink.bold(f"All {look.progress.n_total:,} answers are rated. Thank you.")
    yield from ("", "You can still change your mind: p goes back through the sheet. q or Enter ends.")


def value_of(axis: Axis, own: Standing) -> str:
    """The value of an axis, n/a, or a dot where none is there."""
    return "n/a" if axis.name in own.not_applicable else str(own.scores.get(axis.name, _NO_VALUE))


def shortened_title(axis: Axis) -> str:
    """An axis's title on one line."""
    return shortened(" ".join(visible(axis.title).split()), 24)


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


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}".rstrip() for line in lines)
