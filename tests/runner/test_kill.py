"""A run that is killed at any moment, and started again, ends as if it had never been killed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.workshop import Workshop, environment, results

N_KILLS = 20

# A process that has everything imported forks one process a run: the import takes longer than the run. Each is killed
# after a random part of the life of an undisturbed one, unless it is done by then; a folder whose run is done is left,
# and the next kills befall the run in a fresh one.
NURSERY = """
import contextlib, json, os, random, signal, sqlite3, sys, time

import altair, peft, torch, transformers, vl_convert
import tunecheck.api, tunecheck.report.figures, tunecheck.report.page
import tunecheck.cli.run, tunecheck.models.huggingface, tunecheck.store.upgrade

def start(out):
    child = os.fork()
    if child:
        return child
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.argv = ["tunecheck", "run", *arguments, "--out", out, "--json"]
    os.dup2(2, 1)
    from tunecheck.cli import main
    try:
        main()
    except SystemExit as done:
        os._exit(done.code)

def finish(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def count(path):
    if not os.path.exists(path):
        return 0
    with contextlib.closing(sqlite3.connect(path)) as connection:
        try:
            return connection.execute("SELECT count(*) FROM scores").fetchone()[0]
        except sqlite3.OperationalError:  # Killed before there was a table.
            return 0

n_kills, folder, *arguments = sys.argv[1:]
began = time.monotonic()
codes = [finish(start(folder + "/undisturbed"))]
life_s = time.monotonic() - began
rng, n_killed, n_stored, chain, finished = random.Random(7), 0, [], 0, []
while n_killed < int(n_kills):
    child = start(f"{folder}/killed{chain}")
    until = time.monotonic() + rng.uniform(0, life_s)
    while time.monotonic() < until and not (done := os.waitpid(child, os.WNOHANG))[0]:
        time.sleep(0.002)
    if done[0]:
        codes.append(os.waitstatus_to_exitcode(done[1]))
        finished.append(chain)
        chain += 1
    else:
        os.kill(child, signal.SIGKILL)
        assert finish(child) == -signal.SIGKILL
        n_killed += 1
        n_stored.append([chain, count(f"{folder}/killed{chain}/run.db")])
if chain not in finished:
    codes.append(finish(start(f"{folder}/killed{chain}")))
n_chains = chain + (chain not in finished)
print(json.dumps({"codes": codes, "n_killed": n_killed, "n_stored": n_stored, "n_chains": n_chains, "life_s": life_s}))
"""


def stored_scores(folder: Path) -> list[tuple[object, ...]]:
    """Every stored score, as it lies in the file."""
    with closing(sqlite3.connect(folder / "run.db")) as connection:
        return connection.execute("SELECT * FROM scores ORDER BY key").fetchall()


@pytest.mark.hf
@pytest.mark.slow
def test_twenty_kills_at_random_moments_change_no_bit_of_the_results(shop: Workshop, tmp_path: Path) -> None:
    arguments = [shop.lora, "--val", shop.val, "--train", shop.train, "--batch-tokens", 96]
    done = subprocess.run(
        [sys.executable, "-c", NURSERY, str(N_KILLS), str(tmp_path), *map(str, arguments)],
        capture_output=True, check=False, env=environment(), text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["n_killed"] == N_KILLS
    assert set(told["codes"]) == {3}
    expected, scores = results(tmp_path / "undisturbed"), stored_scores(tmp_path / "undisturbed")
    assert len(scores) == 2 * (60 + 256)
    for chain in range(told["n_chains"]):
        assert results(tmp_path / f"killed{chain}") == expected
        assert stored_scores(tmp_path / f"killed{chain}") == scores
    print(told)
