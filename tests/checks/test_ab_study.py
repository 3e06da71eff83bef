"""A stored A/B test: which votes count, what is shown beside them, and what can break it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.checks.ab_votes import codes
from tests.comparisons import NOON, pair, pair_study, voted
from tunecheck.checks import check_ab, check_study_ab, study_votes
from tunecheck.core import (
    CHOICE,
    GUESS,
    NOTE,
    UNDO,
    CheckResult,
    Estimate,
    PairStudy,
    PairVote,
    Rater,
    Rating,
    Unscored,
)
from tunecheck.study import PairSlot, guess_sheet, pair_sheet, seal

ANN, BOB, CEM = PEOPLE = tuple(Rater(number=number, name=name) for number, name in enumerate(("Ann", "Bob", "Cem")))


def said(study: PairStudy, words: str, *raters: int) -> list[Rating]:
    """A letter for each pair: t, b, = or s, by each of these raters; a dot is no vote."""
    means = {"t": "tuned", "b": "base", "=": "tie", "s": "skip", "x": "both_bad"}
    found = []
    for rater in raters or (0,):
        given = voted(study, rater, lambda slot: means.get(words[slot.entry], ""))
        found += [rating for rating in given if rating.value]
    return found


def checked(study: PairStudy, ratings: Sequence[Rating], **options: Any) -> CheckResult:
    return check_study_ab(study, ratings, PEOPLE, **options)


def at(check: CheckResult, *path: str) -> Any:
    found: Any = check.measures
    for name in path:
        found = found[name]
    return found


def finding(check: CheckResult, code: str) -> Any:
    (found,) = [one for one in check.findings if one.code == code]
    return found


def test_sides_become_models_wherever_the_tuned_answer_stood() -> None:
    study = pair_study(30)
    found = study_votes(study, said(study, "t" * 15 + "b" * 10 + "=s=x="), PEOPLE)
    assert [vote.outcome for vote in found.votes] == [
        *["tuned"] * 15, *["base"] * 10, "tie", "skip", "tie", "both_bad", "tie",
    ]  # fmt: skip
    assert {vote.tuned_on for vote in found.votes} == {"left", "right"}
    first = found.votes[0]
    assert first == PairVote(
        item="item 0", rater="Ann", outcome="tuned", unit="item 0", tuned_on=first.tuned_on, category="even",
        tuned_characters=len("answer 0 of one"), base_characters=len("answer 0 of another"), source="val.jsonl line 1",
    )  # fmt: skip


def test_a_pair_counts_once_it_and_all_before_it_have_the_votes_of_all_planned_raters() -> None:
    study = pair_study(30, n_raters=2)
    ratings = [*said(study, "t" * 30, 0), *said(study, "t" * 12 + "." + "t" * 7 + "." * 10, 1)]
    found = study_votes(study, ratings, PEOPLE)
    assert found.counted == tuple(range(12))
    assert (found.n_waiting, found.n_missing) == (18 + 7, 11)
    assert len(found.votes) == 24
    check = checked(study, ratings)
    assert [at(check, name) for name in ("n_items", "n_counted", "n_waiting")] == [12, 12, 25]
    assert finding(check, "ab.waiting").message == (
        "25 votes wait: a pair counts once it and all before it have the votes of 2 raters, and 12 of 30 pairs do"
    )
    assert finding(check, "ab.waiting").hint == "have the 11 missing votes given: tunecheck serve RUN"


def test_on_each_pair_the_first_planned_votes_count_and_no_later_rater_takes_the_decision_anew() -> None:
    study = pair_study(20, n_raters=2)
    planned = said(study, "t" * 20, 0, 1)
    found = study_votes(study, [*planned, *said(study, "b" + "." * 19, 2)], PEOPLE)
    assert (len(found.votes), found.n_surplus) == (40, 1)
    assert {vote.rater for vote in found.votes} == {"Ann", "Bob"}
    late = checked(study, [*planned, *said(study, "b" * 20, 2)])
    assert at(late, "decision") == at(checked(study, planned), "decision")
    assert "ab.surplus" in [finding.code for finding in late.findings]
    first = study_votes(study, [*said(study, "b" * 20, 2), *planned], PEOPLE)
    assert {vote.rater for vote in first.votes} == {"Ann", "Cem"}


def test_a_skip_is_a_vote_and_what_was_taken_back_is_none() -> None:
    study = pair_study(20)
    ratings = said(study, "s" + "t" * 19)
    last = next(rating for rating in ratings if rating.entry == 19)
    undo = replace(last, field=UNDO, value=last.key, key="undo")
    assert study_votes(study, ratings, PEOPLE).counted == tuple(range(20))
    assert study_votes(study, [*ratings, undo], PEOPLE).counted == tuple(range(19))
    assert study_votes(study, [*ratings, replace(last, value="", key="x")], PEOPLE).counted == tuple(range(19))


def test_pairs_of_one_unit_count_together() -> None:
    pairs = [replace(pair(item), unit="talk" if item in (3, 8) else f"item {item}") for item in range(20)]
    study = pair_study(pairs=pairs)
    found = study_votes(study, said(study, "t" * 8 + "." * 12), PEOPLE)
    assert found.counted == (0, 1, 2, 4, 5, 6, 7)
    assert found.n_waiting == 1
    whole = checked(study, said(study, "t" * 20))
    assert [at(whole, name) for name in ("n_items", "n_units", "n_items_needed", "decided_by")] == [
        20, 19, 20, "sign_test",
    ]  # fmt: skip


def test_hidden_repeats_count_for_self_consistency_only() -> None:
    study = pair_study(40, n_repeats=4)
    check = checked(study, voted(study, 0, lambda slot: "base" if slot.again else "tuned"))
    assert [at(check, name) for name in ("tuned_wins", "base_wins", "n_votes")] == [40, 0, 40]
    assert (at(check, "self_consistency").value, at(check, "self_consistency").n) == (0.0, 4)
    assert at(check, "raters", "Ann", "self_consistency") == at(check, "self_consistency")
    assert (at(check, "raters", "Ann", "n_done"), at(check, "raters", "Ann", "n_total")) == (44, 44)


def test_the_numbers_are_those_of_the_same_votes_in_a_file() -> None:
    study = pair_study(40, n_raters=2, margin=0.1)
    ratings = [*said(study, "tbt=" * 10, 0), *said(study, "ttb=" * 10, 1)]
    check = checked(study, ratings)
    plain = check_ab(study_votes(study, ratings, PEOPLE).votes, planned_items=40, margin=0.1)
    same = ("tuned_wins", "base_wins", "ties", "win_rate", "p_value", "decision", "n_votes", "side_bias", "both_bad")
    for name in same:
        assert check.measures[name] == plain.measures[name]
    assert set(plain.measures) <= set(check.measures)


def test_the_plan_stands_with_its_seal_and_what_it_still_needs() -> None:
    study = pair_study(30, n_raters=2, margin=0.2)
    check = checked(study, said(study, "t" * 30, 0))
    assert at(check, "plan") == {
        "n_items": 30, "n_raters": 2, "margin": 0.2, "n_votes_needed": 60, "n_votes_missing": 30, "n_identical": 0,
        "seal": seal(study),
    }  # fmt: skip
    assert at(checked(pair_study(30), []), "plan")["margin"] == Unscored(reason="no margin was planned")


def test_below_twenty_items_it_says_how_many_are_missing_and_what_to_type() -> None:
    study = pair_study(30, n_raters=2)
    check = checked(study, [*said(study, "t" * 30, 0), *said(study, "t" * 12 + "." * 18, 1)])
    assert check.status == "unknown"
    assert check.summary == (
        "12 of the 20 items that a decision needs have the votes of 2 raters: 8 are missing (tunecheck serve RUN)."
    )
    assert checked(pair_study(12), []).summary == (
        "The test has 12 items and a decision needs 20, so it cannot lead to one: make a larger one "
        "(tunecheck ab create RUN --again)."
    )


def test_at_the_planned_size_the_sign_test_decides_and_before_only_the_p_at_any_time() -> None:
    study = pair_study(40)
    whole = checked(study, said(study, "t" * 20 + "b" * 8 + "=" * 12))
    assert (at(whole, "decision"), at(whole, "decided_by"), whole.status) == ("tuned", "sign_test", "pass")
    early = checked(study, said(study, "btttb" * 5 + "tt" + "." * 13))
    assert (at(early, "decision"), early.status) == ("undecided", "unknown")
    assert early.summary.endswith("13 of the 40 planned items are missing (tunecheck serve RUN).")
    assert (checked(study, said(study, "t" * 24 + "." * 16)).status, checked(study, said(study, "b" * 40)).status) == (
        "pass", "fail",
    )  # fmt: skip


def test_who_once_had_enough_to_stop_keeps_it() -> None:
    study = pair_study(60)
    stopped, went_on = (said(study, words) for words in ("t" * 20 + "." * 40, "t" * 20 + "b" * 11 + "." * 29))
    first, later = checked(study, stopped), checked(study, went_on)
    assert at(first, "decision") == at(later, "decision") == "tuned"
    assert at(later, "anytime_p") == at(first, "anytime_p")
    # Votes of a file have no order, so nobody knows when one could have stopped.
    assert check_ab(study_votes(study, went_on, PEOPLE).votes, planned_items=60).measures["decision"] == "undecided"


def guess(study: PairStudy, rater: int, choose: Callable[[PairSlot], str]) -> list[Rating]:
    return [
        Rating(
            study=1, rater=rater, entry=slot.entry, field=GUESS, value=choose(slot), key=f"guess-{rater}-{slot.entry}",
            at=NOON, rated_with="web",
        )
        for slot in guess_sheet(study, rater)
    ]  # fmt: skip


def test_guesses_are_compared_with_the_side_that_the_rater_saw() -> None:
    study = pair_study(30, n_guesses=10, n_raters=2)
    ratings = [*said(study, "tb=" * 10, 0, 1), *guess(study, 0, lambda slot: slot.tuned_on)]
    check = checked(study, [*ratings, *guess(study, 1, lambda slot: "unsure")])
    assert at(check, "raters", "Ann", "guesses") == {"right": 10, "wrong": 0, "unsure": 0}
    assert at(check, "raters", "Bob", "guesses") == {"right": 0, "wrong": 0, "unsure": 10}
    assert at(check, "raters", "Ann", "blinding_index").value == 1.0
    assert at(check, "raters", "Bob", "blinding_index").value == 0.0
    assert 0.3 < at(check, "blinding_index").value < 0.7
    assert "ab.unblinded" in codes(check)
    blind = checked(study, [*ratings[:60], *guess(study, 0, lambda slot: "left")])
    assert "ab.unblinded" not in codes(blind)


def test_without_guesses_there_is_a_reason_and_no_number() -> None:
    asked, not_asked = (checked(pair_study(30, n_guesses=n), []).measures["blinding_index"] for n in (5, 0))
    assert asked == Unscored(reason="nobody guessed which answer is the tuned model's")
    assert not_asked == Unscored(reason="nobody was asked to guess which answer is the tuned model's")
    assert isinstance(check_ab([]).measures["blinding_index"], Unscored)


def test_the_decision_is_told_without_pairs_that_give_a_side_away() -> None:
    pairs = [replace(pair(item), giveaways=("base names itself",) if item < 20 else ()) for item in range(50)]
    study = pair_study(pairs=pairs)
    check = checked(study, said(study, "t" * 20 + "tb" * 15))
    assert at(check, "decision") == "tuned"
    without = at(check, "without_giveaways")
    assert (without["decision"], without["tuned_wins"], without["base_wins"]) == ("undecided", 15, 15)
    assert without["decided_by"] == "sign_test"
    assert finding(check, "ab.giveaways").severity == "warn"
    assert finding(check, "ab.giveaways").message == (
        "20 of 50 pairs may give away whose answer is whose; without them the decision is undecided instead of tuned"
    )
    assert "without_giveaways" not in checked(pair_study(30), []).measures
    everywhere = pair_study(pairs=[replace(one, giveaways=("tuned is empty",)) for one in pairs])
    assert isinstance(checked(everywhere, said(everywhere, "t" * 50)).measures["without_giveaways"], Unscored)


def long_study(n_pairs: int = 30, **options: Any) -> PairStudy:
    return pair_study(
        pairs=[pair(item, tuned="word " * 120, base=f"{item} " + "word " * 120) for item in range(n_pairs)], **options
    )


def test_raters_who_cannot_have_read_the_answers_are_named_and_stay_in() -> None:
    study = long_study(n_raters=2)
    quick = [replace(rating, active_s=1.0) for rating in said(study, "t" * 30, 0)]
    slow = [replace(rating, active_s=30.0) for rating in said(study, "tb=" * 10, 1)]
    check = checked(study, [*quick, *slow])
    assert at(check, "raters", "Ann", "hasty") == "a median of 1.0 s for a pair that takes at least 20.0 s to read"
    assert at(check, "raters", "Bob", "hasty") == ""
    assert at(check, "n_votes") == 60
    assert at(check, "without_hasty")["decision"] == "undecided"
    assert "Their votes are not left out; without them the decision is undecided instead of tuned" in (
        finding(check, "ab.hasty").message
    )
    assert at(check, "seconds_per_item") == 15.5
    assert at(check, "raters", "Bob", "seconds_per_item") == 30.0


@pytest.mark.parametrize(("choice", "hasty"), [("left", True), ("tie", True), ("tuned", False)])
def test_a_rater_with_one_choice_on_the_screen_is_hasty_and_one_who_prefers_a_model_is_not(
    choice: str, hasty: bool
) -> None:
    study = pair_study(30)
    check = checked(study, voted(study, 0, lambda slot: choice))
    assert bool(at(check, "raters", "Ann", "hasty")) is hasty


def test_ties_are_no_haste_where_all_see_them() -> None:
    study = pair_study(30, n_raters=2)
    check = checked(study, said(study, "=" * 30, 0, 1))
    assert "ab.hasty" not in codes(check)


def test_no_time_is_no_haste() -> None:
    study = long_study()
    check = checked(study, [replace(rating, active_s=0.0) for rating in said(study, "tb=" * 10)])
    assert isinstance(at(check, "seconds_per_item"), Unscored)
    assert "ab.hasty" not in codes(check)


def test_a_winner_by_length_alone_is_a_finding() -> None:
    def longer(item: int) -> tuple[str, str]:
        tuned_is_longer = item % 4 != 0
        return ("x" * (400 + 7 * item), f"y{item}") if tuned_is_longer else (f"y{item}", "x" * (300 + 5 * item))

    study = pair_study(pairs=[pair(item, tuned=longer(item)[0], base=longer(item)[1]) for item in range(60)])
    ratings = voted(
        study,
        0,
        lambda slot: "base" if slot.entry % 10 == 1 else "tuned" if slot.entry % 4 else "base",
    )
    check = checked(study, ratings)
    plain, controlled = at(check, "win_rate"), at(check, "length_controlled_win_rate")
    assert isinstance(controlled, Estimate)
    assert plain.value > 0.5 > controlled.value
    assert finding(check, "ab.length").message.startswith("tuned wins more, but at equal length the other would: ")


def test_the_seal_that_was_said_is_compared() -> None:
    study = pair_study(30)
    ratings = said(study, "t" * 30)
    assert "ab.seal_broken" not in codes(checked(study, ratings))
    assert checked(study, ratings, sealed=f" {seal(study).upper()} ").status == "pass"
    other = checked(study, ratings, sealed=seal(replace(study, margin=0.3)))
    assert (other.status, codes(other)[0], finding(other, "ab.seal_broken").severity) == (
        "fail", "ab.seal_broken", "fail",
    )  # fmt: skip
    assert other.summary.startswith("The seal is broken. Tuned is preferred")


def test_raters_who_began_are_there_also_where_no_vote_of_theirs_counts() -> None:
    study = pair_study(30, n_raters=2)
    check = checked(study, said(study, "t" * 30, 1))
    assert list(at(check, "raters")) == ["Bob"]
    assert at(check, "raters", "Bob", "n_done") == 30
    assert isinstance(at(check, "raters", "Bob", "tuned_share"), Unscored)
    assert list(at(checked(study, said(study, "t" * 30, 0, 1)), "raters", "Ann")) == list(at(check, "raters", "Bob"))


def test_what_tuned_lost_is_to_be_read_first_with_the_notes() -> None:
    study = pair_study(30, n_raters=2)
    ratings = [*said(study, "b=" + "t" * 28, 0), *said(study, "bb" + "t" * 27 + "b", 1)]
    ratings.append(replace(ratings[0], entry=0, field=NOTE, value="base is shorter", key="note"))
    lost, divided = checked(study, ratings).exhibits
    assert lost.heading == "Where tuned loses most clearly: read these first"
    assert [one.headline for one in lost.exhibits] == ["base 2", "base 1 · tied 1"]
    assert lost.exhibits[0].where == "val.jsonl line 1"
    assert [name for name, _ in lost.exhibits[0].texts] == [
        "Prompt", "Reference", "Answer of tuned", "Answer of base", "Note of Ann, who said base",
    ]  # fmt: skip
    assert [one.headline for one in divided.exhibits] == ["tuned 1 · base 1"]


def test_two_raters_of_one_name_stay_two() -> None:
    study = pair_study(20, n_raters=2)
    names = [Rater(number=0, name="Ann"), Rater(number=1, name="Ann")]
    check = check_study_ab(study, said(study, "t" * 20, 0, 1), names)
    assert list(at(check, "raters")) == ["Ann 0", "Ann 1"]
    assert at(check, "n_votes") == 40


def test_a_test_that_nobody_began_has_numbers_with_reasons() -> None:
    check = checked(pair_study(30), [])
    assert check.status == "unknown"
    assert check.exhibits == ()
    assert isinstance(at(check, "win_rate"), Unscored)
    assert isinstance(at(check, "length_controlled_win_rate"), Unscored)


def test_the_same_votes_in_any_order_of_raters_give_the_same_check() -> None:
    study = pair_study(30, n_raters=2, n_guesses=4)
    ann, bob = said(study, "tb=" * 10, 0), said(study, "tt=" * 10, 1)
    assert checked(study, [*ann, *bob]) == checked(study, [*bob, *ann])


def test_the_sides_on_the_sheet_are_the_ones_that_votes_are_read_by() -> None:
    study = pair_study(30)
    left = voted(study, 0, lambda slot: "left")
    found = study_votes(study, left, PEOPLE)
    tuned_left = {slot.entry for slot in pair_sheet(study, 0) if slot.tuned_on == "left"}
    assert {place for place, vote in enumerate(found.votes) if vote.outcome == "tuned"} == tuned_left
    assert all(rating.field == CHOICE for rating in left)


def test_measures_are_measures_all_the_way_down() -> None:
    def walk(value: object) -> None:
        assert value is None or isinstance(value, (str, int, float, tuple, Mapping, Estimate, Unscored))
        for inner in value.values() if isinstance(value, Mapping) else ():
            walk(inner)

    study = pair_study(30, n_guesses=3)
    walk(checked(study, [*said(study, "tb=" * 10), *guess(study, 0, lambda slot: "left")]).measures)


def test_a_whole_test_that_decides_nothing_says_how_large_a_new_one_is() -> None:
    study = pair_study(40)
    check = checked(study, said(study, "ttb=" * 10))
    assert check.summary.startswith("Undecided, which does not mean equal: 20 items to 10, 10 tied; ")
    assert check.summary.endswith(" more items like these would settle it (in a new test: tunecheck ab plan RUN).")
