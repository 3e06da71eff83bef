"""Review: what counts as a rating, when there is a verdict and which, and what is told beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.checks.review_parts import BOTH, RATERS, Said, answer, by_quality, study
from tunecheck.checks import check_review
from tunecheck.core import CheckResult, Estimate, Finding, Rating, ReviewStudy, Side, Unscored
from tunecheck.core.document import document
from tunecheck.study import parse_axes, sheet

FOURS = (4, 4, 4, 4)


def check(sheet: ReviewStudy, ratings: list[Rating]) -> CheckResult:
    return check_review(sheet, ratings, RATERS)


def at(found: CheckResult, *path: str) -> Any:
    value: Any = found.measures
    for name in path:
        value = value[name]
    return value


def codes(found: CheckResult) -> list[str]:
    return [finding.code for finding in found.findings]


def finding(found: CheckResult, code: str) -> Finding:
    (one,) = [one for one in found.findings if one.code == code]
    return one


def mixed(entry: int, side: Side, *, tuned: int = 0, base: int = 0) -> tuple[int, int, int, int]:
    """Values of 3 to 5 that vary over items and axes, moved by side."""
    shift = tuned if side == "tuned" else base
    item = entry // 2
    return tuple(min(5, max(1, 3 + (item + axis) % 3 + shift)) for axis in range(4))  # type: ignore[return-value]


def said_by(n_raters: int, sheet: ReviewStudy, *, tuned: int = 0, base: int = 0) -> list[Rating]:
    said = Said(sheet)
    for rater in range(n_raters):
        said.all(rater, lambda entry, side: mixed(entry, side, tuned=tuned, base=base))
    return said.ratings


def test_with_nobody_rated_all_twenty_items_are_missing_and_no_number_is_there() -> None:
    found = check(study(), [])
    assert (found.check, found.status) == ("review", "unknown")
    assert found.summary == ("0 of the 20 items that a verdict needs are rated: 20 are missing (tunecheck serve RUN).")
    assert not found.findings
    assert not found.exhibits
    assert (at(found, "n_items"), at(found, "n_items_needed"), at(found, "n_items_missing")) == (0, 20, 20)
    assert (at(found, "n_raters"), at(found, "unfinished")) == (0, 0)
    for value in (*at(found, "axes", "accuracy").values(), *at(found, "overall").values()):
        assert isinstance(value, Unscored)
    assert found.signature == "sheet=1"


def test_a_better_tuned_model_passes_with_its_numbers_in_one_sentence() -> None:
    sheet = study(50)
    found = check(sheet, by_quality(sheet, 2))
    assert (found.status, codes(found)) == ("pass", [])
    overall = at(found, "overall")
    assert overall["difference"].low > 0
    assert found.summary == (
        f"Rated by 2 people on 50 items: tuned {overall['tuned'].value:.2f} against base {overall['base'].value:.2f} "
        f"of 5, +{overall['difference'].value:.2f} [{overall['difference'].low:.2f}, {overall['difference'].high:.2f}]."
    )
    assert [one.heading for one in found.exhibits] == [
        "Where raters disagree most: discuss these first",
        "Where tuned loses most to base",
    ]
    assert document(found)


@pytest.mark.parametrize(
    ("n_done", "words"),
    [
        (1, "1 of the 20 items that a verdict needs is rated: 19 are missing"),
        (12, "12 of the 20 items that a verdict needs are rated: 8 are missing"),
        (19, "19 of the 20 items that a verdict needs are rated: 1 is missing"),
    ],
)
def test_below_twenty_items_the_summary_says_how_many_are_missing(n_done: int, words: str) -> None:
    said = Said(study())
    for entry in range(2 * n_done):
        said.rate(0, entry, (1, 1, 1, 1))
    found = check(said.sheet, said.ratings)
    assert found.status == "unknown"
    assert found.summary == f"{words} (tunecheck serve RUN)."
    assert not {"review.worse", "review.below_bar"} & set(codes(found))


def test_a_sheet_with_fewer_than_twenty_items_says_that_it_can_lead_to_no_verdict() -> None:
    sheet = study(12)
    found = check(sheet, said_by(1, sheet))
    assert found.status == "unknown"
    assert found.summary == (
        "The sheet has 12 items and a verdict needs 20, so it cannot lead to one: make a larger one "
        "(tunecheck review create RUN)."
    )


def test_an_item_counts_where_one_and_the_same_person_rated_all_of_its_answers() -> None:
    said = Said(study())
    for entry, one in enumerate(said.sheet.answers):
        said.rate(0 if one.side == "tuned" else 1, entry, FOURS)
    found = check(said.sheet, said.ratings)
    assert (at(found, "n_items"), found.status) == (0, "unknown")
    said.all(2, mixed)
    assert at(check(said.sheet, said.ratings), "n_items") == 24


def test_a_rating_that_is_not_whole_does_not_count() -> None:
    said = Said(study())
    said.all(0, lambda entry, side: (4, 4, 4, None) if entry == 0 else FOURS)
    found = check(said.sheet, said.ratings)
    assert at(found, "n_items") == 23
    assert at(found, "axes", "accuracy", "tuned").n == 23
    assert at(found, "distribution", "accuracy", "tuned") == {"1": 0, "2": 0, "3": 0, "4": 23, "5": 0}
    assert at(found, "unfinished") == 1
    assert finding(found, "review.unfinished").message == "1 answer on sheets that raters began is not rated"


def test_the_last_word_counts_and_what_was_taken_back_does_not() -> None:
    said = Said(study())
    said.all(0, lambda entry, side: FOURS)
    said.say(0, 0, "accuracy", "1")
    key = said.say(0, 1, "accuracy", "1")
    said.say(0, 1, "undo", key)
    counted = at(check(said.sheet, said.ratings), "distribution", "accuracy")
    assert counted["tuned"] == {"1": 1, "2": 0, "3": 0, "4": 23, "5": 0}
    assert counted["base"] == {"1": 0, "2": 0, "3": 0, "4": 24, "5": 0}
    said.say(0, 0, "accuracy", "")
    assert at(check(said.sheet, said.ratings), "n_items") == 23


def test_who_only_looked_or_took_all_back_has_not_begun() -> None:
    said = Said(study())
    said.say(0, 0, "reference", "1")
    said.say(0, 0, "seen", "", active_s=3.0)
    said.say(1, 0, "undo", said.say(1, 0, "accuracy", "1"))
    found = check(said.sheet, said.ratings)
    assert (at(found, "raters"), at(found, "unfinished")) == ({}, 0)


def test_axes_that_do_not_apply_leave_the_others_and_have_no_number_of_their_own() -> None:
    said = Said(study())
    said.all(0, lambda entry, side: (*mixed(entry, side)[:3], "na"))
    found = check(said.sheet, said.ratings)
    assert (found.status, at(found, "n_items")) == ("pass", 24)
    assert isinstance(at(found, "axes", "format", "tuned"), Unscored)
    assert isinstance(at(found, "axes", "format", "p_holm"), Unscored)
    assert isinstance(at(found, "agreement", "format"), Unscored)
    assert at(found, "overall", "tuned").n == 24


def test_where_all_ratings_are_equal_no_interval_closes() -> None:
    said = Said(study())
    said.all(0, lambda entry, side: (5, 5, 5, 5))
    said.all(1, lambda entry, side: (5, 5, 5, 5))
    found = check(said.sheet, said.ratings)
    assert found.status == "pass"
    for name in ("tuned", "base", "difference"):
        estimate = at(found, "axes", "accuracy", name)
        assert estimate.low < estimate.high
    assert at(found, "axes", "accuracy", "p_value") == 1.0
    assert isinstance(at(found, "agreement", "accuracy"), Unscored)
    assert "review.one_value" in codes(found)
    assert "review.low_agreement" not in codes(found)
    assert [one.note for one in found.exhibits] == [
        "Tuned is rated lower on 0 of the 24 items that have ratings of both."
    ]


def test_tuned_that_is_worse_than_base_fails_on_the_axes_that_show_it() -> None:
    said = Said(study(bar=2.0))
    said.all(0, lambda entry, side: (4 if side == "base" else 2 + entry % 3 // 2, 3 + entry % 4 // 2, 4, 4))
    found = check(said.sheet, said.ratings)
    assert found.status == "fail"
    worse = finding(found, "review.worse")
    assert worse.message.startswith("people rate tuned lower than base on accuracy (-")
    assert set(worse.evidence) == {"difference_accuracy", "p_holm_accuracy"}
    assert at(found, "axes", "accuracy", "p_holm") >= at(found, "axes", "accuracy", "p_value")


def test_a_mean_below_the_bar_fails_and_one_that_may_reach_it_warns() -> None:
    low = study(30, bar=4.8)
    assert codes(check(low, said_by(2, low))) == ["review.below_bar"]
    near = study(30, bar=4.1)
    found = check(near, said_by(2, near))
    assert (found.status, codes(found)) == ("warn", ["review.near_bar"])
    assert finding(found, "review.near_bar").evidence["bar"] == 4.1


def test_a_sheet_of_tuned_answers_alone_has_one_side_and_lists_the_lowest() -> None:
    sheet = study(sides=("tuned",))
    found = check(sheet, said_by(1, sheet))
    assert found.status == "pass"
    assert found.summary.startswith("Rated by 1 person on 24 items: tuned ")
    assert set(at(found, "axes", "accuracy")) == set(at(found, "overall")) == {"tuned"}
    assert set(at(found, "distribution", "accuracy")) == {"tuned"}
    assert [one.heading for one in found.exhibits] == ["Where tuned is rated lowest"]


def test_items_with_one_side_only_enter_its_mean_and_not_the_difference() -> None:
    answers = [answer(item, side) for item in range(24) for side in BOTH if side == "tuned" or item < 20]
    sheet = study(answers=answers)
    found = check(sheet, said_by(1, sheet))
    own = at(found, "axes", "accuracy")
    assert (own["tuned"].n, own["base"].n, own["difference"].n, at(found, "n_items")) == (24, 20, 20, 24)


def test_items_of_one_unit_are_one_draw() -> None:
    answers = [answer(item, side, unit=f"talk {item // 2}") for item in range(40) for side in BOTH]
    sheet = study(answers=answers)
    found = check(sheet, said_by(1, sheet))
    assert (at(found, "n_items"), at(found, "axes", "accuracy", "difference").n) == (40, 20)


def test_raters_of_one_answer_are_averaged_before_items_are() -> None:
    said = Said(study(24, axes=parse_axes(("accuracy",))))
    for entry, one in enumerate(said.sheet.answers):
        for rater in range(3 if entry == 0 else 1):
            said.rate(rater, entry, (1 if entry == 0 else 4 if one.side == "tuned" else 3,))
    found = check(said.sheet, said.ratings)
    assert at(found, "axes", "accuracy", "tuned").value == pytest.approx((1 + 23 * 4) / 24)
    assert at(found, "axes", "accuracy", "difference").value == pytest.approx((-2 + 23) / 24)


def test_two_raters_with_gaps_have_agreement_over_what_both_rated() -> None:
    sheet = study(40)
    said = Said(sheet)
    said.ratings = [one for one in by_quality(sheet, 2) if one.entry >= 20 or one.rater == 0]
    found = check(sheet, said.ratings)
    assert at(found, "agreement", "accuracy").n == 60
    assert set(at(found, "pairwise_kappa", "accuracy")) == {"Ann|Bob"}
    assert at(found, "pairwise_kappa", "accuracy", "Ann|Bob").n == 60
    assert at(found, "unfinished") == 20


def test_with_one_rater_agreement_is_unknown_and_said_to_be() -> None:
    sheet = study()
    found = check(sheet, said_by(1, sheet))
    assert isinstance(at(found, "agreement", "accuracy"), Unscored)
    assert at(found, "pairwise_kappa", "accuracy") == {}
    assert codes(found) == ["review.one_rater"]


def test_raters_who_disagree_by_chance_are_told_of_with_what_they_said() -> None:
    rng = np.random.default_rng(1)
    said = Said(study(30))
    for rater in range(2):
        said.all(rater, lambda entry, side: rng.integers(2, 6, 4).tolist())
    said.say(1, 7, "note", "not what was asked")
    found = check(said.sheet, said.ratings)
    assert finding(found, "review.low_agreement").severity == "warn"
    (first, *_) = found.exhibits
    assert len(first.exhibits) == 6
    names = [name for name, _ in first.exhibits[0].texts]
    assert names[:2] == ["Prompt", "Reference"]
    assert set(names[3:]) == {"Ann", "Bob"}


def test_of_many_raters_the_lowest_and_the_highest_are_shown() -> None:
    said = Said(study(2))
    for rater in range(9):
        said.rate(rater, 0, [1 + rater % 5] * 4)
    texts = dict(check(said.sheet, said.ratings).exhibits[0].exhibits[0].texts)
    assert texts["Others"] == "3 more people rated it, between these"
    assert len(texts) == 3 + 7


def test_repeats_do_not_count_but_for_self_consistency() -> None:
    sheet_of = study(30, n_repeats=6)
    said = Said(sheet_of)
    said.all(0, mixed)
    before = check(sheet_of, said.ratings)
    assert isinstance(at(before, "repeats", "overall", "equal"), Unscored)
    again = [slot.entry for slot in sheet(sheet_of, 0) if slot.again]
    for entry in again:
        said.rate(0, entry, (1, 1, 1, 1), again=True)
    found = check(sheet_of, said.ratings)
    assert at(found, "axes") == at(before, "axes")
    assert at(found, "distribution") == at(before, "distribution")
    assert at(found, "repeats", "overall", "equal").value == 0
    assert at(found, "repeats", "raters", "Ann", "difference").value > 2
    assert finding(found, "review.inconsistent").evidence.keys() == {"Ann"}
    assert (at(found, "raters", "Ann", "n_done"), at(found, "raters", "Ann", "n_total")) == (66, 66)


def test_answers_that_cannot_be_judged_have_no_rating_and_their_reasons_are_told() -> None:
    said = Said(study())
    said.all(0, mixed)
    said.say(0, 2, "blocked", "cut off")
    said.say(0, 3, "blocked", "cut off")
    found = check(said.sheet, said.ratings)
    assert (at(found, "n_blocked"), at(found, "n_items"), at(found, "unfinished")) == (2, 23, 0)
    told = finding(found, "review.blocked")
    assert (told.severity, told.message) == ("info", "2 of 48 answers could not be judged: cut off (×2)")
    for entry in range(4, 9):
        said.say(0, entry, "blocked", "no")
    assert finding(check(said.sheet, said.ratings), "review.blocked").severity == "warn"


def test_looks_at_the_reference_are_counted() -> None:
    said = Said(study())
    said.say(0, 0, "reference", "1")
    said.all(0, mixed)
    found = check(said.sheet, said.ratings)
    assert at(found, "n_peeked") == 1
    assert "2.1% of the ratings (1 of 48)" in finding(found, "review.peeked").message


LONG = "word " * 120


def long_sheet() -> ReviewStudy:
    return study(answers=[answer(item, side, generated=LONG) for item in range(24) for side in BOTH])


def test_a_rater_faster_than_reading_is_told_of_with_what_would_change_and_stays_in() -> None:
    said = Said(long_sheet())
    said.all(0, lambda entry, side: mixed(entry, side, tuned=-1), active_s=14.0)
    said.all(1, lambda entry, side: mixed(entry, side, base=-2), active_s=2.0)
    found = check(said.sheet, said.ratings)
    told = finding(found, "review.hasty")
    assert "Bob (a median of 2.0 s for an answer that takes at least 10.0 s to read)" in told.message
    assert f"Without them the status is fail, not {found.status}: rated by 1 person on 24 items" in told.message
    assert at(found, "without_hasty", "status") == "fail"
    assert at(found, "without_hasty", "overall", "difference").value < 0
    assert (at(found, "n_raters"), at(found, "raters", "Ann", "hasty")) == (2, "")
    assert at(found, "raters", "Bob", "seconds_per_answer") == 2.0


@pytest.mark.parametrize("seconds", [0.0, 11.0])
def test_no_time_is_not_hasty_and_enough_time_is_not_either(seconds: float) -> None:
    said = Said(long_sheet())
    said.all(0, mixed, active_s=seconds)
    found = check(said.sheet, said.ratings)
    assert "review.hasty" not in codes(found)
    assert "without_hasty" not in found.measures
    assert isinstance(at(found, "raters", "Ann", "seconds_per_answer"), float if seconds else Unscored)


def test_one_value_on_all_axes_is_hasty_unless_the_others_find_the_same() -> None:
    said = Said(study())
    said.all(0, lambda entry, side: [3 + entry % 3] * 4)
    found = check(said.sheet, said.ratings)
    assert "the same value on all axes of 48 of 48 answers" in finding(found, "review.hasty").message
    assert isinstance(at(found, "without_hasty"), Unscored)
    said.all(1, lambda entry, side: [3 + entry % 3] * 4)
    assert "review.hasty" not in codes(check(said.sheet, said.ratings))


def test_raters_without_a_name_or_with_the_same_are_told_apart_by_number() -> None:
    said = Said(study())
    for rater in (0, 1, 5):
        said.rate(rater, 0, FOURS)
    raters = [replace(RATERS[0]), replace(RATERS[1], name="Ann")]
    found = check_review(said.sheet, said.ratings, raters)
    assert list(at(found, "raters")) == ["Ann 0", "Ann 1", "rater 5"]


def test_the_same_ratings_give_the_same_result_and_no_value_is_zero_for_want_of_one() -> None:
    sheet = study(30)
    ratings = by_quality(sheet, 2)
    assert check(sheet, ratings) == check(sheet, ratings)
    empty = check(study(), [])
    assert not list(zeros(empty.measures["axes"]))  # type: ignore[arg-type]
    assert not list(zeros(empty.measures["repeats"]))  # type: ignore[arg-type]


def zeros(measures: Mapping[str, Any]) -> Any:
    for value in measures.values():
        if isinstance(value, Mapping):
            yield from zeros(value)
        elif not isinstance(value, Unscored | Estimate):
            yield value
