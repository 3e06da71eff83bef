"""Votes go out as files and come back: kept for the answer that was meant, each refused cell by its address."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.vote_parts import pairs_in
from tests.comparisons import pair_study
from tunecheck.core import PairStudy
from tunecheck.errors import DataError, InputError, RunFolderError
from tunecheck.runner.studies import keep_study
from tunecheck.runner.vote_sheets import export_votes_sheet, import_votes
from tunecheck.store import open_studies

LETTERS = {"left": "A", "right": "B"}


def made(folder: Path, study: PairStudy) -> Path:
    with open_studies(folder, create=True) as studies:
        keep_study(studies, study)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made(tmp_path / "run", pair_study(20, n_guesses=20))


def filled(path: Path, choose: Callable[[dict[str, Any]], str | None]) -> Path:
    """The JSON sheet with a choice in each row."""
    items = json.loads(path.read_text("utf-8"))
    for item in items:
        item["choice"] = choose(item)
    path.write_text(json.dumps(items), "utf-8")
    return path


def for_one(item: dict[str, Any]) -> str:
    """A vote for the answer of the tuned model, wherever it stands."""
    return "A" if item["answer_a"].endswith("of one") else "B"


def winners(folder: Path, rater: str) -> list[str]:
    with pairs_in(folder, rater) as desk:
        look = desk.look()
        said = [(look.at(slot).choice, slot.tuned_on) for slot in desk.votes]
    return ["" if not one else one if one not in LETTERS else "tuned" if one == on else "base" for one, on in said]


def test_a_sheet_that_was_filled_in_gives_the_votes_of_the_page(folder: Path, tmp_path: Path) -> None:
    path = filled(export_votes_sheet(folder, tmp_path / "a.json"), for_one)
    taken = import_votes(folder, path)
    assert (taken.n_changes, taken.n_rows, taken.rejected, taken.notes) == ({"rater 1": 20}, 20, (), ())
    assert winners(folder, "rater 1") == ["tuned"] * 20
    with pairs_in(folder) as desk:
        assert {one.rated_with for one in desk.look().ratings} == {"sheet"}
        assert {one.field for one in desk.look().ratings} == {"choice"}
        assert desk.guessed(desk.look()).n_done == 0


def test_the_same_sheet_a_second_time_changes_nothing_and_an_empty_cell_takes_nothing_back(
    folder: Path, tmp_path: Path
) -> None:
    path = filled(export_votes_sheet(folder, tmp_path / "a.json"), for_one)
    import_votes(folder, path)
    again = import_votes(folder, path)
    assert (again.n_changes, again.n_unchanged) == ({}, 20)
    assert import_votes(folder, filled(path, lambda _: None)).n_changes == {}
    assert winners(folder, "rater 1") == ["tuned"] * 20


def test_votes_so_far_stand_in_the_next_sheet(folder: Path, tmp_path: Path) -> None:
    import_votes(folder, filled(export_votes_sheet(folder, tmp_path / "a.json"), for_one))
    items = json.loads(export_votes_sheet(folder, tmp_path / "b.json").read_text("utf-8"))
    assert [item["choice"] for item in items] == [for_one(item) for item in items]


def test_a_copied_sheet_is_kept_for_the_answer_that_it_shows_whatever_side_the_person_has_it_on(
    folder: Path, tmp_path: Path
) -> None:
    path = filled(export_votes_sheet(folder, tmp_path / "a.json"), for_one)
    import_votes(folder, path)
    taken = import_votes(folder, path, rater="Bo")
    assert taken.n_changes == {"Bo": 20}
    assert "20 votes were given with the sides the other way round than on Bo's own list" in taken.notes[0]
    assert winners(folder, "Bo") == ["tuned"] * 20
    with pairs_in(folder, "rater 1") as first, pairs_in(folder, "Bo") as second:
        sides = {slot.entry: slot.tuned_on for slot in first.votes}
        assert all(sides[slot.entry] != slot.tuned_on for slot in second.votes)
    again = import_votes(folder, path, rater="Bo")
    assert (again.n_changes, again.n_unchanged) == ({}, 20)
    changed = import_votes(folder, filled(path, lambda item: "B" if for_one(item) == "A" else "A"), rater="Bo")
    assert changed.n_changes == {"Bo": 20}
    assert winners(folder, "Bo") == ["base"] * 20
    assert winners(folder, "rater 1") == ["tuned"] * 20


def test_repeats_of_a_copied_sheet_that_do_not_come_back_for_the_other_person_are_left_out(tmp_path: Path) -> None:
    folder = made(tmp_path / "run", pair_study(40, n_repeats=4))
    path = filled(export_votes_sheet(folder, tmp_path / "a.json"), for_one)
    taken = import_votes(folder, path, rater="Bo")
    n_left = 44 - taken.n_changes["Bo"]
    assert n_left <= 4
    if n_left:
        assert f"{n_left} cells are about pairs that come back on the other rater's sheet alone: left out" in (
            taken.notes
        )
    assert set(winners(folder, "Bo")) <= {"tuned", ""}


def test_raters_have_sheets_of_their_own_with_the_sides_the_other_way_round(folder: Path, tmp_path: Path) -> None:
    own, theirs = (
        json.loads(export_votes_sheet(folder, tmp_path / f"{name}.json", rater=name).read_text("utf-8"))
        for name in ("rater 1", "Ada")
    )
    assert not {item["token"] for item in own} & {item["token"] for item in theirs}
    left = {item["prompt"]: item["answer_a"] for item in own}
    assert all(left[item["prompt"]] == item["answer_b"] for item in theirs)


def test_refused_cells_are_named_and_then_nothing_is_taken_in(folder: Path, tmp_path: Path) -> None:
    path = filled(export_votes_sheet(folder, tmp_path / "a.json"), for_one)
    items = json.loads(path.read_text("utf-8"))
    items[11]["choice"] = "the tuned one"
    path.write_text(json.dumps(items), "utf-8")
    with pytest.raises(DataError) as caught:
        import_votes(folder, path)
    assert caught.value.message == (
        "a.json was not taken in, for 1 cell cannot be read:\n"
        "  a.json item 12, choice: 'the tuned one' is not A, B, Tie, Both bad or Skip"
    )
    assert set(winners(folder, "rater 1")) == {""}
    taken = import_votes(folder, path, skip_bad_cells=True)
    assert (len(taken.rejected), taken.n_changes) == (1, {"rater 1": 19})


def test_a_sheet_of_another_test_is_told_in_one_line(folder: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "other", pair_study(20, secret="ab" * 32))
    path = filled(export_votes_sheet(other, tmp_path / "a.json"), for_one)
    with pytest.raises(DataError, match="none of its rows is of the sheet in") as caught:
        import_votes(folder, path, skip_bad_cells=True, rater="Bo")
    assert len(caught.value.message.splitlines()) == 1
    assert "tunecheck ab export" in str(caught.value.hint)
    with open_studies(folder) as studies:
        assert [one.name for one in studies.raters()] == []


def test_a_file_is_not_written_over_unasked(folder: Path, tmp_path: Path) -> None:
    path = export_votes_sheet(folder, tmp_path / "a.csv")
    with pytest.raises(InputError, match=r"a\.csv exists"):
        export_votes_sheet(folder, path)
    assert export_votes_sheet(folder, path, overwrite=True) == path


@pytest.mark.parametrize("name", ["", "a\x1b[2J", "x" * 61])
def test_a_name_that_is_none_is_refused(name: str, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the name"):
        export_votes_sheet(folder, tmp_path / "a.csv", rater=name)
    path = export_votes_sheet(folder, tmp_path / "a.csv")
    with pytest.raises(InputError, match="the name"):
        import_votes(folder, path, rater=name)


def test_a_folder_without_a_test_says_how_to_make_one(tmp_path: Path) -> None:
    with open_studies(tmp_path, create=True):
        pass
    with pytest.raises(RunFolderError, match="has no A/B test"):
        export_votes_sheet(tmp_path, tmp_path / "a.csv")
