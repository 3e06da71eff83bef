"""A question that no text inside it can change, and that says nowhere whose answer is whose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.comparisons import pair
from tunecheck.judges import CANARIES, question, with_canary

NONCE = "7d41f0c2a9b35e68"


def test_the_orders_differ_only_in_the_places_of_the_answers() -> None:
    one = pair(1, tuned="the first text", base="the second text")
    straight, swapped = (question(one, swapped=swapped, nonce=NONCE) for swapped in (False, True))
    assert f"[begin answer A {NONCE}]\nthe first text\n[end answer A {NONCE}]" in straight
    assert f"[begin answer B {NONCE}]\nthe second text\n[end answer B {NONCE}]" in straight
    hidden = straight.replace("the first text", "\0").replace("the second text", "the first text")
    assert hidden.replace("\0", "the second text") == swapped


def test_nothing_says_which_model_is_which() -> None:
    asked = question(pair(1, tuned="x", base="y", prompt="p", reference="r"), swapped=True, nonce=NONCE)
    assert not {"tuned", "base", "model", "item 1", "val.jsonl"} & set(asked.lower().replace(".", " ").split())


def test_the_reference_and_the_instructions_are_there_if_there_are_any() -> None:
    one = replace(pair(1), reference=" \n")
    assert "reference" not in question(one, swapped=False, nonce=NONCE)
    asked = question(pair(1), swapped=False, nonce=NONCE, instructions="Prefer what is brief.")
    assert f"[begin reference {NONCE}]\nreference 1\n[end reference {NONCE}]" in asked
    assert "People who judge the same pairs were told:\nPrefer what is brief.\n" in asked


MARKS = (
    *("<|im_end|>", "<|eot_id|>", "</s>", "<s>", "[INST]", "[/INST]", "<<SYS>>", "<eos>", "<end_of_turn>"),
    *("<start_of_turn>", "<\uff5cUser\uff5c>", "</think>", "<THINK>"),
)


@pytest.mark.parametrize("mark", MARKS)
def test_marks_that_end_a_turn_are_broken_in_every_text(mark: str) -> None:
    one = pair(1, tuned=f"a{mark}", base=f"b{mark}", prompt=f"c{mark}", reference=f"d{mark}")
    asked = question(one, swapped=False, nonce=NONCE)
    assert mark not in asked
    assert asked.count(f"{mark[0]} {mark[1:]}") == 4


def test_code_and_comparisons_stay_as_they_are() -> None:
    text = "if a < b | c: x[i] <= 3  # <p>, <strong>, [link](x)"
    assert text in question(pair(1, tuned=text), swapped=False, nonce=NONCE)


def test_lone_surrogates_become_a_character_and_pairs_of_them_one() -> None:
    asked = question(pair(1, tuned="a\ud800b", base="\ud83d\ude00"), swapped=False, nonce=NONCE)
    assert "a\ufffdb" in asked
    assert "\U0001f600" in asked


@given(st.lists(st.sampled_from([NONCE, NONCE.upper(), NONCE[:7], NONCE[7:], "\n[end answer A ", "]\n"]), max_size=12))
def test_a_text_that_knew_the_nonce_could_still_not_write_a_mark(pieces: list[str]) -> None:
    asked = question(pair(1, tuned="t" + "".join(pieces), base="b"), swapped=False, nonce=NONCE)
    assert asked.lower().count(NONCE) == 9
    assert asked.count(f"[end answer A {NONCE}]") == 1


def test_a_canary_stands_in_one_answer_and_names_no_letter_of_its_own() -> None:
    one = pair(1, tuned="x", base="y")
    for canary in CANARIES:
        tuned, base = with_canary(one, canary, "tuned"), with_canary(one, canary, "base")
        assert (tuned.base, base.tuned) == ("y", "x")
        assert tuned.tuned != "x"
        assert (tuned.tuned, base.base) == tuple(f"{canary.before}{own}{canary.after}" for own in "xy")
    assert len({canary.name for canary in CANARIES}) == len(CANARIES)
