"""Pure functions of arrays: estimates with intervals."""

from tunecheck.stats.credit import credit_difference, mean_credit
from tunecheck.stats.estimates import NOT_LEARNED, difference_of_ratios, interval, ratio_of_sums, transfer_ratio
from tunecheck.stats.multiple import holm
from tunecheck.stats.paired_tests import mcnemar, sign_flip
from tunecheck.stats.proportions import share
from tunecheck.stats.ratios import (
    POWER_STANDARD_ERRORS,
    Ratio,
    difference,
    paired_difference,
    ratio,
    t_quantile,
    unit_codes,
)
from tunecheck.stats.resampling import (
    paired_resampled,
    percentile_interval,
    resampled,
    resampled_counts,
    swap_test,
)
from tunecheck.stats.transforms import bits, improvement_percent, perplexity, perplexity_ratio, transform

__all__ = [
    "NOT_LEARNED",
    "POWER_STANDARD_ERRORS",
    "Ratio",
    "bits",
    "credit_difference",
    "difference",
    "difference_of_ratios",
    "holm",
    "improvement_percent",
    "interval",
    "mcnemar",
    "mean_credit",
    "paired_difference",
    "paired_resampled",
    "percentile_interval",
    "perplexity",
    "perplexity_ratio",
    "ratio",
    "ratio_of_sums",
    "resampled",
    "resampled_counts",
    "share",
    "sign_flip",
    "swap_test",
    "t_quantile",
    "transfer_ratio",
    "transform",
    "unit_codes",
]
