"""Where a rater reads and types: a terminal of single keys, or plain lines for screen readers and scripts."""

from __future__ import annotations

import codecs
import io
import os
import select
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol, Self, TextIO

from tunecheck.cli.vote_text import NARROWEST, WIDEST, Ink, wrapped

ENTER = "Enter"
# The parts of an escape sequence come together; a lone Escape has nothing behind it.
_SEQUENCE_WAIT_S = 0.05
_ARROWS = {"\x1b[A": "k", "\x1b[B": "j", "\x1bOA": "k", "\x1bOB": "j"}

Page = Callable[[], Sequence[str]]
"""Lines that are made only where they are shown."""


class Console(Protocol):
    """What a session needs of either manner. Keys raise EOFError where no more come, KeyboardInterrupt for Ctrl-C."""

    ink: Ink
    is_quick: bool
    """Whether a key that is held down comes again and again."""

    @property
    def width(self) -> int:
        """Cells of a line."""
        ...

    @property
    def columns(self) -> int:
        """Cells of a line for texts side by side."""
        ...

    def show(self, page: Page, block: Page, said: str, *, is_new: bool) -> None:
        """An answer and its axes; ``is_new`` where the answer was not what was shown last."""
        ...

    def read_through(self, page: Page) -> None:
        """A page to be read before anything else."""
        ...

    def read_key(self, question: str) -> str:
        """The next key."""
        ...

    def read_words(self, question: str) -> str | None:
        """A line of text, or None where the rater thought better of it."""
        ...


class LineConsole:
    """A key is typed, then Enter; several with spaces between. Nothing is redrawn."""

    is_quick = False

    def __init__(
        self, out: TextIO, *, read_line: Callable[[str], str] = input, ink: Ink | None = None, width: int | None = None
    ) -> None:
        self.ink = ink or Ink()
        self._out, self._read_line, self._width = out, read_line, width
        self._rest = ""

    @property
    def width(self) -> int:
        """Cells of a line."""
        return self._width or usual_width(shutil.get_terminal_size().columns)

    @property
    def columns(self) -> int:
        """No more than a line: who hears the lines one after the other cannot take in columns."""
        return self.width

    def show(self, page: Page, block: Page, said: str, *, is_new: bool) -> None:
        """A new answer whole; of one that is known only what was said last."""
        if is_new:
            self._print(["", *page(), *block()])
        self._print(wrapped(said, self.width) if said else [])

    def read_through(self, page: Page) -> None:
        """The page, with no wait behind it."""
        self._print(["", *page()])

    def read_key(self, question: str) -> str:
        """The next key of the line, or of a new one. An empty line is Enter; behind a word there are no keys."""
        if not self._rest:
            self._rest = self._read_line(question).strip() or ENTER
        key, *rest = self._rest.split(maxsplit=1)
        self._rest = rest[0] if rest and len(key) == 1 else ""
        return key

    def read_words(self, question: str) -> str | None:
        """The rest of the line, or the next one."""
        rest, self._rest = self._rest, ""
        try:
            return rest or self._read_line(question)
        except (EOFError, KeyboardInterrupt):
            return None

    def _print(self, lines: Sequence[str]) -> None:
        self._out.write("".join(f"{line}\n" for line in lines))
        self._out.flush()


class KeyConsole:
    """Single keys on a terminal; used in a ``with``, which gives the terminal back as it was.

    A new answer clears the window; a key redraws the axes in place. Each byte is read when it is wanted, so keys typed
    ahead stay with the terminal.
    """

    is_quick = True

    def __init__(self, out: TextIO, fd: int, *, ink: Ink, read_line: Callable[[str], str] = input) -> None:
        """``fd``: the terminal that keys come from; ``read_line`` reads a note from it."""
        self.ink = ink
        self._out, self._fd, self._read_line = out, fd, read_line
        self._n_drawn, self._drawn_at = 0, os.terminal_size((0, 0))
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_single = False
        self._before: Any = None
        self._on_continue: Any = None

    def __enter__(self) -> Self:
        import termios

        self._before = termios.tcgetattr(self._fd)
        # A stopped program finds the terminal as the shell left it.
        self._on_continue = signal.signal(signal.SIGCONT, lambda *_: self._single_keys() if self._is_single else None)
        self._single_keys()
        return self

    def __exit__(self, *_: object) -> None:
        self._whole_lines()
        signal.signal(signal.SIGCONT, self._on_continue)

    @property
    def width(self) -> int:
        """Cells of a line; one is left free, where some terminals wrap."""
        return usual_width(shutil.get_terminal_size().columns - 1)

    @property
    def columns(self) -> int:
        """Cells of a line for texts side by side; one is left free here too."""
        return max(NARROWEST, shutil.get_terminal_size().columns - 1)

    def show(self, page: Page, block: Page, said: str, *, is_new: bool) -> None:
        """The whole answer where it is new or the window changed, otherwise the axes in place."""
        size, lines = shutil.get_terminal_size(), [*block(), *wrapped(said, self.width)]
        if is_new or size != self._drawn_at or self._n_drawn >= size.lines:
            top = list(page())
            if len(top) + len(lines) >= size.lines:
                top.append(self.ink.dim("(scroll up: this begins above the window)"))
            self._clear()
            self._print(top)
        else:
            self._out.write(f"\x1b[{self._n_drawn}F\x1b[J")
        self._print(lines)
        self._n_drawn, self._drawn_at = len(lines), size

    def read_through(self, page: Page) -> None:
        """The page, a window at a time, until a key is pressed."""
        lines, n_shown = list(page()), max(4, shutil.get_terminal_size().lines - 3)
        for start in range(0, len(lines), n_shown):
            self._clear()
            self._print([*lines[start : start + n_shown], "", self.ink.bold("Any key goes on.")])
            self.read_key("")

    def read_key(self, question: str) -> str:  # noqa: ARG002 (the screen says what is asked)
        """The next key; arrows are j and k, and a sequence that means nothing here is no key of ours."""
        character = self._character()
        if character == "\x04":
            raise EOFError
        if character in "\r\n":
            return ENTER
        return self._sequence() if character == "\x1b" else character

    def read_words(self, question: str) -> str | None:
        """A line, typed and edited as everywhere. More lines, from a pasted text, are dropped: they are no keys."""
        import termios

        self._whole_lines()
        try:
            return self._read_line(question)
        except (EOFError, KeyboardInterrupt):
            return None
        finally:
            self._single_keys()
            termios.tcflush(self._fd, termios.TCIFLUSH)

    def _character(self) -> str:
        while True:
            try:
                read = os.read(self._fd, 1)
            except OSError as error:  # The terminal has gone.
                raise EOFError from error
            if not read:
                raise EOFError
            if character := self._decoder.decode(read):
                return character

    def _sequence(self) -> str:
        read = "\x1b"
        while select.select([self._fd], [], [], _SEQUENCE_WAIT_S)[0]:
            read += self._character()
            if len(read) > 2 and (read[-1].isalpha() or read[-1] == "~"):
                break
        return _ARROWS.get(read, "\x1b")

    def _single_keys(self) -> None:
        import termios
        import tty

        self._is_single = True
        tty.setcbreak(self._fd, termios.TCSADRAIN)

    def _whole_lines(self) -> None:
        import termios

        self._is_single = False
        termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def _clear(self) -> None:
        self._out.write("\x1b[2J\x1b[H")

    def _print(self, lines: Sequence[str]) -> None:
        self._out.write("".join(f"{line}\n" for line in lines))
        self._out.flush()


def usual_width(columns: int) -> int:
    """As wide as the window, but never wider than is pleasant to read."""
    return max(NARROWEST, min(columns, WIDEST))


@contextmanager
def opened(*, wants_lines: bool) -> Iterator[Console]:
    """The console fit for where stdin and stdout go: single keys on a terminal unless lines are wanted."""
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    ink = Ink(is_styled=is_terminal and not os.environ.get("NO_COLOR"))
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    if is_terminal:
        # Editing of lines, where Python has it.
        with suppress(ImportError):
            import readline  # noqa: F401
    if wants_lines or not is_terminal or os.name != "posix":
        yield LineConsole(sys.stdout, ink=ink)
        return
    with KeyConsole(sys.stdout, sys.stdin.fileno(), ink=ink) as console:
        yield console
