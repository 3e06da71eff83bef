"""A process killed while it writes leaves every batch that it committed, whole."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tunecheck.store import open_run

N_A_BATCH = 40
WRITER = f"""
import itertools, pathlib, sys
from array import array
from tunecheck.core.scores import SequenceScore, TokenScores, Totals
from tunecheck.store import open_run

totals = Totals(nll_nats=0.1, n_tokens=200, n_bytes=900, n_argmax=3)
tokens = TokenScores(
    positions=array("i", range(200)), nll_nats=array("d", [0.1] * 200), is_argmax=array("b", [1] * 200)
)
score = SequenceScore(item_id="i", response=totals, full=totals, tokens=tokens)
with open_run(pathlib.Path(sys.argv[1])) as store:
    for batch in itertools.count():
        store.add_scores([(f"{{batch}} {{number}}", score) for number in range({N_A_BATCH})])
        print(batch, flush=True)
"""


def batches_until_killed(folder: Path, after: int) -> int:
    """Start a writer, kill it after so many batches, and return how many it said were committed."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if int(line) >= after:
                break
        writer.kill()  # it is in the middle of one of the next batches
        return after + 1 + len(writer.stdout.read().splitlines())


@pytest.mark.parametrize("seed", range(5))
def test_every_committed_batch_is_whole_after_a_kill(tmp_path: Path, seed: int) -> None:
    n_said = batches_until_killed(tmp_path, after=random.Random(seed).randrange(60))
    with open_run(tmp_path) as store:  # the lock of the killed process is gone
        keys = {batch: [f"{batch} {number}" for number in range(N_A_BATCH)] for batch in range(n_said + 1)}
        n_found = [len(store.scores(keys[batch])) for batch in keys]
    assert n_found[:-1] == [N_A_BATCH] * n_said
    assert n_found[-1] in (0, N_A_BATCH)
