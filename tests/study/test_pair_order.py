"""The order of a blind A/B test: sides exactly balanced, the same on every device, and telling nothing."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.core import AnswerPair, PairStudy
from tunecheck.study.pair_order import LEAST_GAP, PAIRS_A_BLOCK, pair_sheet


def study(n_pairs: int, *, n_repeats: int = 0, secret: str = "5e" * 32) -> PairStudy:
    pairs = tuple(
        AnswerPair(item=f"item {n}", prompt="?", reference="", tuned="one", base="another", unit=f"item {n}")
        for n in range(n_pairs)
    )
    return PairStudy(
        number=1, title="", created="", secret=secret, seed=0, pairs=pairs, n_raters=2, n_repeats=n_repeats
    )


@given(n_pairs=st.integers(1, 70), rater=st.integers(0, 7), n_repeats=st.integers(0, 10))
def test_every_pair_is_there_once_and_repeats_beside(n_pairs: int, rater: int, n_repeats: int) -> None:
    made = study(n_pairs, n_repeats=n_repeats)
    slots = pair_sheet(made, rater)
    assert Counter(slot.entry for slot in slots if not slot.again) == Counter(range(n_pairs))
    again = [slot.entry for slot in slots if slot.again]
    assert len(again) == len(set(again)) <= n_repeats
    assert len({slot.token for slot in slots}) == len(slots)
    assert slots == pair_sheet(made, rater)


@given(n_pairs=st.integers(1, 70), rater=st.integers(0, 7))
def test_over_the_pairs_of_a_rater_each_side_has_the_tuned_answer_as_often(n_pairs: int, rater: int) -> None:
    sides = Counter(slot.tuned_on for slot in pair_sheet(study(n_pairs), rater))
    assert abs(sides["left"] - sides["right"]) <= 1


@given(n_pairs=st.integers(1, 70), pair=st.integers(0, 4))
def test_over_two_raters_in_a_row_each_pair_has_the_tuned_answer_once_on_each_side(n_pairs: int, pair: int) -> None:
    made = study(n_pairs)
    first, second = ({slot.entry: slot.tuned_on for slot in pair_sheet(made, 2 * pair + n)} for n in (0, 1))
    assert all(first[entry] != second[entry] for entry in range(n_pairs))


@pytest.mark.parametrize("rater", range(4))
def test_a_repeat_has_its_sides_swapped_and_comes_after_other_pairs(rater: int) -> None:
    slots = pair_sheet(study(50, n_repeats=5), rater)
    places = {(slot.entry, slot.again): (place, slot.tuned_on) for place, slot in enumerate(slots)}
    again = [entry for entry, is_again in places if is_again]
    assert len(again) == 5
    for entry in again:
        (first, side), (second, other) = places[entry, False], places[entry, True]
        assert second - first >= LEAST_GAP
        assert side != other


@given(rater=st.integers(0, 5))
def test_raters_go_through_the_same_blocks_so_that_pairs_are_judged_by_all(rater: int) -> None:
    slots = pair_sheet(study(40), rater)
    blocks = [{slot.entry for slot in slots[start : start + PAIRS_A_BLOCK]} for start in range(0, 40, PAIRS_A_BLOCK)]
    assert blocks == [set(range(start, start + PAIRS_A_BLOCK)) for start in range(0, 40, PAIRS_A_BLOCK)]


def test_orders_sides_and_tokens_depend_on_the_secret_and_the_rater_alone() -> None:
    one, other = study(40), study(40, secret="a0" * 32)
    lists = [pair_sheet(made, rater) for made in (one, other) for rater in (0, 1)]
    assert len({tuple(slot.entry for slot in slots) for slots in lists}) == 4
    assert len({tuple(slot.tuned_on for slot in slots) for slots in lists}) == 4
    assert len({slot.token for slots in lists for slot in slots}) == 160
