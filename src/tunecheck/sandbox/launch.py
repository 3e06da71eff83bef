"""Launch: how a worker's process is started, outer layers first, on this machine and as this user."""

from __future__ import annotations

import compileall
import json
import os
import platform
import pwd
import random
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tunecheck.core import Tier
from tunecheck.errors import CannotRun

INSIDE = Path(__file__).parent / "inside"
MACHINES = ("x86_64", "aarch64")
# Ids that no account has by convention (systemd gives them to services that have no account either).
_FREE_IDS = range(61_184, 65_520)
_NOBODY = 65_534
# A program may have so many.
N_THREADS = 64
_SCRATCH_BYTES = 64 << 20
_MOUNTED_AT = "/sandbox"
_TEMPORARY = "/tmp"  # noqa: S108 (inside of the sandbox, which nobody shares)
_START = "import sys, json; sys.path.insert(0, {!r}); from inside.zygote import main; main({}, json.loads({!r}))"
# Not -I, which would pass over PYTHONHASHSEED: verdicts are not to depend on the order of sets.
_FLAGS = ("-s", "-S", "-P", "-B")
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/usr/bin:/bin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What to start.

    packages    the packages of this environment are there
    memory_mib  address space of each process
    processor   the one to run on; None leaves that to the system
    """

    tier: Tier
    packages: bool = False
    memory_mib: int = 1024
    processor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """The Python that programs run on: its executable, the folder of its library, and of packages."""

    executable: str
    prefix: str
    packages: tuple[str, ...]

    @property
    def folders(self) -> tuple[str, ...]:
        """What has to be readable for it, besides /usr."""
        own = (self.prefix, *self.packages)
        return tuple(folder for folder in own if not _is_below(folder, "/usr"))


@cache
def find_interpreter(*, packages: bool = False) -> Interpreter:
    """This process's own Python, without its virtual environment. Raises CannotRun where a home lies in its folder."""
    executable, prefix = os.path.realpath(sys.executable), os.path.realpath(sys.base_prefix)
    home = os.path.realpath(Path.home())
    if prefix == "/" or _is_below(home, prefix):
        raise CannotRun(
            f"Python's folder {prefix} holds your home, and would be shown to the programs that run",
            hint="use a Python with a folder of its own, such as a virtual environment of /usr/bin/python3",
        )
    found = tuple(path for path in map(os.path.realpath, sys.path) if path.endswith(("site-packages", "dist-packages")))
    return Interpreter(executable=executable, prefix=prefix, packages=found if packages else ())


@cache
def bubblewrap() -> tuple[str, str] | None:
    """Path and version of bubblewrap, or None where it is not installed."""
    path = shutil.which("bwrap")
    if path is None:
        return None
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=10, env={})  # noqa: S603
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return (path, found[0]) if found else None


def start(wanted: Start) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process of a worker, and the channel to the zygote in it. Raises CannotRun, and OSError."""
    _compile_inside()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        command, user = _command(wanted, theirs.fileno())
        process = subprocess.Popen(  # noqa: S603
            command,
            env=_ENVIRONMENT if wanted.tier == "B" else {},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
            cwd="/",
            **user,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, ours


@cache
def _compile_inside() -> None:
    """Have the modules inside compiled, as installing does: the zygote is smaller then, and so are its forks."""
    compileall.compile_dir(INSIDE, maxlevels=0, quiet=2)


def _command(wanted: Start, control: int) -> tuple[list[str], dict[str, Any]]:
    """What to type, and the user to become."""
    python = find_interpreter(packages=wanted.packages)
    is_root = os.geteuid() == 0
    free = _free_id() if is_root else None
    # Another user cannot enter a private home: then the privileges go as the first act inside, where all is in reach.
    private = [folder for folder in (*python.folders, str(INSIDE.parent)) if is_root and not _is_open_to_all(folder)]
    settings: dict[str, Any] = {
        "uid": free if private else None,
        "readable": ["/usr", "/lib", "/lib64", "/bin", *python.folders, str(INSIDE.parent)],
        "private": private if wanted.tier == "B" else [],
        "scratch": None,
        "owns_processes": wanted.tier == "A",
        "packages": list(python.packages),
        "preloaded": ["numpy"] if wanted.packages else [],
        "processor": wanted.processor,
        "memory_bytes": wanted.memory_mib << 20,
        # Without a user or a namespace of their own, the user's other threads count as well.
        "n_threads": N_THREADS + (0 if is_root or wanted.tier == "A" else _threads_of(os.getuid())),
    }
    user: dict[str, Any] = {"user": free, "group": free, "extra_groups": []} if is_root and not private else {}
    if wanted.tier == "B":
        run = _START.format(str(INSIDE.parent), control, json.dumps(settings))
        return [python.executable, *_FLAGS, "-c", run], user
    found = bubblewrap()
    if found is None:
        raise CannotRun("bubblewrap is not installed", hint=install_line())
    path, version = found
    release = tuple(map(int, version.split(".")[:2]))
    has_scratch = release >= (0, 6)  # Before, a tmpfs had no limit of its own.
    settings |= {
        "readable": [*settings["readable"], _MOUNTED_AT],
        "scratch": f"{_TEMPORARY}/scratch" if has_scratch else None,
    }
    run = _START.format(_MOUNTED_AT, control, json.dumps(settings))
    shut = _namespaces(in_user_namespace=not private, release=release)
    return [path, *shut, *_mounts(python, has_scratch=has_scratch), python.executable, *_FLAGS, "-c", run], user


def _namespaces(*, in_user_namespace: bool, release: tuple[int, ...]) -> list[str]:
    shut = ["--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    shut += ["--unshare-cgroup-try", "--hostname", "sandbox", "--cap-drop", "ALL", "--clearenv"]
    shut += [part for name, value in _ENVIRONMENT.items() for part in ("--setenv", name, value)]
    if not in_user_namespace:
        return [*shut, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    shut += ["--unshare-user", "--uid", str(_NOBODY), "--gid", str(_NOBODY)]
    return [*shut, "--disable-userns"] if release >= (0, 8) else shut


def _mounts(python: Interpreter, *, has_scratch: bool) -> list[str]:
    """The system's libraries and Python, read-only; no /proc, no /etc, no home."""
    mounts = ["--ro-bind", "/usr", "/usr"]
    for folder in ("/lib", "/lib64", "/bin", "/nix/store"):
        if Path(folder).is_symlink():
            mounts += ["--symlink", str(Path(folder).readlink()), folder]
        elif Path(folder).is_dir():
            mounts += ["--ro-bind", folder, folder]
    if has_scratch:
        # Before all that may lie below it. The order matters: both options are about the mount that follows.
        mounts += ["--perms", "1777", "--size", str(_SCRATCH_BYTES), "--tmpfs", _TEMPORARY]
    for folder in python.folders:
        # Else the folders above are made as private as they are outside.
        above = reversed(Path(folder).parents) if has_scratch else ()
        missing = [str(one) for one in above if str(one) not in ("/", _TEMPORARY)]
        mounts += [part for one in missing for part in ("--perms", "0755", "--dir", one)]
        mounts += ["--ro-bind", folder, folder]
    mounts += ["--ro-bind", str(INSIDE), f"{_MOUNTED_AT}/inside", "--dev", "/dev"]
    return [*mounts, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]


def install_line() -> str:
    """What a person types to get bubblewrap on this machine."""
    for tool, line in (
        ("apt-get", "sudo apt-get install bubblewrap"),
        ("dnf", "sudo dnf install bubblewrap"),
        ("zypper", "sudo zypper install bubblewrap"),
        ("pacman", "sudo pacman -S bubblewrap"),
        ("apk", "sudo apk add bubblewrap"),
    ):
        if shutil.which(tool):
            return line
    return "install bubblewrap with the system's package manager"


def unsupported() -> str:
    """Why no program can be shut in on this kind of machine, or ""."""
    if sys.platform != "linux":
        return f"the sandbox needs Linux, and this is {platform.system()}"
    if platform.machine() not in MACHINES:
        return f"the sandbox knows the system calls of {' and '.join(MACHINES)}, not of {platform.machine()}"
    if sys.maxsize < 2**32:
        return "the sandbox needs a 64-bit Python"
    return "" if hasattr(os, "pidfd_open") else "the sandbox needs Linux 5.3 and a Python that knows it"


def _free_id() -> int:
    """A user that nobody is: another one for each worker, so that their limits on threads do not touch."""
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    return next((one for one in random.sample(_FREE_IDS, 64) if one not in taken), _NOBODY)


def _threads_of(user: int) -> int:
    """How many threads a user has now."""
    found = 0
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and folder.stat().st_uid == user:
                found += len(list((folder / "task").iterdir()))
        except OSError:
            continue  # It has ended meanwhile.
    return found


def _is_open_to_all(folder: str) -> bool:
    """Whether any user may read this folder and enter all above it."""
    path = Path(folder)
    return bool(path.stat().st_mode & 0o005 == 0o005) and all(one.stat().st_mode & 0o001 for one in path.parents)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")
