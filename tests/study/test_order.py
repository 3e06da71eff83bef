"""The order of a sheet: the same on every device, balanced over sides, items and raters, and telling nothing."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.studies import study
from tunecheck.core import ReviewStudy
from tunecheck.study import Slot, sheet
from tunecheck.study.order import ITEMS_A_BLOCK, LEAST_GAP


def first_sides(made: ReviewStudy, slots: tuple[Slot, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for slot in slots:
        answer = made.answers[slot.entry]
        found.setdefault(answer.item, answer.side)
    return found


@given(n_items=st.integers(1, 60), rater=st.integers(0, 9), n_repeats=st.integers(0, 12), blind=st.booleans())
def test_every_answer_is_there_once_and_repeats_beside(n_items: int, rater: int, n_repeats: int, blind: bool) -> None:
    made = study(n_items, sides=("tuned", "base") if blind else ("tuned",), n_repeats=n_repeats)
    slots = sheet(made, rater)
    assert Counter(slot.entry for slot in slots if not slot.again) == Counter(range(len(made.answers)))
    again = [slot.entry for slot in slots if slot.again]
    assert len(again) == len(set(again)) <= n_repeats
    assert len({slot.token for slot in slots}) == len(slots)
    assert slots == sheet(made, rater)


@given(n_items=st.integers(1, 60), rater=st.integers(0, 6))
def test_of_the_items_of_each_block_half_come_first_by_the_tuned_answer(n_items: int, rater: int) -> None:
    made = study(n_items)
    slots = sheet(made, rater)
    n_tuned = sum(side == "tuned" for side in first_sides(made, slots).values())
    n_blocks = -(-n_items // ITEMS_A_BLOCK)
    assert abs(2 * n_tuned - n_items) <= n_blocks


@given(n_items=st.integers(1, 60), pair=st.integers(0, 5))
def test_two_raters_in_a_row_see_each_item_by_opposite_sides_first(n_items: int, pair: int) -> None:
    made = study(n_items)
    first, second = (first_sides(made, sheet(made, 2 * pair + n)) for n in (0, 1))
    assert all(first[item] != second[item] for item in made.items)


@given(n_blocks=st.integers(1, 5), rater=st.integers(0, 6))
def test_the_two_answers_to_a_prompt_are_never_close(n_blocks: int, rater: int) -> None:
    made = study(n_blocks * ITEMS_A_BLOCK)
    places: dict[str, list[int]] = {}
    for place, slot in enumerate(sheet(made, rater)):
        places.setdefault(made.answers[slot.entry].item, []).append(place)
    assert min(second - first for first, second in places.values()) > ITEMS_A_BLOCK // 2


def test_after_two_blocks_twenty_items_are_rated_by_both_sides() -> None:
    made = study(50)
    seen = Counter(made.answers[slot.entry].item for slot in sheet(made, 3)[: 4 * ITEMS_A_BLOCK])
    assert len(seen) == 2 * ITEMS_A_BLOCK
    assert set(seen.values()) == {2}


@pytest.mark.parametrize("rater", range(5))
def test_a_repeat_comes_back_after_other_answers(rater: int) -> None:
    made = study(50, n_repeats=8)
    slots = sheet(made, rater)
    places = {(slot.entry, slot.again): place for place, slot in enumerate(slots)}
    again = [slot.entry for slot in slots if slot.again]
    assert len(again) == 8
    assert all(places[entry, True] - places[entry, False] >= LEAST_GAP for entry in again)


def test_orders_and_tokens_of_raters_differ_and_depend_on_the_secret_alone() -> None:
    made, other = study(50), study(50, secret="a0" * 32)
    assert [s.entry for s in sheet(made, 0)] != [s.entry for s in sheet(made, 1)] != [s.entry for s in sheet(other, 1)]
    tokens = [{slot.token for slot in sheet(one, rater)} for one in (made, other) for rater in (0, 1)]
    assert len(set.union(*tokens)) == 4 * 100


def test_tokens_tell_nothing_of_the_place_or_the_side() -> None:
    made = study(50)
    tuned = [s.token for s in sheet(made, 0) if made.answers[s.entry].side == "tuned"]
    base = [s.token for s in sheet(made, 0) if made.answers[s.entry].side == "base"]
    digits = [Counter("".join(tokens)) for tokens in (tuned, base)]
    assert {len(token) for token in tuned + base} == {24}
    assert all(40 < count[digit] < 120 for count in digits for digit in "0123456789abcdef")
