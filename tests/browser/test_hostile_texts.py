"""Hostile texts in a real browser: it builds what was written, asks for nothing and opens no dialog."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tests.browser import playwright_page
from tests.browser.playwright_page import Watch
from tests.web.dom_rules import beyond, text_of
from tests.web.hostile_texts import HOSTILE
from tunecheck.web.rendering import ALLOWED, raw, rendered

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.playwright_page import OpenPage

pytestmark = pytest.mark.browser

_SECTION = '<section id="{}">{}</section>\n'
_WAIT_FOR_SCRIPTS = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))"


class Pages(BaseHTTPRequestHandler):
    """Serves the page that the server holds, without a content policy, so that only the text's own safety counts."""

    def do_GET(self) -> None:
        found = self.path == "/"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.page.encode("utf-8") if found else b"")  # type: ignore[attr-defined]

    def log_message(self, *args: object) -> None:
        pass


class Site(ThreadingHTTPServer):
    page = ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site(("127.0.0.1", 0), Pages)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("show", [rendered, raw])
def test_the_browser_builds_each_text_as_it_was_written(show: object, open_page: OpenPage, site: Site) -> None:
    assert callable(show)
    views = {name: show(text) for name, text in HOSTILE if len(text) < 20_000}
    site.page = "<!doctype html><title>texts</title>" + "".join(_SECTION.format(*view) for view in views.items())
    page = open_page(site.origin)
    page.goto(site.origin)
    page.evaluate(_WAIT_FOR_SCRIPTS)
    built = page.evaluate("() => [...document.querySelectorAll('body > section')].map(e => [e.id, e.innerHTML])")
    assert [name for name, _ in built] == list(views)
    for name, html in built:
        assert beyond(html, ALLOWED) == [], name
        assert text_of(html) == text_of(views[name]), name


def test_the_watch_sees_a_dialog_a_stranger_and_an_error(playwright_browser: Browser, site: Site) -> None:
    context = playwright_browser.new_context()
    watch = Watch(context, site.origin)
    site.page = "<img src=https://off-origin.example/x.png onerror='alert(1); missing()'><img src=/own.png>"
    page = context.new_page()
    with page.expect_event("pageerror"):
        page.goto(site.origin)
    context.close()
    assert watch.dialogs == ["1"]
    assert watch.strangers == ["https://off-origin.example/x.png"]
    assert re.findall("missing is not defined", watch.errors[0])
    with pytest.raises(AssertionError):
        watch.assert_quiet()


def test_without_playwright_a_test_is_skipped_at_home_and_fails_under_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="playwright is not installed"):
        playwright_page.started()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="playwright is not installed"):
        playwright_page.started()
