"""Checksums of TFRecord."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.training.crc32c import masked_crc32c


def plain_crc32c(message: bytes) -> int:
    """Bit by bit, as RFC 3720 defines it."""
    crc = 0xFFFFFFFF
    for byte in message:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def test_the_examples_of_rfc_3720_come_out() -> None:
    # RFC 3720, appendix B.4.
    examples = {bytes(32): 0x8A9136AA, b"\xff" * 32: 0x62A8AB43, bytes(range(32)): 0x46DD794E}
    assert masked_crc32c(list(examples)) == [masked(crc) for crc in examples.values()]


def test_no_messages_have_no_checksums() -> None:
    assert masked_crc32c([]) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=12))
def test_many_messages_at_once_have_the_checksums_of_each_alone(messages: list[bytes]) -> None:
    assert masked_crc32c(messages) == [masked(plain_crc32c(message)) for message in messages]
