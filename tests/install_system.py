"""What the tests need besides Python: Chromium, to look at pages as a reader does, and bubblewrap, to shut programs in.

Run by ``make test``. Installs them with apt-get where that is possible without asking anybody; elsewhere says what to
type, and lets the other tests go on, except under CI=true, where a machine without them is a mistake.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """A program of the system: the names it goes by, its package, and which tests are skipped without it."""

    title: str
    names: tuple[str, ...]
    package: str
    tests: str
    line_on_macos: str


NEEDED = (
    Needed(
        title="Chromium",
        names=("chromium", "chromium-browser", "google-chrome"),
        package="chromium",
        tests="the browser tests",
        line_on_macos="brew install --cask chromium",
    ),
    Needed(
        title="bubblewrap",
        names=("bwrap",),
        package="bubblewrap",
        tests="the tests that run generated code",
        line_on_macos="a machine with Linux",
    ),
)


def find(needed: Needed) -> str | None:
    """The path of the first of its names that there is, or None."""
    return next((path for name in needed.names if (path := shutil.which(name))), None)


def can_install() -> bool:
    """True where apt-get is there and will not ask for a password."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install(packages: list[str]) -> None:
    """Install packages with apt-get. A failure is printed; whether it worked is for find to say."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages]):
        try:
            done = subprocess.run(
                command, env=environment, timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL, capture_output=True
            )
        except subprocess.TimeoutExpired:
            print(f"{' '.join(command)}: not done after {TIMEOUT_S:.0f} s", file=sys.stderr)
            return
        if done.returncode != 0:
            last_lines = done.stderr.decode(errors="replace").strip().splitlines()[-3:]
            print(f"{' '.join(command)}: exit status {done.returncode}", *last_lines, sep="\n  ", file=sys.stderr)


def line_to_type(needed: Needed) -> str:
    """What a person types to install it on this machine."""
    return needed.line_on_macos if sys.platform == "darwin" else f"sudo apt-get install {needed.package}"


def main() -> int:
    """Make sure of all that is needed. Returns the exit status: 1 only where something is missing under CI=true."""
    missing = [needed for needed in NEEDED if find(needed) is None]
    if missing and can_install():
        print(f"installing {', '.join(one.title for one in missing)} with apt-get (some minutes)", flush=True)
        install([one.package for one in missing])
        missing = [needed for needed in missing if find(needed) is None]
    for one in missing:
        print(f"{one.title} is not installed, so {one.tests} will be skipped; install it with: {line_to_type(one)}")
    return 1 if missing and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
