"""Rules: kind to talk, hard on guesses, and never an exception."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.packs import Rule, passes, skills

FORTY_TWO = Rule(kind="number", number=42, given=(6, 7))
PIECES = st.sampled_from(
    ["42", " or ", "answer", "{", "}", "[", '"', "`", "```", "\n", "- ", "1.", ",", "-", "not ", "yes", "no", "a",
     "ß", "ſ", "İ"]
)  # fmt: skip
OUTPUTS = st.text(max_size=60) | st.lists(PIECES, max_size=12).map("".join)


@given(output=OUTPUTS)
@settings(max_examples=150, deadline=None)
def test_no_output_makes_a_rule_raise(output: str) -> None:
    for skill in skills():
        assert passes(skill.rule, output) in (True, False)


@pytest.mark.parametrize(
    "output",
    ["42", "42.", "The answer is 42.", "**42**", "\\boxed{42}", "42.0", "6 x 7 = 42", "42, since 6 times 7 is 42",
     "forty? no: 42", "6 × 7 = 35 + 7 = 42", "４２", "The answer is 42, as 7 times 6 shows", "$42"],
)  # fmt: skip
def test_a_talkative_right_number_passes(output: str) -> None:
    assert passes(FORTY_TWO, output)


@pytest.mark.parametrize(
    "output",
    ["", "43", "42 or 43", "43 or 42", "43, or maybe 42", "-42", "4.2", "420", "1,042", "x42",
     "The answer is 7; not 42", "Between 42 and 44", "9" * 5000],
)  # fmt: skip
def test_a_wrong_or_doubtful_number_fails(output: str) -> None:
    assert not passes(FORTY_TWO, output)


def test_signs_groups_and_commas_are_read_as_people_write_them() -> None:
    assert passes(Rule(kind="number", number=1234567.5), "1,234,567.5 metres")
    assert passes(Rule(kind="number", number=-3), "5 - 8 = −3")
    assert passes(Rule(kind="number", number=-3), "It is Negative 3.")
    assert passes(Rule(kind="number", number=3), "8-5: 3, of course")
    assert not passes(Rule(kind="number", number=35), "3,5")


def test_a_count_may_be_a_word() -> None:
    assert passes(Rule(kind="number", number=3), "There are three.")
    assert not passes(Rule(kind="number", number=3), "three, no: four")


@pytest.mark.parametrize("output", ["chien", "Le chien!", "It is “chien”.", "'Chien', I think"])
def test_a_word_is_found_among_others(output: str) -> None:
    assert passes(Rule(kind="word", answers=("chien",), rivals=("chat",)), output)


@pytest.mark.parametrize(
    "output", ["chiens", "not chien", "It isn't chien", "chien or maybe loup", "loup or chien", "chien, chat", "chie n"]
)
def test_a_word_that_is_denied_or_guessed_fails(output: str) -> None:
    assert not passes(Rule(kind="word", answers=("chien",), rivals=("chat",)), output)


@pytest.mark.parametrize(
    "output", ["[" * 100_000, '{"a":' * 100_000, '[{"a": 1}]', '{"a": 1' + "0" * 5000 + "}", "{a: 1}"]
)
def test_json_that_is_broken_deep_or_of_another_shape_fails(output: str) -> None:
    assert not passes(Rule(kind="json", keys=("a",), values=(("a", "1"),)), output)


def test_a_list_counts_its_own_entries_and_not_what_stands_inside_them() -> None:
    nested = "- bread\n  - rye\n  - wheat\n- cheese"
    assert passes(Rule(kind="list", count=2, marker="-"), nested)
    assert not passes(Rule(kind="list", count=2, marker="1"), "1. bread\n3. cheese")


@pytest.mark.parametrize(
    "piece",
    [
        "42 or ",
        "answer ",
        "`",
        "{",
        "not ",
        "9",
        "- \n",
        "yes ",
        "9,",
        "a ",
        '"',
        "“",
        "-",
        "```\n",
        "<think>",
        "</think>",
    ],
)
def test_time_grows_in_line_with_the_output(piece: str) -> None:
    started = time.process_time()
    rules = {skill.rule.kind: skill.rule for skill in skills()}
    for rule in rules.values():
        passes(rule, piece * (200_000 // len(piece)))
    # A quadratic rule would need minutes for so long an output.
    assert time.process_time() - started < 10
