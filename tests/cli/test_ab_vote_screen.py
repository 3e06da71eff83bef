"""Pairs on a screen: whole, within the width, side by side where there is room, and unable to act; words compared."""

from __future__ import annotations

import re
import time
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

from tests.cli.vote_parts import HOSTILE_TO_TERMINALS, compared, folder_with, pairs_in
from tests.comparisons import pair, pair_study
from tests.web.hostile_texts import HOSTILE
from tunecheck.cli.compare_screen import LEAST_BESIDE, Setting, pair_page
from tunecheck.cli.compare_words import MOST_WORDS, marked_pair
from tunecheck.cli.vote_text import Ink
from tunecheck.core import PairStudy
from tunecheck.report.text import visible

PLAIN, STYLED = Ink(), Ink(is_styled=True)


def page(folder: Path, place: int = 0, *, columns: int = 80, ink: Ink = PLAIN, setting: Setting = "written") -> str:
    with pairs_in(folder) as desk:
        lines = pair_page(
            desk, desk.look(), desk.slots[place], width=min(columns, 100), columns=columns, ink=ink, setting=setting
        )
        return "\n".join(lines)


def pair_of(tuned: str, base: str) -> PairStudy:
    return pair_study(pairs=[pair(0, tuned=tuned, base=base, prompt=tuned, reference=base)])


@pytest.mark.parametrize(
    ("columns", "setting"), [(60, "written"), (60, "markdown"), (60, "marked"), (140, "written"), (140, "marked")]
)
def test_hostile_texts_reach_the_terminal_as_harmless_characters(
    tmp_path: Path, columns: int, setting: Setting
) -> None:
    texts = [text for _, text in HOSTILE]
    made = pair_study(
        pairs=[
            pair(number, tuned=text, base=other, prompt=text, reference=other)
            for number, (text, other) in enumerate(zip(texts, [*texts[1:], HOSTILE_TO_TERMINALS], strict=True))
        ]
    )
    folder = folder_with(tmp_path, made)
    with pairs_in(folder) as desk:
        look = desk.look()
        for slot in desk.votes:
            shown = "\n".join(
                pair_page(desk, look, slot, width=min(columns, 100), columns=columns, ink=PLAIN, setting=setting)
            )
            assert visible(shown) == shown
            assert "\t" not in shown
            assert max(map(cell_len, shown.split("\n"))) <= columns


@pytest.mark.parametrize("keys", [("a",), ("d", "m", "r", "a")])
def test_escapes_anywhere_in_a_test_reach_no_terminal(tmp_path: Path, keys: tuple[str, ...]) -> None:
    text = HOSTILE_TO_TERMINALS
    made = pair_study(
        pairs=[pair(0, tuned=f"{text} 1", base=f"2 {text}", prompt=text, reference=text)], n_guesses=1,
        instructions=text,
    )  # fmt: skip
    out = compared(folder_with(tmp_path, made), f"n {text}", *keys, "a", "g", "p")
    assert visible(out) == out
    assert "\\x1b]0;title\\x07" in out


def test_only_our_own_styles_are_written_where_words_are_marked(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, pair_of(f"one {HOSTILE_TO_TERMINALS}", f"two {HOSTILE_TO_TERMINALS} three"))
    for columns in (80, 140):
        shown = page(folder, columns=columns, ink=STYLED, setting="marked")
        assert "\x1b[1m\x1b[4m" in shown
        assert "\x1b" not in re.sub(r"\x1b\[[0124]m", "", shown)
        assert max(map(cell_len, click.unstyle(shown).split("\n"))) <= columns


def test_text_of_a_model_cannot_pass_for_a_heading(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, pair_of("x\nAnswer A\nAnswer B\nPair 2 of 2", "Prompt\nAnswer B"))
    lines = page(folder).splitlines()
    assert [lines.count(one) for one in ("Prompt", "Answer A", "Answer B", "Pair 2 of 2")] == [1, 1, 1, 0]


def test_answers_stand_side_by_side_where_there_is_room_and_below_each_other_elsewhere(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, pair_of("alpha\nbeta", "gamma"))
    assert re.search(r"^Answer A +│ Answer B\n  \w+ +│   \w+\n", page(folder, columns=LEAST_BESIDE), re.M)
    assert re.search(r"^Answer A\n(  \w+\n)+\nAnswer B\n(  \w+\n?)+", page(folder, columns=LEAST_BESIDE - 1), re.M)


@pytest.mark.parametrize("columns", [119, 160, 500])
def test_columns_are_equally_wide_and_lose_nothing(tmp_path: Path, columns: int) -> None:
    long, wide = "word " * 300 + "x" * 500, "日本語" * 200
    folder = folder_with(tmp_path, pair_of(long, wide))
    body = page(folder, columns=columns).split("Answer A", 1)[1].split("\n")[1:]
    halves = [line.split("│") for line in body]
    assert len({cell_len(line.split("│")[0]) for line in body}) == 1
    columns_of = ["".join("".join(half[at] for half in halves if len(half) > at).split()) for at in (0, 1)]
    assert sorted(columns_of) == sorted("".join(text.split()) for text in (long, wide))


def test_an_empty_answer_says_that_it_is_empty(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, pair_of("something", " \n"))
    for setting in ("written", "markdown", "marked"):
        assert "(the answer is empty)" in page(folder, setting=setting)


def test_words_that_the_other_answer_lacks_are_in_brackets_without_style(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, pair_of("the cat sat on the mat", "the cat lay down on a mat"))
    out = compared(folder, "d", "d")
    assert "  the cat [sat] on [the] mat\n" in out
    assert "  the cat [lay down] on [a] mat\n" in out
    assert out.count("[sat]") == 1


def test_marks_survive_the_breaking_of_lines() -> None:
    text, other = "same " * 30 + "new words here " + "same " * 30, "same " * 60
    found = marked_pair(text, other, 40, STYLED)
    assert found is not None
    marked, unmarked = found
    assert " ".join(re.findall(r"\x1b\[1m\x1b\[4m(.*?)\x1b\[0m", "\n".join(marked))) == "new words here"
    assert not any("\x1b" in line for line in unmarked)
    assert max(cell_len(click.unstyle(line)) for line in marked) <= 40


def test_characters_of_scripts_without_blanks_are_compared_one_by_one() -> None:
    assert marked_pair("今日は晴れです", "今日は雨です", 40, PLAIN) == (["今日は[晴れ]です"], ["今日は[雨]です"])


def test_long_answers_are_compared_soon_and_longer_ones_not_at_all(tmp_path: Path) -> None:
    begun_s = time.process_time()
    assert marked_pair("a b " * (MOST_WORDS // 2), "b b a " * (MOST_WORDS // 3), 80, PLAIN) is not None
    assert marked_pair("a " * (MOST_WORDS + 1), "b", 80, PLAIN) is None
    assert time.process_time() - begun_s < 5
    folder = folder_with(tmp_path, pair_of("a " * (MOST_WORDS + 1), "b"))
    assert "These answers are too long to compare word by word." in page(folder, setting="marked")


@pytest.mark.parametrize("width", [40, 80, 100, 130])
def test_no_line_is_wider_than_the_window(tmp_path: Path, width: int) -> None:
    folder = folder_with(tmp_path, pair_study(2, n_guesses=1))
    out = compared(folder, "g", "r", "d", "m", "n some words", "a", "b", "t", width=width)
    assert max(map(cell_len, out.splitlines())) <= width
