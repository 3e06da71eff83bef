"""Bytes of a file as text: byte order marks, gzip, and which byte is wrong when it is not UTF-8."""

from __future__ import annotations

import codecs
import gzip
import io
from pathlib import Path
from typing import Any, BinaryIO

from tunecheck.errors import DataError

_HEAD_BYTES = 65536
_GZIP = b"\x1f\x8b"
# Text shrinks to a third or a tenth; what grows a hundredfold and is large was made to fill the memory.
UNPACKED_MIB = 256
UNPACKED_TIMES = 100
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY_KINDS = (
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"PK\x03\x04", "a zip or Excel file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
)


def printable(path: Path) -> str:
    """A path as text that can be printed, whatever bytes it is made of."""
    text = str(path)
    return text if text.isprintable() else repr(text)[1:-1]


def label_of(path: Path) -> str:
    """The name of a file, without its folder, for messages."""
    return printable(Path(path.name))


def open_binary(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked when it is gzip.

    Reading raises DataError where gzip unpacks to over 256 MiB and over a hundred times its size.
    """
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return io.BufferedReader(_Unpacked(path), _HEAD_BYTES) if packed else path.open("rb")


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, up to a limit: a few kilobytes of it can hold terabytes."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, gzip.GzipFile(path, "rb")
        self._most_bytes = max(UNPACKED_MIB << 20, UNPACKED_TIMES * path.stat().st_size)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is, by reading again."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer; how many bytes came. Raises DataError beyond the limit."""
        n_bytes = self._file.readinto(buffer)
        if self._file.tell() > self._most_bytes:
            raise DataError(
                f"{label_of(self._path)} unpacks to over {self._most_bytes >> 20:,} MiB, more than "
                f"{UNPACKED_TIMES} times its size",
                hint="if it should be so large, unpack it and name that file: gunzip --keep FILE",
            )
        return n_bytes

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()


def head_of(path: Path) -> bytes:
    """The first 64 KiB of a file."""
    with open_binary(path) as file:
        return file.read(_HEAD_BYTES)


def open_text(path: Path, *, newline: str) -> io.TextIOWrapper:
    """The text of a file: UTF-8 with or without its mark, UTF-16 or UTF-32 with theirs.

    Raises DataError for a binary file. Decoding errors come while reading: see undecodable.
    """
    encoding = _encoding(head_of(path), label_of(path))
    return io.TextIOWrapper(open_binary(path), encoding=encoding, newline=newline)


def undecodable(path: Path, error: UnicodeDecodeError) -> DataError:
    """The error for a file that is not the text it should be, naming the line and the byte."""
    label = label_of(path)
    hint = "save the file as UTF-8; for one in Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEWFILE"
    # The codec says utf-16-le where the file was opened as utf-16.
    if "8" not in error.encoding:
        name = error.encoding.upper()[:6]
        return DataError(f"{label} begins with the byte order mark of {name} and is not {name}", hint=hint)
    with open_binary(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as found:
                where = f"{label} line {number}: byte {found.start + 1} is 0x{line[found.start]:02x}"
                return DataError(f"{where}, which is not UTF-8", hint=hint)
    return DataError(f"{label} is not UTF-8", hint=hint)


def _encoding(head: bytes, label: str) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    place = head.find(b"\0")
    if place >= 0:
        kind = next((kind for magic, kind in _BINARY_KINDS if head.startswith(magic)), "")
        looks = f"; it begins like {kind}" if kind else ""
        raise DataError(
            f"{label} is not text: byte {place + 1} is NUL{looks}",
            hint="give JSON Lines, JSON, CSV, TSV or Parquet, named with its own extension",
        )
    return "utf-8-sig"
