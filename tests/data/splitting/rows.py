"""Rows for the tests of splitting: texts that share no run of words unless they are meant to."""

from __future__ import annotations

import random

VOCABULARY = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u") for c in "bdgklmnprstxz"]


def text(name: object, n_words: int = 12) -> str:
    """Words drawn by a name: the same name gives the same words."""
    return " ".join(random.Random(f"{name}").choices(VOCABULARY, k=n_words))


def row(name: object, **more: object) -> dict[str, object]:
    """A row with a prompt and a completion that no other name has."""
    return {"prompt": text(f"prompt {name}"), "completion": text(f"completion {name}"), **more}


def rows(n: int) -> list[dict[str, object]]:
    """So many rows that have nothing in common."""
    return [row(number) for number in range(n)]
