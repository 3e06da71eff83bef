"""Standard: the standard input and output of a program, which are the tests' to give and to read."""

from __future__ import annotations

import io
from collections.abc import Callable

# Between two answers; what is more is dropped.
MOST_PRINTED = 1 << 18


class Printed(io.RawIOBase):
    """What a program prints, up to a limit; it cannot be closed."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._room = MOST_PRINTED

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, content: object, /) -> int:
        """Keep what there is room for, and pretend to have kept it all."""
        data = bytes(content)  # type: ignore[call-overload]
        if self._room > 0:
            self._parts.append(data[: self._room])
            self._room -= len(data)
        return len(data)

    def close(self) -> None:
        """Nothing: a program that closes its output may go on."""

    def take(self) -> str:
        """What was printed since the last time."""
        if not self._parts:
            return ""
        text = b"".join(self._parts).decode("utf-8", "replace")
        self._parts, self._room = [], MOST_PRINTED
        return text


class Asked(io.RawIOBase):
    """Standard input that somebody else holds, line by line."""

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask
        self._left = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """The next bytes, of one line at most."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        if not self._left:
            self._left = self._ask("readline").encode("utf-8", "surrogatepass")
        part, self._left = self._left[: len(view)], self._left[len(view) :]
        view[: len(part)] = part
        return len(part)


def as_output(printed: Printed) -> io.TextIOWrapper:
    """A sys.stdout, with its buffer, that prints there at once."""
    return io.TextIOWrapper(printed, encoding="utf-8", errors="backslashreplace", write_through=True)  # type: ignore[arg-type]


def as_input(asked: Asked) -> io.TextIOWrapper:
    """A sys.stdin, with its buffer, that reads from there."""
    return io.TextIOWrapper(io.BufferedReader(asked), encoding="utf-8", errors="surrogateescape")
