"""Power: which win rates a comparison of two models can see, before anybody votes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tunecheck.core import Unscored

# Nobody reads more answers than this; win rates that need more count as equal.
MOST_ITEMS = 10_000
# Numbers of decisive items that are further than this from the expected one never happen. In standard errors.
_FAR = 9.0
_STEPS = 60


def sign_test_power(n_items: int, win_rate: float, *, tie_share: float = 0.0, alpha: float = 0.05) -> float:
    """How likely does the exact sign test find the better model? From 0 to 1.

    ``win_rate`` is the chance that the tuned model wins an item which is no tie, ``tie_share`` that of a tie. Of n
    items D ~ Binomial(n, 1 - tie_share) are decisive, and of these W ~ Binomial(D, win_rate) are won; the answer is the
    chance that the p of ``mcnemar`` is at most ``alpha`` with the majority for the model that is better, summed over
    all D and W. Finding the worse model is an error and does not count; for equal models it is half of the size of the
    test. It is the exact power of Dixon and Mood (1946, "The statistical sign test") as a mixture over ties.

    Assumes independent items of one result each: with several votes an item, their majority. It rises with the items
    but for small steps down, for p comes in steps. Raises ValueError for fewer than 0 items and for shares beyond 0
    to 1.

    >>> round(sign_test_power(50, 0.65), 3)
    0.506
    """
    _check(n_items, win_rate=win_rate, tie_share=tie_share, alpha=alpha)
    from scipy.special import bdtr  # a slow import, so the first test pays for it

    better, far = max(win_rate, 1 - win_rate), _FAR * math.sqrt(n_items * tie_share * (1 - tie_share)) + 1
    middle = n_items * (1 - tie_share)
    decisive = np.arange(max(0, math.floor(middle - far)), min(n_items, math.ceil(middle + far)) + 1)
    # The majority has at least D - losses wins, which is as likely as at most so many losses.
    losses = _most_losses(decisive, alpha)
    found = np.where(losses >= 0, bdtr(np.maximum(losses, 0), decisive, 1 - better), 0.0)
    chance = np.diff(bdtr(decisive, n_items, 1 - tie_share), prepend=_below(int(decisive[0]), n_items, tie_share))
    return min(1.0, float(chance @ found))


def smallest_win_rate(
    n_items: int, *, tie_share: float = 0.0, power: float = 0.8, alpha: float = 0.05
) -> float | Unscored:
    """Which win rate among decisive items does a comparison of this size see, four times in five? From 0.5 to 1.

    The least ``win_rate`` whose ``sign_test_power`` is ``power``, found by halving, for the power rises with it; its
    mirror image 1 - w is what is seen of a model that lost. Assumptions and errors are those of ``sign_test_power``.
    Unscored where not even a model that wins every decisive item is found so often.

    >>> round(smallest_win_rate(50), 3)
    0.704
    """
    _check(n_items, tie_share=tie_share, power=power, alpha=alpha)
    most = sign_test_power(n_items, 1.0, tie_share=tie_share, alpha=alpha)
    if most < power:
        return Unscored(
            reason=f"{n_items} items are too few: a model that wins every decisive one of them is found "
            f"{most:.0%} of the time"
        )
    low, high = 0.5, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if sign_test_power(n_items, middle, tie_share=tie_share, alpha=alpha) < power:
            low = middle
        else:
            high = middle
    return high


def items_needed(win_rate: float, *, tie_share: float = 0.0, power: float = 0.8, alpha: float = 0.05) -> int | Unscored:
    """How many items does it take to see this win rate, four times in five? All larger sizes do as well.

    ``sign_test_power`` has steps down, so the least n that reaches ``power`` may be followed by ones that miss it; the
    answer is the one after the last of these. Assumptions and errors are those of ``sign_test_power``. Unscored for
    a win rate that would need more than 10,000 items, and where all items are ties.

    >>> items_needed(0.7)
    54
    """
    _check(0, win_rate=win_rate, tie_share=tie_share, power=power, alpha=alpha)

    def reaches(n_items: int) -> bool:
        return sign_test_power(n_items, win_rate, tie_share=tie_share, alpha=alpha) >= power

    low, high, apart = 0, 1, abs(2 * win_rate - 1) * (1 - tie_share)
    while not reaches(high):
        if high == MOST_ITEMS or not apart:
            return Unscored(
                reason=f"a win rate of {win_rate:g} with {tie_share:.0%} ties takes more than {MOST_ITEMS} items to see"
            )
        low, high = high, min(2 * high, MOST_ITEMS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    # One decisive item more or less in the limit is worth 4 / (2 w - 1) items, and no step down is larger.
    reach = math.ceil(8 / apart) + 20
    missed = next((n for n in range(high + reach, max(0, high - reach), -1) if not reaches(n)), max(0, high - reach))
    return missed + 1


def _most_losses(decisive: npt.NDArray[np.int64], alpha: float) -> npt.NDArray[np.int64]:
    """The most losses of so many decisive items at which twice the binomial tail is at most alpha; -1 for none."""
    from scipy.special import bdtr, bdtrik

    n = np.maximum(decisive, 1)
    # The inverse is off by rounding at whole numbers, so its neighbours are looked at.
    guess = np.nan_to_num(np.floor(bdtrik(alpha / 2, n, 0.5)), nan=0.0).astype(np.int64)
    found = np.full(len(n), -1)
    for losses in (guess - 1, guess, guess + 1):
        fits = (losses >= 0) & (losses < decisive)
        fits &= 2 * bdtr(np.clip(losses, 0, n), n, 0.5) <= alpha
        found[fits] = losses[fits]
    return found


def _below(decisive: int, n_items: int, tie_share: float) -> float:
    """The chance of fewer decisive items than that."""
    from scipy.special import bdtr

    return float(bdtr(decisive - 1, n_items, 1 - tie_share)) if decisive else 0.0


def _check(n_items: int, **shares: float) -> None:
    if n_items < 0:
        raise ValueError(f"there are {n_items} items, and that is fewer than none")
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise ValueError(f"{name} lies between 0 and 1, and this is {share:g}")
