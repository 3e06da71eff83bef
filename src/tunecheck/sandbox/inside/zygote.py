"""Zygote: the interpreter that waits in the sandbox with all that programs often need loaded, and forks for each job.

It never runs a program nor reads a test: each job brings a channel on which the tester's process gets its work and
gives its verdict, and the candidate's process is forked before anything came through that channel.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import stat
import sys
import time
from typing import Any, NamedTuple

from . import candidate, landlock, linux, seccomp, tester
from .hardening import limit_all, shut_in

# What programs and tests import most; a fork then has it already.
_PRELOADED = (
    *("abc", "bisect", "collections", "copy", "datetime", "decimal", "enum", "fractions", "functools"),
    *("heapq", "itertools", "math", "operator", "random", "re", "string"),
    *("typing",),
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
# A scratch folder with more in it than this is left to the end of the whole sandbox.
_MOST_REMOVED = 2_000
_LONGEST_REQUEST = 4096
# The scratch folder is looked at so often, and ends a job with so many files in it.
_LOOK_EVERY_S, _MOST_FILES = 0.25, 50_000
# The status of a child that failed by itself.
_BROKEN = 70

Told = dict[str, Any]


class _Home(NamedTuple):
    """Where children are forked: what they may read and write, and whether the processes here are ours alone."""

    ruleset: int | None
    scratch: str | None
    kept: tuple[int, ...]
    owns_processes: bool


def main(control: int, settings: Told) -> None:
    """Serve jobs from the control channel until it closes."""
    channel = socket.socket(fileno=control)
    home = _prepare(settings)
    told = {"python": sys.version.split()[0], "landlock": landlock.version(), "pid": os.getpid(), "uid": os.getuid()}
    channel.send(json.dumps({"ready": told}).encode())
    # Until here it was to tell why nothing starts.
    os.dup2(0, 2)
    while True:
        request, descriptors, _, _ = socket.recv_fds(channel, _LONGEST_REQUEST, 1)
        if not request or not descriptors:
            return
        job = socket.socket(fileno=descriptors[0])
        done = _serve(json.loads(request), job, channel, home)
        channel.send(json.dumps(done).encode())


def _prepare(settings: Told) -> _Home:
    sys.path += settings["packages"]
    for name in (*_PRELOADED, *settings["preloaded"]):
        with contextlib.suppress(ImportError):
            __import__(name)
    readable: list[str | int] = list(settings["readable"])
    kept: tuple[int, ...] = ()
    if settings["private"]:
        kept = _reach_through_descriptors(settings["private"])
        readable += kept
    if settings["uid"] is not None:
        os.setgroups([])
        os.setresgid(settings["uid"], settings["uid"], settings["uid"])
        os.setresuid(settings["uid"], settings["uid"], settings["uid"])
        linux.drop_capabilities()
    linux.die_with_parent(os.getppid())
    linux.hide_memory()
    linux.renounce_privileges()
    scratch = settings["scratch"]
    if scratch:
        os.mkdir(scratch, 0o700)
    os.chdir(scratch or "/")
    ruleset = None
    if landlock.version():
        ruleset = landlock.make_ruleset(readable, [scratch] if scratch else [], _DEVICES)
    if settings["processor"] is not None:
        # A program and its tests take turns: on one processor none has to be woken.
        os.sched_setaffinity(0, {settings["processor"]})
    limit_all(memory_bytes=settings["memory_bytes"], n_threads=settings["n_threads"])
    seccomp.restrict(seccomp.compile_common())
    seccomp.compile_own(0)  # Once, for all children.
    gc.collect()
    gc.freeze()
    return _Home(ruleset, scratch, kept, settings["owns_processes"])


def _reach_through_descriptors(private: list[str]) -> tuple[int, ...]:
    """Keep folders of the module path in reach that lie below one which another user may not enter."""
    kept = []
    for folder in private:
        descriptor = os.open(folder, os.O_PATH)
        packages = [
            module.__path__ for module in sys.modules.values() if isinstance(getattr(module, "__path__", 0), list)
        ]
        for paths in (sys.path, *packages):
            paths[:] = [_moved(path, folder, f"/proc/self/fd/{descriptor}") for path in paths]
        kept.append(descriptor)
    sys.path_importer_cache.clear()
    return tuple(kept)


def _moved(path: str, old: str, new: str) -> str:
    return f"{new}{path[len(old) :]}" if path == old or path.startswith(f"{old}/") else path


def _serve(request: Told, job: socket.socket, control: socket.socket, home: _Home) -> Told:
    """One job: two processes, a time limit for both, and nothing left afterwards."""
    begun_s = time.monotonic()
    ours, theirs = socket.socketpair()
    candidate_pid = _fork(candidate.serve, (theirs,), request["cpu_s"], home)
    theirs.close()
    tester_pid = _fork(tester.run, (job, ours), request["cpu_s"], home)
    ours.close()
    job.close()
    is_late = _wait(tester_pid, control, request["wall_s"], home.scratch)
    ended = {"candidate": _reap(candidate_pid), "tester": _reap(tester_pid)}
    if home.owns_processes:
        # Nothing can have forked; should it have all the same, it ends here.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(-1, signal.SIGKILL)
    is_clean = home.scratch is None or _empty(home.scratch)
    return {"late": is_late, **ended, "clean": is_clean, "wall_s": time.monotonic() - begun_s}


def _fork(work: Any, channels: tuple[socket.socket, ...], cpu_s: int, home: _Home) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = _BROKEN
    try:
        keep = {*(channel.fileno() for channel in channels), *home.kept}
        shut_in(parent=parent, cpu_s=cpu_s, keep=keep, ruleset=home.ruleset)
        work(*channels)
        status = 0
    finally:
        os._exit(status)


def _wait(pid: int, control: socket.socket, wall_s: float, scratch: str | None) -> bool:
    """Wait for a child; True where its time or the scratch folder was used up. Ends all where the harness has gone."""
    ended = os.pidfd_open(pid)
    try:
        waiting = select.poll()
        waiting.register(ended, select.POLLIN)
        waiting.register(control, select.POLLIN)
        deadline_s = time.monotonic() + wall_s
        while True:
            left_s = deadline_s - time.monotonic()
            ready = dict(waiting.poll(max(0.0, min(left_s, _LOOK_EVERY_S)) * 1000))
            if ended in ready:
                return False
            if not ready and (left_s <= _LOOK_EVERY_S or (scratch and _n_files(scratch) > _MOST_FILES)):
                return True
            if not ready:
                continue
            os._exit(0)  # The harness speaks only between jobs: it has gone, and the children follow.
    finally:
        os.close(ended)


def _n_files(folder: str) -> int:
    """Files of the file system that a folder is on; no limit counts them, and each takes memory of the kernel."""
    found = os.statvfs(folder)
    return found.f_files - found.f_ffree


def _reap(pid: int) -> int | None:
    """The status of a child that ended by itself; None for one that is ended here."""
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        return os.waitstatus_to_exitcode(status)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def _empty(folder: str) -> bool:
    """Remove what is in a folder; False where that is too much, or cannot be done."""
    left = _MOST_REMOVED
    waiting = [folder]
    emptied: list[str] = []
    try:
        while waiting:
            current = waiting.pop()
            emptied.append(current)
            with os.scandir(current) as entries:
                for entry in entries:
                    left -= 1
                    if left < 0:
                        return False
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        os.unlink(entry.path)
        for one in reversed(emptied[1:]):
            os.rmdir(one)
        return stat.S_ISDIR(os.lstat(folder).st_mode)
    except OSError:
        return False
