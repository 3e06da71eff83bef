"""A headless Chromium, started fresh for each page."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_TIMEOUT_S = 120


class Chromium:
    """Opens pages with an empty profile under ``folder``, and gives back what came of it."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def dom(self, page: Path, *, width: int = 1280, height: int = 1600) -> str:
        """The document after loading, as HTML."""
        return self._run(page, width, height, "--virtual-time-budget=2000", "--dump-dom")

    def screenshot(self, page: Path, *, width: int, height: int, dark: bool = False) -> bytes:
        """The first screen as PNG."""
        picture = self._folder / f"{page.stem}-{width}.png"
        scheme = ("--blink-settings=preferredColorScheme=0",) if dark else ()
        self._run(page, width, height, f"--screenshot={picture}", *scheme)
        return picture.read_bytes()

    def pdf(self, page: Path) -> bytes:
        """The printed page."""
        paper = self._folder / f"{page.stem}.pdf"
        self._run(page, 1280, 1600, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
        return paper.read_bytes()

    def _run(self, page: Path, width: int, height: int, *flags: str) -> str:
        profile = self._folder / "profile"
        shutil.rmtree(profile, ignore_errors=True)
        command = [self._program, *_FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}", *flags]
        done = subprocess.run([*command, page.as_uri()], capture_output=True, timeout=_TIMEOUT_S, check=True)
        return done.stdout.decode("utf-8")


def find(folder: Path) -> Chromium:
    """The Chromium of this machine. Without one the test is skipped, but under CI it fails: there it is installed."""
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        missing = f"no Chromium on PATH (looked for {', '.join(_NAMES)})"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return Chromium(program, folder)
