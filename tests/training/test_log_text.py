"""The text of logs of any encoding and size."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from tunecheck.errors import InputError
from tunecheck.training import log_text
from tunecheck.training.log_text import read_log


@pytest.mark.parametrize(
    "content",
    ["é1\n".encode(), "é1\n".encode("utf-8-sig"), "é1\n".encode("utf-16"), gzip.compress("é1\n".encode())],
    ids=["utf-8", "with a mark", "utf-16", "gzip"],
)
def test_text_is_read_in_its_encoding(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log").write_bytes(content)
    assert read_log(tmp_path / "log").text == "é1\n"


def test_bytes_that_are_no_text_are_replaced_and_nul_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"loss \xff 1")
    assert read_log(tmp_path / "log").text == "loss \ufffd 1"
    (tmp_path / "log").write_bytes(b"loss\x001")
    with pytest.raises(InputError, match="is not text: byte 5 is NUL"):
        read_log(tmp_path / "log")


def test_nul_bytes_at_the_end_are_what_a_crash_leaves_and_are_dropped(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"loss 1\n" + b"\0" * 4096)
    assert read_log(tmp_path / "log").text == "loss 1\n"


def test_of_a_large_log_the_ends_are_read_and_the_lines_at_the_cut_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_text, "MAX_BYTES", 100)
    monkeypatch.setattr(log_text, "_HEAD_BYTES", 40)
    (tmp_path / "log").write_bytes(b"".join(b"line %03d\n" % n for n in range(50)))
    log = read_log(tmp_path / "log")
    assert log.cut
    lines = log.text.splitlines()
    assert lines[:4] == ["line 000", "line 001", "line 002", "line 003"]
    assert lines[4:] == [f"line {n:03d}" for n in range(44, 50)]


@pytest.mark.parametrize(
    "content",
    [b"\x1f\x8b", gzip.compress(b"x" * 99)[:-9], b"\x1f\x8b\x08" + b"\xff" * 50],
    # An archive carries the time of its making, and a test's name must be the same in every process.
    ids=["nothing but the signature", "cut short", "no archive behind the signature"],
)
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log.gz").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        read_log(tmp_path / "log.gz")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(InputError, match="is not a file"):
            read_log(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_log(tmp_path / "absent")
