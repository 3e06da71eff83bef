"""ScoredPart: the items of the validation or the training part with their scores under tuned and base."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tunecheck.core import Item, ItemComparison, SequenceScore, Totals, Unscored
from tunecheck.stats import Ratio, paired_difference, ratio, unit_codes

Floats = npt.NDArray[np.float64]

PartName = Literal["validation", "train", "general"]

NO_BASE = "there is no base model to compare with"
TOKENISERS_DIFFER = "the two models tokenise differently; compare bits per byte"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Totals of one side over one part, one entry per item, in the order of the items."""

    nll_nats: Floats
    n_tokens: Floats
    n_bytes: Floats
    n_argmax: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A part as arrays: the number of each item's unit, and the totals of both sides; base is None without one."""

    units: npt.NDArray[np.int64]
    tuned: Columns
    base: Columns | None
    same_tokens: bool

    def tuned_nll_nats(self) -> Ratio | Unscored:
        """Mean nll of the tuned model in nats per token."""
        return ratio(self.tuned.nll_nats, self.tuned.n_tokens, self.units)

    def gain_nats(self) -> Ratio | Unscored:
        """Base nll less tuned nll in nats per token: positive when the tuned model is better."""
        if self.base is None:
            return Unscored(reason=NO_BASE)
        if not self.same_tokens:
            return Unscored(reason=TOKENISERS_DIFFER)
        base, tuned = self.base, self.tuned
        return paired_difference((base.nll_nats, base.n_tokens), (tuned.nll_nats, tuned.n_tokens), self.units)

    def gain_bits_per_byte(self) -> Ratio | Unscored:
        """Base less tuned in bits per byte, which two different tokenisers can share."""
        if self.base is None:
            return Unscored(reason=NO_BASE)
        base, tuned, nat = self.base, self.tuned, np.log(2)
        return paired_difference((base.nll_nats / nat, base.n_bytes), (tuned.nll_nats / nat, tuned.n_bytes), self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPart:
    """Items of one part and their scores, parallel: ``tuned[k]`` and ``base[k]`` are the scores of ``items[k]``.

    ``same_tokens`` is False when base and tuned tokenise differently, so that nats per token cannot be compared.
    Raises ValueError when the three are not parallel.
    """

    part: PartName
    items: tuple[Item, ...]
    tuned: tuple[SequenceScore, ...]
    base: tuple[SequenceScore, ...] | None
    same_tokens: bool = True

    def __post_init__(self) -> None:
        ids = [item.id for item in self.items]
        for side, scores in (("tuned", self.tuned), ("base", self.base)):
            if scores is not None and [score.item_id for score in scores] != ids:
                raise ValueError(
                    f"the {side} scores of the {self.part} part are not those of its items, in their order"
                )

    @property
    def sides(self) -> dict[str, tuple[SequenceScore, ...]]:
        """The scores by side: tuned, and base where there is one."""
        return {"tuned": self.tuned} if self.base is None else {"tuned": self.tuned, "base": self.base}

    def with_tokens(self) -> ScoredPart:
        """Only the items with a token left to score, on every side."""
        return self._keep([all(s[k].response.n_tokens for s in self.sides.values()) for k in range(len(self.items))])

    def without(self, ids: Collection[str]) -> ScoredPart:
        """Only the items whose id is not among these."""
        return self._keep([item.id not in ids for item in self.items])

    def table(self) -> Table:
        """The part as arrays."""
        return Table(
            units=unit_codes([item.unit for item in self.items]),
            tuned=columns([score.response for score in self.tuned]),
            base=None if self.base is None else columns([score.response for score in self.base]),
            same_tokens=self.same_tokens,
        )

    def comparisons(self) -> tuple[ItemComparison, ...]:
        """One record an item, for tables and charts."""
        base = self.base or (None,) * len(self.items)
        return tuple(
            ItemComparison(
                item_id=item.id,
                part=self.part,
                source=item.source,
                prompt=item.prompt_text,
                response=response_text(item),
                n_tokens=tuned.response.n_tokens,
                n_bytes=tuned.response.n_bytes,
                tuned_nll_nats=tuned.response.nll_nats,
                base_nll_nats=None if under_base is None else under_base.response.nll_nats,
            )
            for item, tuned, under_base in zip(self.items, self.tuned, base, strict=True)
        )

    def _keep(self, wanted: list[bool]) -> ScoredPart:
        if all(wanted):
            return self
        return ScoredPart(
            part=self.part,
            items=tuple(item for item, keep in zip(self.items, wanted, strict=True) if keep),
            tuned=tuple(score for score, keep in zip(self.tuned, wanted, strict=True) if keep),
            base=None if self.base is None else tuple(s for s, keep in zip(self.base, wanted, strict=True) if keep),
            same_tokens=self.same_tokens,
        )


def columns(totals: list[Totals]) -> Columns:
    """Totals as arrays."""
    rows = np.array([(t.nll_nats, t.n_tokens, t.n_bytes, t.n_argmax) for t in totals], dtype=np.float64).reshape(-1, 4)
    return Columns(nll_nats=rows[:, 0], n_tokens=rows[:, 1], n_bytes=rows[:, 2], n_argmax=rows[:, 3])


def response_text(item: Item) -> str:
    """The reference response for people to read; calls of functions follow the text, one a line."""
    calls = [f"{call.name}({call.arguments_json})" for call in item.response.tool_calls]
    return "\n".join([item.response.content, *calls] if item.response.content else calls)


def counted(before: ScoredPart, after: ScoredPart) -> str:
    """How many items were scored, how many not, and why: "482 scored, 18 unscored (18 with no token left to score)"."""
    n_unscored = len(before.items) - len(after.items)
    reason = f" ({n_unscored} with no token left to score)" if n_unscored else ""
    return f"{len(after.items)} scored, {n_unscored} unscored{reason}"
