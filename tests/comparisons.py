"""Blind A/B tests made up for tests: plain answers, a fixed secret, and what raters say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.studies import SECRET
from tunecheck.core import CHOICE, AnswerPair, PairStudy, Rating
from tunecheck.study import PairSlot, pair_sheet

NOON = "2026-01-02T12:00:00+00:00"


def pair(item: int, *, tuned: str = "", base: str = "", prompt: str = "", reference: str = "") -> AnswerPair:
    return AnswerPair(
        item=f"item {item}",
        prompt=prompt or f"prompt {item}",
        reference=reference or f"reference {item}",
        tuned=tuned or f"answer {item} of one",
        base=base or f"answer {item} of another",
        unit=f"item {item}",
        strata=(("category", "even" if item % 2 == 0 else "odd"),),
        source=f"val.jsonl line {item + 1}",
    )


def pair_study(
    n_pairs: int = 20,
    *,
    pairs: Sequence[AnswerPair] = (),
    n_raters: int = 1,
    n_repeats: int = 0,
    n_guesses: int = 0,
    margin: float | None = None,
    number: int = 1,
    secret: str = SECRET,
    instructions: str = "",
) -> PairStudy:
    return PairStudy(
        number=number,
        title="a test",
        created="2026-01-02T03:04:05+00:00",
        secret=secret,
        seed=42,
        pairs=tuple(pairs) or tuple(pair(item) for item in range(n_pairs)),
        n_raters=n_raters,
        margin=margin,
        n_guesses=n_guesses,
        n_repeats=n_repeats,
        instructions=instructions,
    )


def voted(study: PairStudy, rater: int, choose: Callable[[PairSlot], str]) -> list[Rating]:
    """What a rater says who votes on every place in order: ``choose`` gives "tuned", "base", or a choice as it is."""
    found = []
    for place, slot in enumerate(pair_sheet(study, rater)):
        value = choose(slot)
        if value in ("tuned", "base"):
            value = slot.tuned_on if value == "tuned" else "right" if slot.tuned_on == "left" else "left"
        found.append(_rating(study, rater, slot, value, key=f"vote-{rater}-{place:04}"))
    return found


def _rating(study: PairStudy, rater: int, slot: PairSlot, value: str, *, key: str) -> Rating:
    return Rating(
        study=study.number, rater=rater, entry=slot.entry, again=slot.again, field=CHOICE, value=value, key=key,
        at=NOON, rated_with="web", active_s=10.0,
    )  # fmt: skip
