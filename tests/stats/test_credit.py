"""The mean credit of items and what one model has over another: how often 95% intervals hold the truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from tunecheck.core import Estimate, Unscored
from tunecheck.metrics.pass_at import pass_all_k, pass_at_k
from tunecheck.stats import credit_difference, mean_credit, ratio_of_sums, share

Floats = npt.NDArray[np.float64]
REPETITIONS = 1000


def estimate(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def holds(found: Estimate | Unscored, truth: float) -> bool:
    there = estimate(found)
    return there.low - 1e-12 <= truth <= there.high + 1e-12


def by_count(n: int, k: int) -> Floats:
    """pass@k of 0 to n samples that pass."""
    values = [pass_at_k(n, c, k) for c in range(n + 1)]
    return np.array([value for value in values if isinstance(value, float)])


def covered(hardness: Callable[[np.random.Generator, int], Floats], items: int, n: int, k: int) -> float:
    """How often the interval of pass@k of n samples holds the mean over all problems there could be."""
    rng = np.random.default_rng(items + 1000 * n + k)
    truth = float((1 - (1 - hardness(rng, 400_000)) ** k).mean())
    table, trials = by_count(n, k), np.full(items, n / k)
    hits = sum(
        holds(mean_credit(table[rng.binomial(n, hardness(rng, items))], trials), truth) for _ in range(REPETITIONS)
    )
    return hits / REPETITIONS


@pytest.mark.parametrize("items", [20, 164])
@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 1), (20, 1), (20, 10), (5, 5)])
def test_the_interval_of_problems_as_hard_as_real_ones_covers_nineteen_times_in_twenty(
    items: int, n: int, k: int
) -> None:
    assert 0.93 <= covered(lambda rng, size: rng.beta(0.6, 0.5, size), items, n, k) <= 0.985


@pytest.mark.parametrize("items", [20, 164])
@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 1), (20, 1), (20, 10)])
@pytest.mark.parametrize("shape", [(0.1, 0.9), (0.9, 0.1), (5, 5), (20, 1)])
def test_the_interval_of_easy_hard_and_even_problems_covers_no_less(
    items: int, n: int, k: int, shape: tuple[float, float]
) -> None:
    assert covered(lambda rng, size: rng.beta(*shape, size), items, n, k) >= 0.92


def test_more_samples_narrow_the_interval_only_as_far_as_the_problems_allow() -> None:
    rng = np.random.default_rng(0)
    hardness = rng.beta(0.6, 0.5, 164)
    widths = []
    for n in (1, 5, 20, 1000):
        found = estimate(mean_credit(rng.binomial(n, hardness) / n, np.full(164, n)))
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] > 0.9 * widths[-2]


@pytest.mark.parametrize("credit", [0.0, 1.0])
@pytest.mark.parametrize("trials", [1, 20, 1000])
def test_nothing_or_everything_solved_leaves_room_for_other_problems(credit: float, trials: int) -> None:
    found = estimate(mean_credit([credit] * 20, [trials] * 20))
    assert (found.value, found.method) == (credit, "Wilson over items")
    assert found.high - found.low == pytest.approx(0.161, abs=0.001)


def test_equal_credit_everywhere_is_no_certainty() -> None:
    found = estimate(mean_credit([0.5] * 20, [20] * 20))
    assert 0.1 < found.high - found.low < 0.25


def test_with_one_sample_each_it_is_the_share() -> None:
    rng = np.random.default_rng(0)
    for items in (1, 2, 20, 164):
        passed = (rng.random(items) < 0.6).astype(float)
        found, expected = estimate(mean_credit(passed, np.ones(items))), estimate(share(passed, range(items)))
        assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))
        assert found.n == items


def test_solved_and_unsolved_change_places() -> None:
    credit = np.random.default_rng(0).beta(0.5, 0.5, 30)
    one, other = (estimate(mean_credit(values, [8.0] * 30)) for values in (credit, 1 - credit))
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low))


def test_it_serves_the_chance_that_each_of_k_solves_it_too() -> None:
    rng = np.random.default_rng(3)
    truth = float((rng.beta(0.6, 0.5, 400_000) ** 4).mean())
    values = [pass_all_k(8, c, 4) for c in range(9)]
    table = np.array([value for value in values if isinstance(value, float)])
    hits = sum(
        holds(mean_credit(table[rng.binomial(8, rng.beta(0.6, 0.5, 50))], np.full(50, 2.0)), truth)
        for _ in range(REPETITIONS)
    )
    assert hits / REPETITIONS >= 0.93


def test_a_mean_of_nothing_and_of_what_is_no_credit_are_refused() -> None:
    assert mean_credit([], []) == Unscored(reason="there are no items to take a mean of")
    assert mean_credit([0.5, float("nan")], [1, 1]) == Unscored(reason="1 of 2 items are not finite numbers")
    with pytest.raises(ValueError, match=r"here credit reaches from -0\.1 to 0\.5 and the fewest trials are 1"):
        mean_credit([-0.1, 0.5], [1, 1])
    with pytest.raises(ValueError, match=r"the fewest trials are 0\.5"):
        mean_credit([0.1, 0.5], [1, 0.5])
    with pytest.raises(ValueError, match=r"not of shapes \(2,\) and \(1,\)"):
        mean_credit([0.1, 0.5], [1])


Pairs = tuple[Floats, Floats]


def as_hard(rng: np.random.Generator, size: int) -> Pairs:
    base = rng.beta(0.6, 0.5, size)
    return base, base


def a_little_better(rng: np.random.Generator, size: int) -> Pairs:
    base = rng.beta(0.6, 0.5, size)
    return base**0.5, base


def sure_and_seldom_different(rng: np.random.Generator, size: int) -> Pairs:
    base = np.round(rng.random(size))
    return np.where(rng.random(size) < 0.04, 1.0, base), base


def weak(rng: np.random.Generator, size: int) -> Pairs:
    return rng.beta(0.1, 2, size), rng.beta(0.1, 4, size)


def far_apart(rng: np.random.Generator, size: int) -> Pairs:
    return rng.beta(9, 1, size), rng.beta(1, 9, size)


@pytest.mark.parametrize("items", [20, 164])
@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 1), (20, 1), (20, 10)])
@pytest.mark.parametrize("models", [as_hard, a_little_better, sure_and_seldom_different, weak, far_apart])
def test_the_interval_of_a_difference_covers_nineteen_times_in_twenty(
    models: Callable[[np.random.Generator, int], Pairs], n: int, k: int, items: int
) -> None:
    rng = np.random.default_rng(items + n + k)
    tuned, base = models(rng, 400_000)
    truth = float(((1 - base) ** k - (1 - tuned) ** k).mean())
    table, hits = by_count(n, k), 0
    for _ in range(REPETITIONS):
        tuned, base = models(rng, items)
        hits += holds(credit_difference(table[rng.binomial(n, tuned)], table[rng.binomial(n, base)]), truth)
    assert hits / REPETITIONS >= 0.93


def test_the_plain_interval_covers_less_where_few_problems_differ() -> None:
    """Why an item is added."""
    rng = np.random.default_rng(7)
    plain = added = 0
    for _ in range(REPETITIONS):
        tuned, base = sure_and_seldom_different(rng, 164)
        added += holds(credit_difference(tuned, base), 0.02)
        plain += holds(ratio_of_sums(tuned - base, np.ones(164), range(164)), 0.02)
    assert plain / REPETITIONS < 0.88
    assert added / REPETITIONS > 0.93


def test_two_models_that_differ_nowhere_may_differ_elsewhere() -> None:
    found = estimate(credit_difference([1.0, 0.0] * 82, [1.0, 0.0] * 82))
    assert found.value == 0
    assert found.low == -found.high
    assert 0.005 < found.high < 0.01
    apart = estimate(credit_difference([1.0] * 20, [0.0] * 20))
    assert (apart.value, apart.high) == (1.0, 1.0)
    assert 0.5 < apart.low < 0.9


def test_swapping_the_models_negates_the_difference() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random(30), rng.random(30)
    one, other = estimate(credit_difference(first, second)), estimate(credit_difference(second, first))
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))


def test_with_many_problems_the_added_one_hardly_counts() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random(2000), rng.random(2000)
    found = estimate(credit_difference(first, second))
    plain = estimate(ratio_of_sums(first - second, np.ones(2000), range(2000)))
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=3e-4)


def test_a_difference_of_nothing_and_of_what_is_no_credit_are_refused() -> None:
    assert credit_difference([1.0], [0.0]) == Unscored(reason="an interval needs at least 2 items, and there is 1")
    assert credit_difference([], []) == Unscored(reason="an interval needs at least 2 items, and there are none")
    bad = credit_difference([0.5, float("inf")], [0.0, 1.0])
    assert bad == Unscored(reason="1 of 2 items are not finite numbers")
    with pytest.raises(ValueError, match="between 0 and 1"):
        credit_difference([0.5, 2.0], [0.0, 1.0])
    with pytest.raises(ValueError, match=r"not of shapes \(2,\) and \(3,\)"):
        credit_difference([0.5, 0.2], [0.0, 1.0, 1.0])
