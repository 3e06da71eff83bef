"""Damaged logs: every one of them is read, or refused in a sentence; never a traceback, never for long."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.event_writer import scalar
from tunecheck.core import History
from tunecheck.errors import InputError
from tunecheck.training import read_history

# The long run: TUNECHECK_DAMAGED=10000 pytest tests/training/test_damaged_logs.py
N_DAMAGED = int(os.environ.get("TUNECHECK_DAMAGED", "300"))
LONGEST_S = 2.0

ENTRIES = [
    {"loss": 3.0 / n, "eval_loss": 3.5 / n, "learning_rate": 1e-4, "grad_norm": 0.5, "epoch": n / 10, "step": 10 * n}
    for n in range(1, 12)
]
STATE = {
    "best_metric": 0.35, "best_model_checkpoint": "out/checkpoint-100", "global_step": 110, "is_local": True,
    "log_history": ENTRIES, "max_steps": 200, "stateful_callbacks": {"EarlyStoppingCallback": {"args": {}}},
}  # fmt: skip
FACTORY = [
    {"current_steps": 10 * n, "total_steps": 110, "loss": 3.0 / n, "lr": 1e-4, "reward": None} for n in range(1, 12)
]
LOGS: dict[str, bytes] = {
    "trainer_state.json": json.dumps(STATE, indent=2).encode(),
    "trainer_log.jsonl": "\n".join(map(json.dumps, FACTORY)).encode(),
    "metrics.csv": b"step,loss,val_loss\n" + b"".join(b"%d,%d.5,\n%d,,1.%d\n" % (n, n, n, n) for n in range(20)),
    "history.json": json.dumps({"loss": [3, 2, 1.5], "val_loss": [3.25, 2.5, 2.0]}).encode(),
    "metrics.jsonl": "\n".join(map(json.dumps, ENTRIES)).encode(),
    "log_1700000000.txt": b"".join(b"Step %d | loss:1.%d lr:2e-05 grad_norm:0.5 \n" % (n, n) for n in range(20)),
    "mlx.log": b"Iter 1: Val loss 3.125, Val took 5.25s\nIter 10: Train loss 2.75, Learning Rate 1e-05, It/sec 0.5\n",
    "train.log": b"".join(
        b"12%%|# | %d/20 [00:01<00:02]{'loss': '%d.5', 'epoch': '0.%d'}\r" % (n, n, n)
        for n in range(9)
    ),
    "wandb_export.csv": b'"Step","run - train/loss","run - train/loss__MIN"\n1,2.5,2.5\n2,2.25,2.25\n',
    "events.out.tfevents.1700000000.host.1.0": b"".join(
        scalar(n, "train/loss", 2.0 / (n + 1)) for n in range(12)
    ),
    "loop.out": b"".join(
        b"Epoch 1 | step %d | train loss 1.%d, val loss 2.%d, lr 1e-4\n" % (n, n, n)
        for n in range(9)
    ),
    "README.md": b"---\ntags:\n- trl\n---\n| Training Loss | Epoch | Step | Validation Loss |\n|:-:|:-:|:-:|:-:|\n"
    b"| 2.5 | 1.0 | 10 | 2.75 |\n| No log | 2.0 | 20 | 2.5 |\n",
}  # fmt: skip

HOSTILE = [
    b"NaN", b"1e999", b"9" * 5_000, b'"' * 3, b"[" * 20_000, b'{"a":' * 5_000, b"\xff\xfe", b"\xef\xbb\xbf", b"\0" * 9,
    b"\\ud800", b"null", b"-", b",", b"\r", b"\x1b[31m", b"true", b"{}", b"'nan'", "é\u2028".encode(), b"1_0",
]  # fmt: skip


def hurt(content: bytes, draw: Callable[[st.SearchStrategy[int]], int]) -> bytes:
    """One to four wounds: a cut, a byte changed, a part doubled or left out, something hostile put in."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        end = min(len(content), at + draw(st.integers(0, 200)))
        kind = draw(st.integers(0, 6))
        if kind == 0:
            content = content[:at]
        elif kind == 1:
            content = content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]
        elif kind == 2:
            content = content[:at] + content[end:]
        elif kind == 3:
            content = content[:end] + content[at:]
        else:
            content = content[:at] + HOSTILE[draw(st.integers(0, len(HOSTILE) - 1))] + content[end:]
    wrap = draw(st.integers(0, 15))
    if wrap == 0:
        return gzip.compress(content)
    if wrap == 1:
        return content.decode("utf-8", errors="replace").encode("utf-16")
    return content


def read(path: Path) -> History | None:
    started, told = time.process_time(), True
    try:
        history = read_history(path)
    except InputError as error:
        history = None
        told = bool(error.message and error.hint)
    assert told
    assert time.process_time() - started < LONGEST_S
    return history


@pytest.mark.parametrize("name", LOGS)
def test_a_log_that_is_whole_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(LOGS[name])
    for path in (tmp_path / name, tmp_path):
        history = read(path)
        assert history is not None
        assert any(series.name == "loss" for series in history.series)


@settings(max_examples=N_DAMAGED, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_log_gives_a_reading_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    names = sorted(LOGS)
    name = names[data.draw(st.integers(0, len(names) - 1))]
    (folder / name).write_bytes(hurt(LOGS[name], data.draw))
    history = read(folder / name)
    read(folder)
    for series in history.series if history is not None else ():
        steps = [point.step for point in series.points]
        assert steps == sorted(set(steps))


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0" * 4096, b"\xff" * 100_000, b"[" * 200_000, b'{"log_history":[' * 5_000, b"{'loss': " * 50_000,
        b'{"log_history": [' + b"9" * 100_000 + b"]}", b"loss,step\n" + b"1," * 300_000, b"a" * 3_000_000,
        b"\n" * 3_000_000,         b'{"loss": 1, "step": ' + b"1" * 400 + b"}\n", b"|" * 300_000, b'"' * 300_000,
        b"{" + b"'loss':" * 100_000 + b"}",
        b"Step 1 | " + b"loss:" * 100_000, b'{"loss": [' + b"1," * 300_000 + b"1]}", b" " * 1_000_000 + b"{'loss': 1}",
        b"---\n" + b"- a" * 100_000, b"\x1b[" * 300_000, b"| validation loss " * 50_000,
    ],
    ids=range(20),
)  # fmt: skip
def test_what_is_no_log_at_all_is_refused_or_read_quickly(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    read(tmp_path / name)
    read(tmp_path)


def test_a_folder_of_links_in_a_circle_and_a_pipe_ends(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "back").symlink_to(tmp_path)
    (tmp_path / "self.json").symlink_to(tmp_path / "self.json")
    os.mkfifo(tmp_path / "trainer_state.json")
    assert read(tmp_path) is None
    assert read(tmp_path / "trainer_state.json") is None
    assert read(tmp_path / "self.json") is None
    assert read(tmp_path / "absent") is None
    assert read(Path("a\0b")) is None
