"""Wire: frames of JSON over a stream socket, and nothing that could be run."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

LONGEST_FRAME = 8 << 20
_HEADER = struct.Struct(">I")
_PIECE = 1 << 16


class Malformed(Exception):
    """What came is no frame, or not one of JSON."""


class Closed(Exception):
    """The other side has gone."""


class Wire:
    """One end of a stream socket."""

    def __init__(
        self, channel: socket.socket, *, longest_sent: int = LONGEST_FRAME, longest_received: int = LONGEST_FRAME
    ) -> None:
        self._channel = channel
        self._longest_sent, self._longest_received = longest_sent, longest_received
        self._come = b""

    def send(self, content: Any) -> None:
        """One frame. Raises Malformed where it would be too long, Closed, and TimeoutError where there is a limit."""
        text = json.dumps(content, separators=(",", ":")).encode("ascii")
        if len(text) > self._longest_sent:
            raise Malformed(f"{len(text):,} bytes are over the limit of {self._longest_sent:,}")
        try:
            self._channel.sendall(_HEADER.pack(len(text)) + text)
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed from error

    def receive(self) -> Any:
        """The next frame. Raises Malformed, Closed, and TimeoutError where there is a limit."""
        (length,) = _HEADER.unpack(self._take(_HEADER.size))
        if length > self._longest_received:
            raise Malformed(f"a frame of {length:,} bytes, over the limit of {self._longest_received:,}")
        try:
            return json.loads(self._take(length))
        except (ValueError, RecursionError) as error:
            raise Malformed(f"no JSON: {type(error).__name__}") from error

    def set_timeout(self, seconds: float) -> None:
        """How long the next calls may wait."""
        self._channel.settimeout(seconds)

    def _take(self, length: int) -> bytes:
        """So many bytes; most frames come in one piece with their header."""
        parts, n_come = [self._come], len(self._come)
        while n_come < length:
            try:
                part = self._channel.recv(_PIECE)
            except TimeoutError:
                raise
            except OSError as error:
                raise Closed from error
            if not part:
                raise Closed
            parts.append(part)
            n_come += len(part)
        come = parts[0] if len(parts) == 1 else b"".join(parts)
        self._come = come[length:]
        return come[:length]
