"""Landlock: which files a process may open from here on, whoever's they are (landlock(7), Linux 5.13)."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Sequence

from .linux import checked, libc

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
# All rights of the first version: bits 0 to 12. Later ones added REFER, TRUNCATE and IOCTL_DEV.
_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2

READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE


def version() -> int:
    """The version of Landlock that the kernel offers, or 0 where it is missing or switched off."""
    try:
        return checked(_syscall(_CREATE_RULESET, 0, 0, _VERSION))
    except OSError:
        return 0


def make_ruleset(readable: Sequence[str | int], writable: Sequence[str] = (), devices: Sequence[str] = ()) -> int:
    """A ruleset as a file descriptor: only these folders may be read or written in; no TCP, no signals to outside.

    ``readable`` may hold descriptors. What does not exist is passed over. Raises OSError without Landlock.
    """
    offered = version()
    rights = _RIGHTS_BY_VERSION[max(known for known in _RIGHTS_BY_VERSION if known <= max(offered, 1))]
    network = _BIND_TCP | _CONNECT_TCP if offered >= 4 else 0
    scoped = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if offered >= 6 else 0
    fields = 3 if offered >= 6 else 2 if offered >= 4 else 1
    attributes = ctypes.create_string_buffer(struct.pack("QQQ", rights, network, scoped)[: 8 * fields], 8 * fields)
    ruleset = checked(_syscall(_CREATE_RULESET, ctypes.addressof(attributes), 8 * fields, 0))
    for path in readable:
        _allow(ruleset, path, READ & rights)
    for path in writable:
        _allow(ruleset, path, rights & ~_EXECUTE)
    for path in devices:
        _allow(ruleset, path, (_READ_FILE | _WRITE_FILE) & rights)
    return ruleset


def restrict(ruleset: int) -> None:
    """Put a ruleset on this process; it cannot be taken off. Raises OSError."""
    checked(_syscall(_RESTRICT_SELF, ruleset, 0))


def _allow(ruleset: int, path: str | int, rights: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC) if isinstance(path, str) else path
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(folder).st_mode):
            rights &= _OF_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, folder), 12)
        checked(_syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.addressof(rule), 0))
    finally:
        if isinstance(path, str):
            os.close(folder)


def _syscall(number: int, *arguments: int) -> int:
    return int(libc().syscall(ctypes.c_long(number), *(ctypes.c_long(value) for value in arguments)))
