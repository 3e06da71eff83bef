"""Paired tests: is the tuned model better than the base on the same items, or would chance do as much?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tunecheck.stats.ratios import Floats, Units, Values, unit_codes

Bytes = npt.NDArray[np.uint8]

# 2¹⁴ sign patterns are all looked at; for more units a sample of them.
MOST_UNITS_FOR_ALL_PATTERNS = 14
# Sums that differ by rounding alone are tied. As a share of the sum of the sizes.
TIED = 1e-12
_CELLS = 1 << 20


def mcnemar(n_tuned_only: int, n_base_only: int) -> float:
    """Do the two models succeed equally often? Two-sided p of the exact McNemar test.

    Of the items that one model alone gets right, each is the tuned model's with chance one half: twice the smaller tail
    of the binomial, at most 1 (McNemar 1947, with the binomial in place of its normal limit). Items that both get right
    or wrong do not count. Assumes independent items: where rows share a unit, take ``sign_flip``. Without an item where
    the models differ p is 1. Raises ValueError for a negative count.

    >>> mcnemar(8, 1)
    0.0390625
    """
    if min(n_tuned_only, n_base_only) < 0:
        raise ValueError(f"counts of items are not negative: {n_tuned_only}, {n_base_only}")
    from scipy.special import bdtr  # a slow import, so the first test pays for it

    return min(1.0, 2 * float(bdtr(min(n_tuned_only, n_base_only), n_tuned_only + n_base_only, 0.5)))


def sign_flip(differences: Values, units: Units, rng: np.random.Generator, n_flips: int = 10_000) -> float:
    """Is the mean difference other than zero? Two-sided p of the permutation test that flips signs by unit.

    The statistic is the size of the mean of the rows. If the two models were alike, the sum of the differences in a
    unit would be as likely with the other sign, so p is the share of sign patterns whose statistic is no smaller
    (Fisher 1935, 21). All patterns are looked at up to 14 units that differ; beyond, ``n_flips`` random ones, and p is
    (1 + those no smaller) / (1 + n_flips), which is never zero (Phipson and Smyth 2010, "Permutation p-values should
    never be zero"). Units with the sum zero change nothing; if all have it, p is 1.

    Assumes independent units whose sums are symmetric about zero when the models are alike; no shape and no equal
    spread. Raises ValueError for lengths that differ, differences that are not finite, and ``n_flips`` below 1.

    >>> sign_flip([1.0, 2.0, 3.0, 4.0, 5.0], range(5), np.random.default_rng(0))
    0.0625
    """
    sums = _unit_sums(differences, units)
    if n_flips < 1:
        raise ValueError(f"n_flips is at least 1, not {n_flips}")
    if not len(sums):
        return 1.0
    least = abs(float(sums.sum())) - TIED * float(np.abs(sums).sum())
    if len(sums) <= MOST_UNITS_FOR_ALL_PATTERNS:
        patterns = np.arange(2 ** len(sums), dtype=np.uint16).view(np.uint8).reshape(-1, 2)
        return float(np.mean(np.abs(_signed_sums(sums, patterns)) >= least))
    n_no_smaller, n_left = 0, n_flips
    rows = max(1, 8 * _CELLS // len(sums))
    while n_left:
        coins = coin_bytes(min(rows, n_left), len(sums), rng)
        n_no_smaller += int(np.count_nonzero(np.abs(_signed_sums(sums, coins)) >= least))
        n_left -= len(coins)
    return (1 + n_no_smaller) / (1 + n_flips)


def coin_bytes(n_rows: int, n_coins: int, rng: np.random.Generator) -> Bytes:
    """At least ``n_coins`` fair coins a row, eight a byte; shape (n_rows, bytes in whole 64-bit words).

    Whole words, so that many small calls give the coins of one large call.

    >>> coin_bytes(2, 65, np.random.default_rng(0)).shape
    (2, 16)
    """
    words = rng.integers(0, np.iinfo(np.uint64).max, (n_rows, -(-n_coins // 64)), dtype=np.uint64, endpoint=True)
    return np.asarray(words.view(np.uint8))


def _unit_sums(differences: Values, units: Units) -> Floats:
    """The sums that are not zero, over the largest difference, so that huge ones do not add up to infinity."""
    rows = np.asarray(differences, dtype=np.float64)
    if rows.ndim != 1 or len(units) != len(rows):
        raise ValueError(f"{len(units)} unit labels do not fit differences of shape {rows.shape}")
    n_bad = int(np.count_nonzero(~np.isfinite(rows)))
    if n_bad:
        raise ValueError(f"{n_bad} of {len(rows)} differences are not finite numbers")
    largest = float(np.abs(rows).max(initial=0.0))
    if not largest:
        return np.zeros(0)
    sums: Floats = np.bincount(unit_codes(units), weights=rows / largest).astype(np.float64)
    differs: npt.NDArray[np.bool_] = np.abs(sums) > TIED * np.abs(sums).sum()
    return sums[differs]


def _signed_sums(sums: Floats, coins: Bytes) -> Floats:
    """Σ ± sums for each row of coins; a table of what each byte adds makes eight additions one look-up."""
    padded = np.zeros(8 * coins.shape[1])
    padded[: len(sums)] = sums
    signs = 1.0 - 2.0 * np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
    table = padded.reshape(-1, 8) @ signs.T
    return np.asarray(table[np.arange(len(table)), coins].sum(axis=1), dtype=np.float64)
