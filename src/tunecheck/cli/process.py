"""Settings of the command line's own process that make scoring on a CPU fast; a library must not make them unasked."""

from __future__ import annotations

import ctypes
import os
import sys

# Measured on two cores, in docs/performance.md: threads of libgomp that spin for milliseconds while they wait starve
# when another process wants a core, threads that sleep at once cost a third of the speed when none does. Between these
# two, some tens of microseconds cover the time between two operations of a model.
_SPINS = "2000"

# Names of glibc's malloc.h. Freed activations are kept for the next layer instead of being given back to the kernel,
# which would hand them out again one page fault at a time.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 256 * 2**20


def prepare_process() -> None:
    """To be called before torch is imported: its OpenMP library reads the environment when it is loaded."""
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
    if sys.platform == "linux" and not any(name.startswith("MALLOC_") for name in os.environ):
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # Not in every C library.
        if mallopt is not None:
            mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
            mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
