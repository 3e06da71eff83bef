"""FolderLock: one process works in the folder of a run at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from tunecheck.errors import RunFolderError
from tunecheck.store.trouble import cannot_use


class FolderLock:
    """The file ``run.lock`` held with flock(2), its content the id of the process that holds it.

    The system lets go of it when the process ends, however it ends. The file itself stays: who removes a lock file
    may remove the one that another process has just taken.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock at once, or raise RunFolderError with the id of the process that has it."""
        try:
            self._file = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise cannot_use(folder, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.write(self._file, f"{os.getpid()}\n".encode())
        except BlockingIOError as error:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            who = f"another tunecheck (process {holder})" if holder else "another tunecheck"
            raise RunFolderError(
                f"{who} is working in {folder}", hint="wait until it is done, or use another --out"
            ) from error
        except OSError as error:
            os.close(self._file)
            raise cannot_use(folder, error) from error

    def release(self) -> None:
        """Let go of the folder."""
        os.close(self._file)
