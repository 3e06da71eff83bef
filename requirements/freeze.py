"""Write lock.txt, test.txt and bench.txt from three fresh environments: python requirements/freeze.py."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
HEADER = "# Written by requirements/freeze.py from {source}; edit that and run it again.\n"


def freeze(python: Path) -> set[str]:
    """Installed distributions as name==version, without local version labels and without tunecheck itself."""
    command = [python, "-m", "pip", "list", "--format=freeze"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = {line.split("+")[0].strip() for line in listed.stdout.splitlines()}
    return {line for line in lines if not line.lower().startswith(("tunecheck==", "pip==", "setuptools=="))}


def main() -> None:
    """Install one list after the other into one environment, and write what each added."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["python3", "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        before: set[str] = set()
        for source, target in (("base.in", "lock.txt"), ("test.in", "test.txt"), ("bench.in", "bench.txt")):
            wanted = [line for line in (HERE / source).read_text().splitlines() if line and not line.startswith("#")]
            names = [word for line in wanted for word in line.split(maxsplit=1)]
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, *names], check=True, cwd=HERE.parent)
            now = freeze(python)
            added = sorted(now - before, key=str.lower)
            (HERE / target).write_text(HEADER.format(source=source) + "\n".join(added) + "\n")
            before = now


if __name__ == "__main__":
    main()
