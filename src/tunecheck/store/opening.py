"""Opening: the file run.db found or made, connected to, and brought up to the newest schema."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, QueuePool, create_engine, event

from tunecheck.errors import RunFolderError
from tunecheck.store.schema import HEAD, LACKS, other_version, version_of
from tunecheck.store.trouble import cannot_use


def find_or_make(folder: Path, *, create: bool) -> None:
    """Make the folder, or raise RunFolderError where there is no run."""
    if folder.exists() and not folder.is_dir():
        raise RunFolderError(f"{folder} is a file, not a folder", hint="use another --out")
    if create:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_use(folder, error) from error
    elif not (folder / "run.db").exists():
        raise RunFolderError(
            f"{folder} has no run.db: no run was recorded there", hint="make one: tunecheck run TUNED --val FILE"
        )


def engine_on(path: Path, *, read_only: bool, wait_s: float, n_connections: int = 1, synchronous: str = "") -> Engine:
    """What connects to the file; a transaction that may write locks it from the start.

    ``synchronous`` is SQLite's setting for each connection, or "" for what ``bring_up_to_date`` sets.
    """
    address = path.absolute().as_uri() + ("?mode=ro" if read_only else "?mode=rwc")
    if read_only and not os.access(path.parent, os.W_OK) and not path.with_name("run.db-wal").exists():
        # SQLite makes a file beside run.db even to read it, which it cannot here; and nobody else can write either.
        address += "&immutable=1"

    def connect() -> sqlite3.Connection:
        # isolation_level None: sqlite3 begins no transaction by itself, so that table definitions are inside ours too.
        driver = sqlite3.connect(address, uri=True, timeout=wait_s, isolation_level=None, check_same_thread=False)
        if synchronous:
            driver.execute(f"PRAGMA synchronous = {synchronous}")
        return driver

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=n_connections, max_overflow=0)
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def readable_version(engine: Engine, folder: Path) -> str:
    """The revision of a file that is only read. Raises RunFolderError where it is empty or of an unknown version."""
    with engine.begin() as connection:
        version = version_of(connection, folder)
    if version is None:
        raise RunFolderError(f"run.db in {folder} is empty: the run has recorded nothing yet", hint="try again later")
    if version not in LACKS:
        raise other_version(folder, version)
    return version


def bring_up_to_date(engine: Engine, folder: Path) -> str:
    """Run the migrations that the file lacks, and make it keep a log beside itself; the newest revision."""
    with engine.begin() as connection:
        version = version_of(connection, folder)
        if version != HEAD:
            from tunecheck.store.upgrade import (
                upgrade,
            )  # here, because alembic takes longer to import than a run to open

            upgrade(connection, folder, version)
    with _driver_of(engine) as driver:
        # Written to the file once and kept there. Where the file system cannot do it SQLite stays with its journal.
        driver.execute("PRAGMA journal_mode = WAL")
        # With WAL a kill loses nothing; only a power cut can lose the last transactions, and never breaks the file.
        driver.execute("PRAGMA synchronous = NORMAL")
    return HEAD


@contextmanager
def _driver_of(engine: Engine) -> Iterator[sqlite3.Connection]:
    pooled = engine.raw_connection()
    try:
        driver = pooled.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        yield driver
    finally:
        pooled.close()
