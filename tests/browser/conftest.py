"""The browser that the tests of this folder look at pages with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import Chromium, find


@pytest.fixture
def chromium(tmp_path: Path) -> Chromium:
    return find(tmp_path)
