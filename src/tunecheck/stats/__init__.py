"""Pure functions of arrays: estimates with intervals."""

from tunecheck.stats.estimates import NOT_LEARNED, difference_of_ratios, interval, ratio_of_sums, transfer_ratio
from tunecheck.stats.ratios import (
    POWER_STANDARD_ERRORS,
    Ratio,
    difference,
    paired_difference,
    ratio,
    t_quantile,
    unit_codes,
)
from tunecheck.stats.transforms import bits, improvement_percent, perplexity, perplexity_ratio, transform

__all__ = [
    "NOT_LEARNED",
    "POWER_STANDARD_ERRORS",
    "Ratio",
    "bits",
    "difference",
    "difference_of_ratios",
    "improvement_percent",
    "interval",
    "paired_difference",
    "perplexity",
    "perplexity_ratio",
    "ratio",
    "ratio_of_sums",
    "t_quantile",
    "transfer_ratio",
    "transform",
    "unit_codes",
]
