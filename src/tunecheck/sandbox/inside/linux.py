"""Linux: the few calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from functools import cache

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38


@cache
def libc() -> ctypes.CDLL:
    """The C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def machine() -> str:
    """The name of the processor's kind: x86_64, aarch64, ..."""
    return os.uname().machine


def checked(result: int) -> int:
    """The result of a call. Raises the OSError of errno for -1."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def call_prctl(option: int, first: int = 0, second: int = 0) -> int:
    """prctl(2). Raises OSError."""
    longs = [ctypes.c_ulong(value) for value in (first, second, 0, 0)]
    return checked(libc().prctl(ctypes.c_int(option), *longs))


def die_with_parent(parent: int) -> None:
    """End by SIGKILL when the process ``parent`` does; at once where it is gone already."""
    call_prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def hide_memory() -> None:
    """Let no other process of this user read this one."""
    call_prctl(_PR_SET_DUMPABLE, 0)


def drop_capabilities() -> None:
    """Keep none, of those that bubblewrap needed to become another user."""
    version, nobody = 0x20080522, 0
    header = ctypes.create_string_buffer(struct.pack("Ii", version, nobody))
    none = ctypes.create_string_buffer(24)
    checked(libc().capset(header, none))


def renounce_privileges() -> None:
    """No program started from here on has more rights than this process; seccomp and Landlock demand it."""
    call_prctl(_PR_SET_NO_NEW_PRIVS, 1)
