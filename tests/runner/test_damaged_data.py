"""Damaged data files: each is split and searched for leaks, or refused in a sentence; never a traceback."""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.test_damaged_logs import HOSTILE, hurt
from tunecheck.errors import TunecheckError
from tunecheck.runner import leaks, split_file, verify_split

# The long run: TUNECHECK_DAMAGED=10000 pytest tests/runner/test_damaged_data.py
N_DAMAGED = int(os.environ.get("TUNECHECK_DAMAGED", "150"))
LONGEST_S, MOST_MIB = 2.0, 500

RNG = random.Random(0)


def text(n_words: int) -> str:
    return " ".join(f"word{RNG.randrange(900)}" for _ in range(n_words))


ROWS = [
    {"prompt": text(12), "completion": text(20), "category": "abc"[n % 3], "date": f"2024-01-{n + 1:02d}"}
    for n in range(24)
]
CHATS = [
    {"messages": [{"role": "user", "content": text(9)}, {"role": "assistant", "content": text(9)}]} for _ in range(12)
]


def parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(ROWS), sink)
    return sink.getvalue().to_pybytes()


def lines(rows: Sequence[Mapping[str, object]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


FILES: dict[str, bytes] = {
    "rows.jsonl": lines(ROWS),
    "chats.jsonl": lines(CHATS),
    "rows.jsonl.gz": gzip.compress(lines(ROWS)),
    "rows.json": json.dumps(ROWS, indent=1).encode(),
    "object.json": json.dumps({"version": 1, "data": ROWS}).encode(),
    "rows.csv": b"prompt;completion\n" + b"".join(b'"%d ""a\nb""";%d\n' % (n, n * n) for n in range(20)),
    "rows.tsv": b"prompt\tcompletion\tdate\n"
    + b"".join(b"one %d\ttwo %d\t%d\n" % (n, n, 10**9 + n) for n in range(20)),
    "rows.parquet": parquet(),
}


def tried(path: Path, out: Path, **options: Any) -> None:
    """Splits the file, verifies what was written, and looks for leaks between the file and its validation set."""
    for attempt in (lambda: split_file(path, out=str(out), overwrite=True, **options), lambda: leaks(path, path)):
        # The peak of this process only grows, and other tests may have raised it; the machine is shared, too.
        peak_kib, started, told = _peak_kib(), time.process_time(), True
        try:
            attempt()
        except TunecheckError as error:
            told = bool(error.message and error.hint)
        assert told
        assert time.process_time() - started < LONGEST_S
        assert _peak_kib() < peak_kib + MOST_MIB * 1024


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_whole_is_split_and_verified(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    split_file(tmp_path / name, out=str(tmp_path / "out"))
    assert verify_split(tmp_path / "out") == []


@settings(max_examples=N_DAMAGED, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_file_gives_a_split_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged-data"
    folder.mkdir(exist_ok=True)
    name = data.draw(st.sampled_from(sorted(FILES)))
    (folder / name).write_bytes(hurt(FILES[name], data.draw))
    strategy = data.draw(st.sampled_from(["random", "category", "temporal"]))
    folds = data.draw(st.sampled_from([None, None, 3]))
    skip_bad_rows = data.draw(st.booleans())
    tried(folder / name, folder / "out", strategy=strategy, folds=folds, skip_bad_rows=skip_bad_rows, test_size=0.2)


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet", ".jsonl.gz", ".txt"])
@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0" * 4096, b"\xff" * 100_000, b"[" * 200_000, b'{"prompt":[' * 5_000, b'[{"prompt": ' + b"9" * 100_000,
        b"prompt,completion\n" + b"1," * 300_000, b"a" * 3_000_000, b"\n" * 3_000_000, b'"' * 300_000, b"a,b\n" * 9_000,
        b'{"prompt": "' + b"x " * 400_000 + b'"}\n{"prompt": "y", "completion": "z"}\n', b"{}\n" * 9_000,
        b'{"text": "' + "\u4e00".encode() * 300_000 + b'"}\n{"text": "b"}\n', b"\x1f\x8b" + b"\0" * 300,
        b'{"text": ""}\n' * 9_000, b'["a", 1, null, [], {}]', b"PAR1" + b"\xff" * 3_000 + b"PAR1", *HOSTILE,
    ],
    ids=lambda content: f"{content[:12]!r} {len(content)}",
)  # fmt: skip
def test_what_is_no_data_at_all_is_refused_or_split_quickly(tmp_path: Path, suffix: str, content: bytes) -> None:
    (tmp_path / f"data{suffix}").write_bytes(content)
    tried(tmp_path / f"data{suffix}", tmp_path / "out", test_size=1, skip_bad_rows=True)
