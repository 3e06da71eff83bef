"""Users: programs are shut in alike for root and for an ordinary user, in a Python that everybody may read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tunecheck
from tests.sandbox_here import need_bubblewrap

PYTHON = Path("/usr/bin/python3")
NOBODY = 65_534
# What the sandbox needs of the package; all of it is standard library only.
PARTS = ("core", "errors.py", "sandbox")
SCRIPT = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from tunecheck.core import CodeJob, CodeProblem
from tunecheck.sandbox import Sandbox

def job(text, test):
    problem = CodeProblem(id="p", prompt="", tests=(test,))
    return CodeJob(problem=problem, kind="program", text=text, timeout_s=10.0)

ADD = "def add(a, b): return a + b"
WHO = "import os\\ndef who(): return [os.getuid(), os.geteuid(), os.getgid(), os.getgroups()]"
SEES = "import os\\ndef sees(path): return os.access(path, os.R_OK)"
with Sandbox(sys.argv[2], n_workers=1) as sandbox:
    found = sandbox.run([
        job(ADD, "assert add(1, 2) == 3"),
        job(ADD, "assert add(1, 2) == 4"),
        job("import os\\ndef add(a, b): os._exit(0)", "assert add(1, 2) == 3"),
        job(WHO, "user, effective, group, others = who()\\nassert 0 not in [user, effective, group, *others]"),
        job(WHO, "assert who() == 0"),
        job(SEES, "assert not sees('/etc/shadow') and not sees('/root') and not sees(%r)" % sys.argv[1]),
    ])
    print(json.dumps([sandbox.tier, os.geteuid(), [one.verdict for one in found]]))
"""


@pytest.fixture(scope="module")
def copied() -> Iterator[Path]:
    """A copy of what is needed, in a folder that everybody may read."""
    if not PYTHON.exists():
        pytest.skip(f"{PYTHON} is not there: no Python that everybody may read")
    version = subprocess.run([PYTHON, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True)  # noqa: PLW1510
    if version.stdout.strip() != b"True":
        pytest.skip(f"{PYTHON} is older than 3.11")
    folder = Path(tempfile.mkdtemp(prefix="tunecheck-users-"))
    package = folder / "tunecheck"
    package.mkdir()
    (package / "__init__.py").write_text("")
    source = Path(tunecheck.__file__).parent
    for part in PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, package / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source / part, package / part)
    for one in (folder, *folder.rglob("*")):
        one.chmod(0o755 if one.is_dir() else 0o644)
    yield folder
    shutil.rmtree(folder)


def ran(copied: Path, tier: str, user: int) -> Any:
    if tier == "A":
        need_bubblewrap()
    if user != os.geteuid() and os.geteuid() != 0:
        pytest.skip("only root can start something as another user")
    others: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    command = [str(PYTHON), "-B", "-c", SCRIPT, str(copied), tier]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, env=environment, cwd="/", **others)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.parametrize("user", [0, NOBODY], ids=["root", "ordinary user"])
@pytest.mark.parametrize("tier", ["A", "B"])
def test_verdicts_are_the_same_and_no_program_is_root(copied: Path, tier: str, user: int) -> None:
    if user == 0 and os.geteuid() != 0:
        pytest.skip("only root can be root")
    found_tier, found_user, verdicts = ran(copied, tier, user)
    assert (found_tier, found_user) == (tier, user)
    assert verdicts[:5] == ["pass", "wrong", "crash", "pass", "wrong"]
    # Without namespaces a program sees which files there are, though it cannot read them.
    assert tier == "B" or verdicts[5] == "pass"
