"""The rating server as people start it: a process of its own, on a run folder made for a test, that can be killed."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tunecheck import store
from tunecheck.core import Rating, ReviewStudy
from tunecheck.runner.review import keep_study
from tunecheck.study import Standing, sheet, standings

_START = "from tunecheck.cli import main; main()"
_PATIENCE_S = 30.0
FIRST_RATER = "rater 1"


@dataclass
class RatingServer:
    """One run folder with a study, and the process that serves it."""

    folder: Path
    study: ReviewStudy
    port: int = 0
    links: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, rater: str = FIRST_RATER) -> str:
        """Start, on the port of before if there was one; the rater's link."""
        port = self.port or free_port()
        command = ["serve", str(self.folder), "--port", str(port), "--rater", rater, "--json"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        document = ""
        for line in self._process.stdout:  # The process ends by itself where it cannot serve.
            document += line
            if line.startswith("}") or (document.startswith("{") and line.rstrip().endswith("}")):
                break
        if not document:
            assert self._process.stderr is not None
            raise AssertionError(f"the server did not start: {self._process.stderr.read()}")
        self.links = json.loads(document)
        self.port = port
        return self.links["rater"]

    def kill(self) -> None:
        """SIGKILL: no farewell, no last write."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._done()

    def stop(self) -> None:
        """Stop if it runs."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def ratings(self, rater: int = 0) -> list[Rating]:
        """What the store holds of a rater, in the order in which it came."""
        with store.open_studies(self.folder) as studies:
            return studies.ratings(self.study.number, rater=rater)

    def said(self, rater: int = 0) -> list[Standing]:
        """What holds of each place of a rater's sheet, in its order."""
        found = standings(self.ratings(rater))
        return [found.get((slot.entry, slot.again), Standing()) for slot in sheet(self.study, rater)]

    def tokens(self, rater: int = 0) -> list[str]:
        return [slot.token for slot in sheet(self.study, rater)]

    def revoke(self, rater: int = 0) -> None:
        """Take back every link of a rater."""
        from tunecheck.core import Access

        with store.open_studies(self.folder) as studies:
            assert studies.revoke(Access(role="rater", rater=rater), at="2026-01-02T03:04:05+00:00")

    def _done(self) -> None:
        assert self._process is not None
        self._process.wait(_PATIENCE_S)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def keep(folder: Path, made: ReviewStudy) -> RatingServer:
    """A run folder with this study, not served yet."""
    with store.open_studies(folder, create=True) as studies:
        return RatingServer(folder, keep_study(studies, made))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(holds: Callable[[], bool], what: str, *, patience_s: float = 20.0) -> None:
    """Wait, but not for ever, until something holds in the store."""
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {patience_s:g} s: {what}"
        time.sleep(0.02)


def token_of(address: str) -> str:
    """The token of the answer whose page this is."""
    found = re.search(r"/rate/([0-9a-f]+)", address)
    assert found is not None, address
    return found.group(1)
