"""Voting with single keys on a terminal of its own: what is drawn, that held keys vote nothing, and what is left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminals import OUR_ESCAPES, terminal
from tests.cli.vote_parts import (
    COMPARE_COMMAND,
    HOSTILE_TO_TERMINALS,
    QUICK_COMPARE_COMMAND,
    compared,
    folder_with,
    voted,
)
from tests.comparisons import pair, pair_study
from tests.workshop import environment
from tunecheck.report.text import visible


@pytest.mark.parametrize("columns", ["80", "140"])
def test_on_a_terminal_single_keys_vote_and_the_screen_is_ours_alone(tmp_path: Path, columns: str) -> None:
    text = HOSTILE_TO_TERMINALS
    pairs = [pair(item, tuned=f"{text} {item}", base=f"{item} {text} more", prompt=text) for item in range(3)]
    folder = folder_with(tmp_path, pair_study(pairs=pairs))
    with terminal(folder, command=QUICK_COMPARE_COMMAND, COLUMNS=columns, LINES="60") as (screen, process):
        screen.wait_for("Any key goes on.")
        screen.type(" ")
        screen.wait_for("q quit")
        screen.type("d")
        screen.wait_for("Marked: the words")
        screen.type("n")
        screen.wait_for("Note: ")
        screen.type("naïve words\n")
        screen.wait_for("Kept.")
        screen.type("b")
        screen.wait_for("Pair 1: B is better; u takes it back.")
        screen.type("t")
        screen.wait_for("Pair 2: a tie; u takes it back.")
        screen.type("q")
        screen.wait_for("kept; go on with: tunecheck ab vote")
        assert process.wait(timeout=60) == 0
    assert [voted(folder, place).choice for place in range(3)] == ["right", "tie", ""]
    assert voted(folder, 0).note == "naïve words"
    assert "\x1b[4m" in screen.shown
    assert ("│ " in screen.shown) == (columns == "140")
    rest = OUR_ESCAPES.sub("", screen.shown).replace("\r\n", "\n").replace("\r", "")
    assert visible(rest) == rest


def test_keys_that_were_typed_ahead_vote_on_nothing_that_nobody_saw(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, pair_study(5))
    compared(folder, "n seen before")
    with terminal(folder, command=COMPARE_COMMAND) as (screen, process):
        screen.wait_for("q quit")
        screen.type("b" * 40)
        screen.wait_for("too quick")
        screen.type("q")
        screen.wait_for("kept; go on with")
        assert process.wait(timeout=60) == 0
    assert sum(bool(voted(folder, place).choice) for place in range(5)) <= 1


@pytest.mark.parametrize("keys", ["\x03", "\x04", "q"])
def test_ctrl_c_ctrl_d_and_q_leave_cleanly(tmp_path: Path, keys: str) -> None:
    folder = folder_with(tmp_path, pair_study(3))
    compared(folder, "a")
    with terminal(folder, command=COMPARE_COMMAND, NO_COLOR="1") as (screen, process):
        screen.wait_for("q quit")
        screen.type(keys)
        screen.wait_for("1 of 3; kept; go on with: tunecheck ab vote")
        assert process.wait(timeout=60) == 0
    assert "\x1b[1m" not in screen.shown
    assert voted(folder, 0).choice == "left"


def test_lines_on_a_terminal_move_nothing_and_votes_need_no_wait(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, pair_study(3))
    with terminal(folder, "--lines", command=COMPARE_COMMAND, NO_COLOR="1", COLUMNS="140") as (screen, process):
        screen.wait_for("Better is: ")
        screen.type("a b\n")
        screen.wait_for("Better is: ")
        screen.type("\x04")
        screen.wait_for("kept; go on with")
        assert process.wait(timeout=60) == 0
    assert "\x1b" not in screen.shown.replace("\x1b[?2004h", "").replace("\x1b[?2004l", "")
    # Columns cannot be heard.
    assert "│" not in screen.shown
    assert [voted(folder, place).choice for place in range(3)] == ["left", "right", ""]


def test_a_killed_session_has_lost_nothing(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, pair_study(3))
    with subprocess.Popen(
        [sys.executable, "-c", COMPARE_COMMAND, str(folder), "--lines"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), text=True,
    ) as session:  # fmt: skip
        assert session.stdin is not None
        assert session.stdout is not None
        for keys, shown in (("n some words", "Kept."), ("x", "Pair 1: both bad"), ("s", "Pair 2: skipped")):
            session.stdin.write(f"{keys}\n")
            session.stdin.flush()
            while shown not in session.stdout.readline():
                pass
        session.kill()
    assert [voted(folder, place).choice for place in range(3)] == ["both_bad", "skip", ""]
    assert voted(folder, 0).note == "some words"
