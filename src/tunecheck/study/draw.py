"""Draw: what chance decides for one rater, from the study's secret alone and so the same on every device."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Everything follows from the secret, in hex, the context and the purpose that each draw names."""

    def __init__(self, secret: str, *context: int | str) -> None:
        self._secret = bytes.fromhex(secret)
        self._context = tuple(map(str, context))

    def digest(self, *parts: int | str) -> bytes:
        """32 bytes that nobody can foretell who lacks the secret."""
        text = "\x00".join((*self._context, *map(str, parts))).encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, text, "sha256")

    def shuffled(self, things: Iterable[T], purpose: str) -> list[T]:
        """The things in an order of their own."""
        numbered = sorted(enumerate(things), key=lambda pair: self.digest(purpose, pair[0]))
        return [thing for _, thing in numbered]

    def below(self, end: int, purpose: str) -> int:
        """A whole number from 0 to ``end`` less 1."""
        return int.from_bytes(self.digest(purpose)[:8], "big") % end

    def token(self, *parts: int | str) -> str:
        """An opaque name, 24 hex digits."""
        return self.digest(*parts).hex()[:24]
