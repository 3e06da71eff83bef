"""How long a save takes while many people rate at once: a real server over SQLite, on loopback.

    python bench/rating_load.py [--raters 50] [--answers 8] [--think 1.0]

Each rater is a thread with a connection of its own, reads the page of an answer, rates four axes with a save each, as
the page's script does, and goes on; between two saves he thinks for a random time around ``--think`` seconds. Prints
the median, the 95th and the 99th percentile of a save and of a page in milliseconds, as the raters see them, and
whether every vote is in the store once. Raters and server share this machine's processors.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np

from tunecheck import store
from tunecheck.core import Access, ReviewStudy, SheetAnswer
from tunecheck.runner import current_study
from tunecheck.study import AXES, new_secret, new_token, sheet, study_text, token_hash

AT = "2026-01-01T00:00:00+00:00"
START_TIMEOUT_S = 30.0


class RatingThread(threading.Thread):
    """One person at one sheet."""

    def __init__(self, address: str, token: str, n_answers: int, think_s: float, seed: int) -> None:
        super().__init__(daemon=True)
        self._address, self._token, self._n_answers, self._think_s = address, token, n_answers, think_s
        self._chance = random.Random(seed)
        self.save_ms: list[float] = []
        self.page_ms: list[float] = []
        self.sent: list[str] = []

    def run(self) -> None:
        """Enter, and rate some answers."""
        parts = urlsplit(self._address)
        assert parts.hostname is not None
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        with closing(self._connection):
            self._rate()

    def _rate(self) -> None:
        # Not all at the same moment.
        time.sleep(self._chance.uniform(0, 2 * self._think_s))
        answer, _ = self._ask("POST", "/enter", urlencode({"token": self._token}), "application/x-www-form-urlencoded")
        self._cookie = answer.headers["set-cookie"].partition(";")[0]
        path = "/rate"
        for number in range(self._n_answers):
            started = time.perf_counter()
            answer, body = self._ask("GET", path)
            while answer.status == 303:
                path = answer.headers["location"]
                answer, body = self._ask("GET", path)
            self.page_ms.append(1000 * (time.perf_counter() - started))
            page = body.decode()
            proof, following = (re.findall(f'data-{name}="([0-9a-f]*)"', page)[0] for name in ("proof", "following"))
            for axis in AXES:
                time.sleep(self._chance.uniform(0.5, 1.5) * self._think_s)
                self._save(path.rpartition("/")[2], axis.name, proof, number)
            path = f"/rate/{following}"

    _cookie = ""

    def _save(self, token: str, axis: str, proof: str, number: int) -> None:
        key = f"{self._token[:8]}-{number}-{axis}"
        change = {"token": token, "field": axis, "value": "4", "key": key, "active_s": 1.0}
        started = time.perf_counter()
        answer, body = self._ask("POST", "/api/save", json.dumps({"changes": [change]}), "application/json", proof)
        self.save_ms.append(1000 * (time.perf_counter() - started))
        assert answer.status == 200, body
        self.sent.append(key)

    def _ask(
        self, method: str, path: str, body: str | None = None, kind: str = "", proof: str = ""
    ) -> tuple[http.client.HTTPResponse, bytes]:
        headers = {"Cookie": self._cookie, "Content-Type": kind, "X-Tunecheck-Proof": proof}
        self._connection.request(method, path, body, {name: value for name, value in headers.items() if value})
        answer = self._connection.getresponse()
        return answer, answer.read()


def prepared(folder: Path, n_raters: int, n_items: int) -> list[str]:
    """A folder with a sheet, and a token for each rater."""
    text = "An answer of some length, with words enough to fill three lines of the page. " * 4
    answers = tuple(
        SheetAnswer(item=f"item {n}", side=side, prompt="Why?", reference="So.", generated=text, unit=f"item {n}")
        for n in range(n_items) for side in ("tuned", "base")
    )  # fmt: skip
    study = ReviewStudy(
        number=0, title="load", created=AT, secret=new_secret(), seed=0, axes=AXES, answers=answers, n_repeats=8
    )
    tokens = [new_token() for _ in range(n_raters)]
    with store.open_studies(folder, create=True) as studies:
        studies.add_study("review", created=AT, text=study_text(study))
        for number, token in enumerate(tokens):
            rater = studies.add_rater(f"rater {number + 1}")
            studies.admit(token_hash(token), Access(role="rater", rater=rater.number), at=AT)
    return tokens


def started(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """A server of its own process, and its address."""
    command = [sys.executable, "-c", "from tunecheck.cli import main; main()", "serve", str(folder)]
    server = subprocess.Popen([*command, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    lines = ""
    while "}" not in lines:
        line = server.stdout.readline()
        if not line:
            raise SystemExit("the server did not start")
        lines += line
    parts = urlsplit(json.loads(lines)["rater"])
    return server, f"{parts.scheme}://{parts.netloc}"


def measured(n_raters: int, n_answers: int, think_s: float) -> tuple[list[RatingThread], int]:
    """The raters after their work, and how many of their votes are not in the store exactly once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokens = prepared(folder, n_raters, 50)
        server, address = started(folder)
        try:
            raters = [RatingThread(address, token, n_answers, think_s, seed) for seed, token in enumerate(tokens)]
            for rater in raters:
                rater.start()
            for rater in raters:
                rater.join(timeout=600)
        finally:
            server.terminate()
            server.communicate(timeout=30)
        with store.open_studies(folder, read_only=True) as studies:
            study = current_study(studies)
            kept = [rating.key for rating in studies.ratings(study.number)]
            assert len(sheet(study, 0)) == 108
    sent = [key for rater in raters for key in rater.sent]
    assert len(sent) == n_raters * n_answers * len(AXES), "a rater did not finish"
    return raters, len(sent) - len(set(kept) & set(sent)) + len(kept) - len(set(kept))


def main() -> None:
    """Print the figures of one load."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--raters", type=int, default=50)
    parser.add_argument("--answers", type=int, default=8)
    parser.add_argument("--think", type=float, default=1.0)
    asked = parser.parse_args()
    began = time.perf_counter()
    raters, n_lost = measured(asked.raters, asked.answers, asked.think)
    took_s = time.perf_counter() - began
    saves, pages = (
        np.array([ms for rater in raters for ms in getattr(rater, name)]) for name in ("save_ms", "page_ms")
    )
    print(
        f"{asked.raters} raters, {len(saves):,} saves in {took_s:.0f} s, {len(saves) / took_s:.0f} a second; "
        f"{n_lost} lost"
    )
    for name, found in (("a save", saves), ("a page", pages)):
        p50, p95, p99 = np.percentile(found, (50, 95, 99))
        print(f"{name:<8} median {p50:6.1f} ms   p95 {p95:6.1f} ms   p99 {p99:6.1f} ms   most {found.max():6.1f} ms")


if __name__ == "__main__":
    main()
