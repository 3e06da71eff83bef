"""The command line's own process: threads and memory are set for scoring on a CPU, unless the user has set them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LOOK = """
import os, sys
from tunecheck.cli.process import prepare_process
prepare_process()
assert "torch" not in sys.modules
print(os.environ.get("GOMP_SPINCOUNT"), os.environ.get("OMP_WAIT_POLICY"))
"""


@pytest.mark.parametrize(
    ("given", "seen"),
    [({}, "2000 None"), ({"GOMP_SPINCOUNT": "7"}, "7 None"), ({"OMP_WAIT_POLICY": "active"}, "None active")],
)
def test_a_setting_of_the_user_stands(given: dict[str, str], seen: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, check=True, env=kept | given, text=True)
    assert done.stdout.strip() == seen


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator is set on Linux only")
def test_freed_memory_is_used_again_without_page_faults() -> None:
    """64 MiB taken and given back ten times: the kernel is asked for its pages once."""
    code = """
import resource, sys
if sys.argv[1] == "prepared":
    from tunecheck.cli.process import prepare_process
    prepare_process()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    bytearray(64 * 2**20)
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) * resource.getpagesize() // 2**20)
"""
    faulted = [
        int(subprocess.run([sys.executable, "-c", code, how], capture_output=True, check=True, text=True).stdout)
        for how in ("plain", "prepared")
    ]
    assert faulted[1] < 0.5 * faulted[0]
