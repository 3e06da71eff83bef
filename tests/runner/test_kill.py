"""A run that is killed at any moment, and started again, ends as if it had never been killed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.workshop import Workshop, environment, results, rows, write_rows

N_KILLS = {"before": 2, "while": 16, "after": 2}

# A process that has everything imported forks one process a run: the import takes longer than the run. Each tells
# through a pipe of every batch of scores that it has kept, so that the kills can be spread over the whole scoring: some
# befall a run that has not begun with it, most come at a random moment after a random number of batches, and the last
# ones at a random moment of the run that has only to finish and to write its report.
NURSERY = """
import json, os, random, select, signal, sys, time

import altair, peft, torch, transformers, vl_convert
import tunecheck.api, tunecheck.report.figures, tunecheck.report.page
import tunecheck.cli.run, tunecheck.models.huggingface, tunecheck.store.upgrade
from tunecheck.store import SqliteRunStore

class Run:
    def __init__(self, out):
        self.began, self.n_kept, self.first_s = time.monotonic(), 0, None
        self.heard, told = os.pipe()
        self.child = os.fork()
        if self.child:
            os.close(told)
            return
        add_scores = SqliteRunStore.add_scores
        def add_and_tell(store, scored):
            add_scores(store, scored)
            os.write(told, b".")
        SqliteRunStore.add_scores = add_and_tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.dup2(2, 1)
        sys.argv = ["tunecheck", "run", *arguments, "--out", out, "--json"]
        from tunecheck.cli import main
        try:
            main()
        except SystemExit as done:
            os._exit(done.code)

    def listen(self, n_batches=None, seconds=None):
        # Until so many batches are kept, or so much time is over, or the run is at its end: then False.
        while n_batches is None or self.n_kept < n_batches:
            left = None if seconds is None else max(0, self.began + seconds - time.monotonic())
            if not select.select([self.heard], [], [], left)[0]:
                return True
            if not (dots := os.read(self.heard, 1)):
                return False
            self.n_kept += 1
            self.first_s = self.first_s or time.monotonic() - self.began
        return True

    def end(self):
        self.listen()
        os.close(self.heard)
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])

folder, kills, *arguments = sys.argv[1:]
kills, rng = json.loads(kills), random.Random(7)
undisturbed = Run(folder + "/undisturbed")
codes = [undisturbed.end()]
life_s, n_batches = time.monotonic() - undisturbed.began, undisturbed.n_kept
kept = {name: [] for name in kills}
for name in ("before", "while", "after"):
    while len(kept[name]) < kills[name]:
        run = Run(folder + "/killed")
        if name == "before":
            alive = run.listen(seconds=rng.uniform(0, undisturbed.first_s))
        elif name == "while":
            alive = run.listen(n_batches=rng.randint(1, n_batches // 12))
            time.sleep(rng.uniform(0, 0.01))
        else:
            alive = run.listen(seconds=rng.uniform(0, life_s))
        if alive:
            os.kill(run.child, signal.SIGKILL)
        # A run can end by itself in the moment before the signal.
        code = run.end()
        if code == -signal.SIGKILL:
            kept[name].append(run.n_kept)
        else:
            codes.append(code)
            assert len(codes) < 9, kept
codes.append(Run(folder + "/killed").end())
print(json.dumps({"codes": codes, "kept": kept, "n_batches": n_batches, "life_s": life_s}))
"""


def stored(folder: Path, table: str) -> list[tuple[object, ...]]:
    """Every stored score or completion, as it lies in the file."""
    with closing(sqlite3.connect(folder / "run.db")) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY key").fetchall()


@pytest.mark.hf
@pytest.mark.slow
def test_twenty_kills_at_random_moments_change_no_bit_of_the_results(shop: Workshop, tmp_path: Path) -> None:
    general = write_rows(tmp_path / "general.jsonl", rows(20, seed=3))
    arguments = [shop.lora, "--val", shop.val, "--train", shop.train, "--batch-tokens", 96]
    arguments += ["--general", general, "--answers", 12, "--max-new-tokens", 16]
    done = subprocess.run(
        [sys.executable, "-c", NURSERY, str(tmp_path), json.dumps(N_KILLS), *map(str, arguments)],
        capture_output=True, check=False, env=environment(), text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    print(told)
    assert {name: len(kept) for name, kept in told["kept"].items()} == N_KILLS
    assert set(told["codes"]) == {3}
    # Batches that a killed run had kept are not scored again: the sixteen hit the scoring at sixteen places.
    assert all(told["kept"]["while"])
    assert told["n_batches"] > 200
    assert sum(told["kept"]["while"]) < told["n_batches"]
    scores, answers = (stored(tmp_path / "undisturbed", table) for table in ("scores", "completions"))
    assert len(scores) == 2 * (60 + 256 + 20)
    assert len(answers) == 2 * (12 + 72 + 24)
    assert stored(tmp_path / "killed", "scores") == scores
    assert stored(tmp_path / "killed", "completions") == answers
    assert results(tmp_path / "killed") == results(tmp_path / "undisturbed")
