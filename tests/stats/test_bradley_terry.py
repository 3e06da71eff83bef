"""Bradley-Terry: against choix, evalica and a search written out, in simulation, and where models never win."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.optimize

from tests.reference.make_bradley_terry import RIDGES, TABLE, Matches, checksum, first_tournaments
from tunecheck.core import Unscored
from tunecheck.stats.bradley_terry import RIDGE, Ranking, bradley_terry
from tunecheck.stats.proportions import share

Floats = npt.NDArray[np.float64]
# Item, first model, second model, score.
Votes = list[tuple[int, str, str, float]]


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def ranked(votes: Votes, *, ridge: float = RIDGE, n_draws: int = 20, seed: int = 0) -> Ranking:
    items, firsts, seconds, scores = ([row[at] for row in votes] for at in range(4))
    found = bradley_terry(items, firsts, seconds, scores, chance(seed), ridge=ridge, n_draws=n_draws)  # type: ignore[arg-type]
    assert isinstance(found, Ranking), found
    return found


def reason(found: Ranking | Unscored) -> str:
    assert isinstance(found, Unscored), found
    return found.reason


def of_matches(matches: Matches) -> Votes:
    return [(item, f"m{winner}", f"m{loser}", 1.0) for item, (winner, loser) in enumerate(matches)]


def draw(rng: np.random.Generator, strengths: list[float], nu: float, n_items: int, pairs_an_item: int | None) -> Votes:
    """Votes by the model itself; None has every pair vote on every item."""
    pairs = list(combinations(range(len(strengths)), 2))
    votes: Votes = []
    for item in range(n_items):
        met = range(len(pairs)) if pairs_an_item is None else rng.integers(0, len(pairs), pairs_an_item)
        for first, second in (pairs[at] for at in met):
            half = (strengths[first] - strengths[second]) / 2
            sizes = np.array([np.exp(half), np.exp(-half), nu])
            score = (1.0, -1.0, 0.0)[rng.choice(3, p=sizes / sizes.sum())]
            votes.append((item, f"m{first}", f"m{second}", score))
    return votes


def strengths_of(found: Ranking) -> Floats:
    return np.array([found.strengths[name].value for name in sorted(found.models)])


def test_the_table_was_made_from_these_tournaments() -> None:
    made = json.loads(TABLE.read_text(encoding="utf-8"))
    assert made["sha256"] == checksum()
    assert made["ridges"] == list(RIDGES)


def test_two_hundred_tournaments_agree_with_choix_and_evalica() -> None:
    rows = json.loads(TABLE.read_text(encoding="utf-8"))["tournaments"]
    assert len(rows) == 200
    n_by_evalica = 0
    for matches, row in zip(first_tournaments(), rows, strict=True):
        for ridge, theirs in zip(RIDGES, row["choix"], strict=True):
            # choix takes its penalty times the squares, and not half of that.
            found = ranked(of_matches(matches), ridge=2 * ridge, n_draws=2)
            assert strengths_of(found) == pytest.approx(np.array(theirs), abs=1e-6)
        if row["evalica"] is not None:
            found = ranked(of_matches(matches), ridge=1e-9, n_draws=2)
            assert strengths_of(found) == pytest.approx(np.array(row["evalica"]), abs=1e-5)
            n_by_evalica += 1
    assert n_by_evalica > 120


@pytest.mark.parametrize("seed", range(12))
def test_ties_are_davidsons_by_a_search_over_worths(seed: int) -> None:
    """P(i wins) = π_i / (π_i + π_j + ν √(π_i π_j)), with worths and ν found without our gradient."""
    rng = chance(seed)
    votes = draw(rng, list(rng.normal(0, 1.5, 4)), 0.2 + 1.5 * rng.random(), 40, 1)
    names = sorted({name for vote in votes for name in vote[1:3]})
    rows = [(names.index(first), names.index(second), score) for _, first, second, score in votes]

    def loss(logs: Floats) -> float:
        worths, nu = np.exp(logs[:-1]), np.exp(logs[-1])
        total = 0.0
        for first, second, score in rows:
            even = nu * np.sqrt(worths[first] * worths[second])
            top = {1.0: worths[first], -1.0: worths[second], 0.0: even}[score]
            total -= np.log(top / (worths[first] + worths[second] + even))
        return float(total + RIDGE / 2 * (logs @ logs))

    theirs = scipy.optimize.minimize(loss, np.zeros(len(names) + 1), method="BFGS", options={"gtol": 1e-7}).x
    found = ranked(votes)
    assert strengths_of(found) == pytest.approx(theirs[:-1], abs=1e-5)
    assert not isinstance(found.tie_rate, Unscored)
    nu = np.exp(theirs[-1])
    assert found.tie_rate.value == pytest.approx(nu / (2 + nu), abs=1e-5)
    worths = np.exp(theirs[:2])
    even = nu * np.sqrt(worths.prod())
    rate = (worths[0] + even / 2) / (worths.sum() + even)
    assert found.win_rates[names[0], names[1]].value == pytest.approx(rate, abs=1e-5)


def test_of_two_models_it_is_the_share_of_wins() -> None:
    wins = [1.0] * 330 + [-1.0] * 170
    found = ranked([(item, "a", "b", won) for item, won in enumerate(wins)], n_draws=2000).win_rates["a", "b"]
    wilson = share([(1 + won) / 2 for won in wins], range(500))
    assert not isinstance(wilson, Unscored)
    assert found.value == pytest.approx(0.66, abs=1e-3)
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=0.006)
    assert found.n == 500


@pytest.mark.parametrize(
    ("strengths", "nu", "n_items", "pairs_an_item"),
    [
        ([1.5, -1.5], 0.3, 50, None),
        ([3.5, -3.5], 0.2, 50, None),
        ([1.0, 0.0, -1.0], 0.6, 30, None),
        ([1.0, 0.0, -1.0], 0.6, 100, 1),
        ([2.0, 0.5, 0.0, -0.5, -2.0], 0.8, 40, None),
    ],
)
def test_the_intervals_cover(strengths: list[float], nu: float, n_items: int, pairs_an_item: int | None) -> None:
    rng, in_strength, in_rate, in_ties = chance(n_items), [], [], []
    half = (strengths[0] - strengths[-1]) / 2
    rate = (np.exp(half) + nu / 2) / (np.exp(half) + np.exp(-half) + nu)
    for _ in range(150):
        found = ranked(draw(rng, strengths, nu, n_items, pairs_an_item), n_draws=300, seed=int(rng.integers(1 << 31)))
        for model, truth in enumerate(strengths):
            one = found.strengths[f"m{model}"]
            in_strength.append(one.low <= truth <= one.high)
        one = found.win_rates["m0", f"m{len(strengths) - 1}"]
        in_rate.append(one.low <= rate <= one.high)
        if not isinstance(found.tie_rate, Unscored):
            in_ties.append(found.tie_rate.low <= nu / (2 + nu) <= found.tie_rate.high)
    assert np.mean(in_strength) >= 0.92
    assert np.mean(in_rate) >= 0.91
    assert np.mean(in_ties) >= 0.88


def test_rates_of_both_orders_add_to_one_and_strengths_to_zero() -> None:
    found = ranked(draw(chance(1), [1.0, 0.2, -0.4], 0.5, 60, 1), n_draws=200)
    assert sum(one.value for one in found.strengths.values()) == pytest.approx(0, abs=1e-9)
    assert list(found.models) == sorted(found.models, key=lambda name: -found.strengths[name].value)
    for one, other in combinations(found.models, 2):
        there, back = found.win_rates[one, other], found.win_rates[other, one]
        assert there.value >= 0.5
        assert (back.value, back.low, back.high) == pytest.approx((1 - there.value, 1 - there.high, 1 - there.low))


def test_who_stands_first_and_the_order_of_votes_change_nothing() -> None:
    votes = draw(chance(2), [1.0, 0.2, -0.4], 0.5, 60, 1)
    found = ranked(votes, n_draws=100)
    assert ranked([(item, second, first, -score) for item, first, second, score in votes], n_draws=100) == found
    mixed = [votes[at] for at in chance(3).permutation(len(votes))]
    assert strengths_of(ranked(mixed)) == pytest.approx(strengths_of(found))


def test_votes_of_many_raters_on_one_item_are_one_item() -> None:
    votes = draw(chance(4), [0.8, 0.0, -0.8], 0.5, 40, None)
    one, other = ranked(votes, n_draws=100), ranked(votes * 5, n_draws=100)
    for name, found in one.strengths.items():
        copy = other.strengths[name]
        assert (copy.value, copy.low, copy.high) == pytest.approx((found.value, found.low, found.high))
        assert copy.n == found.n == 40


@pytest.mark.parametrize("n_items", [5, 20, 200])
def test_a_model_that_wins_all_has_finite_strength_and_room_to_lose(n_items: int) -> None:
    found = ranked([(item, "a", "b", 1.0) for item in range(n_items)], n_draws=1000)
    rate = found.win_rates["a", "b"]
    wilson = share([1.0] * n_items, range(n_items))
    assert not isinstance(wilson, Unscored)
    assert rate.value < rate.high <= 1
    assert wilson.low - 0.25 < rate.low < wilson.low + 0.01
    assert abs(found.strengths["a"].high) < 20


def test_a_model_that_never_wins_and_one_that_only_ties_are_ranked() -> None:
    votes = draw(chance(5), [0.5, 0.0, -0.5], 0.5, 60, 1)
    for at in range(20):
        votes.append((100 + at, f"m{at % 3}", "never", 1.0))
        votes.append((200 + at, "even", f"m{at % 3}", 0.0))
    found = ranked(votes, n_draws=300)
    assert found.models[-1] == "never"
    assert found.strengths["never"].low < found.strengths["never"].value < found.strengths["never"].high
    assert found.win_rates["m0", "even"].value > found.win_rates["m2", "even"].value
    assert found.win_rates["even", "m1"].low < 0.5 < found.win_rates["even", "m1"].high


def test_nothing_but_ties_makes_equal_models() -> None:
    found = ranked([(item, "a", "b", 0.0) for item in range(30)], n_draws=300)
    assert found.win_rates["a", "b"].value == pytest.approx(0.5)
    assert not isinstance(found.tie_rate, Unscored)
    assert found.tie_rate.value > 0.9


def test_without_ties_there_is_no_tie_rate() -> None:
    found = ranked(of_matches(first_tournaments()[0]))
    assert isinstance(found.tie_rate, Unscored)
    assert found.tie_rate.reason == "nobody voted for a tie"


def test_what_has_no_ranking_has_a_reason() -> None:
    apart = bradley_terry(range(3), ["a", "c", "b"], ["b", "d", "a"], [1, -1, 0], chance())
    assert reason(apart) == "no chain of comparisons links a, b with c, d, so their strengths have no common scale"
    assert reason(bradley_terry([1, 1], ["a", "a"], ["b", "b"], [1, -1], chance())) == (
        "an interval needs at least 2 items, and there is 1"
    )
    assert reason(bradley_terry([], [], [], [], chance())) == "an interval needs at least 2 items, and there are none"


def test_what_is_no_vote_is_refused() -> None:
    with pytest.raises(ValueError) as scores:
        bradley_terry([1, 2], ["a", "a"], ["b", "b"], [0.5, 2], chance())
    assert str(scores.value) == "a vote is 1, 0 or -1, and here are 0.5, 2"
    with pytest.raises(ValueError) as itself:
        bradley_terry([1, 2], ["a", "a"], ["a", "b"], [1, 1], chance())
    assert str(itself.value) == "a model is not compared with itself: a"
    with pytest.raises(ValueError) as lengths:
        bradley_terry([1, 2], ["a", "a"], ["b"], [1, 1], chance())
    assert str(lengths.value) == "2 first models, 1 second ones and 2 scores do not fit"
    with pytest.raises(ValueError) as items:
        bradley_terry([1], ["a", "a"], ["b", "b"], [1, 1], chance())
    assert str(items.value) == "1 item labels do not fit 2 votes"
    with pytest.raises(ValueError) as ridge:
        bradley_terry([1, 2], ["a", "a"], ["b", "b"], [1, 1], chance(), ridge=0)
    assert str(ridge.value) == "the ridge is above 0, not 0"
