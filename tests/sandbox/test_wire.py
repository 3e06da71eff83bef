"""Wire: a frame arrives as it was sent, and what is no frame is told from a side that has gone."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tunecheck.sandbox.inside.wire import LONGEST_FRAME, Closed, Malformed, Wire

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def framed(text: bytes, length: int | None = None) -> bytes:
    return struct.pack(">I", len(text) if length is None else length) + text


@pytest.mark.parametrize("content", [None, 1, "é\ud800", [1.5, {"a": []}], {"n": float("inf")}, 10**4000], ids=type)
def test_a_frame_arrives_as_it_was_sent(ends: Ends, content: Any) -> None:
    Wire(ends[0]).send(content)
    assert Wire(ends[1]).receive() == content


def test_frames_that_come_together_are_taken_one_by_one(ends: Ends) -> None:
    ends[0].sendall(framed(b"1") + framed(b"[2]") + framed(b'"3"'))
    wire = Wire(ends[1])
    assert [wire.receive() for _ in range(3)] == [1, [2], "3"]


def test_a_large_frame_arrives_in_pieces(ends: Ends) -> None:
    content = ["x" * 999] * 5_000
    sender = threading.Thread(target=Wire(ends[0]).send, args=(content,))
    sender.start()
    assert Wire(ends[1]).receive() == content
    sender.join()


def test_a_frame_over_the_limit_is_not_sent_and_the_next_one_is(ends: Ends) -> None:
    wire = Wire(ends[0])
    with pytest.raises(Malformed, match=f"over the limit of {LONGEST_FRAME:,}"):
        wire.send("x" * LONGEST_FRAME)
    wire.send(1)
    assert Wire(ends[1]).receive() == 1


def test_a_longest_frame_of_ones_own_counts_the_way_it_is_meant(ends: Ends) -> None:
    with pytest.raises(Malformed, match="12 bytes are over the limit of 8"):
        Wire(ends[0], longest_sent=8).send("x" * 10)
    Wire(ends[0], longest_received=8).send("x" * 10)
    with pytest.raises(Malformed, match="a frame of 12 bytes, over the limit of 8"):
        Wire(ends[1], longest_received=8).receive()


def test_a_length_over_the_limit_is_refused_before_anything_is_kept(ends: Ends) -> None:
    ends[0].sendall(framed(b"", 2**32 - 1))
    with pytest.raises(Malformed, match="4,294,967,295 bytes"):
        Wire(ends[1]).receive()


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff\xfe", b"nul", b'{"a": }', b"[" * 500_000, b"1" * 10_000], ids=lambda text: repr(text[:8])
)
def test_what_is_no_json_is_malformed(ends: Ends, text: bytes) -> None:
    sender = threading.Thread(target=ends[0].sendall, args=(framed(text),))
    sender.start()
    with pytest.raises(Malformed, match="no JSON"):
        Wire(ends[1]).receive()
    sender.join()


@pytest.mark.parametrize("sent", [b"", b"\0\0", framed(b'"whole"')[:-2]], ids=["nothing", "half a length", "half"])
def test_a_side_that_has_gone_is_told(ends: Ends, sent: bytes) -> None:
    ends[0].sendall(sent)
    ends[0].close()
    with pytest.raises(Closed):
        Wire(ends[1]).receive()


def test_nothing_can_be_sent_to_a_side_that_has_gone(ends: Ends) -> None:
    ends[1].close()
    with pytest.raises(Closed):
        Wire(ends[0]).send(1)


def test_a_time_limit_holds_for_both_ways(ends: Ends) -> None:
    wire = Wire(ends[0])
    wire.set_timeout(0.01)
    with pytest.raises(TimeoutError):
        wire.receive()
    with pytest.raises(TimeoutError):
        wire.send("x" * 4_000_000)


def test_what_came_before_the_time_limit_is_not_lost_to_the_next_call(ends: Ends) -> None:
    whole = framed(json.dumps(["late"]).encode())
    wire = Wire(ends[1])
    wire.set_timeout(0.01)
    with pytest.raises(TimeoutError):
        wire.receive()
    ends[0].sendall(whole)
    assert wire.receive() == ["late"]
