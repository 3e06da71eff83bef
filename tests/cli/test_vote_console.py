"""Single keys on a terminal of their own: what they do, what is drawn, and that the terminal is given back."""

from __future__ import annotations

import io
import os
import pty
import re
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

import tunecheck
from tests.cli.terminals import OUR_ESCAPES, terminal
from tests.cli.vote_parts import (
    HOSTILE_TO_TERMINALS,
    folder_with,
    said,
    study_of,
    typed,
)
from tunecheck.cli.vote_console import ENTER, KeyConsole
from tunecheck.cli.vote_screen import KEYS
from tunecheck.cli.vote_text import Ink
from tunecheck.errors import RunFolderError
from tunecheck.report.text import visible


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with a sheet of three items, of both sides."""
    return folder_with(tmp_path / "run", study_of(3))


def test_on_a_terminal_single_keys_rate_and_the_screen_is_ours_alone(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, study_of(2, HOSTILE_TO_TERMINALS))
    with terminal(folder) as (screen, process):
        for _ in range(2):
            screen.wait_for("Any key goes on.")
            screen.type(" ")
        screen.wait_for("q quit")
        for key, shown in (("4", "Accuracy 4."), ("5", "Relevance 5."), ("0", "Fluency n/a."), ("\x1b[A", "q quit")):
            screen.type(key)
            screen.wait_for(shown)
        screen.type("n")
        screen.wait_for("Note: ")
        screen.type("naïve words\n")
        screen.wait_for("Kept.")
        screen.type("j2")
        screen.wait_for("Rated: Enter goes on.")
        screen.type("\r")
        screen.wait_for("Answer 2 of 4")
        screen.type("q")
        screen.wait_for("kept; go on with: tunecheck review vote")
        assert process.wait(timeout=60) == 0
    assert said(folder, 0).scores == {"accuracy": 4, "relevance": 5, "format": 2}
    assert said(folder, 0).note == "naïve words"
    assert "\x1b" in screen.shown
    rest = OUR_ESCAPES.sub("", screen.shown).replace("\r\n", "\n").replace("\r", "")
    assert visible(rest) == rest


@pytest.mark.parametrize("keys", ["\x03", "\x04", "q"])
def test_ctrl_c_ctrl_d_and_q_leave_cleanly_and_give_the_terminal_back(folder: Path, keys: str) -> None:
    typed(folder, "3")
    with terminal(folder) as (screen, process):
        screen.wait_for("q quit")
        screen.type("4")
        screen.wait_for("Relevance 4.")
        screen.type(keys)
        screen.wait_for("kept; go on with: tunecheck review vote")
        assert process.wait(timeout=60) == 0
    assert said(folder, 0).scores == {"accuracy": 3, "relevance": 4}


def test_without_colour_nothing_is_bold_or_dim(folder: Path) -> None:
    typed(folder, "3")
    with terminal(folder, NO_COLOR="1") as (screen, _):
        screen.wait_for("q quit")
    assert not re.search(r"\x1b\[[0-9;]*m", screen.shown)


@pytest.mark.parametrize(("arguments", "variables"), [(("--lines",), {}), ((), {"TERM": "dumb"})])
def test_lines_on_a_terminal_move_nothing(folder: Path, arguments: tuple[str, ...], variables: dict[str, str]) -> None:
    with terminal(folder, *arguments, NO_COLOR="1", **variables) as (screen, process):
        screen.wait_for("Accuracy: ")
        screen.type("4\n")
        screen.wait_for("Relevance: ")
        screen.type("\x04")
        screen.wait_for("kept; go on with")
        assert process.wait(timeout=60) == 0
    assert "\x1b" not in screen.shown.replace("\x1b[?2004h", "").replace("\x1b[?2004l", "")
    assert said(folder, 0).scores == {"accuracy": 4}


@pytest.fixture
def keyboard() -> Iterator[tuple[int, KeyConsole, io.StringIO]]:
    """The typing end of a terminal in this process, and the console at its other end."""
    ours, theirs = pty.openpty()
    out = io.StringIO()
    with KeyConsole(out, theirs, ink=Ink()) as console:
        yield ours, console, out
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b"45", ["4", "5"]),
        (b"\r4\n", [ENTER, "4", ENTER]),
        (b"\x1b[A\x1b[B\x1bOA\x1bOB", ["k", "j", "k", "j"]),
        (b"\x1b[5~4", ["\x1b", "4"]),
        (b"\x1b[1;5C4", ["\x1b", "4"]),
        ("é4".encode(), ["é", "4"]),
        (b"\xff4", ["\ufffd", "4"]),
    ],
)
def test_bytes_of_a_keyboard_are_keys(
    keyboard: tuple[int, KeyConsole, io.StringIO], sent: bytes, keys: list[str]
) -> None:
    ours, console, _ = keyboard
    os.write(ours, sent)
    assert [console.read_key("") for _ in keys] == keys


def test_more_lines_of_a_pasted_note_are_not_taken_for_keys() -> None:
    ours, theirs = pty.openpty()

    def paste(_: str) -> str:
        os.write(ours, b"first\n1 second\n5 third\n")
        return os.read(theirs, 1000).decode()

    with KeyConsole(io.StringIO(), theirs, ink=Ink(), read_line=paste) as console:
        assert console.read_words("Note: ") == "first\n"
        os.write(ours, b"q")
        assert console.read_key("") == "q"
    os.close(ours)
    os.close(theirs)


def test_the_axes_are_drawn_anew_in_place_and_a_new_answer_on_an_empty_window(
    keyboard: tuple[int, KeyConsole, io.StringIO],
) -> None:
    _, console, out = keyboard
    console.show(lambda: ["page"], lambda: ["one", "two"], "", is_new=True)
    console.show(lambda: ["page"], lambda: ["one", "2"], "said", is_new=False)
    assert out.getvalue() == "\x1b[2J\x1b[Hpage\none\ntwo\n\n\x1b[3F\x1b[Jone\n2\nsaid\n"


def test_a_terminal_is_given_back_as_it_was_whatever_happened() -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with pytest.raises(RunFolderError), KeyConsole(io.StringIO(), theirs, ink=Ink()):
        raise RunFolderError("the disk is full")
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


def test_the_keys_are_those_of_the_page() -> None:
    page = (Path(tunecheck.__file__).parent / "web" / "templates" / "rate.html").read_text(encoding="utf-8")
    (keys,) = re.findall(r'<dl class="keys">(.*?)</dl>', page, re.S)
    ours = {key for names, _ in KEYS for key in re.split("[ -]", names)}
    assert ours - {"q"} == set(re.findall("<kbd>(.*?)</kbd>", keys)) - {"Esc"}
