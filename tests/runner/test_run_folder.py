"""The folder of a run that cannot be used, or whose disk is full, is said so; what stood in it stays usable."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.workshop import QUICK, Workshop, call, environment, results

pytestmark = pytest.mark.hf


def contents(folder: Path) -> dict[str, bytes]:
    """What stands in a folder, besides the lock and what SQLite keeps beside its file while it is read."""
    beside = ("run.lock", "run.db-shm", "run.db-wal")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name not in beside}


@pytest.fixture
def finished(shop: Workshop, tmp_path: Path) -> Path:
    """The folder of a finished run."""
    assert call("run", shop.lora, "--val", shop.val, "--out", tmp_path / "run").code == 3
    return tmp_path / "run"


def test_a_file_in_place_of_the_folder_is_left_alone(shop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    for out in (tmp_path / "taken", tmp_path / "taken" / "below"):
        called = call("run", shop.lora, "--val", shop.val, "--out", out)
        assert (called.code, called.out) == (2, "")
        assert str(out) in called.message
        assert "--out" in called.hint
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_that_another_process_works_in_is_refused(shop: Workshop, finished: Path) -> None:
    before = contents(finished)
    with (finished / "run.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        called = call("run", shop.lora, "--val", shop.val, "--out", finished)
        assert called.code == 2
        assert called.message.endswith(f"is working in {finished}")
        assert called.hint == "wait until it is done, or use another --out"
        assert call("verdict", finished).code == 3  # Reading is free.
    assert contents(finished) == before


def test_a_folder_of_a_newer_schema_is_refused_and_unchanged(shop: Workshop, finished: Path) -> None:
    with closing(sqlite3.connect(finished / "run.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = contents(finished)
    run = ["run", shop.lora, "--val", shop.val, "--out", finished]
    for command in (run, ["verdict", finished], ["report", finished]):
        called = call(*command)
        assert (called.code, called.out) == (2, "")
        assert "was written by another version of tunecheck (schema 9999)" in called.message
        assert "use another --out" in called.hint
    assert contents(finished) == before


@pytest.mark.parametrize("text", ['{"title": "x", "later": 1}', "[]", "{", '{"title": 5}'])
def test_the_record_of_another_version_is_refused_and_a_new_run_replaces_it(
    shop: Workshop, finished: Path, text: str
) -> None:
    with closing(sqlite3.connect(finished / "run.db")) as connection, connection:
        connection.execute("UPDATE documents SET text = ? WHERE name = 'run'", (text,))
    called = call("verdict", finished)
    assert called.code == 2
    assert "is not one of this version" in called.message
    assert call("run", shop.lora, "--val", shop.val, "--out", finished).code == 3
    assert call("verdict", finished).code == 3


def test_bad_input_leaves_a_finished_run_as_it_was(shop: Workshop, finished: Path, tmp_path: Path) -> None:
    before = contents(finished)
    bad = tmp_path / "bad"
    shutil.copytree(shop.lora, bad)
    (bad / "adapter_model.safetensors").write_bytes(b"")
    assert call("run", bad, "--val", shop.val, "--out", finished).code == 2
    assert contents(finished) == before


def test_no_space_while_the_report_is_written_leaves_the_old_one_whole(
    shop: Workshop, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: content for name, content in contents(finished).items() if not name.startswith("run.db")}

    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    command = ["run", shop.lora, "--val", shop.val, "--train", shop.train, *QUICK, "--out", finished]
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        called = call(*command)
    assert (called.code, called.out) == (2, "")
    assert "No space left on device" in called.message
    assert "free some space" in called.hint
    assert {name: content for name, content in contents(finished).items() if not name.startswith("run.db")} == before
    assert call(*command).code == 3
    assert results(finished)["checks"]["overfitting"]["measures"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(place)]
    is_allowed = os.getuid() == 0 and shutil.which("mount") is not None
    if not is_allowed or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("free_kib", [0, 60, 130])
def test_a_full_disk_is_said_and_the_run_goes_on_when_there_is_space(
    shop: Workshop, small_disk: Path, finished: Path, free_kib: int
) -> None:
    (small_disk / "big").write_bytes(bytes(2**10 * (200 - free_kib)))
    command = ["run", shop.lora, "--val", shop.val, "--out", small_disk / "run"]
    called = call(*command)
    assert (called.code, called.out) == (2, "")
    assert "disk is full" in called.message or "No space left on device" in called.message
    assert "free some space" in called.hint
    for name in ("results.json", "report.html"):
        assert not (small_disk / "run" / name).exists()
    (small_disk / "big").unlink()
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    assert call(*command).code == 3
    assert results(small_disk / "run") == results(finished)


def test_a_limit_on_file_sizes_is_said(shop: Workshop, tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("tunecheck"), "run", shop.lora, "--val", shop.val, "--out", tmp_path / "run"],
        capture_output=True, check=False, env=environment(), text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "error: " in done.stderr
    assert not (tmp_path / "run" / "results.json").exists()
