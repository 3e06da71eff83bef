"""What open_run does with the folders that people give it, and what it says about those it cannot use."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from tunecheck.errors import RunFolderError
from tunecheck.store import open_run

Folder = Callable[[Path], object]


def said(opening: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(RunFolderError) as caught:
        opening()
    return caught.value.message, caught.value.hint


def with_table(folder: Path, *statements: str) -> None:
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / "run.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_the_folder_and_its_parents_are_made(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "100% a?b#c é"
    with open_run(folder) as store:
        store.set_document("results", "{}")
    assert sorted(path.name for path in folder.iterdir()) == ["run.db", "run.lock"]
    with open_run(folder) as store:
        assert store.document("results") == "{}"


def test_a_folder_in_use_for_other_things_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    open_run(tmp_path).close()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_the_file_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    open_run(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "run.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_empty_file_is_taken_for_a_run_that_was_killed_at_its_start(tmp_path: Path) -> None:
    (tmp_path / "run.db").touch()
    with open_run(tmp_path) as store:
        assert store.items() == []


def test_a_run_that_must_be_there_and_is_not_leaves_no_trace(tmp_path: Path) -> None:
    folder = tmp_path / "absent"
    for opening in (lambda: open_run(folder, create=False), lambda: open_run(folder, read_only=True)):
        assert said(opening) == (
            f"{folder} has no run.db: no run was recorded there",
            "make one: tunecheck run TUNED --val FILE",
        )
    assert not folder.exists()


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.touch()
    assert said(lambda: open_run(file)) == (f"{file} is a file, not a folder", "use another --out")


def test_a_file_that_is_not_sqlite_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "run.db").write_bytes(b"not a database, and long enough to be looked at " * 50)
    message, hint = said(lambda: open_run(tmp_path))
    assert message == f"run.db in {tmp_path} is not a SQLite file"
    assert hint == "move that file away, or use another --out"
    assert (tmp_path / "run.db").read_bytes().startswith(b"not a database")


def test_a_sqlite_file_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    with_table(tmp_path, "CREATE TABLE songs (name)", "CREATE TABLE albums (name)")
    message, hint = said(lambda: open_run(tmp_path))
    assert message == f"run.db in {tmp_path} is not from tunecheck: its tables are albums, songs"
    assert hint == "use another --out"


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_version_is_refused(tmp_path: Path, read_only: bool) -> None:
    open_run(tmp_path).close()
    with_table(tmp_path, "UPDATE alembic_version SET version_num = '0099'")
    assert said(lambda: open_run(tmp_path, read_only=read_only)) == (
        f"run.db in {tmp_path} was written by another version of tunecheck (schema 0099); this one knows 0004",
        "use another --out, or that version of tunecheck",
    )


def test_a_file_cut_in_the_middle_is_called_damaged(tmp_path: Path) -> None:
    with open_run(tmp_path) as store:
        store.set_document("long", "x" * 100_000)
    whole = (tmp_path / "run.db").read_bytes()
    (tmp_path / "run.db").write_bytes(whole[: len(whole) // 2])

    def read() -> None:
        with open_run(tmp_path) as store:
            store.document("long")

    assert said(read) == (
        f"run.db in {tmp_path} is damaged: database disk image is malformed",
        "move that file away, or use another --out",
    )


def test_a_second_opener_hears_who_works_in_the_folder(tmp_path: Path) -> None:
    with open_run(tmp_path):
        assert said(lambda: open_run(tmp_path)) == (
            f"another tunecheck (process {os.getpid()}) is working in {tmp_path}",
            "wait until it is done, or use another --out",
        )
    open_run(tmp_path).close()


def test_a_failed_opening_lets_go_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "run.db").write_bytes(b"not a database, and long enough to be looked at " * 50)
    said(lambda: open_run(tmp_path))
    (tmp_path / "run.db").unlink()
    open_run(tmp_path).close()


def test_reading_beside_a_working_process_sees_what_it_committed(tmp_path: Path) -> None:
    with open_run(tmp_path) as store, open_run(tmp_path, read_only=True) as reader:
        store.set_document("results", "1")
        assert reader.document("results") == "1"
        store.set_document("results", "2")
        assert reader.document("results") == "2"


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    open_run(tmp_path).close()
    with open_run(tmp_path, read_only=True) as reader:
        message, hint = said(lambda: reader.set_document("results", "1"))
    assert message == f"run.db in {tmp_path} cannot be written: attempt to write a readonly database"
    assert hint == "check the permissions of the folder, or use another --out"


def test_a_reader_of_an_empty_file_is_told_so_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "run.db").touch()
    assert said(lambda: open_run(tmp_path, read_only=True)) == (
        f"run.db in {tmp_path} is empty: the run has recorded nothing yet",
        "try again later",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["run.db"]


def test_a_closed_store_says_so_and_closing_twice_is_allowed(tmp_path: Path) -> None:
    store = open_run(tmp_path)
    store.close()
    store.close()
    with pytest.raises(ValueError, match=r"the store of .* is closed"):
        store.items()


def test_another_program_that_locks_the_file_is_reported(tmp_path: Path) -> None:
    open_run(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "run.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert said(lambda: open_run(tmp_path, wait_s=0)) == (
            f"run.db in {tmp_path} is locked by another process",
            "wait until it is done, or close the program that has run.db open",
        )


@contextmanager
def every_connection_limited_to(n_pages: int) -> Iterator[None]:
    def limit(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {n_pages}")

    event.listen(Pool, "connect", limit)
    try:
        yield
    finally:
        event.remove(Pool, "connect", limit)


def test_a_full_disk_is_reported_and_what_was_stored_is_kept(tmp_path: Path) -> None:
    with every_connection_limited_to(24), open_run(tmp_path) as store:
        store.set_document("small", "kept")
        assert said(lambda: store.set_document("large", "x" * 200_000)) == (
            f"the disk is full: run.db in {tmp_path} cannot grow",
            "free some space and type the same command again: what was stored is kept",
        )
        assert store.document("small") == "kept"
    with open_run(tmp_path) as store:
        assert (store.document("small"), store.document("large")) == ("kept", None)


def test_a_disk_that_is_full_from_the_start_leaves_a_file_that_can_be_opened_later(tmp_path: Path) -> None:
    with every_connection_limited_to(2):
        message, _ = said(lambda: open_run(tmp_path))
    assert message == f"the disk is full: run.db in {tmp_path} cannot grow"
    open_run(tmp_path).close()


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where nobody can make files")
def test_a_folder_that_cannot_be_written_is_named() -> None:
    for folder in (Path("/proc/self"), Path("/proc/self/run")):
        message, hint = said(lambda folder=folder: open_run(folder))  # type: ignore[misc]
        assert message.startswith(f"{folder} cannot be written: ")
        assert hint == "check the permissions of the folder, or use another --out"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_run_in_a_folder_without_write_permission_can_be_read_only(tmp_path: Path) -> None:
    with open_run(tmp_path) as store:
        store.set_document("results", "{}")
    tmp_path.chmod(0o500)
    try:
        with open_run(tmp_path, read_only=True) as reader:
            assert reader.document("results") == "{}"
        (tmp_path / "run.lock").chmod(0o400)
        assert said(lambda: open_run(tmp_path))[0] == f"{tmp_path} cannot be written: Permission denied"
    finally:
        tmp_path.chmod(0o700)


def test_opening_an_up_to_date_run_does_not_import_alembic(tmp_path: Path) -> None:
    open_run(tmp_path).close()
    script = (
        "import sys, pathlib; from tunecheck.store import open_run; "
        "open_run(pathlib.Path(sys.argv[1])).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 0
