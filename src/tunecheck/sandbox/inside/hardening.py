"""Hardening: what a process gives up before it runs anything of others; there is no way back."""

from __future__ import annotations

import os
import resource
from collections.abc import Collection

from . import landlock, seccomp
from .linux import die_with_parent


def limit_all(*, memory_bytes: int, n_threads: int) -> None:
    """Limit this process and those forked from it: address space, threads and processes, the size of files."""
    wanted = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_NPROC: n_threads,
        resource.RLIMIT_FSIZE: 1 << 20,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        # A container may have set a lower one, which cannot be raised.
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def shut_in(*, parent: int, cpu_s: int, keep: Collection[int], ruleset: int | None) -> None:
    """Make a freshly forked child harmless. Raises OSError where a layer cannot be put on.

    keep     descriptors that stay open besides 0 to 2, which are /dev/null
    ruleset  of Landlock, or None where the kernel has none
    """
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    die_with_parent(parent)
    if ruleset is not None:
        landlock.restrict(ruleset)
    _close_all_but(keep)
    seccomp.restrict(seccomp.compile_own(os.getpid()))


def _close_all_but(keep: Collection[int]) -> None:
    start = 3
    for kept in sorted(keep):
        os.closerange(start, kept)
        start = kept + 1
    os.closerange(start, 1 << 16)
