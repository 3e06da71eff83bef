"""Terminals of their own for tests: the real command at one end, and who types and reads at the other."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.vote_parts import COMMAND
from tests.workshop import environment

# Without it Ctrl-C is no signal.
TAKES_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
OUR_ESCAPES = re.compile(r"\x1b\[(?:0m|1m|2m|4m|2J|H|J|[0-9]+F|\?2004[hl])")


class Screen:
    """The other end of a terminal: types, and reads until something is there."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.shown = ""

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def wait_for(self, text: str, *, within_s: float = 60.0) -> None:
        """Until ``text`` is shown once more."""
        before = self.shown.count(text)
        until_s = time.monotonic() + within_s
        while self.shown.count(text) == before:
            assert select.select([self._fd], [], [], max(0.0, until_s - time.monotonic()))[0], self.shown
            self.shown += os.read(self._fd, 65536).decode("utf-8", "replace")


@contextmanager
def terminal(
    folder: Path, *arguments: str, command: str = COMMAND, **variables: str
) -> Iterator[tuple[Screen, subprocess.Popen[bytes]]]:
    """The real command on a terminal of its own."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", f"{TAKES_TERMINAL}; {command}", str(folder), *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**environment(), "TERM": "xterm", "COLUMNS": "80", "LINES": "40", **variables},
    ) as process:  # fmt: skip
        os.close(theirs)
        try:
            yield Screen(ours), process
        finally:
            process.kill()
            os.close(ours)
