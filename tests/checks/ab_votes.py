"""Votes for tests of the A/B check: written as letters, or drawn from items that differ."""

from __future__ import annotations

import numpy as np

from tunecheck.checks import check_ab
from tunecheck.core import CheckResult, PairVote, ShownOn, VoteOutcome

LETTERS: dict[str, VoteOutcome] = {"t": "tuned", "b": "base", "=": "tie", "x": "both_bad", "s": "skip"}


def votes(*items: str, category: str = "", prefix: str = "q") -> list[PairVote]:
    """An item a word, a vote a letter, rater by rater: "tb=" is one item with three votes; a dot is no vote."""
    return [
        PairVote(
            item=f"{prefix}{number}",
            rater=f"r{place}",
            outcome=LETTERS[letter],
            unit=f"{prefix}{number}",
            category=category,
        )
        for number, word in enumerate(items)
        for place, letter in enumerate(word)
        if letter != "."
    ]


def drawn(
    rng: np.random.Generator, *, n_items: int, n_raters: int, ties: float = 0.25, item_effect: float = 0.7
) -> list[PairVote]:
    """Votes between models that are alike: each item leans to one of them by chance, and raters follow it."""
    leans = rng.choice([-1, 1], n_items) * item_effect
    for_tuned = rng.random((n_items, n_raters)) < 0.5 + leans[:, None] / 2
    is_tie = rng.random((n_items, n_raters)) < ties
    words = np.where(is_tie, "=", np.where(for_tuned, "t", "b"))
    return votes(*("".join(row) for row in words.tolist()))


def swayed(rng: np.random.Generator, *, n_items: int, tuned_left: float, for_left: float) -> list[PairVote]:
    """Votes of one rater who takes the left answer with the chance ``for_left``, whichever model wrote it."""
    found = []
    for number in range(n_items):
        side: ShownOn = "left" if rng.random() < tuned_left else "right"
        takes: ShownOn = "left" if rng.random() < for_left else "right"
        outcome: VoteOutcome = "tuned" if side == takes else "base"
        found.append(PairVote(item=f"q{number}", rater="Ann", outcome=outcome, unit=f"q{number}", tuned_on=side))
    return found


def codes(check: CheckResult) -> list[str]:
    return [finding.code for finding in check.findings]


def checked(*items: str, **options: float | int | None) -> CheckResult:
    return check_ab(votes(*items), **options)  # type: ignore[arg-type]
