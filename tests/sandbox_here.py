"""Whether programs can be shut in on this machine: tests that need it are skipped without, and fail under CI."""

from __future__ import annotations

import os
import shutil

import pytest

WHY_NOT = "bubblewrap is not installed, so no generated code is run; sudo apt-get install bubblewrap"


def need_bubblewrap() -> None:
    """Skip the test where bubblewrap is missing; fail it under CI, where it is installed."""
    if shutil.which("bwrap") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(WHY_NOT)
