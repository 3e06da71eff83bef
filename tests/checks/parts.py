"""Parts for the tests of checks: items and scores made from nats per token, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from tunecheck.checks import ScoredPart
from tunecheck.core import CheckResult, Estimate, Finding, Item, Measure, Message, SequenceScore, Totals

Floats = npt.NDArray[np.float64]
Part = Literal["validation", "train"]


def made_items(part: str, n: int, *, group_size: int = 1) -> tuple[Item, ...]:
    """Different items of one part; ``group_size`` rows in a row share a group."""
    return tuple(
        Item(
            form="chat",
            prompt=(Message(role="user", content=f"{part} question {k}"),),
            response=Message(role="assistant", content=f"answer {k}"),
            group="" if group_size == 1 else f"{part} conversation {k // group_size}",
            source=f"{part}.jsonl line {k + 1}",
        )
        for k in range(n)
    )


def made_score(
    item: Item, nats_per_token: float, n_tokens: int, *, full: bool = False, n_bytes: int = -1
) -> SequenceScore:
    """The score of one item; four bytes a token unless told, half of the tokens are the argmax."""
    size = 4 * n_tokens if n_bytes < 0 else n_bytes
    totals = Totals(nll_nats=nats_per_token * n_tokens, n_tokens=n_tokens, n_bytes=size, n_argmax=n_tokens // 2)
    whole = Totals(nll_nats=totals.nll_nats + 20, n_tokens=n_tokens + 10, n_bytes=size + 40, n_argmax=0)
    return SequenceScore(item_id=item.id, response=totals, full=whole if full else None)


def made_part(
    tuned: Sequence[float] | Floats,
    base: Sequence[float] | Floats | None = None,
    *,
    part: Part = "validation",
    tokens: Sequence[int] | int = 100,
    items: tuple[Item, ...] | None = None,
    group_size: int = 1,
    same_tokens: bool = True,
    full: bool = False,
) -> ScoredPart:
    """A part from nats per token of each item under tuned and base."""
    rows = made_items(part, len(tuned), group_size=group_size) if items is None else items
    sizes = [tokens] * len(rows) if isinstance(tokens, int) else tokens

    def side(nats: Sequence[float] | Floats) -> tuple[SequenceScore, ...]:
        return tuple(
            made_score(item, float(x), size, full=full) for item, x, size in zip(rows, nats, sizes, strict=True)
        )

    return ScoredPart(
        part=part,
        items=rows,
        tuned=side(tuned),
        base=None if base is None else side(base),
        same_tokens=same_tokens,
    )


def measure(result: CheckResult, *path: str) -> Measure:
    """A measure by its path."""
    found: Measure = result.measures
    for name in path:
        assert not isinstance(found, (Estimate, str, int, float, tuple, type(None)))
        found = found[name]  # type: ignore[index]  # Unscored has no items: the test then fails, as it should
    return found


def estimate(result: CheckResult, *path: str) -> Estimate:
    """A measure that must be an estimate."""
    found = measure(result, *path)
    assert isinstance(found, Estimate), found
    return found


def finding(result: CheckResult, code: str) -> Finding:
    """The only finding of this code."""
    (found,) = [f for f in result.findings if f.code == code]
    return found


def codes(result: CheckResult) -> list[str]:
    """The codes of all findings."""
    return [f.code for f in result.findings]
