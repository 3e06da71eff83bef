"""Retries: how often a question is asked again that met a server in trouble, and how long to wait before."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Longer than that no server is waited for, whatever it asks: the question is asked again on the next run.
MOST_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Times that a question is asked in all, and pauses between them that double, with a random half.

    sleep, rng   what waits, and what draws, so that a test does neither
    """

    n_tries: int = 4
    first_s: float = 1.0
    sleep: Callable[[float], None] = time.sleep
    rng: random.Random = field(default_factory=random.Random)

    def wait(self, n_tried: int, retry_after: str = "") -> None:
        """Pause after so many tries, or as long as the server asks, at most a minute."""
        asked_s = asked_pause_s(retry_after)
        if asked_s is None:
            # Clients that failed at the same moment do not come back at the same moment.
            asked_s = self.first_s * 2.0 ** (n_tried - 1) * self.rng.uniform(0.5, 1.0)
        self.sleep(min(asked_s, MOST_S))


def asked_pause_s(retry_after: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float | None:
    """The seconds that a header Retry-After asks for, in seconds or as a date; None where it asks for nothing readable.

    >>> asked_pause_s("12"), asked_pause_s("soon"), asked_pause_s("-3")
    (12.0, None, None)
    """
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError):
        return None
    # A date without a zone is in UTC: https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats.
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - now()).total_seconds())
