"""The command on lines: how it begins, whom it lets rate, how it ends, and that a killed one lost nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.vote_parts import (
    COMMAND,
    folder_with,
    said,
    study_of,
    typed,
)
from tests.workshop import environment
from tunecheck.cli.review_vote import command
from tunecheck.errors import InputError, RunFolderError
from tunecheck.store import open_studies


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with a sheet of three items, of both sides."""
    return folder_with(tmp_path / "run", study_of(3))


def vote(folder: Path, *arguments: str, lines: str = "") -> str:
    done = CliRunner().invoke(command, [str(folder), *arguments], input=lines, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_command_rates_and_says_how_to_go_on(folder: Path) -> None:
    out = vote(folder, lines="4 4 4 4\n\n5\nq\n")
    assert "You rate as rater 1, who is new here." in out
    assert out.endswith(f"1 of 6; kept; go on with: tunecheck review vote {folder}\n")
    assert said(folder, 1).scores == {"accuracy": 5}


def test_the_end_of_the_input_is_a_way_to_leave(folder: Path) -> None:
    assert "kept; go on with: tunecheck review vote" in vote(folder, lines="4\n4")
    assert said(folder, 0).scores == {"accuracy": 4, "relevance": 4}


def test_the_end_of_the_sheet_leaves_nothing_to_go_on_with(folder: Path) -> None:
    out = vote(folder, lines="4 4 4 4\n\n" * 6)
    assert out.endswith("6 of 6; kept. Nothing is left to rate.\n")


def test_raters_have_sheets_of_their_own(folder: Path) -> None:
    out = vote(folder, "--rater", "  Kim   Lee ", lines="4\n")
    assert "You rate as Kim Lee, who is new here." in out
    assert out.endswith("--rater 'Kim Lee'\n")
    vote(folder, "--rater", "Kim Lee", lines="5\n")
    assert said(folder, 0, "Kim Lee").scores == {"accuracy": 4, "relevance": 5}
    assert said(folder, 0).scores == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "the name of a rater has 1 to 60 characters, not 0"),
        ("x" * 61, "the name of a rater has 1 to 60 characters, not 61"),
        ("a\x1b[2J", "the name a\\x1b[2J has characters that cannot be seen"),
        ("a\u202eb", "the name a\\u202eb has characters that cannot be seen"),
    ],
)
def test_a_name_that_is_not_what_it_looks_like_is_refused(folder: Path, name: str, message: str) -> None:
    with pytest.raises(InputError, match="name") as refused:
        vote(folder, "--rater", name)
    assert refused.value.message == message
    with open_studies(folder) as store:
        assert store.raters() == []


def test_a_folder_without_a_sheet_says_how_to_make_one(tmp_path: Path) -> None:
    with open_studies(tmp_path, create=True):
        pass
    with pytest.raises(RunFolderError, match="has no rating sheet") as refused:
        vote(tmp_path)
    assert f"tunecheck review create {tmp_path}" in str(refused.value.hint)
    with pytest.raises(RunFolderError):
        vote(tmp_path / "nowhere")


def test_a_killed_session_has_lost_nothing(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(folder), "--lines"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), text=True,
    ) as session:  # fmt: skip
        assert session.stdin is not None
        assert session.stdout is not None
        for keys, shown in (
            ("4", "Accuracy 4."),
            ("3", "Relevance 3."),
            ("n some words", "Kept."),
            ("5", "Fluency 5."),
        ):
            session.stdin.write(f"{keys}\n")
            session.stdin.flush()
            while shown not in session.stdout.readline():
                pass
        session.kill()
    assert said(folder, 0).scores == {"accuracy": 4, "relevance": 3, "fluency": 5}
    assert said(folder, 0).note == "some words"
    assert typed(folder).endswith("Format: ")
