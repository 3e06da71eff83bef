"""Contrast: training text against validation text, under the tuned model and its base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tunecheck.checks.scored import ScoredPart
from tunecheck.core import Estimate, Measure, Unscored
from tunecheck.stats import Ratio, difference, difference_of_ratios, interval, transfer_ratio

# The marks that tutorials use, in nats per token. A plain gap also holds the difference in difficulty of the two
# splits, so with a base these marks only name the gap; they decide only where nothing better is there.
GAP_SOME = 0.2
GAP_HIGH = 0.5

GapLabel = Literal["none", "some", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Mean nll of the tuned model and gain over its base, on both parts, in nats per token; items as counts.

    The gains are Unscored without a base, or where the two models tokenise differently.
    """

    train_nll: Ratio | Unscored
    val_nll: Ratio | Unscored
    gain_train: Ratio | Unscored
    gain_val: Ratio | Unscored
    n_train: int
    n_val: int

    @property
    def gap(self) -> Ratio | Unscored:
        """Validation nll less training nll."""
        return difference(self.val_nll, self.train_nll)

    @property
    def excess(self) -> Ratio | Unscored:
        """Gain on training text less gain on validation text: what was learned by heart and helps nowhere else."""
        return difference(self.gain_train, self.gain_val)

    @property
    def gap_estimate(self) -> Estimate | Unscored:
        """The gap with its interval."""
        return difference_of_ratios(self.val_nll, self.train_nll)

    @property
    def excess_estimate(self) -> Estimate | Unscored:
        """The excess gain with its interval."""
        return difference_of_ratios(self.gain_train, self.gain_val)

    @property
    def transfer(self) -> Estimate | Unscored:
        """Gain on validation text as a share of the gain on training text."""
        return transfer_ratio(self.gain_val, self.gain_train)

    def measures(self) -> dict[str, Measure]:
        """Everything measured, under the names that scripts lean on."""
        gap, excess = self.gap, self.excess
        return {
            "train_nll_nats": interval(self.train_nll, at_least=0.0),
            "val_nll_nats": interval(self.val_nll, at_least=0.0),
            "gap_nats": self.gap_estimate,
            "gap_label": gap if isinstance(gap, Unscored) else gap_label(gap.value),
            "gain_train_nats": interval(self.gain_train),
            "gain_val_nats": interval(self.gain_val),
            "excess_gain_nats": self.excess_estimate,
            "transfer_ratio": self.transfer,
            "detectable_excess_gain_nats": excess if isinstance(excess, Unscored) else excess.detectable,
            "n_train": self.n_train,
            "n_val": self.n_val,
        }


def contrast(train: ScoredPart, validation: ScoredPart) -> Contrast:
    """Contrast two parts whose items all have tokens to score."""
    on_train, on_val = train.table(), validation.table()
    return Contrast(
        train_nll=on_train.tuned_nll_nats(),
        val_nll=on_val.tuned_nll_nats(),
        gain_train=on_train.gain_nats(),
        gain_val=on_val.gain_nats(),
        n_train=len(train.items),
        n_val=len(validation.items),
    )


def gap_label(gap_nats: float) -> GapLabel:
    """The name of a plain gap.

    >>> gap_label(-0.3), gap_label(0.2), gap_label(0.51)
    ('none', 'some', 'high')
    """
    if gap_nats > GAP_HIGH:
        return "high"
    return "some" if gap_nats >= GAP_SOME else "none"
