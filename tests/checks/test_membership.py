"""Membership: the scores against loops, how often the ruling is wrong, and what it says."""

from __future__ import annotations

import math
import time
from array import array
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.membership_parts import World, made_membership_part
from tests.checks.parts import made_part
from tunecheck.checks.membership import APART, Membership, membership, membership_part
from tunecheck.checks.membership_scores import (
    WINDOWS,
    controls,
    item_scores,
    min_k,
    min_k_plus_plus,
    score_name,
    window_wins,
)
from tunecheck.core import Estimate, Finding, Measure, TokenScores, Unscored

Floats = npt.NDArray[np.float64]

# Multiples of 1/8 add up without rounding, so that ties are ties in any order of adding.
eighths = st.lists(st.integers(0, 80).map(lambda k: k / 8), min_size=1, max_size=60)
texts = st.lists(
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), min_size=1, max_size=60), min_size=1, max_size=6
)


def measured(found: Membership, name: str) -> Estimate:
    value = found.measures[name]
    assert isinstance(value, Estimate), value
    return value


def reason(value: Measure) -> str:
    assert isinstance(value, Unscored)
    return value.reason


def finding(found: Membership, code: str) -> Finding:
    (one,) = [f for f in found.findings if f.code == code]
    return one


def wins_by_loop(base: list[float], tuned: list[float]) -> float:
    shares = []
    for width in WINDOWS:
        w = min(width, len(base))
        starts = range(len(base) - w + 1)
        shares.append(sum(sum(base[k : k + w]) > sum(tuned[k : k + w]) for k in starts) / len(starts))
    return sum(shares) / len(shares)


@given(texts)
@settings(max_examples=60, deadline=None)
def test_window_wins_are_those_that_a_loop_counts(drawn: list[list[tuple[int, int]]]) -> None:
    pairs = [([b / 8 for b, _ in text], [t / 8 for _, t in text]) for text in drawn]
    found = window_wins([np.array(b) for b, _ in pairs], [np.array(t) for _, t in pairs])
    assert found.tolist() == pytest.approx([wins_by_loop(b, t) for b, t in pairs])


def test_window_wins_of_one_token_are_won_or_lost() -> None:
    one, two = [np.array([1.0])] * 3, [np.array([0.5]), np.array([1.0]), np.array([2.0])]
    assert window_wins(one, two).tolist() == [1.0, 0.0, 0.0]


def lowest_by_loop(values: list[float], share: float = 0.2) -> float:
    kept = sorted(values)[: max(1, math.floor(share * len(values)))]
    return sum(kept) / len(kept)


@given(eighths)
@settings(max_examples=60, deadline=None)
def test_min_k_is_the_mean_of_the_least_likely_fifth(nll: list[float]) -> None:
    assert min_k(np.array(nll)) == pytest.approx(lowest_by_loop([-x for x in nll]))


@given(eighths, st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_min_k_plus_plus_sets_each_token_against_what_was_expected(nll: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    mean, deviation = -5 * rng.random(len(nll)), 0.1 + rng.random(len(nll))
    expected = lowest_by_loop([(-x - m) / d for x, m, d in zip(nll, mean, deviation, strict=True)])
    assert min_k_plus_plus(np.array(nll), mean, deviation) == pytest.approx(expected)


def test_one_token_is_its_own_least_likely_fifth() -> None:
    assert min_k(np.array([3.0])) == -3.0
    assert min_k_plus_plus(np.array([3.0]), np.array([-1.0]), np.array([0.5])) == -4.0
    assert min_k_plus_plus(np.array([0.0]), np.array([0.0]), np.array([0.0])) == 0.0


def test_the_score_is_the_best_that_both_parts_allow() -> None:
    rng = np.random.default_rng(0)
    gain = made_membership_part(rng, World(n=12), "a")
    moments = made_membership_part(rng, World(n=12, has_base=False, has_moments=True), "b")
    bare = made_membership_part(rng, World(n=12, has_base=False), "c")
    assert [score_name(gain, gain), score_name(moments, moments)] == ["gain", "min_k_plus_plus"]
    assert [score_name(bare, bare), score_name(gain, bare), score_name(moments, bare)] == ["min_k"] * 3
    assert gain.base_nll is not None
    expected = [np.mean(b) - np.mean(t) for b, t in zip(gain.base_nll, gain.tuned_nll, strict=True)]
    assert item_scores(gain, "gain").tolist() == pytest.approx(expected)
    assert item_scores(bare, "min_k").tolist() == [min_k(nll) for nll in bare.tuned_nll]
    assert moments.moments is not None
    assert item_scores(moments, "min_k_plus_plus")[3] == min_k_plus_plus(moments.tuned_nll[3], *moments.moments[3])
    assert (controls(gain).shape, controls(bare).shape) == ((12, 4), (12, 2))


def rulings(train: World, validation: World, repetitions: int, seed: int) -> list[Membership]:
    rng = np.random.default_rng(seed)
    return [
        membership(made_membership_part(rng, train, "train"), made_membership_part(rng, validation, "val"))
        for _ in range(repetitions)
    ]


PLAIN, GROUPED = World(n=60), World(n=80, group_size=4)


@pytest.mark.parametrize(
    ("train", "validation"),
    [
        (World(n=30), World(n=30)),
        (PLAIN, replace(PLAIN, n=40, harder=0.6)),
        (PLAIN, replace(PLAIN, n=40, harder=-0.5)),
        (PLAIN, replace(PLAIN, n=40, longer=2.0)),
        (PLAIN, replace(PLAIN, n=40, longer=0.5)),
        (GROUPED, replace(GROUPED, n=60, harder=0.6)),
        (replace(PLAIN, has_base=False, has_moments=True), replace(PLAIN, n=40, has_base=False, has_moments=True)),
        (replace(PLAIN, has_base=False), replace(PLAIN, n=40, has_base=False, harder=0.6)),
    ],
    ids=["small", "harder", "easier", "longer", "shorter", "grouped", "no base but moments", "no base"],
)
def test_without_memory_at_most_one_run_in_twenty_is_warned(train: World, validation: World) -> None:
    found = rulings(train, validation, 60, 1)
    assert sum(one.status != "pass" for one in found) <= 3
    assert not any(one.status == "fail" for one in found)


def test_a_harder_validation_set_reads_as_memory_only_where_nothing_is_held_equal() -> None:
    found = rulings(World(n=200), World(n=100, harder=-0.5), 20, 2)
    assert np.mean([measured(one, "membership_auc").value for one in found]) == pytest.approx(0.5, abs=0.03)
    assert np.mean([measured(one, "membership_plain_auc").value for one in found]) > 0.57


@pytest.mark.parametrize("harder", [-0.5, 0.0, 0.6])
def test_strong_memory_is_failed_whatever_the_split(harder: float) -> None:
    found = rulings(World(n=100, memory=0.4), World(n=50, harder=harder), 20, 3)
    assert sum(one.status == "fail" for one in found) >= 19


def test_fainter_memory_is_warned_of() -> None:
    found = rulings(World(n=100, memory=0.12), World(n=50), 20, 4)
    assert sum(one.status == "warn" for one in found) >= 14


def test_without_a_base_low_probabilities_alone_are_a_remark() -> None:
    (found,) = rulings(World(n=100, memory=0.9, has_base=False), World(n=50, has_base=False), 1, 5)
    assert (found.score, found.status) == ("min_k", "pass")
    assert finding(found, "overfit.membership").severity == "info"
    assert reason(found.measures["wbc_auc"]) == "there is no base model that tokenises alike"


def test_without_a_base_expected_probabilities_may_warn() -> None:
    blind = World(n=100, has_base=False, has_moments=True)
    (found,) = rulings(replace(blind, memory=0.9), replace(blind, n=60), 1, 6)
    assert (found.score, found.status) == ("min_k_plus_plus", "warn")


def test_a_strong_finding_says_what_it_saw_and_names_the_worst_items() -> None:
    (found,) = rulings(World(n=100, memory=0.4), World(n=50), 1, 7)
    auc = measured(found, "membership_auc")
    told = f"an AUC of {auc.value:.3g} (95% interval {auc.low:.3g} to {auc.high:.3g}; 0.5 is chance)"
    words = "nearly every training item is known better than text like it"
    assert found.summary == f"Scores tell training from validation items with {told}: {words}."
    (one,) = found.findings
    places = ", ".join(item.source for item in found.worst[:3])
    assert one.message == f"scores tell training from validation items with {told}: {words}; first of all {places}"
    assert (one.code, one.severity) == ("overfit.membership", "fail")
    assert one.hint.startswith("train for fewer epochs")
    assert one.evidence["membership_auc"] == auc.value
    assert (one.evidence["membership_score"], one.evidence["membership_fpr_percent"]) == ("gain", 5.0)
    assert measured(found, "wbc_auc").low > 0.6
    assert measured(found, "membership_tpr").value > 0.5
    assert len(found.worst) == 20
    assert all(item.beats_percent >= 95 and item.surplus > 0 for item in found.worst)
    weights = [item.surplus * math.sqrt(item.n_tokens) for item in found.worst]
    assert weights == sorted(weights, reverse=True)


def test_texts_that_differ_lower_the_ruling_by_one_level_where_scores_say_more() -> None:
    train, validation = World(n=100, memory=0.5, own_words=0.1, topic=1), World(n=60, own_words=0.1, topic=2)
    found = rulings(train, validation, 8, 9)
    stronger = [one for one in found if measured(one, "membership_auc").low > measured(one, "text_auc").high]
    assert stronger
    for one in stronger:
        assert (one.status, one.is_downgraded) == ("warn", True)
        assert one.summary.endswith("; the words alone tell the two sets apart too, so that this is no proof.")
        told = finding(one, "overfit.membership_downgraded")
        assert told.severity == "info"
        assert told.message.endswith("without any memory, and what they say counts as a warning")
        assert "99% interval" in told.message
        assert "tunecheck split FILE --strategy random" in told.hint


def test_texts_that_differ_entirely_leave_a_remark() -> None:
    (found,) = rulings(World(n=100, memory=0.4, own_words=0.3, topic=1), World(n=60, own_words=0.3, topic=2), 1, 10)
    assert (found.status, found.is_downgraded) == ("pass", True)
    assert finding(found, "overfit.membership").severity == "info"
    assert finding(found, "overfit.membership_downgraded").message.endswith("counts as a remark")


def test_texts_of_one_kind_seldom_lower_a_ruling() -> None:
    found = rulings(World(n=60, memory=0.4), World(n=40), 60, 11)
    assert sum(one.is_downgraded for one in found) <= 3


def test_one_percent_of_false_alarms_wants_three_hundred_validation_items() -> None:
    (few,), (many,) = rulings(World(n=50), World(n=299), 1, 12), rulings(World(n=50), World(n=300), 1, 12)
    assert (few.measures["membership_fpr_percent"], many.measures["membership_fpr_percent"]) == (5.0, 1.0)
    (tiny,) = rulings(World(n=50), World(n=18), 1, 12)
    assert reason(tiny.measures["membership_tpr"]) == "5% of 18 rows is less than one"


def test_too_few_groups_are_not_ruled_on() -> None:
    (found,) = rulings(World(n=40, group_size=4), World(n=36, group_size=4), 1, 13)
    why = "needs at least 10 items or groups on both sides, and one has 9"
    assert found.status == "unknown"
    assert found.summary == f"Whether training items are known by heart could not be measured: it {why}."
    names = ("membership_auc", "membership_plain_auc", "wbc_auc", "membership_tpr", "text_auc")
    assert all(reason(found.measures[name]) == why for name in names)
    assert not found.findings
    assert not found.worst


def test_numbers_that_are_not_finite_are_not_ruled_on() -> None:
    rng = np.random.default_rng(14)
    train, validation = (made_membership_part(rng, World(n=20), name) for name in ("train", "val"))
    train.tuned_nll[3][0] = math.inf
    found = membership(train, validation)
    assert found.status == "unknown"
    assert found.summary.endswith("could not be measured: some values are not finite numbers.")


def test_a_tuned_model_that_wins_everywhere_leaves_the_windows_at_chance() -> None:
    """Ties stay ties: with slopes they would be ranked by length, and read as a difference."""
    rng = np.random.default_rng(15)
    sides = [made_membership_part(rng, World(n=60, longer=longer), name) for longer, name in ((1, "a"), (3, "b"))]
    assert all(side.base_nll is not None for side in sides)
    won = [
        replace(side, tuned_nll=[0.5 * nll if k else nll + 1 for k, nll in enumerate(side.base_nll or ())])
        for side in sides
    ]
    assert measured(membership(won[0], won[1]), "wbc_auc").value == pytest.approx(0.5, abs=0.01)


def test_a_part_is_made_from_scores_with_tokens() -> None:
    bare = made_part([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], tokens=4)
    with pytest.raises(ValueError) as told:
        membership_part(bare)
    assert str(told.value) == "the tuned scores of the validation part were made without tokens"
    scores = TokenScores(positions=array("q", [1, 2]), nll_nats=array("d", [0.5, 1.5]), is_argmax=array("b", [1, 0]))
    full = replace(
        bare,
        tuned=tuple(replace(score, tokens=scores) for score in bare.tuned),
        base=tuple(replace(score, tokens=scores) for score in bare.base or ()),
    )
    part = membership_part(full)
    assert part.sources[0] == "validation.jsonl line 1"
    assert part.texts[0] == "user: validation question 0\nanswer 0"
    assert [nll.tolist() for nll in part.tuned_nll] == [[0.5, 1.5]] * 3
    assert part.base_nll is not None
    assert membership_part(replace(full, same_tokens=False)).base_nll is None


def test_fields_that_are_not_parallel_are_refused() -> None:
    part = made_membership_part(np.random.default_rng(16), World(n=3), "a")
    with pytest.raises(ValueError) as short:
        replace(part, texts=["one"])
    assert str(short.value) == "the fields of a part are parallel: there are 3 ids"
    with pytest.raises(ValueError) as empty:
        replace(part, tuned_nll=[np.zeros(0)] * 3)
    assert str(empty.value).startswith("item a 0 has 0 tokens, and [")


def test_two_thousand_training_items_take_under_a_second() -> None:
    rng = np.random.default_rng(17)
    train, validation = (
        made_membership_part(rng, World(n=2000, longer=3), "a"),
        made_membership_part(rng, World(n=500), "b"),
    )
    started = time.process_time()
    membership(train, validation)
    assert time.process_time() - started < 1.0


def test_sets_that_do_not_overlap_in_difficulty_are_not_compared() -> None:
    rng = np.random.default_rng(5)
    train = made_membership_part(rng, World(n=40, memory=0.3), "train")
    validation = made_membership_part(rng, World(n=40, harder=80.0), "validation")
    found = membership(train, validation)
    assert (found.status, found.measures["membership_auc"]) == ("unknown", Unscored(reason=APART))
