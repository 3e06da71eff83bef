"""Pure functions of arrays: estimates with intervals."""

from tunecheck.stats.agreement import observed_agreement, repeat_agreement, repeat_difference
from tunecheck.stats.betting import anytime_p, capital, confidence_sequence, items_still_needed
from tunecheck.stats.bradley_terry import Ranking, bradley_terry
from tunecheck.stats.credit import credit_difference, mean_credit
from tunecheck.stats.estimates import NOT_LEARNED, difference_of_ratios, interval, ratio_of_sums, transfer_ratio
from tunecheck.stats.kappa import fleiss_kappa, pairwise_kappa
from tunecheck.stats.krippendorff import krippendorff_alpha
from tunecheck.stats.length_control import length_controlled_win_rate
from tunecheck.stats.multiple import holm
from tunecheck.stats.paired_tests import mcnemar, sign_flip
from tunecheck.stats.power import items_needed, sign_test_power, smallest_win_rate
from tunecheck.stats.predicted import prediction_powered_mean
from tunecheck.stats.proportions import share
from tunecheck.stats.ratings import RatingLevel, Ratings, number_ratings
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
from tunecheck.stats.sides import blinding_index, side_bias
from tunecheck.stats.transforms import bits, improvement_percent, perplexity, perplexity_ratio, transform

__all__ = [
    "NOT_LEARNED",
    "POWER_STANDARD_ERRORS",
    "Ranking",
    "RatingLevel",
    "Ratings",
    "Ratio",
    "anytime_p",
    "bits",
    "blinding_index",
    "bradley_terry",
    "capital",
    "confidence_sequence",
    "credit_difference",
    "difference",
    "difference_of_ratios",
    "fleiss_kappa",
    "holm",
    "improvement_percent",
    "interval",
    "items_needed",
    "items_still_needed",
    "krippendorff_alpha",
    "length_controlled_win_rate",
    "mcnemar",
    "mean_credit",
    "number_ratings",
    "observed_agreement",
    "paired_difference",
    "paired_resampled",
    "pairwise_kappa",
    "percentile_interval",
    "perplexity",
    "perplexity_ratio",
    "prediction_powered_mean",
    "ratio",
    "ratio_of_sums",
    "repeat_agreement",
    "repeat_difference",
    "resampled",
    "resampled_counts",
    "share",
    "side_bias",
    "sign_flip",
    "sign_test_power",
    "smallest_win_rate",
    "swap_test",
    "t_quantile",
    "transfer_ratio",
    "transform",
    "unit_codes",
]
