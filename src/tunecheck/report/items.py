"""The items worth reading: where the tuned model lost, where it gained, and what surprises it most."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tunecheck.core import CheckResult, Exhibit, ExhibitList, Item, ItemComparison, Leak
from tunecheck.report.digits import number

_SHOWN, _SHOWN_LEAKS = 5, 10


def usable(items: Iterable[ItemComparison]) -> list[ItemComparison]:
    """Items with at least one scored token and finite totals; the rest have no place in a chart or a ranking."""
    return [
        item
        for item in items
        if item.n_tokens > 0
        and math.isfinite(item.tuned_nll_nats)
        and (item.base_nll_nats is None or math.isfinite(item.base_nll_nats))
    ]


def item_lists(check: CheckResult) -> tuple[ExhibitList, ...]:
    """The lists of this check; none for checks that compare no items."""
    items = usable(check.comparisons)
    match check.check:
        case "perplexity":
            lists: tuple[ExhibitList | None, ...] = (_lost(items), _gained(items), _surprising(items, with_base=False))
        case "overfitting":
            lists = (_surprising([item for item in items if item.part == "validation"], with_base=True),)
        case "leaks":
            lists = (_leaks(check.leaks),)
        case _:
            lists = ()
    return (*check.exhibits, *(found for found in lists if found is not None))


def n_unusable(check: CheckResult) -> int:
    """Items that no chart or list can hold."""
    return len(check.comparisons) - len(usable(check.comparisons))


def gain_nats(item: ItemComparison) -> float:
    """Nats that tuning gained over all scored tokens of the item; it needs a base."""
    assert item.base_nll_nats is not None
    return item.base_nll_nats - item.tuned_nll_nats


def headline(item: ItemComparison) -> str:
    """What happened to the item, in one line of numbers.

    >>> headline(ItemComparison(item_id="1", part="validation", source="", prompt="", response="", n_tokens=10,
    ...                         n_bytes=40, base_nll_nats=12.0, tuned_nll_nats=20.0))
    'lost 8.0 nats · 1.20 → 2.00 nats per token · 10 tokens'
    """
    tokens = f"{item.n_tokens:,} {'token' if item.n_tokens == 1 else 'tokens'}"
    tuned = number(item.tuned_nats_per_token, 2)
    if item.base_nats_per_token is None:
        return f"{tuned} nats per token · {tokens}"
    gained = gain_nats(item)
    word = "lost" if gained < 0 else "gained"
    base = number(item.base_nats_per_token, 2)
    return f"{word} {number(abs(gained), 1)} nats · {base} → {tuned} nats per token · {tokens}"


def _lost(items: Sequence[ItemComparison]) -> ExhibitList | None:
    paired = [item for item in items if item.base_nll_nats is not None]
    lost = sorted((item for item in paired if gain_nats(item) < 0), key=gain_nats)
    if not paired:
        return None
    return ExhibitList(
        heading="Where the tuned model lost most (total nats over the response)",
        note=f"It lost on {len(lost):,} of {len(paired):,} items.",
        exhibits=_shown(lost),
    )


def _gained(items: Sequence[ItemComparison]) -> ExhibitList | None:
    paired = [item for item in items if item.base_nll_nats is not None]
    gained = sorted((item for item in paired if gain_nats(item) > 0), key=gain_nats, reverse=True)
    if not paired:
        return None
    return ExhibitList(
        heading="Where it gained most (total nats over the response)",
        note=f"It gained on {len(gained):,} of {len(paired):,} items.",
        exhibits=_shown(gained),
    )


def _surprising(items: Sequence[ItemComparison], *, with_base: bool) -> ExhibitList | None:
    """The highest loss per token; with ``with_base`` False only where no item has a base."""
    if not items or (not with_base and any(item.base_nll_nats is not None for item in items)):
        return None
    worst = sorted(items, key=lambda item: item.tuned_nats_per_token, reverse=True)
    return ExhibitList(
        heading="Validation items that surprise the tuned model most (nats per token)",
        note=f"The highest of {len(items):,}.",
        exhibits=_shown(worst),
    )


def _shown(items: Sequence[ItemComparison]) -> tuple[Exhibit, ...]:
    return tuple(
        Exhibit(
            where=item.source or item.item_id,
            headline=headline(item),
            texts=(("Prompt", item.prompt), ("Reference response", item.response)),
        )
        for item in items[:_SHOWN]
    )


def _leaks(leaks: Sequence[Leak]) -> ExhibitList | None:
    if not leaks:
        return None
    return ExhibitList(
        heading="Validation items beside the training rows that give them away",
        note=f"{min(len(leaks), _SHOWN_LEAKS)} of {len(leaks):,}; tunecheck leaks TRAIN VAL --json lists all.",
        exhibits=tuple(
            Exhibit(
                where=f"{leak.validation.source} and {leak.train.source}",
                headline=f"{leak.kind} · similarity {leak.similarity:.2f}",
                texts=(("Validation", _text(leak.validation)), ("Training", _text(leak.train))),
            )
            for leak in leaks[:_SHOWN_LEAKS]
        ),
    )


def _text(item: Item) -> str:
    response = f"assistant: {item.response.content}" if item.prompt else item.response.content
    return "\n".join(part for part in (item.prompt_text, response) if part)
