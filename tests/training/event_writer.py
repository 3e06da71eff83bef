"""Writes TensorBoard event files for the tests, apart from the code that reads them."""

from __future__ import annotations

import struct
from pathlib import Path


def crc32c(message: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in message:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def chunk(field: int, content: bytes) -> bytes:
    """A field of the protocol buffer that holds bytes."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return length + struct.pack("<I", crc32c(length)) + content + struct.pack("<I", crc32c(content))


def event(step: int, *values: bytes) -> bytes:
    head = b"\x09" + struct.pack("<d", 1.7e9)
    if step:
        head += b"\x10" + varint(step & 0xFFFFFFFFFFFFFFFF)
    return head + chunk(5, b"".join(chunk(1, value) for value in values))


def simple(tag: str, value: float) -> bytes:
    """Summary.Value with simple_value, as SummaryWriter.add_scalar writes it."""
    return chunk(1, tag.encode()) + b"\x15" + struct.pack("<f", value)


def tensor(tag: str, dtype: int, content: bytes) -> bytes:
    """Summary.Value with a TensorProto; ``content`` holds its fields after dtype."""
    return chunk(1, tag.encode()) + chunk(8, b"\x08" + varint(dtype) + content)


def text(tag: str, content: str) -> bytes:
    return tensor(tag, 7, chunk(8, content.encode()))


def scalar(step: int, tag: str, value: float) -> bytes:
    return record(event(step, simple(tag, value)))


FIRST = record(b"\x09" + struct.pack("<d", 1.7e9) + chunk(3, b"brain.Event:2"))


def write(path: Path, *records: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(FIRST + b"".join(records))
    return path
