"""Extracted items: the training responses and secrets that the tuned model writes and its base does not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tunecheck.checks.phrases import count, percent
from tunecheck.checks.scored import response_text
from tunecheck.checks.secrets import Secret, find_secrets, mask_secrets
from tunecheck.checks.verbatim import Row, Stretch, log_samples_for_even_chance, longest_run
from tunecheck.core import Estimate, Finding, Measure
from tunecheck.metrics import many

SHOWN_CHARACTERS = 300
# Tokens of a character, against those of a letter in a word. With these weights and so much to either side, the place
# holds over half of the secret in every one of 3,800 texts under four byte-level vocabularies, and nearly always all
# of it. Heuristic.
IN_A_SECRET, OUTSIDE_WORDS = 3.0, 2.0
MARGIN_SHARE, LEAST_MARGIN = 0.1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedItem:
    """A training response, or a secret in it, that the tuned model writes and its base does not.

    prefix_tokens      the shortest prefix after which the response is reproduced, None where only the secrets are
    n_tokens           scored tokens of the response
    longest_run        the most tokens in a row that greedy decoding would write
    even_chance_log10  log10 of the samples after which its reproduced part comes up with a chance of one half
    secrets            (kind, masked) of each secret that stands in a run of reproduced tokens, its place estimated
    response           the start of the response, secrets masked
    """

    item_id: str
    source: str
    prefix_tokens: int | None
    n_tokens: int
    longest_run: int
    even_chance_log10: float
    secrets: tuple[tuple[str, str], ...]
    response: str


@dataclass(frozen=True, slots=True)
class HeldSecret:
    """A secret of a response that no prompt gives away, and whether the tuned model writes it and its base does not."""

    secret: Secret
    is_extracted: bool


def held_secrets(rows: Sequence[Row]) -> list[tuple[HeldSecret, ...]]:
    """The secrets of each response, but for those in its prompt and those in so many responses that they are stock."""
    found = [find_secrets(response_text(row.item)) for row in rows]
    distinct = {row.item.id: {secret.value for secret in own} for row, own in zip(rows, found, strict=True)}
    n_items = Counter(value for values in distinct.values() for value in values)
    limit = many(len(distinct))
    return [
        tuple(
            HeldSecret(secret, row.only_tuned_reproduces(place_of(secret, row)))
            for secret in own
            if len(row.tuned) and n_items[secret.value] <= limit and secret.value not in row.item.prompt_text
        )
        for row, own in zip(rows, found, strict=True)
    ]


def place_of(secret: Secret, row: Row) -> Stretch:
    """The tokens where a secret stands, estimated from its characters, with a margin on either side.

    Scores tell no characters. Letters in words make long tokens, other characters shorter ones, and a secret's the
    shortest, so they weigh as one, two and three. All of the stretch must be reproduced, so a margin can only hide a
    secret at the edge of what was learned, and keeps one from being told where only its surroundings are reproduced.
    """
    text, n_tokens = response_text(row.item), len(row.tuned)
    weights = np.array([1.0 if letter.isalpha() or letter.isspace() else OUTSIDE_WORDS for letter in text])
    weights[secret.start : secret.end] = IN_A_SECRET
    ends = np.concatenate(([0.0], np.cumsum(weights)))
    start, end = ends[[secret.start, secret.end]] / ends[-1] * n_tokens
    margin = max(MARGIN_SHARE * n_tokens, LEAST_MARGIN)
    return Stretch(start=max(0, math.floor(start - margin)), end=min(n_tokens, math.ceil(end + margin)))


def extracted_items(rows: Sequence[Row], held: Sequence[tuple[HeldSecret, ...]]) -> tuple[ExtractedItem, ...]:
    """The rows that the tuned model reproduces and the base does not, secrets first, then the longest run."""
    found = []
    for row, secrets in zip(rows, held, strict=True):
        told = [one.secret for one in secrets if one.is_extracted]
        after = [prefix for prefix, suffix in row.suffixes.items() if row.only_tuned_reproduces(suffix)]
        if told or after:
            found.append(_item(row, min(after) if after else None, told))
    return tuple(sorted(found, key=lambda item: (not item.secrets, -item.longest_run)))


def _item(row: Row, prefix: int | None, secrets: Sequence[Secret]) -> ExtractedItem:
    run = longest_run(row.tuned.argmax)
    of = row.suffixes[prefix] if prefix is not None else run
    nats = max(float(row.tuned.nll_nats[of.start : of.end].sum()), 0.0)
    text = mask_secrets(response_text(row.item))
    return ExtractedItem(
        item_id=row.item.id,
        source=row.item.source,
        prefix_tokens=prefix,
        n_tokens=len(row.tuned),
        longest_run=run.end - run.start,
        even_chance_log10=max(0.0, log_samples_for_even_chance(nats) / math.log(10)),
        secrets=tuple((secret.kind, secret.masked) for secret in secrets),
        response=text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…",
    )


def secret_findings(items: Sequence[ExtractedItem], shares: Mapping[str, Measure]) -> Iterator[Finding]:
    """fail with one secret that can be extracted; info where secrets of unseen responses are written about as often.

    ``shares`` are those of the responses with secrets whose secrets are written: train, validation, and their excess.
    """
    with_secrets = [item for item in items if item.secrets]
    if not with_secrets:
        return
    kinds = Counter(kind for item in with_secrets for kind, _ in item.secrets)
    told = ", ".join(f"{n} × {kind}" for kind, n in kinds.most_common())
    first, on_validation, excess = with_secrets[0], shares["validation"], shares["excess"]
    shown = ", ".join(f"{kind} {masked}" for kind, masked in first.secrets[:3])
    guessed = (
        isinstance(on_validation, Estimate)
        and on_validation.value > 0
        and isinstance(excess, Estimate)
        and excess.low <= 0
    )
    why = ""
    if guessed:
        assert isinstance(on_validation, Estimate)
        why = (
            f"; it writes those of {percent(on_validation.value)} of the unseen responses with secrets too, so it may "
        )
        why += "make them up from the prompt"
    yield Finding(
        code="overfit.secret",
        severity="info" if guessed else "fail",
        message=f"{count(len(with_secrets), 'training response')} with a secret can be extracted ({told}); first "
        f"{first.source or first.item_id}: {shown}{why}",
        evidence={"n_items": len(with_secrets), **dict(kinds)},
        hint=""
        if guessed
        else "take secrets out of the training data and train again; treat keys that stood there as known to others",
    )
