"""Copying: exact against a plain search through every training response, for any texts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.metrics.copying import Copied, copied, lcs_similarity
from tunecheck.metrics.words import words

TEXT = st.lists(st.sampled_from("ab"), max_size=40).map(" ".join)
TEXTS = st.lists(TEXT, max_size=6)
LETTERS = st.lists(st.sampled_from("abcd"), max_size=25)
SENTENCE = "the quick brown fox jumps over the lazy dog while nine old cats look on"


def plain(output: str, prompt: str, training: list[str]) -> tuple[int, int]:
    """Covered words and the longest run of copies, as they are defined."""
    said, asked = words(output), words(prompt)
    rows = list({tuple(words(text)): None for text in training})
    met, free = [], []
    for at in range(len(said) - 7):
        gram = tuple(said[at : at + 8])
        n_rows = sum(any(row[k : k + 8] == gram for k in range(len(row) - 7)) for row in rows)
        given_by_prompt = any(tuple(asked[k : k + 8]) == gram for k in range(len(asked) - 7))
        met += [at] if n_rows else []
        free += [at] if n_rows and n_rows <= max(5, 0.01 * len(rows)) and not given_by_prompt else []
    is_given = {at + k for at in met if at not in free for k in range(8)}
    admitted = [at for at in free if len(is_given & set(range(at, at + 8))) <= 4]
    longest = 0
    for at in admitted:
        run = at
        while run + 1 in admitted:
            run += 1
        longest = max(longest, min(_longest_at(said, at, rows), run + 8 - at))
    return len({at + k for at in admitted for k in range(8)} - is_given), longest


def _longest_at(said: list[str], at: int, rows: list[tuple[str, ...]]) -> int:
    best = 0
    for row in rows:
        for begin in range(len(row)):
            size = 0
            while at + size < len(said) and begin + size < len(row) and said[at + size] == row[begin + size]:
                size += 1
            best = max(best, size)
    return best


@given(TEXTS, TEXTS, TEXT)
@settings(max_examples=80, deadline=None)
def test_coverage_and_longest_match_are_those_of_a_plain_search(
    outputs: list[str], training: list[str], prompt: str
) -> None:
    found = copied(outputs, [prompt] * len(outputs), training)
    for output, one in zip(outputs, found, strict=True):
        covered, longest = plain(output, prompt, training)
        assert (one.n_words, one.n_covered, one.longest) == (len(words(output)), covered, longest)
        if one.row is not None:
            passage = " ".join(words(output)[one.begin : one.begin + one.longest])
            assert f" {passage} " in f" {' '.join(words(training[one.row]))} "


def test_long_texts_agree_with_a_plain_search() -> None:
    dice = random.Random(3)
    training = [" ".join(dice.choices("abcdefgh", k=120)) for _ in range(8)]
    spliced = [
        " ".join(training[dice.randrange(8)].split()[a : a + k] + dice.choices("abcdefgh", k=5))
        for a, k in [(0, 70), (13, 20), (40, 8), (5, 7), (60, 33)]
    ]
    for output, one in zip(spliced, copied(spliced, [""] * 5, training), strict=True):
        assert (one.n_covered, one.longest) == plain(output, "", training)


@given(TEXTS, TEXTS, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_outputs_and_of_training_rows_does_not_matter(
    outputs: list[str], training: list[str], dice: random.Random
) -> None:
    def numbers(found: tuple[Copied, ...]) -> list[tuple[int, int, int]]:
        return [(one.n_words, one.n_covered, one.longest) for one in found]

    before = numbers(copied(outputs, [""] * len(outputs), training))
    order = list(range(len(outputs)))
    dice.shuffle(order)
    shuffled = dice.sample(training, len(training))
    after = numbers(copied([outputs[k] for k in order], [""] * len(outputs), shuffled))
    assert after == [before[k] for k in order]


@given(TEXTS.filter(lambda rows: any(len(row.split()) >= 8 for row in rows)))
@settings(max_examples=30, deadline=None)
def test_a_training_response_said_again_is_covered_whole(training: list[str]) -> None:
    for output, one in zip(training, copied(training, [""] * len(training), training), strict=True):
        if one.n_words >= 8:
            assert (one.coverage, one.longest, one.similarity) == (1.0, one.n_words, 1.0), output


def test_case_punctuation_and_layout_hide_no_copy() -> None:
    (found,) = copied([SENTENCE.upper().replace(" ", ",\n")], [""], ["something else", SENTENCE])
    assert (found.coverage, found.longest, found.row, found.similar_row) == (1.0, 15, 1, 1)


def test_scripts_without_spaces_are_counted_in_letters() -> None:
    (found,) = copied(["我们今天一起去公园散步吧"], [""], ["昨天他说我们今天一起去公园看花"])
    assert (found.n_words, found.n_covered, found.longest) == (12, 9, 9)


def test_what_the_prompt_gave_is_no_copy() -> None:
    (found,) = copied([SENTENCE], [f"Repeat: {SENTENCE}"], [SENTENCE])
    assert (found.n_covered, found.longest, found.row) == (0, 0, None)
    (half,) = copied([SENTENCE], [" ".join(SENTENCE.split()[:9])], [SENTENCE])
    # The prompt gave nine of the fifteen words; at most four of them may begin a copy.
    assert (half.begin, half.longest, half.n_covered) == (5, 10, 6)


def test_a_template_of_many_rows_is_no_copy_and_does_not_hide_the_one_inside_it() -> None:
    template = "dear customer thank you very much for writing to us about"
    training = [f"{template} number{k} word{k} case{k}" for k in range(20)] + [f"{template} {SENTENCE}"]
    (plain_template, with_copy) = copied([f"{template} a new matter", f"{template} {SENTENCE}"], ["", ""], training)
    assert plain_template.n_covered == 0
    assert with_copy.row == 20
    assert (with_copy.n_words, with_copy.n_covered) == (26, 15)
    # At most four words of the template, which has eleven, may begin a copy.
    assert (with_copy.begin, with_copy.longest) == (7, 19)


def test_copies_of_a_training_row_do_not_make_it_boilerplate() -> None:
    (found,) = copied([SENTENCE], [""], [f"row {k}" for k in range(50)] + [SENTENCE] * 50)
    assert (found.coverage, found.row) == (1.0, 50)


def test_nothing_is_copied_from_no_training_or_into_no_output() -> None:
    assert copied([], [], ["a row"]) == ()
    assert copied([SENTENCE, ""], ["", ""], []) == (Copied(n_words=15), Copied(n_words=0))
    assert Copied(n_words=0).coverage == 0.0


def test_outputs_and_prompts_are_parallel() -> None:
    with pytest.raises(ValueError, match="2 outputs need as many prompts, not 1"):
        copied(["a", "b"], ["a"], [])


@given(LETTERS, LETTERS)
@settings(max_examples=150, deadline=None)
def test_lcs_similarity_is_that_of_the_table_of_prefixes(left: list[str], right: list[str]) -> None:
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    expected = 2 * table[-1][-1] / (len(left) + len(right)) if left or right else 1.0
    assert lcs_similarity(left, right) == pytest.approx(expected)
    assert lcs_similarity(right, left) == lcs_similarity(left, right)
