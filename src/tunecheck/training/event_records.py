"""The records of a TensorBoard event file, and what each says: scalars and texts, by step.

A file is a row of TFRecords: length (8 bytes, little endian), masked CRC-32C of those 8 bytes, content, masked CRC-32C
of the content. The content is a tensorflow.Event protocol buffer (tensorflow/core/util/event.proto, summary.proto and
tensor.proto), of which only the fields that hold a logged number or text are decoded.
"""

from __future__ import annotations

import re
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from tunecheck.training.crc32c import masked_crc32c

MAX_RECORD_BYTES = 64 * 1024
"""Larger records (graphs, images, histograms) are stepped over, unread."""

MAX_KEPT_BYTES = 64 * 1024 * 1024
MAX_RECORDS = 200_000
"""Of a file with more than these, the first _N_HEAD records and the last ones are read."""

MAX_SCANNED = 1_000_000
"""Records after which reading stops."""

_N_HEAD = 1_000
_FRAME = 12  # bytes before the content of a record; 4 follow it
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# The event that almost every record is: wall time, step (absent when 0), one summary of one value, a tag and a float.
_PLAIN_SCALAR = re.compile(
    rb"\x09.{8}(?:\x10([\x80-\xff]{0,9}[\x00-\x7f]))?\x2a([\x00-\x7f])\x0a([\x00-\x7f])\x0a([\x00-\x7f])(.{0,127})\x15(.{4})",
    re.DOTALL,
)
# TensorProto.dtype -> how tensor_content packs one number (tensorflow/core/framework/types.proto).
_LAYOUTS = {1: "<f", 2: "<d", 3: "<i", 9: "<q", 19: "<e"}
_STRING, _BFLOAT16 = 7, 14
_CRC_OF_NOTHING = masked_crc32c([b""])[0].to_bytes(4, "little")


class Logged(NamedTuple):
    """One scalar (float) or text (bytes) that an event holds."""

    step: int
    tag: str
    value: float | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Contents of the records that are whole.

    n_bad       records whose checksum does not fit their content
    n_left_out  records in the middle of a very large file
    stopped_at  the byte at which reading had to stop, at a damaged length or after MAX_SCANNED records, or None; a last
                record that is not there in full is no damage, as the writer may still be at work
    """

    contents: tuple[bytes, ...]
    n_bad: int = 0
    n_left_out: int = 0
    stopped_at: int | None = None


class _Framed(NamedTuple):
    """A record as it stands in the file, at a byte offset."""

    offset: int
    length: bytes
    length_crc: bytes
    content: bytes
    content_crc: bytes


def read_records(file: BinaryIO, n_bytes: int) -> Records:
    """Records of an open file of ``n_bytes``. Never raises on damage; OSError comes through."""
    framed, n_left_out, stopped_at = _scan(file, n_bytes)
    # A length that is wrong makes nonsense of all that follows; a content that is wrong, only of itself.
    lengths_fit = _fit([record.length for record in framed], [record.length_crc for record in framed])
    n_readable = lengths_fit.index(False) if False in lengths_fit else len(framed)
    if n_readable < len(framed):
        stopped_at = framed[n_readable].offset
    framed = framed[:n_readable]
    fits = _fit([record.content for record in framed], [record.content_crc for record in framed])
    contents = tuple(record.content for record, fit in zip(framed, fits, strict=True) if fit and record.content)
    return Records(contents=contents, n_bad=fits.count(False), n_left_out=n_left_out, stopped_at=stopped_at)


def _scan(file: BinaryIO, n_bytes: int) -> tuple[list[_Framed], int, int | None]:
    """Records by their lengths alone, how many were dropped for their number, and where the scan had to stop.

    A record that is too large to be of use is kept with no content and the checksum of no content.
    """
    head: list[_Framed] = []
    tail: deque[_Framed] = deque()
    n_left_out = kept_bytes = offset = 0
    for _ in range(MAX_SCANNED):
        frame = file.read(_FRAME)
        length = int.from_bytes(frame[:8], "little")
        end = offset + _FRAME + length + 4
        if len(frame) < _FRAME or (end > n_bytes and _fit([frame[:8]], [frame[8:]])[0]):
            return [*head, *tail], n_left_out, None
        if end > n_bytes or length == 0:
            return [*head, *tail], n_left_out, offset
        if length > MAX_RECORD_BYTES:
            file.seek(end)
            content, checksum = b"", _CRC_OF_NOTHING
        else:
            content, checksum = file.read(length), file.read(4)
            if len(checksum) < 4:  # the file was cut short meanwhile
                return [*head, *tail], n_left_out, None
        record = _Framed(offset, frame[:8], frame[8:], content, checksum)
        offset = end
        if len(head) < _N_HEAD:
            head.append(record)
            continue
        tail.append(record)
        kept_bytes += len(content)
        while len(tail) > MAX_RECORDS or kept_bytes > MAX_KEPT_BYTES:
            kept_bytes -= len(tail.popleft().content)
            n_left_out += 1
    return [*head, *tail], n_left_out, offset


def _fit(messages: list[bytes], checksums: list[bytes]) -> list[bool]:
    """Whether each message has its checksum."""
    expected = struct.unpack(f"<{len(checksums)}I", b"".join(checksums))
    return [found == wanted for found, wanted in zip(masked_crc32c(messages), expected, strict=True)]


def logged(content: bytes) -> list[Logged]:
    """Scalars and texts in one event; what cannot be decoded is left out.

    Raises ValueError when the content is no protocol buffer at all.
    """
    plain = _PLAIN_SCALAR.fullmatch(content)
    if plain:
        step, n_summary, n_value, n_tag, tag, number = plain.groups()
        n = len(tag)
        if (n_tag[0], n_value[0], n_summary[0]) == (n, n + 7, n + 9):
            return [Logged(_signed(_varint(step or b"\0", 0)[0]), _text(tag), struct.unpack("<f", number)[0])]
    step_number, summaries = 0, []
    for field, value in _fields(content):
        if field == 2 and isinstance(value, int):
            step_number = _signed(value)
        elif field == 5 and isinstance(value, bytes):
            summaries.append(value)
    found = []
    for summary in summaries:
        for field, value in _fields(summary):
            if field == 1 and isinstance(value, bytes):
                found += _summary_value(step_number, value)
    return found


def _summary_value(step: int, content: bytes) -> list[Logged]:
    """Summary.Value: tag (1), simple_value (2) or tensor (8)."""
    tag, number = "", None
    for field, value in _fields(content):
        if field == 1 and isinstance(value, bytes):
            tag = _text(value)
        elif field == 2 and isinstance(value, bytes) and len(value) == 4:
            number = struct.unpack("<f", value)[0]
        elif field == 8 and isinstance(value, bytes):
            number = _tensor(value)
    return [] if number is None else [Logged(step, tag, number)]


def _tensor(content: bytes) -> float | bytes | None:
    """The only number or text of a TensorProto, or None when it holds more than one or another type."""
    dtype, numbers, texts = 0, [], []
    for field, value in _fields(content):
        if field == 1 and isinstance(value, int):
            dtype = value
        elif field == 4 and isinstance(value, bytes):
            numbers.append(_unpacked(dtype, value))
        elif field in (5, 6, 7, 10, 13):
            numbers.append(_listed(field, dtype, value))
        elif field == 8 and isinstance(value, bytes):
            texts.append(value)
    if dtype == _STRING:
        return texts[0] if len(texts) == 1 else None
    return numbers[0] if len(numbers) == 1 else None


def _unpacked(dtype: int, content: bytes) -> float | None:
    """tensor_content: the numbers as they lie in memory."""
    if dtype == _BFLOAT16 and len(content) == 2:
        return float(struct.unpack("<f", b"\0\0" + content)[0])
    layout = _LAYOUTS.get(dtype, "")
    return float(struct.unpack(layout, content)[0]) if layout and len(content) == struct.calcsize(layout) else None


def _listed(field: int, dtype: int, value: int | bytes) -> float | None:
    """float_val (5), double_val (6), int_val (7), int64_val (10) or half_val (13): one number, packed or alone."""
    if field in (5, 6):
        layout = "<f" if field == 5 else "<d"
        return (
            float(struct.unpack(layout, value)[0])
            if isinstance(value, bytes) and len(value) == struct.calcsize(layout)
            else None
        )
    if isinstance(value, bytes):
        whole, end = _varint(value, 0)
        if end != len(value):
            return None
    else:
        whole = value
    if field == 13:
        return _unpacked(dtype, (whole & 0xFFFF).to_bytes(2, "little"))
    return float(_signed(whole))


def _fields(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values of a protocol buffer: an int for a varint, bytes for all else."""
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        wire = key & 7
        if wire == _VARINT:
            number, position = _varint(content, position)
            yield key >> 3, number
            continue
        if wire == _BYTES:
            length, position = _varint(content, position)
        elif wire in (_FIXED32, _FIXED64):
            length = 4 if wire == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire}")
        if position + length > len(content):
            raise ValueError(f"a field of {length} bytes in {len(content) - position}")
        yield key >> 3, content[position : position + length]
        position += length


def _varint(content: bytes, position: int) -> tuple[int, int]:
    """The base-128 number that starts at ``position``, and where it ends."""
    number = 0
    for shift, byte in enumerate(content[position : position + 10]):
        number |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, position + shift + 1
    raise ValueError("a number without an end")


def _signed(number: int) -> int:
    """An int64, which a protocol buffer holds modulo 2**64."""
    return number - (1 << 64) if number >> 63 else number


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")
