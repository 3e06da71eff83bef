"""What a rater of answers sees in the terminal: an answer, its axes and the guide."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from tunecheck.cli.vote_text import (
    NARROWEST,
    Ink,
    advice_lines,
    as_markdown,
    dimmed,
    indented,
    key_lines,
    question_lines,
    wrapped,
)
from tunecheck.core import Axis, ReviewStudy
from tunecheck.report.text import shortened, visible
from tunecheck.runner import Desk, Look
from tunecheck.study import Slot, Standing

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


def answer_page(
    desk: Desk[ReviewStudy, Slot, Standing],
    look: Look[Standing],
    slot: Slot,
    *,
    width: int,
    ink: Ink,
    is_markdown: bool = False,
) -> Iterator[str]:
    """Where the rater is, the prompt, the reference if it was looked at, and the answer, all of them whole."""
    answer, own = desk.study.answers[slot.entry], look.at(slot)
    yield ink.bold(f"Answer {desk.place(slot) + 1:,} of {len(desk.slots):,}") + f" · {look.progress.words}"
    yield from question_lines(answer.prompt, answer.reference, has_peeked=own.has_peeked, width=width, ink=ink)
    yield from ("", ink.bold("Answer"))
    if not answer.generated.strip():
        yield ink.dim("(the answer is empty)")
    else:
        setting = as_markdown if is_markdown else wrapped
        yield from indented(setting(answer.generated, width - 2))


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
    return dimmed(_SHORT_KEYS, width, ink)


def guide(study: ReviewStudy, *, width: int, ink: Ink, greeting: str = "") -> Iterator[str]:
    """How to rate, the keys, and what the values of each axis stand for."""
    mixed = "; several models may have written them" if study.is_blind else ""
    advice = (
        f"Judge each answer by itself, against the prompt. You do not see where an answer comes from{mixed}.",
        "The reference is one good answer, not the only one. Looking at it is noted.",
        "Say n/a where an axis has no meaning for an answer, and that you cannot judge where you lack the knowledge.",
        "Everything is kept as you go: quit when you like, and go on here or on the page.",
    )
    yield from advice_lines(
        "How to rate", advice, instructions=study.instructions, width=width, ink=ink, greeting=greeting
    )
    yield from key_lines(KEYS, width, ink)
    for axis in study.axes:
        yield from ("", ink.bold(shortened_title(axis)))
        yield from indented(wrapped(axis.question, width - 2))
        for value, anchor in enumerate(axis.anchors, 1):
            yield from indented(wrapped(f"{value} {anchor}", width - 2))


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
