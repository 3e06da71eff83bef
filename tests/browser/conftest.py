"""The browser that the tests of this folder look at pages with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import Chromium, find
from tests.browser.playwright_page import open_page, playwright_browser

__all__ = ["chromium", "open_page", "playwright_browser"]


@pytest.fixture
def chromium(tmp_path: Path) -> Chromium:
    return find(tmp_path)
