"""The text of a log file, whatever its size and its bytes."""

from __future__ import annotations

import codecs
import gzip
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from tunecheck.errors import InputError

MAX_BYTES = 32 * 1024 * 1024
"""Of a larger log the first megabyte and the last ones are read."""

_HEAD_BYTES = 1024 * 1024
_GZIP = b"\x1f\x8b"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogText:
    """The text of a log, and whether a part in its middle was left out because it is larger than MAX_BYTES."""

    text: str
    cut: bool = False


def read_log(path: Path) -> LogText:
    """The text of a regular file: UTF-8 or UTF-16 with its mark; bytes that are neither become U+FFFD.

    A gzip file is unpacked, up to MAX_BYTES. Raises InputError for what cannot be opened, is no file, or is no text.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{path} is not a file", hint="point at a log file or at the trainer's output folder")
        content, cut = _bytes_of(path)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="check the path and its permissions") from error
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    if encoding != "utf-16":
        content = content.rstrip(b"\0")  # what a crash of the machine leaves at the end of a file
    if encoding != "utf-16" and b"\0" in content:
        raise InputError(
            f"{path} is not text: byte {content.index(0) + 1} is NUL",
            hint="point at a log: trainer_state.json, trainer_log.jsonl, metrics.csv, a captured console, ...",
        )
    return LogText(text=content.decode(encoding, errors="replace"), cut=cut)


def _bytes_of(path: Path) -> tuple[bytes, bool]:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
        file.seek(0)
        if packed:
            with gzip.open(file) as unpacked:
                content = unpacked.read(MAX_BYTES + 1)
            return content[:MAX_BYTES], len(content) > MAX_BYTES
        size = path.stat().st_size
        if size <= MAX_BYTES:
            return file.read(MAX_BYTES), False
        head = file.read(_HEAD_BYTES)
        file.seek(size - (MAX_BYTES - _HEAD_BYTES))
        tail = file.read(MAX_BYTES - _HEAD_BYTES)
    # The line that the cut runs through is dropped on both sides.
    return head[: head.rfind(b"\n") + 1] + tail[tail.find(b"\n") + 1 :], True
