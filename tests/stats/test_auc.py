"""AUC: against counting pairs, scikit-learn, DeLong's matrices and a jackknife; coverage; what must not change it."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.core import Estimate, Unscored
from tunecheck.stats.auc import Sample, adjusted_auc, auc, placements, tpr_at_fpr, wilson
from tunecheck.stats.ratios import difference, ratio, t_quantile

Floats = npt.NDArray[np.float64]

values = st.lists(st.integers(-8, 8).map(float), min_size=2, max_size=20)


def sample(x: Floats | list[float], name: str = "", group_size: int = 1, columns: Floats | None = None) -> Sample:
    units = [f"{name} {k // group_size}" for k in range(len(x))]
    return Sample(values=np.asarray(x, dtype=np.float64), units=units, columns=columns)


def estimated(found: Estimate | Unscored) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def reason(found: object) -> str:
    assert isinstance(found, Unscored)
    return found.reason


def pairs(a: Floats | list[float], b: Floats | list[float]) -> float:
    return float(np.mean([(x > y) + 0.5 * (x == y) for x, y in product(a, b)]))


def standard_error(found: Estimate, freedom: float) -> float:
    """The error behind a t interval on the logit scale."""
    width = math.log(found.high / (1 - found.high)) - math.log(found.low / (1 - found.low))
    return width / 2 / t_quantile(0.975, freedom) * found.value * (1 - found.value)


def freedom(a: Sample, b: Sample) -> float:
    """Welch's degrees of freedom of the two placement samples."""
    above, below = placements(a.values, b.values), placements(b.values, a.values)
    both = difference(ratio(above, np.ones(len(above)), a.units), ratio(below, np.ones(len(below)), b.units))
    assert not isinstance(both, Unscored)
    return both.degrees_of_freedom


def test_the_value_is_the_one_of_scikit_learn() -> None:
    """sklearn.metrics.roc_auc_score of version 1.9.1 on numbers with ties."""
    a = [-0.3, -0.8, 0.3, 0.9, 1.6, 0.6, -0.1, -0.3, 1.2, 2.1, 0.8, -0.7]
    b = [-1.0, 1.6, 0.2, -1.7, -0.1, -1.2, -0.6, -0.5, -0.7]
    assert estimated(auc(sample(a), sample(b, "b"))).value == pytest.approx(0.763888888888889)


@given(values, values)
@settings(max_examples=40, deadline=None)
def test_the_value_is_the_share_of_pairs_and_of_scipys_u(a: list[float], b: list[float]) -> None:
    found = estimated(auc(sample(a), sample(b, "b")))
    assert found.value == pytest.approx(pairs(a, b))
    assert found.value == pytest.approx(scipy.stats.mannwhitneyu(a, b).statistic / len(a) / len(b))
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(values, values)
@settings(max_examples=40, deadline=None)
def test_swapping_the_sets_mirrors_the_interval(a: list[float], b: list[float]) -> None:
    one, other = estimated(auc(sample(a), sample(b, "b"))), estimated(auc(sample(b, "b"), sample(a)))
    expected = (1 - other.value, 1 - other.high, 1 - other.low)
    assert (one.value, one.low, one.high) == pytest.approx(expected, abs=1e-9)


@given(values, values)
@settings(max_examples=40, deadline=None)
def test_copies_inside_a_unit_and_rising_transforms_change_nothing(a: list[float], b: list[float]) -> None:
    once = estimated(auc(sample(a), sample(b, "b")))
    copies = [sample(np.repeat(np.exp(np.array(x) / 3), 3), name, 3) for x, name in ((a, ""), (b, "b"))]
    more = estimated(auc(copies[0], copies[1]))
    assert (more.value, more.low, more.high) == pytest.approx((once.value, once.low, once.high), abs=1e-9)
    assert more.n == once.n == len(a) + len(b)


def test_the_standard_error_is_delongs_written_out() -> None:
    rng = np.random.default_rng(0)
    a, b = sample(np.round(rng.normal(1, 1, 25), 1)), sample(np.round(rng.normal(0, 1, 14), 1), "b")
    wins = (a.values[:, None] > b.values) + 0.5 * (a.values[:, None] == b.values)
    expected = math.sqrt(wins.mean(1).var(ddof=1) / 25 + wins.mean(0).var(ddof=1) / 14)
    assert standard_error(estimated(auc(a, b)), freedom(a, b)) == pytest.approx(expected)


def test_the_standard_error_of_groups_is_the_one_of_a_jackknife_over_groups() -> None:
    rng = np.random.default_rng(1)
    sides = []
    for n_groups, shift, name in ((60, 0.7, "a"), (40, 0.0, "b")):
        x = shift + np.repeat(rng.normal(size=n_groups), 5) + 0.5 * rng.normal(size=5 * n_groups)
        sides.append(sample(x, name, 5))
    a, b = sides
    variance = 0.0
    for place, n_groups in ((0, 60), (1, 40)):
        left_out = []
        for group in range(n_groups):
            kept = [side.values for side in sides]
            kept[place] = np.delete(kept[place], slice(5 * group, 5 * group + 5))
            left_out.append(placements(kept[0], kept[1]).mean())
        variance += (n_groups - 1) * np.var(left_out)
    found = standard_error(estimated(auc(a, b)), freedom(a, b))
    assert found == pytest.approx(math.sqrt(variance), rel=0.02)
    lone = auc(sample(a.values, "a"), sample(b.values, "b"))
    assert found > 1.7 * standard_error(estimated(lone), 300)


def test_units_in_both_sets_are_one_draw() -> None:
    """The same items on both sides with little noise beside: what they share does not blur the difference."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=80)
    y = x + 0.1 * rng.normal(size=80)
    apart, paired = auc(sample(x, "a"), sample(y, "b")), auc(sample(x, "a"), sample(y, "a"))
    assert estimated(paired).high - estimated(paired).low < 0.2 * (estimated(apart).high - estimated(apart).low)
    assert (estimated(apart).n, estimated(paired).n) == (160, 80)


@pytest.mark.parametrize(
    ("n_a", "n_b", "group_size", "truth"),
    [(10, 10, 1, 0.5), (30, 30, 1, 0.9), (100, 30, 1, 0.75), (100, 30, 1, 0.98), (60, 40, 4, 0.5), (200, 80, 4, 0.9)],
)
def test_the_interval_covers_nineteen_times_in_twenty(n_a: int, n_b: int, group_size: int, truth: float) -> None:
    rng = np.random.default_rng(n_a + n_b)
    shift, hits, repetitions = scipy.stats.norm.ppf(truth) * math.sqrt(2), 0, 500

    def side(n: int, mean: float, name: str) -> Sample:
        own = rng.normal(size=n)
        if group_size > 1:
            own = math.sqrt(0.4) * own + math.sqrt(0.6) * np.repeat(rng.normal(size=n // group_size), group_size)
        return sample(mean + own, name, group_size)

    for _ in range(repetitions):
        found = estimated(auc(side(n_a, shift, "a"), side(n_b, 0.0, "b")))
        hits += found.low <= truth <= found.high
    assert hits / repetitions >= 0.91


def test_sets_that_do_not_overlap_have_newcombes_interval() -> None:
    found = estimated(auc(sample([5.0, 6.0, 7.0, 8.0]), sample([1.0, 2.0, 3.0], "b")))
    assert found.value == 1.0
    assert found.high == pytest.approx(1.0)
    a, mean = found.low, 2.5
    variance = a * (1 - a) * (1 + mean * (1 - a) / (2 - a) + mean * a / (1 + a)) / 12
    assert (1 - a) ** 2 == pytest.approx(scipy.stats.norm.ppf(0.975) ** 2 * variance)
    below = estimated(auc(sample([1.0, 2.0, 3.0]), sample([5.0, 6.0, 7.0, 8.0], "b")))
    assert (below.low, below.high) == pytest.approx((0.0, 1 - found.low))


def test_sets_where_all_is_tied_are_at_chance_with_doubt() -> None:
    found = estimated(auc(sample([1.0] * 20), sample([1.0] * 20, "b")))
    assert found.value == 0.5
    assert 0.28 < found.low < 0.36
    assert found.high == pytest.approx(1 - found.low)


def test_what_cannot_be_compared_has_a_reason() -> None:
    some, none = sample([1.0, 2.0]), sample([])
    assert reason(auc(some, none)) == "one of the two sets has no rows"
    assert reason(auc(some, sample([1.0, math.nan], "b"))) == "some values are not finite numbers"
    assert reason(auc(some, sample([1.0], "b"))) == "an interval needs at least 2 items or groups, and there is 1"


def test_fields_that_do_not_fit_are_refused_with_their_sizes() -> None:
    with pytest.raises(ValueError) as units:
        Sample(values=np.zeros(3), units="ab")
    assert str(units.value) == "2 units do not fit values of shape (3,)"
    with pytest.raises(ValueError) as columns:
        Sample(values=np.zeros(3), units="abc", columns=np.zeros((2, 1)))
    assert str(columns.value) == "columns of shape (2, 1) do not fit 3 values"


def confounded(rng: np.random.Generator, n: int, *, shift: float, own: float = 0.0, name: str) -> Sample:
    """Values that a column explains in part; ``shift`` moves the column, ``own`` the values beside it."""
    column = shift + rng.normal(size=n)
    return sample(own + 0.8 * column + 0.6 * rng.normal(size=n), name, columns=column[:, None])


@pytest.mark.parametrize(("n_a", "n_b", "own"), [(30, 30, 0.0), (200, 80, 0.0), (200, 80, 0.6)])
def test_what_the_columns_explain_does_not_count(n_a: int, n_b: int, own: float) -> None:
    """The truth is known: without a shift of its own 0.5, and with one of a noise's spread Φ(1/√2)."""
    rng = np.random.default_rng(n_a + int(10 * own))
    truth = scipy.stats.norm.cdf(own / 0.6 / math.sqrt(2))
    hits, found, plain, repetitions = 0, [], [], 400
    for _ in range(repetitions):
        a, b = confounded(rng, n_a, shift=1.0, own=own, name="a"), confounded(rng, n_b, shift=0.0, name="b")
        one = estimated(adjusted_auc(a, b).estimate)
        hits += one.low <= truth <= one.high
        found.append(one.value)
        plain.append(estimated(auc(a, b)).value)
    assert np.mean(found) == pytest.approx(truth, abs=0.01)
    assert np.mean(plain) > truth + 0.05
    assert 0.92 <= hits / repetitions <= 0.985


def test_doubt_about_the_slopes_widens_the_interval() -> None:
    """Sets far apart in the column: the slope decides, and an interval without its doubt holds the truth too rarely."""
    rng = np.random.default_rng(5)
    whole = narrow = 0
    for _ in range(400):
        a, b = confounded(rng, 30, shift=3.0, name="a"), confounded(rng, 30, shift=0.0, name="b")
        found = adjusted_auc(a, b)
        one = estimated(found.estimate)
        known = estimated(auc(sample(found.positives, "a"), sample(found.negatives, "b")))
        whole += one.low <= 0.5 <= one.high
        narrow += known.low <= 0.5 <= known.high
    assert whole >= 0.91 * 400
    assert narrow < 0.85 * 400


def test_what_is_left_is_what_regression_within_the_sets_leaves() -> None:
    rng = np.random.default_rng(6)
    a, b = confounded(rng, 50, shift=1.0, name="a"), confounded(rng, 40, shift=0.0, name="b")
    found = adjusted_auc(a, b)
    assert a.columns is not None
    assert b.columns is not None
    design = np.column_stack(
        (np.repeat([1.0, 0.0], [50, 40]), np.repeat([0.0, 1.0], [50, 40]), np.concatenate((a.columns, b.columns)))
    )
    theirs = np.linalg.lstsq(design, np.concatenate((a.values, b.values)))[0]
    left = np.concatenate((found.positives - a.values, found.negatives - b.values)) + design[:, 2] * theirs[2]
    assert left == pytest.approx(np.full(90, left[0]))


@given(st.integers(0, 200), st.floats(-5, 5), st.floats(0.1, 10))
@settings(max_examples=25, deadline=None)
def test_adding_what_columns_say_and_scaling_them_changes_nothing(seed: int, slope: float, factor: float) -> None:
    rng = np.random.default_rng(seed)
    a, b = confounded(rng, 30, shift=0.5, name="a"), confounded(rng, 25, shift=0.0, name="b")
    before, changed = estimated(adjusted_auc(a, b).estimate), []
    for side in (a, b):
        assert side.columns is not None
        changed.append(
            Sample(values=side.values + slope * side.columns[:, 0], units=side.units, columns=factor * side.columns + 3)
        )
    after = estimated(adjusted_auc(changed[0], changed[1]).estimate)
    assert (after.value, after.low, after.high) == pytest.approx((before.value, before.low, before.high), abs=2e-3)


def test_columns_that_cannot_be_used_leave_the_plain_auc() -> None:
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=30), rng.normal(size=9)
    without_spread = [
        sample(v, n, columns=np.full((len(v), 1), 2.0)) for v, n in ((x, "a"), (rng.normal(size=30), "b"))
    ]
    few = [sample(v, n, columns=v[:, None].copy()) for v, n in ((x, "a"), (y, "b"))]
    for a, b in (without_spread, few):
        assert adjusted_auc(a, b).estimate == auc(a, b)


def test_columns_that_are_not_numbers_have_a_reason() -> None:
    x = np.random.default_rng(7).normal(size=30)
    broken = sample(x, "b", columns=np.full((30, 1), math.inf))
    for pair in ((sample(x), broken), (broken, sample(x))):
        assert reason(adjusted_auc(*pair).estimate) == "some values are not finite numbers"


def test_sets_apart_beside_their_columns_have_an_interval() -> None:
    rng = np.random.default_rng(8)
    column = rng.normal(size=40)
    a = sample(9 + column[:20], "a", columns=column[:20, None])
    b = sample(column[20:] + 0.1 * rng.normal(size=20), "b", columns=column[20:, None])
    found = estimated(adjusted_auc(a, b).estimate)
    assert found.value == 1.0
    assert 0.8 < found.low < 0.95


def test_sets_that_hardly_overlap_keep_a_narrow_interval_though_the_slopes_are_in_doubt() -> None:
    """One pair in thousands is out of order. The logit of such an AUC has no bounded error, and its value has."""
    rng = np.random.default_rng(10)
    lows = []
    for _ in range(100):
        a, b = (confounded(rng, n, shift=0.3, own=own, name=x) for n, own, x in ((60, 2.6, "a"), (30, 0.0, "b")))
        found = estimated(adjusted_auc(a, b).estimate)
        assert found.value > 0.9
        lows.append(found.low)
    assert min(lows) > 0.85


def test_the_share_above_the_threshold_is_the_one_counted() -> None:
    rng = np.random.default_rng(9)
    a, b = rng.normal(1, 1, 70), rng.normal(0, 1, 300)
    threshold = sorted(b)[-3]
    found = estimated(tpr_at_fpr(sample(a), sample(b, "b"), rate=0.01))
    assert found.value == pytest.approx(sum(x > threshold for x in a) / 70)
    assert found.n == 70


@pytest.mark.parametrize(
    ("n_a", "n_b", "rate", "shift", "group_size"),
    [
        (100, 60, 0.05, 0.0, 1),
        (100, 60, 0.05, 1.0, 1),
        (200, 100, 0.05, 2.5, 1),
        (400, 300, 0.01, 1.5, 1),
        (200, 100, 0.05, 1.0, 4),
    ],
)
def test_the_interval_of_the_share_covers_nineteen_times_in_twenty(
    n_a: int, n_b: int, rate: float, shift: float, group_size: int
) -> None:
    rng = np.random.default_rng(int(n_a + 10 * shift))
    truth, hits, repetitions = scipy.stats.norm.sf(scipy.stats.norm.isf(rate) - shift), 0, 400

    def side(n: int, mean: float, name: str) -> Sample:
        own = rng.normal(size=n)
        if group_size > 1:
            own = math.sqrt(0.4) * own + math.sqrt(0.6) * np.repeat(rng.normal(size=n // group_size), group_size)
        return sample(mean + own, name, group_size)

    for _ in range(repetitions):
        found = estimated(tpr_at_fpr(side(n_a, shift, "a"), side(n_b, 0.0, "b"), rate=rate))
        hits += found.low <= truth <= found.high
    assert hits / repetitions >= 0.92


@given(values, st.lists(st.integers(-8, 8).map(float), min_size=20, max_size=40))
@settings(max_examples=40, deadline=None)
def test_the_share_lies_in_its_interval_and_at_most_the_rate_of_negatives_pass(a: list[float], b: list[float]) -> None:
    found = estimated(tpr_at_fpr(sample(a), sample(b, "b"), rate=0.05))
    assert 0 <= found.low <= found.value <= found.high <= 1
    own = estimated(tpr_at_fpr(sample(b), sample(b, "b"), rate=0.05))
    assert own.value <= 0.05


def test_a_rate_of_less_than_one_row_has_no_share() -> None:
    rows = sample([float(k) for k in range(18)], "b")
    assert reason(tpr_at_fpr(sample([1.0, 2.0]), rows, rate=0.05)) == "5% of 18 rows is less than one"
    bad = sample([math.inf, 2.0])
    assert reason(tpr_at_fpr(bad, rows, rate=0.5)) == "some values are not finite numbers"


@pytest.mark.parametrize(
    ("n_true", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.277533),
        (3, 10, 0.107791, 0.603222),
        (50, 100, 0.403832, 0.596168),
        (99, 100, 0.945514, 0.998233),
        (7, 300, 0.011348, 0.047372),
    ],
)
def test_wilsons_interval_is_the_one_of_statsmodels_and_of_scipy(n_true: int, n: int, low: float, high: float) -> None:
    """statsmodels.stats.proportion.proportion_confint, method wilson, version 0.15.0."""
    assert wilson(n_true / n, n) == pytest.approx((low, high), abs=1e-6)
    theirs = scipy.stats.binomtest(n_true, n).proportion_ci(method="wilson")
    assert wilson(n_true / n, n) == pytest.approx((theirs.low, theirs.high))


@given(values, values)
@settings(max_examples=40, deadline=None)
def test_placements_are_counted_shares(a: list[float], b: list[float]) -> None:
    assert placements(np.array(a), np.array(b)).tolist() == pytest.approx([pairs([x], b) for x in a])
