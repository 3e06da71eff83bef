"""Pages of the example runs, rendered once."""

from __future__ import annotations

import pytest

from tests.report import example
from tests.report.markup import Markup, parsed
from tunecheck.report import render


@pytest.fixture(scope="session")
def hold_page() -> str:
    return render(example.hold(), "html")


@pytest.fixture(scope="session")
def hold_markup(hold_page: str) -> Markup:
    return parsed(hold_page)
