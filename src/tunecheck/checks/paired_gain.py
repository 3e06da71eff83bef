"""PairedGain: how much better the tuned model is than its base, in the unit that the two can share."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tunecheck.checks.scored import Table
from tunecheck.core import Estimate, Status, Unscored
from tunecheck.stats import Ratio, interval


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedGain:
    """Base less tuned over one part, in nats per token, or in bits per byte where the tokenisers differ."""

    table: Table
    ratio: Ratio | Unscored
    in_nats: bool

    @property
    def unit(self) -> str:
        """The unit to write behind the number."""
        return " nats per token" if self.in_nats else " bits per byte"

    @property
    def is_nothing(self) -> bool:
        """Whether the two models score every unit exactly alike."""
        return isinstance(self.ratio, Ratio) and self.ratio.value == 0 and self.ratio.standard_error == 0

    @property
    def status(self) -> Status:
        """pass above zero, fail below, warn when the interval holds zero, unknown without an interval."""
        gain = interval(self.ratio)
        if not isinstance(gain, Estimate):
            return "unknown"
        if gain.low > 0:
            return "pass"
        return "fail" if gain.high < 0 else "warn"


def paired_gain(table: Table) -> PairedGain:
    """The gain that decides: nats per token when both sides saw the same tokens, else bits per byte."""
    if table.same_tokens:
        return PairedGain(table=table, ratio=table.gain_nats(), in_nats=True)
    return PairedGain(table=table, ratio=table.gain_bits_per_byte(), in_nats=False)


def more_units_needed(gain: Ratio) -> int | None:
    """How many more units like these would settle a gain of the observed size; None when it is zero.

    Settled means found four times in five, which takes about 2.8 standard errors, and the error falls with the root of
    the units. Two digits, because it leans on the observed spread.

    >>> found = Ratio(value=0.1, standard_error=0.1, degrees_of_freedom=99, n_units=100, grouped=False)
    >>> more_units_needed(found)
    700
    """
    if not gain.value:
        return None
    more = max(0.0, gain.n_units * (gain.detectable / gain.value) ** 2 - gain.n_units)
    return int(float(f"{more:.2g}")) if more >= 10 else math.ceil(more)
