"""Power of the sign test: against a table by simulation, against sums written out, and the sizes that follow."""

from __future__ import annotations

import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.stats.paired_tests import mcnemar
from tunecheck.stats.power import items_needed, sign_test_power, smallest_win_rate

# Decisive items, win rate, power: by 2,000 to 4,000 simulated comparisons each.
SIMULATED = [
    *((30, rate, power) for rate, power in zip((0.60, 0.65, 0.70, 0.75), (0.18, 0.36, 0.59, 0.80), strict=True)),
    *((50, rate, power) for rate, power in zip((0.60, 0.65, 0.70, 0.75), (0.24, 0.51, 0.78, 0.94), strict=True)),
    *((100, rate, power) for rate, power in zip((0.60, 0.65, 0.70, 0.75), (0.46, 0.83, 0.98, 1.00), strict=True)),
    *((200, rate, power) for rate, power in zip((0.60, 0.65, 0.70, 0.75), (0.79, 0.99, 1.00, 1.00), strict=True)),
]


def number(found: float | Unscored) -> float:
    assert not isinstance(found, Unscored), found
    return found


def written_out(n_items: int, win_rate: float, tie_share: float, alpha: float = 0.05) -> float:
    """Every number of decisive items and of wins, with the p that each would have."""
    total = 0.0
    for decisive in range(n_items + 1):
        wins = range(decisive // 2 + 1, decisive + 1)
        found = [won for won in wins if mcnemar(won, decisive - won) <= alpha]
        chance = sum(float(scipy.stats.binom.pmf(won, decisive, win_rate)) for won in found)
        total += scipy.stats.binom.pmf(decisive, n_items, 1 - tie_share) * chance
    return float(total)


@pytest.mark.parametrize(("n_items", "win_rate", "power"), SIMULATED)
def test_the_power_is_what_simulations_found(n_items: int, win_rate: float, power: float) -> None:
    assert sign_test_power(n_items, win_rate) == pytest.approx(power, abs=0.02)


@pytest.mark.parametrize("alpha", [0.05, 0.0625, 0.01])
@pytest.mark.parametrize("tie_share", [0.0, 0.25, 0.9])
@pytest.mark.parametrize(("n_items", "win_rate"), [(0, 0.7), (5, 1.0), (6, 0.9), (17, 0.7), (40, 0.65)])
def test_it_is_the_sum_over_all_results(n_items: int, win_rate: float, tie_share: float, alpha: float) -> None:
    found = sign_test_power(n_items, win_rate, tie_share=tie_share, alpha=alpha)
    assert found == pytest.approx(written_out(n_items, win_rate, tie_share, alpha), abs=1e-12)


def test_six_decisive_items_are_the_fewest_that_say_anything() -> None:
    assert sign_test_power(5, 1.0) == 0.0
    assert sign_test_power(6, 1.0) == 1.0
    assert sign_test_power(100, 0.9, tie_share=1.0) == 0.0


@given(st.integers(0, 300), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_the_power_is_a_chance_mirrors_the_models_and_is_half_the_size_for_equal_ones(
    n_items: int, win_rate: float, tie_share: float
) -> None:
    found = sign_test_power(n_items, win_rate, tie_share=tie_share)
    assert 0 <= found <= 1
    assert sign_test_power(n_items, 1 - win_rate, tie_share=tie_share) == pytest.approx(found, abs=1e-9)
    assert sign_test_power(n_items, 0.5, tie_share=tie_share) <= 0.025 + 1e-12


@pytest.mark.parametrize(("n_items", "tie_share"), [(30, 0.0), (50, 0.25), (200, 0.1)])
def test_the_smallest_win_rate_has_just_the_power(n_items: int, tie_share: float) -> None:
    found = number(smallest_win_rate(n_items, tie_share=tie_share))
    assert sign_test_power(n_items, found, tie_share=tie_share) == pytest.approx(0.8, abs=1e-9)


def test_fifty_items_with_a_quarter_ties_see_a_win_rate_of_about_seventy_two_percent() -> None:
    found = number(smallest_win_rate(50, tie_share=0.25))
    assert 0.72 < found < 0.75


@pytest.mark.parametrize("tie_share", [0.0, 0.25, 0.6])
@pytest.mark.parametrize("win_rate", [0.6, 0.65, 0.7, 0.35, 0.9, 1.0])
def test_from_the_items_needed_on_all_sizes_have_the_power_and_the_one_before_has_not(
    win_rate: float, tie_share: float
) -> None:
    found = int(number(items_needed(win_rate, tie_share=tie_share)))
    assert sign_test_power(found - 1, win_rate, tie_share=tie_share) < 0.8
    later = [sign_test_power(found + more, win_rate, tie_share=tie_share) for more in range(150)]
    assert min(later) >= 0.8 - 1e-12


def test_sixty_percent_takes_about_two_hundred_decisive_items() -> None:
    assert 190 < number(items_needed(0.6)) < 215
    assert 250 < number(items_needed(0.6, tie_share=0.25)) < 285
    assert 4_800 < number(items_needed(0.52)) < 5_100


def test_what_cannot_be_seen_has_a_reason() -> None:
    few = smallest_win_rate(5)
    assert isinstance(few, Unscored)
    assert few.reason == ("5 items are too few: a model that wins every decisive one of them is found 0% of the time")
    for rate, ties, said in [(0.5, 0.0, "0.5 with 0% ties"), (0.7, 1.0, "0.7 with 100% ties")]:
        equal = items_needed(rate, tie_share=ties)
        assert isinstance(equal, Unscored)
        assert equal.reason == f"a win rate of {said} takes more than 10000 items to see"
    assert isinstance(items_needed(0.51), Unscored)


def test_what_is_no_size_and_no_share_is_refused() -> None:
    with pytest.raises(ValueError) as fewer:
        sign_test_power(-1, 0.6)
    assert str(fewer.value) == "there are -1 items, and that is fewer than none"
    with pytest.raises(ValueError) as beyond:
        sign_test_power(10, 1.2)
    assert str(beyond.value) == "win_rate lies between 0 and 1, and this is 1.2"
    with pytest.raises(ValueError, match="tie_share lies between"):
        smallest_win_rate(10, tie_share=-0.1)
    with pytest.raises(ValueError, match="power lies between"):
        items_needed(0.6, power=80)
