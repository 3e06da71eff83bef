"""The whole corpus of hostile texts in the report of a review, opened in a real Chromium without the page's policy."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.playwright_page import Watch
from tests.report.example import rewritten
from tests.report.markup import assert_only_our_markup, parsed
from tests.report.test_review_report import result, reviewed
from tests.web.hostile_texts import HOSTILE
from tunecheck.core import RunResult
from tunecheck.report import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

_MARK = "harmless"
# Longer ones are folded, which makes other elements of ours.
_ONE_EXCERPT = 300


# So many texts share a page in the browser, each at every so many-th place.
_PAGEFUL = 7


@pytest.fixture(scope="module")
def plain() -> RunResult:
    check = reviewed(_MARK)
    # The charts hold no text of anybody and are what takes time.
    return result(
        replace(check, measures={name: one for name, one in check.measures.items() if name != "distribution"})
    )


def _with(plain: RunResult, texts: Sequence[str]) -> str:
    turns = itertools.cycle(texts)
    return render(rewritten(plain, lambda own: own.replace(_MARK, next(turns)) if _MARK in own else own), "html")


def test_a_hostile_text_adds_nothing_to_the_structure_of_the_report(plain: RunResult) -> None:
    expected = parsed(_with(plain, [_MARK])).structure
    assert len(HOSTILE) >= 150
    for name, text in HOSTILE:
        markup = parsed(_with(plain, [text]))
        assert_only_our_markup(markup)
        if len(text) <= _ONE_EXCERPT and "\n" not in text:
            assert markup.structure == expected, name


def test_no_hostile_text_acts_in_a_report_without_its_policy(
    playwright_browser: Browser, plain: RunResult, tmp_path: Path
) -> None:
    context = playwright_browser.new_context()
    watch = Watch(context, "file://")
    page = context.new_page()
    for first in range(0, len(HOSTILE), _PAGEFUL):
        html = _with(plain, [text for _, text in HOSTILE[first : first + _PAGEFUL]])
        # Without the policy the markup alone has to hold.
        bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
        assert bare != html
        file = tmp_path / f"{first}.html"
        file.write_text(bare, "utf-8")
        page.goto(file.as_uri())
        assert parsed(page.content()).structure == parsed(bare).structure, first
    watch.assert_quiet()
    context.close()
