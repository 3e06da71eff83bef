"""Rankings: how strong several models are by votes on two of them at a time; one record with every number's doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunecheck.core.agreement import pair_key
from tunecheck.core.document import JSON, document
from tunecheck.core.estimates import Estimate, Unscored


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedModel:
    """One model: its strength in log-odds against the average one, and its votes."""

    name: str
    strength: Estimate
    n_won: int
    n_lost: int
    n_tied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRanking:
    """What the votes of one file say of its models.

    models     the strongest first; strengths sum to 0
    win_rates  by two names, how often the first beats the second; a tie is half a win
    tie_rate   how often two equally strong models tie
    n_items    draws that the intervals rest on; items of one unit are one
    notes      sentences that a person should read
    """

    name: str
    models: tuple[RankedModel, ...]
    win_rates: Mapping[tuple[str, str], Estimate]
    tie_rate: Estimate | Unscored
    n_items: int
    n_votes: int
    n_raters: int | Unscored
    seed: int
    notes: tuple[str, ...] = ()
    signature: str = ""

    def document(self) -> dict[str, JSON]:
        """The document that ``tunecheck preference --ranking --json`` prints; pairs stand under their ``pair_key``."""
        return {
            "models": [
                {
                    "model": one.name,
                    "strength": document(one.strength),
                    "n_won": one.n_won,
                    "n_lost": one.n_lost,
                    "n_tied": one.n_tied,
                }
                for one in self.models
            ],
            "win_rates": {pair_key(*pair): document(rate) for pair, rate in self.win_rates.items()},
            "tie_rate": document(self.tie_rate),
            "n_items": self.n_items,
            "n_votes": self.n_votes,
            "n_raters": document(self.n_raters),
            "seed": self.seed,
            "notes": list[JSON](self.notes),
            "signature": self.signature,
        }
