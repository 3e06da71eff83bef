"""What SQLite and the file system complain about, said as a RunFolderError."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from tunecheck.errors import RunFolderError

_FREE_SPACE = "free some space and type the same command again: what was stored is kept"
_PERMISSION = "check the permissions of the folder, or use another --out"
_MOVE_AWAY = "move that file away, or use another --out"

_LITTLE_BYTES = 2**20

# SQLite's primary result code -> (what to say, the hint). https://sqlite.org/rescode.html
_SAID = {
    sqlite3.SQLITE_NOTADB: ("run.db in {folder} is not a SQLite file", _MOVE_AWAY),
    sqlite3.SQLITE_CORRUPT: ("run.db in {folder} is damaged: {reason}", _MOVE_AWAY),
    sqlite3.SQLITE_FULL: ("the disk is full: run.db in {folder} cannot grow", _FREE_SPACE),
    sqlite3.SQLITE_BUSY: (
        "run.db in {folder} is locked by another process",
        "wait until it is done, or close the program that has run.db open",
    ),
    sqlite3.SQLITE_READONLY: ("run.db in {folder} cannot be written: {reason}", _PERMISSION),
    sqlite3.SQLITE_CANTOPEN: ("run.db in {folder} cannot be opened: {reason}", _PERMISSION),
    sqlite3.SQLITE_PERM: ("run.db in {folder} cannot be opened: {reason}", _PERMISSION),
    sqlite3.SQLITE_IOERR: (
        "run.db in {folder} cannot be read or written: {reason}",
        "check the disk, or use another --out",
    ),
}


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Raise what SQLite says about this folder's file as RunFolderError; what is a mistake of ours goes through."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        # The low byte is the primary code; the rest says where in SQLite.
        code = getattr(reason, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_IOERR and _is_full(folder):
            code = sqlite3.SQLITE_FULL  # Which is what SQLite says for run.db, but not for the files beside it.
        said = _SAID.get(code)
        if said is None:
            raise
        message, hint = said
        raise RunFolderError(message.format(folder=folder, reason=reason), hint=hint) from error


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LITTLE_BYTES
    except OSError:
        return False


def cannot_use(folder: Path, error: OSError) -> RunFolderError:
    """The error for a folder that the file system refuses to make or to write in."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RunFolderError(f"the disk is full: nothing can be written to {folder}", hint=_FREE_SPACE)
    return RunFolderError(f"{folder} cannot be written: {error.strerror}", hint=_PERMISSION)
