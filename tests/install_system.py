"""What the tests need besides Python: Chromium, for those that look at the pages as a reader does.

Run by ``make test``. Installs it with apt-get where that is possible without asking anybody; elsewhere says what to
type, and lets the other tests go on, except under CI=true, where a machine without a browser is a mistake.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
APT_COMMANDS = (("apt-get", "update", "-qq"), ("apt-get", "install", "-y", "-qq", "chromium"))
TIMEOUT_S = 300.0


def find_browser() -> str | None:
    """The path of the first browser there is, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def can_install() -> bool:
    """True where apt-get is there and will not ask for a password."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install() -> None:
    """Install Chromium with apt-get. A failure is printed; whether it worked is for find_browser to say."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in APT_COMMANDS:
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


def line_to_type() -> str:
    """What a person types to install Chromium on this machine."""
    return "brew install --cask chromium" if sys.platform == "darwin" else "sudo apt-get install chromium"


def main() -> int:
    """Make sure of Chromium. Returns the exit status: 1 only where it is missing under CI=true."""
    if find_browser() is None and can_install():
        print("Chromium is not installed; installing it with apt-get (some minutes)", flush=True)
        install()
    if find_browser() is not None:
        return 0
    print(f"Chromium is not installed, so the browser tests will be skipped; install it with: {line_to_type()}")
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
