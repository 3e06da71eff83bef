"""Writing the report into a run's folder: each file is the old one or the new one, never half of one."""

from __future__ import annotations

import errno
import shlex
from pathlib import Path

from tunecheck.core import RunResult
from tunecheck.core.files import replace_file
from tunecheck.errors import RunFolderError
from tunecheck.report.formats import render


def write(result: RunResult, folder: Path) -> tuple[Path, ...]:
    """Write results.json and report.html into ``folder``, and return their paths.

    Both are rendered before either is written. Raises RunFolderError when the folder is absent, may not be written, or
    is out of space; a file of an earlier report is then still whole.
    """
    texts = {"results.json": render(result, "json"), "report.html": render(result, "html")}
    return tuple(_replace(folder / name, text.encode("utf-8")) for name, text in texts.items())


def _replace(path: Path, content: bytes) -> Path:
    """Put ``content`` at ``path`` in one step."""
    try:
        replace_file(path, content)
    except OSError as error:
        raise _folder_error(path, len(content), error) from error
    return path


def _folder_error(path: Path, n_bytes: int, error: OSError) -> RunFolderError:
    folder = shlex.quote(str(path.parent))
    again = f"then type: tunecheck report {folder}"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            hint = f"free some space there (df -h {folder}), {again}"
        case errno.EFBIG:
            hint = f"raise the limit on file sizes (ulimit -f unlimited), {again}"
        case errno.ENOENT | errno.ENOTDIR:
            hint = f"make the folder (mkdir -p {folder}), {again}"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            hint = f"make the folder writable (ls -ld {folder}), or give another one with --out"
        case _:
            hint = f"look at the folder (ls -ld {folder}), {again}"
    return RunFolderError(f"{path}: cannot write {n_bytes:,} bytes: {error.strerror or error}", hint=hint)
