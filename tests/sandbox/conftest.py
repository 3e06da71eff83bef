"""The sandbox that the tests of this folder run programs in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox_here import need_bubblewrap
from tunecheck.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One of tier A, without packages."""
    need_bubblewrap()
    with Sandbox("A") as opened:
        yield opened
