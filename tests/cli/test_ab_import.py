"""The command that takes in a sheet of votes: what it says, and what it says of cells that it left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.vote_parts import folder_with, voted
from tests.comparisons import pair_study
from tests.data.sheets.studies import csv_rows, write_csv
from tunecheck.cli.ab_import import command
from tunecheck.errors import DataError
from tunecheck.runner.vote_sheets import export_votes_sheet


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_with(tmp_path / "run", pair_study(4))


@pytest.fixture
def sheet(folder: Path, tmp_path: Path) -> Path:
    """A sheet with two votes and a cell that says nothing known."""
    path = export_votes_sheet(folder, tmp_path / "sheet.csv")
    rows = csv_rows(path)
    rows[1][5], rows[2][5], rows[3][5] = "a", "Both bad", "maybe\x1b[2J"
    write_csv(path, rows)
    return path


def taken(folder: Path, *arguments: str) -> tuple[str, str]:
    done = CliRunner().invoke(command, [str(folder), *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout, done.stderr


def test_a_cell_that_cannot_be_read_stops_the_import(folder: Path, sheet: Path) -> None:
    with pytest.raises(DataError, match=r"sheet\.csv line 4, column choice"):
        taken(folder, str(sheet))
    assert voted(folder, 0).choice == ""


def test_the_other_cells_are_taken_in_when_that_is_asked_for(folder: Path, sheet: Path) -> None:
    out, err = taken(folder, str(sheet), "--skip-bad-cells")
    assert out == "4 rows read, 0 cells say what is known already\n  2 new from rater 1\n"
    assert "left out: sheet.csv line 4, column choice: 'maybe" in err
    assert "\x1b" not in err
    assert [voted(folder, place).choice for place in range(4)] == ["left", "both_bad", "", ""]


def test_scripts_get_json(folder: Path, sheet: Path) -> None:
    out, _ = taken(folder, str(sheet), "--skip-bad-cells", "--rater", "Bo", "--json")
    document = json.loads(out)
    assert document["n_changes"] == {"Bo": 2}
    assert [one["cell"] for one in document["rejected"]] == ["sheet.csv line 4, column choice"]
