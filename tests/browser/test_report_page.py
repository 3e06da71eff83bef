"""The report in a real browser: it holds together, fits a phone, asks for nothing and runs nothing."""

from __future__ import annotations

import json
import re
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium, find
from tests.report import example
from tests.report.markup import parsed
from tunecheck.report import render

pytestmark = pytest.mark.browser

# A headless window is never narrower than 500 pixels, so the page is measured in a frame of the wanted width.
_MEASURE = """<script>
const wide = [...document.querySelectorAll("body *:not(svg *)")]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.tagName + "." + e.className);
parent.postMessage(JSON.stringify([innerWidth, document.documentElement.scrollWidth, wide.slice(0, 5)]), "*");
</script></body>"""
_FRAME = """<!doctype html><p id="said"></p>
<iframe src="page.html" width="{width}" height="800" style="border:0"></iframe>
<script>onmessage = e => document.getElementById("said").textContent = e.data</script>"""


class Visits:
    """A web server that only remembers who asked for what."""

    def __init__(self) -> None:
        paths: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                paths.append(self.path)
                self.send_error(404)

            def log_message(self, *args: object) -> None:
                pass

        self.paths = paths
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def visits() -> Iterator[Visits]:
    made = Visits()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()


def saved(folder: Path, page: str, name: str = "report") -> Path:
    path = folder / f"{name}.html"
    path.write_text(page, "utf-8")
    return path


def measured(chromium: Chromium, folder: Path, page: str, width: int) -> object:
    """The width of the frame and of the document in pixels, and what reaches beyond; the policy is lifted for that."""
    open_page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    saved(folder, open_page.replace("</body>", _MEASURE), "page")
    document = chromium.dom(saved(folder, _FRAME.format(width=width), "frame"))
    return json.loads(re.findall(r'<p id="said">(.*?)</p>', document)[0])


def test_hostile_text_leaves_the_document_as_it_was(chromium: Chromium, tmp_path: Path) -> None:
    text = "</pre></style></title></svg><script>document.title='owned'</script><img src=x onerror=alert(1)>\u202e\x00"
    hostile = parsed(chromium.dom(saved(tmp_path, render(example.hostile(text), "html"))))
    harmless = parsed(chromium.dom(saved(tmp_path, render(example.hostile("harmless"), "html"))))
    assert hostile.structure == harmless.structure
    assert "owned'</script>" in hostile.text
    assert not {"script", "img"} & {tag for tag, _ in hostile.elements}


def test_the_browser_reads_the_page_as_it_was_written(chromium: Chromium, tmp_path: Path) -> None:
    page = render(example.hold(), "html")
    assert parsed(chromium.dom(saved(tmp_path, page))).structure == parsed(page).structure


@pytest.mark.parametrize("text", ["", "W" * 3000 + "\u202e" * 50], ids=["usual", "endless"])
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_nothing_reaches_beyond_the_screen(chromium: Chromium, tmp_path: Path, width: int, text: str) -> None:
    page = render(example.hostile(text) if text else example.hold(), "html")
    assert measured(chromium, tmp_path, page, width) == [width, width, []]


def test_the_measurement_would_see_what_reaches_beyond(chromium: Chromium, tmp_path: Path) -> None:
    page = render(example.light(), "html").replace("<footer>", '<footer style="width: 2000px">')
    assert measured(chromium, tmp_path, page, 390) == [390, 2016, ["FOOTER.", "P.", "SPAN.", "P."]]


def test_the_page_asks_the_network_for_nothing(chromium: Chromium, tmp_path: Path, visits: Visits) -> None:
    to = visits.address
    text = (
        f"<img src={to}/img> <link rel=stylesheet href={to}/css> <style>@import '{to}/import';</style> "
        f"<svg><image href={to}/image /></svg> ![x]({to}/markdown) {to}/ "
        f"<meta http-equiv=refresh content='0;url={to}/go'>"
    )
    chromium.dom(saved(tmp_path, render(example.hostile(text), "html")))
    assert visits.paths == []
    chromium.dom(saved(tmp_path, f"<!doctype html><img src={to}/control>", "control"))
    assert "/control" in visits.paths


def test_the_policy_of_the_page_would_stop_what_slipped_in(chromium: Chromium, tmp_path: Path, visits: Visits) -> None:
    slipped = (
        f"<img src={visits.address}/img><link rel=stylesheet href={visits.address}/css>"
        "<script>document.title='owned'</script><p style='color:red' onclick='x()'></p></body>"
    )
    document = chromium.dom(saved(tmp_path, render(example.light(), "html").replace("</body>", slipped)))
    assert visits.paths == []
    assert "<title>owned" not in document


@pytest.mark.parametrize(("width", "height"), [(1280, 1600), (390, 844)])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_first_screen_is_painted_at_its_size(
    chromium: Chromium, tmp_path: Path, width: int, height: int, dark: bool
) -> None:
    picture = chromium.screenshot(
        saved(tmp_path, render(example.light(), "html")), width=width, height=height, dark=dark
    )
    assert struct.unpack(">II", picture[16:24]) == (width, height)
    assert len(picture) > 15_000


def test_the_page_prints(chromium: Chromium, tmp_path: Path) -> None:
    paper = chromium.pdf(saved(tmp_path, render(example.hold(), "html")))
    assert paper.startswith(b"%PDF-")
    assert 4 <= max(int(count) for count in re.findall(rb"/Count (\d+)", paper)) <= 14


def test_without_chromium_a_test_is_skipped_at_home_and_fails_under_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium on PATH"):
        find(tmp_path)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no Chromium on PATH"):
        find(tmp_path)
