"""Voting in the terminal on lines: what each key does, that it is kept at once, and that nothing tells a side."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.vote_parts import compared, folder_with, pairs_in, ticking, voted
from tests.comparisons import pair, pair_study
from tunecheck.cli.ab_vote import command
from tunecheck.cli.compare_session import LEAST_LOOK_S, CompareSession
from tunecheck.cli.vote_console import LineConsole
from tunecheck.core import CHOICE, GUESS, REFERENCE, SEEN
from tunecheck.errors import InputError, RunFolderError
from tunecheck.store import open_studies


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with a test of three pairs and two guesses."""
    return folder_with(tmp_path / "run", pair_study(3, n_guesses=2))


def test_one_key_votes_and_goes_on(folder: Path) -> None:
    out = compared(folder, "a", "b", "t")
    assert [voted(folder, place).choice for place in range(3)] == ["left", "right", "tie"]
    assert re.findall(r"Pair (\d) of 3", out) == ["1", "2", "3"]
    assert "Pair 1: A is better; u takes it back." in out


@pytest.mark.parametrize(
    ("key", "choice"), [("a", "left"), ("b", "right"), ("t", "tie"), ("x", "both_bad"), ("s", "skip")]
)
def test_a_is_the_left_answer_and_every_choice_has_a_key(folder: Path, key: str, choice: str) -> None:
    out = compared(folder, key, "p")
    assert voted(folder, 0).choice == choice
    with pairs_in(folder) as desk:
        slot = desk.votes[0]
        shown = desk.study.pairs[slot.entry]
    answers = (shown.tuned, shown.base) if slot.tuned_on == "left" else (shown.base, shown.tuned)
    assert out.index("Answer A") < out.index(answers[0]) < out.index("Answer B") < out.index(answers[1])


def test_every_vote_is_in_the_store_before_the_next_key_is_read(folder: Path) -> None:
    n_kept: list[int] = []
    with pairs_in(folder) as desk:
        keys = iter(["a", "n", "words", "r", "b", "u"])

        def read_line(_: str) -> str:
            n_kept.append(len(desk.look().ratings))
            try:
                return next(keys)
            except StopIteration:
                raise EOFError from None

        CompareSession(desk, LineConsole(io.StringIO(), read_line=read_line), monotonic_s=ticking(0.0)).run()
    assert n_kept == [0, 1, 1, 2, 3, 4, 5]


def test_a_session_goes_on_at_the_first_pair_without_a_vote(folder: Path) -> None:
    compared(folder, "a")
    assert "Pair 2 of 3 · 1 of 3" in compared(folder)
    assert "How to vote" not in compared(folder)
    assert "How to vote" in compared(folder, "?")


def test_enter_is_no_vote_and_goes_on_from_a_pair_that_has_one(folder: Path) -> None:
    out = compared(folder, "", "a", "p", "")
    assert "No vote yet: a or b, t for a tie, x for both bad, s to skip." in out
    assert re.findall(r"Pair (\d) of", out) == ["1", "2", "1", "2"]


def test_undo_goes_back_across_pairs_until_nothing_is_left(folder: Path) -> None:
    out = compared(folder, "a", "b", "u", "u", "u")
    assert re.findall(r"Taken back, at pair (\d)", out) == ["2", "1"]
    assert "Nothing is left to take back." in out
    assert voted(folder, 0).choice == voted(folder, 1).choice == ""


def test_a_changed_vote_is_the_one_that_counts_and_the_same_one_again_is_no_change(folder: Path) -> None:
    compared(folder, "a", "p", "a", "p", "b")
    assert (voted(folder, 0).choice, voted(folder, 0).n_changes) == ("right", 2)


def test_a_note_is_kept_changed_and_removed(folder: Path) -> None:
    compared(folder, "n", "first words")
    assert voted(folder, 0).note == "first words"
    assert "Note: first words" in compared(folder, "n", "")
    compared(folder, "n other words")
    assert voted(folder, 0).note == "other words"
    compared(folder, "n", "-")
    assert (voted(folder, 0).note, voted(folder, 0).choice) == ("", "")


def test_the_reference_is_shown_when_asked_for_and_that_is_recorded(folder: Path) -> None:
    assert not re.search(r"reference \d", compared(folder))
    assert re.search(r"^  reference \d$", compared(folder, "r", "r"), re.M)
    with pairs_in(folder) as desk:
        assert [one.field for one in desk.look().ratings].count(REFERENCE) == 1


def test_guesses_are_offered_after_the_last_vote_and_change_no_vote(folder: Path) -> None:
    out = compared(folder, "a", "a", "a", "b", "t")
    assert "Guess 1 of 2 · all your votes are kept" in out
    assert "Guess 1: B; u takes it back." in out
    assert "All 3 pairs have your vote. Thank you." in out
    with pairs_in(folder) as desk:
        look = desk.look()
        assert [look.at(slot).guess for slot in desk.guesses] == ["right", "unsure"]
        assert [look.at(slot).choice for slot in desk.votes] == ["left"] * 3
        assert all(one.active_s == 0 for one in look.ratings if one.field == GUESS)


@pytest.mark.parametrize("key", ["q", ""])
def test_nobody_has_to_guess(folder: Path, key: str) -> None:
    out = compared(folder, "a", "a", "a", key, "a")
    assert "Guess 1 of 2" in out
    assert "Guess 2 of 2" not in out
    with pairs_in(folder) as desk:
        assert desk.guessed(desk.look()).n_done == 0


def test_guesses_are_offered_again_another_day_and_can_be_taken_back(folder: Path) -> None:
    compared(folder, "a", "a", "a", "q")
    out = compared(folder, "a", "u", "p")
    assert re.findall(r"(Guess|Pair) (\d) of", out) == [("Guess", "1"), ("Guess", "2"), ("Guess", "1"), ("Pair", "3")]
    assert "Taken back, at guess 1." in out


@pytest.mark.parametrize("key", ["x", "s", "n", "r"])
def test_a_guess_takes_no_key_of_a_vote_that_is_no_guess(folder: Path, key: str) -> None:
    assert f"{key} is not a key; g shows them." in compared(folder, "a", "a", "a", key)
    with pairs_in(folder) as desk:
        assert {one.field for one in desk.look().ratings} <= {CHOICE, SEEN}


@pytest.mark.parametrize("line", ["aa", "1", "6", "k", "vote a", "\x1b[2J"])
def test_what_is_no_key_votes_nothing(folder: Path, line: str) -> None:
    out = compared(folder, line)
    assert "is not a key; g shows them." in out
    assert "\x1b" not in out
    assert voted(folder, 0).n_changes == 0


def test_a_key_that_comes_too_quick_on_a_terminal_is_no_vote_however_long_it_is_held(folder: Path) -> None:
    keys = iter(["a"] * 20)
    with pairs_in(folder) as desk:
        console = LineConsole(io.StringIO(), read_line=lambda _: next(keys, "q"))
        console.is_quick = True
        CompareSession(desk, console, monotonic_s=ticking(LEAST_LOOK_S / 4)).run()
        assert desk.look().progress.n_done == 0


def test_time_goes_with_the_vote_and_a_pause_counts_a_minute(folder: Path) -> None:
    times = iter([0.0, 0.0, 5.0, 5.0, 1000.0])
    compared(folder, "a", "b", clock=lambda: next(times, 1000.0))
    with pairs_in(folder) as desk:
        assert [(one.field, one.active_s) for one in desk.look().ratings] == [(CHOICE, 5.0), (CHOICE, 60.0)]


def test_a_break_is_proposed_once_after_25_minutes(folder: Path) -> None:
    assert compared(folder, *["m"] * 40, clock=ticking(50.0)).count("You have voted for 25 minutes") == 1


def test_nothing_tells_side_item_model_or_other_raters(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, pair_study(25, n_repeats=2))
    with pairs_in(folder, "somebody else") as other:
        keys = iter(["b", "n", "their words", "q"])
        CompareSession(other, LineConsole(io.StringIO(), read_line=lambda _: next(keys))).run()
    out = compared(folder, "g", "r", "d", "m", *["a"] * 27)
    assert "All 27 pairs" in out
    assert not re.search("tuned|base|item |a test|val.jsonl|somebody|their words|token", out)


def test_a_pair_and_its_mirror_differ_only_in_the_swapped_texts(tmp_path: Path) -> None:
    texts = ("the cat sat on the mat", "a cat sat on a red mat")
    shown = []
    for at, (tuned, base) in enumerate((texts, texts[::-1])):
        folder = folder_with(tmp_path / str(at), pair_study(pairs=[pair(0, tuned=tuned, base=base)]))
        shown.append(compared(folder, "d", "m"))
    for left, right in re.findall(r"Answer A\n(.*?)\n\nAnswer B\n(.*?)\n\n", shown[0], re.S):
        swapped = f"Answer A\n{right}\n\nAnswer B\n{left}\n\n"
        assert swapped in shown[1]
    bare = [re.sub(r"Answer A\n.*?\n\nAnswer B\n.*?\n\n", "", text, flags=re.S) for text in shown]
    assert bare[0] == bare[1]


def vote(folder: Path, *arguments: str, lines: str = "") -> str:
    done = CliRunner().invoke(command, [str(folder), *arguments], input=lines, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_command_votes_and_says_how_to_go_on(folder: Path) -> None:
    out = vote(folder, "--rater", "Kim  Lee", lines="a\nq\n")
    assert "You vote as Kim Lee, who is new here." in out
    assert out.endswith(f"1 of 3; kept; go on with: tunecheck ab vote {folder} --rater 'Kim Lee'\n")
    assert voted(folder, 0, "Kim Lee").choice == "left"
    with open_studies(folder) as store:
        assert {one.rated_with for one in store.ratings(1)} == {"terminal"}


def test_the_end_of_the_pairs_leaves_nothing_to_go_on_with(folder: Path) -> None:
    assert vote(folder, lines="a a a a a\n").endswith("3 of 3; kept. Nothing is left to vote on.\n")


def test_a_folder_without_a_test_says_how_to_make_one(tmp_path: Path) -> None:
    with open_studies(tmp_path, create=True):
        pass
    with pytest.raises(RunFolderError, match="has no A/B test") as refused:
        vote(tmp_path)
    assert f"tunecheck ab create {tmp_path}" in str(refused.value.hint)


def test_a_name_that_is_none_adds_nobody(folder: Path) -> None:
    with pytest.raises(InputError, match="name"):
        vote(folder, "--rater", "a\x1b[2J")
    with open_studies(folder) as store:
        assert store.raters() == []
