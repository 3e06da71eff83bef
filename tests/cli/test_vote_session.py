"""A session in the terminal: what each key does, that it is kept at once, and that the next session goes on."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from tests.cli.vote_parts import (
    desk_in,
    desk_of,
    folder_with,
    said,
    study_of,
    ticking,
    typed,
)
from tunecheck.cli.vote_console import LineConsole
from tunecheck.cli.vote_session import VoteSession
from tunecheck.core import BLOCKED, NOTE, REFERENCE, SEEN
from tunecheck.store import open_studies
from tunecheck.study import AXES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with a sheet of three items, of both sides."""
    return folder_with(tmp_path / "run", study_of(3))


def test_a_whole_sheet_is_rated_by_digits_and_enter(folder: Path) -> None:
    out = typed(folder, *(["5 4 3 2", ""] * 6))
    for place in range(6):
        assert said(folder, place).scores == {"accuracy": 5, "relevance": 4, "fluency": 3, "format": 2}
    assert "All 6 answers are rated. Thank you." in out


def test_every_key_is_in_the_store_before_the_next_is_read(folder: Path) -> None:
    n_kept: list[int] = []
    with open_studies(folder) as store:
        desk = desk_of(store)
        keys = iter(["5", "4", "n", "words", "r", "0", "u"])

        def read_line(_: str) -> str:
            n_kept.append(len(store.ratings(desk.study.number)))
            try:
                return next(keys)
            except StopIteration:
                raise EOFError from None

        VoteSession(desk, LineConsole(io.StringIO(), read_line=read_line), monotonic_s=ticking(0.0)).run()
    assert n_kept == [0, 1, 2, 2, 3, 4, 5, 6]


def test_the_order_is_that_of_the_rater_wherever_he_rates(folder: Path) -> None:
    out = typed(folder, *(["3 3 3 3", ""] * 6))
    with desk_in(folder) as desk:
        wanted = [desk.study.answers[slot.entry].generated for slot in desk.slots]
    assert re.findall(r"said \d \w+", out) == wanted


def test_nothing_tells_side_item_or_model(folder: Path) -> None:
    with desk_in(folder, "somebody else") as other:
        keys = iter(["2", "n", "their words", "q"])
        VoteSession(other, LineConsole(io.StringIO(), read_line=lambda _: next(keys))).run()
    out = typed(folder, "g", "r", *(["5 4 3 2", ""] * 6))
    assert not re.search("tuned|base|item-|hidden-model|somebody|their words", out)


def test_a_session_goes_on_at_the_first_open_answer_and_its_first_open_axis(folder: Path) -> None:
    typed(folder, "5 5 5 5", "", "4 4")
    out = typed(folder)
    assert "Answer 2 of 6 · 1 of 6" in out
    assert "> Fluency" in out
    assert out.endswith("Fluency: ")


def test_the_guide_comes_first_and_only_on_the_first_day(folder: Path) -> None:
    assert "How to rate" in typed(folder, "4")
    assert "How to rate" not in typed(folder, "4")
    assert "How to rate" in typed(folder, "?")


def test_enter_stays_where_axes_are_open_and_names_them(folder: Path) -> None:
    out = typed(folder, "4 4", "")
    assert "Still without a value: Fluency, Format." in out
    assert out.count("Answer 1 of 6") == 1
    assert "Answer 2 of 6" not in out


def test_zero_says_not_applicable_and_counts_as_a_value(folder: Path) -> None:
    typed(folder, "4 0 4 4", "")
    assert said(folder, 0).not_applicable == {"relevance"}
    assert said(folder, 0).is_done(AXES)


def test_j_and_k_choose_the_axis_and_a_rating_goes_on_to_the_next_open_one(folder: Path) -> None:
    typed(folder, "j j 2", "k k 5", "3")
    assert said(folder, 0).scores == {"fluency": 2, "relevance": 5, "format": 3}


def test_a_value_typed_again_is_no_change(folder: Path) -> None:
    typed(folder, "4", "k 4", "k k 4")
    assert said(folder, 0).n_changes == 1


def test_p_goes_back_and_enter_to_the_next_that_is_open(folder: Path) -> None:
    out = typed(folder, "p", "5 5 5 5", "", "p", "")
    assert re.findall(r"Answer (\d) of", out) == ["1", "2", "1", "2"]
    assert "This is the first answer." in out


def test_undo_goes_back_across_answers_until_nothing_is_left(folder: Path) -> None:
    out = typed(folder, "5 4 3 2", "", "1", "u", "u", "u", "u", "u", "u")
    assert re.findall(r"Taken back, at answer (\d)", out) == ["2", "1", "1", "1", "1"]
    assert "Nothing is left to take back." in out
    assert said(folder, 0).scores == said(folder, 1).scores == {}


def test_after_an_undo_the_axis_that_is_open_again_is_asked(folder: Path) -> None:
    assert typed(folder, "5 4 3 2", "u").endswith("Format: ")


def test_the_reference_is_shown_when_asked_for_and_that_is_recorded(folder: Path) -> None:
    assert "a good answer" not in typed(folder, "4")
    assert not said(folder, 0).has_peeked
    assert "a good answer" in typed(folder, "r", "r")
    assert said(folder, 0).has_peeked
    with desk_in(folder) as desk:
        assert [one.field for one in desk.look().ratings].count(REFERENCE) == 1


def test_without_a_reference_r_says_so(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, study_of(1, reference=""))
    assert "There is no reference." in typed(folder, "r")


def test_a_note_is_kept_changed_and_removed(folder: Path) -> None:
    typed(folder, "n", "first words")
    assert said(folder, 0).note == "first words"
    assert "Note: first words" in typed(folder, "n", "")
    assert said(folder, 0).note == "first words"
    typed(folder, "n other words, 5 of them")
    assert said(folder, 0).note == "other words, 5 of them"
    typed(folder, "n", "-")
    assert said(folder, 0).note == ""
    assert said(folder, 0).scores == {}


def test_a_note_that_is_too_long_is_refused_and_the_session_goes_on(folder: Path) -> None:
    out = typed(folder, "n", "x" * 10_001, "4")
    assert "note has 10,001 characters" in out
    assert said(folder, 0).scores == {"accuracy": 4}


def test_halves_of_characters_in_a_note_do_no_harm(folder: Path) -> None:
    typed(folder, "n", "a \udce9 b")
    assert said(folder, 0).note == "a ? b"


def test_an_answer_that_cannot_be_judged_is_done(folder: Path) -> None:
    out = typed(folder, "c", "no idea of law", "")
    assert said(folder, 0).blocked == "no idea of law"
    assert "Answer 2 of 6 · 1 of 6" in out
    typed(folder, "p", "c", "-")
    assert said(folder, 0).blocked == ""


@pytest.mark.parametrize("line", ["10", "45", "six", "x", "6", "note 4", "\x1b[2J"])
def test_what_is_no_key_rates_nothing(folder: Path, line: str) -> None:
    out = typed(folder, line)
    assert "is not a key; g shows them." in out
    assert "\x1b" not in out
    assert said(folder, 0).n_changes == 0


def test_time_goes_with_the_keys_and_a_pause_counts_a_minute(folder: Path) -> None:
    # Read at the start, at the first answer, then at each key.
    times = iter([0.0, 0.0, 5.0, 1000.0, 1003.0, 1004.0, 1005.0, 1006.5, 1010.0])
    typed(folder, "4", "4", "4", "4", "", "q", clock=lambda: next(times, 2000.0))
    with desk_in(folder) as desk:
        spent = [(one.field, one.active_s) for one in desk.look().ratings]
    assert spent == [
        ("accuracy", 5.0), ("relevance", 60.0), ("fluency", 3.0), ("format", 1.0), (SEEN, 1.0), (SEEN, 3.5),
    ]  # fmt: skip


def test_a_break_is_proposed_once_after_25_minutes(folder: Path) -> None:
    assert typed(folder, *["j"] * 40, clock=ticking(50.0)).count("You have rated for 25 minutes") == 1


def test_a_finished_sheet_says_so_and_lets_go_back(folder: Path) -> None:
    typed(folder, *(["3 3 3 3", ""] * 6))
    out = typed(folder, "p", "k 5", "", "")
    assert out.count("All 6 answers are rated.") == 2
    assert "Answer 6 of 6 · 6 of 6" in out


def test_fields_of_the_terminal_are_those_of_the_page(folder: Path) -> None:
    typed(folder, "4", "n words", "c", "why", "r")
    with open_studies(folder) as store:
        found = [(one.field, one.rated_with) for one in store.ratings(1)]
    assert [field for field, _ in found if field != SEEN] == ["accuracy", NOTE, BLOCKED, REFERENCE]
