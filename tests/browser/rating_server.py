"""The rating server as people start it: a process of its own, on a run folder made for a test, that can be killed."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.studies import rating
from tunecheck import store
from tunecheck.core import Access, Rating, ReviewStudy
from tunecheck.runner.studies import keep_study
from tunecheck.study import Slot, Standing, new_token, sheet, standings, token_hash

_START = "from tunecheck.cli import main; main()"
_PATIENCE_S = 30.0
_AT = "2026-01-02T03:04:05+00:00"


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

    def start(self, *, rater: str = "rater 1") -> str:
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

    def ratings(self, rater: int) -> list[Rating]:
        """What the store holds of a rater, in the order in which it came."""
        with store.open_studies(self.folder) as studies:
            return studies.ratings(self.study.number, rater=rater)

    def invite(self, name: str) -> Invited:
        """A rater, and a link for this rater; made behind the server's back."""
        token = new_token()
        with store.open_studies(self.folder) as studies:
            rater = studies.add_rater(name)
            studies.admit(token_hash(token), Access(role="rater", rater=rater.number), at=_AT)
        return Invited(server=self, number=rater.number, link=f"{self.origin}/enter/{token}")

    def revoke(self, rater: int) -> None:
        """Take back every link of a rater."""
        with store.open_studies(self.folder) as studies:
            assert studies.revoke(Access(role="rater", rater=rater), at=_AT)

    def _done(self) -> None:
        assert self._process is not None
        self._process.wait(_PATIENCE_S)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A rater with a link, and what the store holds of this rater."""

    server: RatingServer
    number: int
    link: str

    @property
    def slots(self) -> tuple[Slot, ...]:
        return sheet(self.server.study, self.number)

    def ratings(self) -> list[Rating]:
        return self.server.ratings(self.number)

    def rate_all(self) -> None:
        """Every place of the sheet has all its values; said behind the server's back."""
        ratings = [
            replace(
                rating(
                    slot.entry, axis.name, "3", key=f"{slot.token}-{axis.name}", rater=self.number, again=slot.again
                ),
                study=self.server.study.number,
            )
            for slot in self.slots
            for axis in self.server.study.axes
        ]
        with store.open_studies(self.server.folder) as studies:
            studies.add_ratings(ratings)

    def said(self) -> list[Standing]:
        """What holds of each place of the sheet, in its order."""
        found = standings(self.ratings())
        return [found.get((slot.entry, slot.again), Standing()) for slot in self.slots]

    def scores(self) -> list[str]:
        """The values of each place in the order of the axes: a digit, "0" for n/a, "." for none."""
        return ["".join(_mark(one, axis.name) for axis in self.server.study.axes) for one in self.said()]


def _mark(one: Standing, axis: str) -> str:
    return "0" if axis in one.not_applicable else str(one.scores.get(axis, "."))


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
