"""What a rater of pairs sees in the terminal: a prompt, both answers beside or below each other, and the guide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Literal

import click
from rich.cells import cell_len

from tunecheck.cli.compare_words import marked_pair
from tunecheck.cli.vote_text import (
    WIDEST,
    Ink,
    advice_lines,
    as_markdown,
    dimmed,
    indented,
    key_lines,
    question_lines,
    wrapped,
)
from tunecheck.core import PairStudy
from tunecheck.report.text import shortened
from tunecheck.runner import Look, VotingDesk
from tunecheck.study import PairSlot, PairStanding

Setting = Literal["written", "markdown", "marked"]

# A window of 120, of which one cell is left free.
LEAST_BESIDE = 119
_BETWEEN = " │ "
CHOICE_WORDS = {
    "left": "A is better",
    "right": "B is better",
    "tie": "a tie",
    "both_bad": "both bad",
    "skip": "skipped",
}
GUESS_WORDS = {"left": "A", "right": "B", "unsure": "don't know"}
KEYS = (
    ("a", "A is better"),
    ("b", "B is better"),
    ("t", "tie: both are good, and neither is better"),
    ("x", "both bad"),
    ("s", "skip: you cannot judge this pair"),
    ("u", "undo, as often as you like"),
    ("n", "write a note"),
    ("r", "show the reference"),
    ("d", "mark the words that the other answer lacks"),
    ("m", "Markdown or as written"),
    ("p", "previous pair"),
    ("Enter", "next pair without a vote"),
    ("g ?", "this guide"),
    ("q", "quit; everything is kept"),
)
_SHORT_KEYS = "a A  b B  t tie  x both bad  s skip  u undo  n note  d words  p previous  g all keys  q quit"
_GUESS_KEYS = "a A  b B  t don't know  u undo  d words  p previous  q or Enter leaves"
_MARKED = "Marked: the words that the other answer lacks, or has elsewhere. d takes the marks away."
_ADVICE = (
    "Read the prompt and both answers, and say which one you would rather have been given.",
    "The sides are shuffled: A says nothing about where an answer comes from. Some pairs may come back.",
    "The reference is one good answer, not the only one. Looking at it is noted.",
    "A vote goes on to the next pair at once; u takes it back, and p goes back to look again.",
    "Everything is kept as you go: quit when you like, and go on here or on the page.",
)


def pair_page(
    desk: VotingDesk,
    look: Look[PairStanding],
    slot: PairSlot,
    *,
    width: int,
    columns: int,
    ink: Ink,
    setting: Setting = "written",
) -> Iterator[str]:
    """Where the rater is, the prompt, the reference if it was looked at, and both answers, all of them whole.

    ``width`` is that of a line of text, ``columns`` that of the window, where the answers may stand side by side.
    """
    pair, own = desk.study.pairs[slot.entry], look.at(slot)
    if slot.is_guess:
        yield from _guess_head(desk, slot, width, ink)
    else:
        yield ink.bold(f"Pair {desk.place(slot) + 1:,} of {len(desk.votes):,}") + f" · {look.progress.words}"
    yield from question_lines(
        pair.prompt,
        # At a guess there is no key for it.
        pair.reference if own.has_peeked or not slot.is_guess else "",
        has_peeked=own.has_peeked,
        width=width,
        ink=ink,
    )
    yield ""
    left, right = _shown(desk.study, slot)
    is_beside = columns >= LEAST_BESIDE
    half = (min(columns, 2 * WIDEST + len(_BETWEEN)) - len(_BETWEEN)) // 2
    one, other, remark = _set(left, right, (half if is_beside else width) - 2, ink, setting)
    yield from dimmed(remark, width, ink) if remark else ()
    heads = (ink.bold("Answer A"), *indented(one)), (ink.bold("Answer B"), *indented(other))
    if not is_beside:
        yield from (*heads[0], "", *heads[1])
        return
    for mine, theirs in zip_longest(*heads, fillvalue=""):
        # The styles have no width.
        gap = " " * (half - cell_len(click.unstyle(mine)))
        yield f"{mine}{gap}{_BETWEEN}{theirs}".rstrip()


def vote_block(slot: PairSlot, own: PairStanding, *, width: int, ink: Ink) -> Iterator[str]:
    """What was said of the pair so far, and the keys that are needed most."""
    yield ""
    if slot.is_guess:
        yield f"Your guess: {GUESS_WORDS[own.guess]}" if own.guess else "Which one is the tuned model?"
    else:
        yield f"Your vote: {CHOICE_WORDS[own.choice]}" if own.choice else "Which answer is better?"
        if own.note:
            yield from wrapped(f"Note: {shortened(own.note, 300)}", width)
    yield ""
    yield from dimmed(_GUESS_KEYS if slot.is_guess else _SHORT_KEYS, width, ink)


def guide(study: PairStudy, *, width: int, ink: Ink, greeting: str = "") -> Iterator[str]:
    """How to vote, and the keys."""
    yield from advice_lines(
        "How to vote", _ADVICE, instructions=study.instructions, width=width, ink=ink, greeting=greeting
    )
    yield from key_lines(KEYS, width, ink)


def finished_page(look: Look[PairStanding], *, width: int, ink: Ink) -> Iterator[str]:
    """What stands where nothing is left to vote on."""
    yield ink.bold(f"All {look.progress.n_total:,} pairs have your vote. Thank you.")
    yield ""
    yield from wrapped("You can still change your mind: p goes back through the pairs. q or Enter ends.", width)


def _guess_head(desk: VotingDesk, slot: PairSlot, width: int, ink: Ink) -> Iterator[str]:
    number = desk.guesses.index(slot) + 1
    yield ink.bold(f"Guess {number:,} of {len(desk.guesses):,}") + " · all your votes are kept"
    yield from wrapped(
        "If you like: one of these answers is the tuned model's. Which one? a, b, or t if you do not know; q or Enter "
        "leaves. It shows whether the test was blind, and changes no vote.",
        width,
    )


def _shown(study: PairStudy, slot: PairSlot) -> tuple[str, str]:
    pair = study.pairs[slot.entry]
    return (pair.tuned, pair.base) if slot.tuned_on == "left" else (pair.base, pair.tuned)


def _set(left: str, right: str, width: int, ink: Ink, setting: Setting) -> tuple[Sequence[str], Sequence[str], str]:
    """Both answers on lines, and what there is to say of how they are set."""
    put, remark = (as_markdown if setting == "markdown" else wrapped), ""
    one, other = put(left, width), put(right, width)
    if setting == "marked":
        marked = marked_pair(left, right, width, ink)
        remark = "These answers are too long to compare word by word." if marked is None else _MARKED
        one, other = marked or (one, other)
    empty = [ink.dim("(the answer is empty)")]
    return one if left.strip() else empty, other if right.strip() else empty, remark
