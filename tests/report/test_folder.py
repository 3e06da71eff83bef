"""Writing: whole files or the old ones, and errors that say what to type."""

from __future__ import annotations

import errno
import json
import os
import re
import resource
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report import example
from tunecheck.core import document
from tunecheck.errors import RunFolderError
from tunecheck.report import render, write


def test_writing_gives_the_page_and_the_document(tmp_path: Path) -> None:
    result = example.light()
    paths = write(result, tmp_path)
    assert sorted(path.name for path in paths) == ["report.html", "results.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "results.json"]
    assert (tmp_path / "report.html").read_text("utf-8") == render(result, "html")
    assert (tmp_path / "results.json").read_text("utf-8") == render(result, "json")


@pytest.mark.parametrize("result", [example.ship(), example.hold(), example.incomplete()], ids=lambda r: r.title)
def test_the_document_reads_back_as_itself(result: object) -> None:
    assert isinstance(result, type(example.ship()))
    assert json.loads(render(result, "json")) == document(result)


def test_a_lone_surrogate_survives_the_round_trip(tmp_path: Path) -> None:
    result = example.hostile("\ud800\x00\u202e")
    write(result, tmp_path)
    assert json.loads((tmp_path / "results.json").read_text("utf-8")) == document(result)


def test_writing_again_replaces_both_files(tmp_path: Path) -> None:
    write(example.light(), tmp_path)
    write(replace(example.light(), title="the second"), tmp_path)
    assert json.loads((tmp_path / "results.json").read_text("utf-8"))["run"]["title"] == "the second"
    assert "the second" in (tmp_path / "report.html").read_text("utf-8")


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(example.light(), tmp_path)
    before = (tmp_path / "results.json").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunFolderError) as caught:
        write(example.light(), tmp_path)
    assert re.fullmatch(
        rf"{re.escape(str(tmp_path))}/results\.json: cannot write [\d,]+ bytes: No space left on device\n"
        rf"free some space there \(df -h .*\), then type: tunecheck report .*",
        str(caught.value),
    )
    assert (tmp_path / "results.json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "results.json"]


def test_a_limit_on_file_sizes_is_named_and_leaves_nothing_behind(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(RunFolderError) as caught:
            write(example.light(), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "File too large" in caught.value.message
    assert caught.value.hint.startswith("raise the limit on file sizes (ulimit -f unlimited)")
    assert list(tmp_path.iterdir()) == []


def test_an_absent_folder_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError) as caught:
        write(example.light(), tmp_path / "not here")
    assert "No such file or directory" in caught.value.message
    assert f"mkdir -p '{tmp_path}/not here'" in caught.value.hint


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(RunFolderError, match="Not a directory"):
        write(example.light(), tmp_path / "taken")


def test_the_files_can_be_read_by_others_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        paths = write(example.light(), tmp_path)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o644}
