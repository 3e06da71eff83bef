"""The A/B check: the item as the unit, the decision, its numbers and its findings."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.checks.ab_votes import checked, codes, votes
from tunecheck.checks import check_ab
from tunecheck.core import CheckResult, Estimate, PairVote, Unscored


def numbers(check: CheckResult, *names: str) -> list[Any]:
    return [check.measures[name] for name in names]


def test_the_votes_on_an_item_are_averaged_before_anything_is_counted() -> None:
    check = checked("tbb", "t=b", "tt", "b", "x=")
    assert numbers(check, "tuned_wins", "base_wins", "ties", "n_items", "n_votes", "n_raters") == [1, 2, 2, 5, 11, 3]
    rate = check.measures["win_rate"]
    assert isinstance(rate, Estimate)
    assert rate.value == pytest.approx((1 / 3 + 1 / 2 + 1 + 0 + 1 / 2) / 5)
    assert rate.n == 5


def test_items_of_one_unit_are_one_draw() -> None:
    first, second, third = votes("t", "t", "b")
    check = check_ab([replace(first, unit="talk"), replace(second, unit="talk"), third])
    assert numbers(check, "n_items", "n_units", "tuned_wins", "base_wins") == [3, 2, 1, 1]


def test_thirds_of_several_items_that_cancel_out_are_a_tie() -> None:
    given = [replace(vote, unit="one") for vote in votes("ttb", "b==", "t==", "=b=", "t=t", "b=b")]
    assert numbers(check_ab(given), "tuned_wins", "base_wins", "ties") == [0, 0, 1]


def test_the_last_vote_of_a_rater_on_an_item_counts() -> None:
    (first,) = votes("t")
    assert numbers(check_ab([first, replace(first, outcome="base")]), "tuned_wins", "base_wins", "n_votes") == [0, 1, 1]


def test_second_showings_count_for_self_consistency_only() -> None:
    given = votes(*["t"] * 20)
    again = [replace(vote, again=True, outcome="base" if number < 5 else "tuned") for number, vote in enumerate(given)]
    check = check_ab([*given, *again])
    assert numbers(check, "tuned_wins", "base_wins", "n_votes") == [20, 0, 20]
    found = check.measures["self_consistency"]
    assert isinstance(found, Estimate)
    assert (found.value, found.n) == (0.75, 20)


@pytest.mark.parametrize(
    ("items", "options", "word", "status"),
    [
        (["t"] * 17 + ["b"] * 3, {"planned_items": 20}, "tuned", "pass"),
        (["b"] * 17 + ["t"] * 3, {"planned_items": 20}, "base", "fail"),
        (["t"] * 11 + ["b"] * 9, {"planned_items": 20}, "undecided", "unknown"),
        (["t"] * 17 + ["b"] * 3, {}, "tuned", "pass"),
        (["t"] * 15 + ["b"] * 5, {}, "undecided", "unknown"),
        (["t"] * 19, {}, "undecided", "unknown"),
        (["t"] * 30 + ["b"] * 30 + ["="] * 340, {"planned_items": 400, "margin": 0.1}, "not_worse", "pass"),
        (["t"] * 100 + ["b"] * 100 + ["="] * 300, {"margin": 0.2}, "not_worse", "pass"),
        (["t"] * 11 + ["b"] * 9, {"planned_items": 20, "margin": 0.1}, "undecided", "unknown"),
        (["="] * 60, {}, "undecided", "unknown"),
    ],
)
def test_the_decision_and_its_status(items: list[str], options: dict[str, Any], word: str, status: str) -> None:
    check = checked(*items, **options)
    assert (check.measures["decision"], check.status) == (word, status)


def test_only_the_planned_size_lets_the_sign_test_decide() -> None:
    items = ["t"] * 23 + ["b"] * 8
    for planned, word, by in ((31, "tuned", "sign_test"), (30, "undecided", "anytime_p"), (None, "undecided", None)):
        check = checked(*items, planned_items=planned)
        assert check.measures["decision"] == word
        assert by in (None, check.measures["decided_by"])
        assert check.measures["p_value"] == pytest.approx(0.0107, abs=1e-4)


def test_a_plan_spends_a_hundredth_on_an_early_stop() -> None:
    items = ["t"] * 18 + ["b"] * 3 + ["="] * 2
    check = checked(*items)
    p = check.measures["anytime_p"]
    assert isinstance(p, float)
    assert 0.01 < p < 0.05
    assert check.measures["decision"] == "tuned"
    assert checked(*items, planned_items=50).measures["decision"] == "undecided"
    assert checked(*["t"] * 20, planned_items=50).measures["decision"] == "tuned"


def test_undecided_is_not_called_equal_and_says_what_is_missing() -> None:
    check = checked(*["t"] * 15 + ["b"] * 5)
    assert check.summary.startswith("Undecided, which does not mean equal: 15 items to 5, 0 tied; win rate 0.750 [")
    needed = check.measures["items_still_needed"]
    assert isinstance(needed, int)
    assert check.summary.endswith(f"about {needed} more items like these would settle it.")
    planned = checked(*["t"] * 15 + ["b"] * 15, planned_items=50)
    assert planned.summary.endswith("20 of the 50 planned items are missing.")
    assert planned.measures["items_still_needed"] == 20


def test_below_twenty_items_there_is_no_decision_however_clear() -> None:
    check = checked(*["t"] * 12)
    assert check.summary == "12 of the 20 items that a decision needs have votes: 8 are missing."
    assert numbers(check, "items_still_needed", "n_items_needed") == [8, 20]
    assert check_ab([]).summary == "0 of the 20 items that a decision needs have votes: 20 are missing."


def test_votes_that_lead_nowhere_have_a_reason_instead_of_a_number() -> None:
    check = checked(*["="] * 40)
    assert isinstance(check.measures["items_still_needed"], Unscored)
    assert check.summary.endswith("so no number of items like these settles it.")


def test_the_order_of_items_changes_nothing() -> None:
    sorted_by_winner = votes(*["t"] * 25, *["b"] * 20, *["="] * 5)
    shuffled = sorted_by_winner.copy()
    random.Random(3).shuffle(shuffled)
    assert check_ab(shuffled) == check_ab(sorted_by_winner)
    assert check_ab(sorted_by_winner).measures["decision"] == "undecided"


def test_swapping_the_models_mirrors_the_win_rate() -> None:
    mirror = str.maketrans("tb", "bt")
    items = ["tt=", "tbb", "t", "=", "tx"] * 5
    one, two = (checked(*given).measures["win_rate"] for given in (items, [item.translate(mirror) for item in items]))
    assert isinstance(one, Estimate)
    assert isinstance(two, Estimate)
    assert (one.value, one.low, one.high) == pytest.approx((1 - two.value, 1 - two.high, 1 - two.low))
    assert checked(*items).measures["p_value"] == checked(*[i.translate(mirror) for i in items]).measures["p_value"]


def test_skips_are_ties_and_the_check_shows_what_they_change() -> None:
    check = checked(*["t"] * 26, *["b"] * 8, *["s"] * 6, planned_items=40)
    assert numbers(check, "ties", "n_skipped", "decision") == [6, 6, "tuned"]
    without = check.measures["without_skips"]
    assert isinstance(without, Mapping)
    assert (without["ties"], without["decision"]) == (0, "undecided")
    (finding,) = [one for one in check.findings if one.code == "ab.skipped"]
    assert finding.severity == "warn"
    assert finding.message == (
        "6 of 40 votes are skips and count as ties; without them the decision is undecided instead of tuned"
    )
    assert "without_skips" not in checked("t").measures
    assert isinstance(checked("s", "s").measures["without_skips"], Unscored)


def test_each_rater_is_shown_with_his_share_for_tuned() -> None:
    raters = checked("tb", "t=", "t.", "bx").measures["raters"]
    assert isinstance(raters, Mapping)
    ann, bob = raters["r0"], raters["r1"]
    assert isinstance(ann, Mapping)
    assert isinstance(bob, Mapping)
    assert (ann["n_votes"], ann["n_ties"], bob["n_votes"], bob["n_ties"]) == (4, 0, 3, 2)
    assert [getattr(one["tuned_share"], "value", None) for one in (ann, bob)] == pytest.approx([0.75, 1 / 3])


def test_unknown_raters_are_no_raters() -> None:
    check = check_ab(votes("tb", "tt"), raters_known=False)
    assert all(isinstance(check.measures[name], Unscored) for name in ("raters", "n_raters", "self_consistency"))


def test_raters_who_agree_by_chance_are_a_finding_and_those_who_agree_are_none() -> None:
    assert "ab.low_agreement" in codes(checked(*["tb", "tt", "bb", "bt"] * 6))
    check = checked(*["tt", "bb"] * 12)
    assert "ab.low_agreement" not in codes(check)
    assert getattr(check.measures["agreement"], "value", None) == 1.0


def test_a_category_in_which_tuned_loses_is_named_after_correction() -> None:
    given = [
        *votes(*["t"] * 60, category="easy", prefix="e"),
        *votes(*["b"] * 18, "t", category="hard", prefix="h"),
        *votes(*["b"] * 4, "t", category="rare", prefix="r"),
        *votes("b", prefix="n"),
    ]
    check = check_ab(given)
    assert check.measures["decision"] == "tuned"
    slices = check.measures["slices"]
    assert isinstance(slices, Mapping)
    assert list(slices) == ["easy", "hard", "rare"]
    (finding,) = [one for one in check.findings if one.code == "ab.slice_loses"]
    assert finding.message.startswith("tuned loses in hard (1 to 18, p ")
    assert "rare" not in finding.message


def with_sides(given: list[PairVote], sides: str) -> list[PairVote]:
    return [
        replace(vote, tuned_on="left" if sides[number % len(sides)] == "l" else "right")
        for number, vote in enumerate(given)
    ]


def test_a_side_that_wins_is_a_finding_where_sides_were_drawn() -> None:
    check = check_ab(with_sides(votes(*"tbtbtbtbtb" * 4), "lr"))
    assert getattr(check.measures["side_bias"], "value", None) == 1.0
    (finding,) = [one for one in check.findings if one.code == "ab.side_bias"]
    assert finding.message.startswith("100% of the votes for one of the two are for the left (p ")


def test_sides_that_were_not_drawn_are_a_finding_and_give_no_bias() -> None:
    check = check_ab(with_sides(votes(*"ttbb" * 6), "l"))
    assert codes(check) == ["ab.uneven_sides"]
    bias = check.measures["side_bias"]
    assert isinstance(bias, Unscored)
    assert bias.reason.startswith("tuned stood 24 times on the left and 0 times on the right")


def test_unknown_sides_have_a_reason() -> None:
    bias = checked("t").measures["side_bias"]
    assert bias == Unscored(reason="the votes do not say on which side the tuned answer stood")


def test_a_margin_that_covers_a_loss_says_that_it_is_one() -> None:
    check = checked(*["t"] * 60, *["b"] * 100, *["="] * 840, planned_items=1000, margin=0.1)
    assert (check.measures["decision"], check.status) == ("not_worse", "pass")
    assert codes(check) == ["ab.within_margin"]


def test_more_items_than_planned_are_a_finding() -> None:
    assert codes(checked(*["t"] * 15, *["b"] * 10, planned_items=24)) == ["ab.beyond_plan"]


def test_a_sign_test_without_a_plan_decides_nothing_and_says_so() -> None:
    check = checked(*["t"] * 15, *["b"] * 4, "=")
    assert check.measures["decision"] == "undecided"
    assert codes(check) == ["ab.no_plan"]


def test_base_wins_with_a_finding() -> None:
    assert codes(checked(*["b"] * 30, "t")) == ["ab.base_preferred"]


def test_both_bad_is_a_share_of_votes_beside_the_ties() -> None:
    check = checked("xx", "==", "tx", "bb")
    assert getattr(check.measures["both_bad"], "value", None) == 0.375
    assert numbers(check, "tuned_wins", "base_wins", "ties") == [1, 1, 2]


@pytest.mark.parametrize("options", [{"planned_items": 0}, {"margin": 0.0}, {"margin": 1.0}])
def test_impossible_wishes_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"planned|margin"):
        checked("t", **options)
