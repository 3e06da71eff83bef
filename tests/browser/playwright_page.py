"""Pages in a Chromium that Playwright drives: each in a fresh context, and watched for what no page of ours does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chromium import _FLAGS, find

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, WebError

    OpenPage = Callable[..., Page]

# Names other than this machine's lead nowhere, so that a page under test never reaches the network.
_NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"


class Watch:
    """What the pages of a context did that they must not: dialogs, requests off ``origin``, errors in scripts."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.dialogs: list[str] = []
        self.strangers: list[str] = []
        self.errors: list[str] = []
        self._origin = origin.rstrip("/")
        context.on("dialog", self._on_dialog)
        context.on("request", self._on_request)
        context.on("weberror", self._on_error)

    def assert_quiet(self) -> None:
        assert (self.dialogs, self.strangers, self.errors) == ([], [], [])

    def _on_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        if not f"{request.url}/".startswith(f"{self._origin}/"):
            self.strangers.append(request.url)

    def _on_error(self, error: WebError) -> None:
        self.errors.append(str(error.error))


# Not one for the session: while Playwright is open its event loop counts as running in this thread, and tests elsewhere
# start loops of their own.
@pytest.fixture(scope="package")
def playwright_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for the tests of a folder."""
    chromium = find(tmp_path_factory.mktemp("chromium"))
    with started() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium._program, args=[*_FLAGS, _NOWHERE])
        yield browser
        browser.close()


def started() -> Any:
    """Playwright's driver. Without it the test is skipped, but under CI it fails: there it is installed."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        if os.environ.get("CI") == "true":
            pytest.fail("playwright is not installed")
        pytest.skip("playwright is not installed")
    return sync_playwright()


@pytest.fixture
def open_page(playwright_browser: Browser) -> Iterator[OpenPage]:
    """Opens an empty page for an origin, in a context of its own; at the end each must have been quiet."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def page_of(origin: str, **options: Any) -> Page:
        context = playwright_browser.new_context(**options)
        opened.append((context, Watch(context, origin)))
        return context.new_page()

    yield page_of
    for context, _ in opened:
        context.close()
    for _, watch in opened:
        watch.assert_quiet()
