"""Deadline: shuts the connection of an exchange that takes too long, however busy the server looks meanwhile.

A client's own timeouts count from one byte to the next, so that a server which sends one now and then is never late.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import Any

_OPENED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Deadline:
    """Use it in a ``with`` around the exchange, and give ``hear`` to the client as its trace."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def hear(self, event: str, info: Mapping[str, Any]) -> None:
        """What the client does; of interest are the connections that it opens."""
        if event not in _OPENED:
            return
        with self._lock:
            self._socket = info["return_value"].get_extra_info("socket")
            if self.is_over:
                self._shut_socket()

    def _shut(self) -> None:
        with self._lock:
            self.is_over = True
            self._shut_socket()

    def _shut_socket(self) -> None:
        if self._socket is not None:
            # A thread that waits for a byte wakes at this; closing the socket would leave it waiting.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
