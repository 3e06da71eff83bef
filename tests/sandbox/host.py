"""Host: what a program could have changed on this machine, as it is at one moment."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.sandbox.hostile import MARK
from tunecheck.sandbox.launch import _FREE_IDS

_WATCHED = ("/", "/tmp", "/dev", "/dev/shm", "/var/tmp", "/usr", "/etc", "/run", "/home")
_IPC_KEY = str(0x7E57)
_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Process:
    """One process; its number alone could be another's by now."""

    pid: int
    started: int
    parent: int
    uid: int
    state: str = field(compare=False)

    @property
    def is_there(self) -> bool:
        """Whether it has not ended."""
        now = process(self.pid)
        return now is not None and now.started == self.started and now.state != "Z"

    @property
    def memory_bytes(self) -> int:
        """What it holds of the machine's memory, as far as it is its own."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()
        return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The state of this machine, of which no program may change anything.

    bait         of each file of bait: all that can be known of it
    left         files that bear the mark of a hostile program or belong to a user of the sandbox
    listening    sockets of such users, or with the mark, that wait for somebody
    ipc          shared memory, queues and semaphores of System V, as far as they are of such users or have the key
    descriptors  how many this process has open
    """

    bait: tuple[tuple[object, ...], ...]
    left: frozenset[str]
    listening: frozenset[str]
    ipc: frozenset[str]
    descriptors: int


def look(bait: Path) -> Host:
    """The state of this machine now."""
    return Host(
        bait=tuple(_known_of(path) for path in (bait, *sorted(bait.rglob("*")))),
        left=frozenset(_left()),
        listening=frozenset(_listening()),
        ipc=frozenset(_ipc()),
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
    )


def make_bait(folder: Path) -> None:
    """Files and folders that anybody may read and write, so that nothing but the sandbox protects them."""
    folder.chmod(0o777)
    (folder / "bait").write_text("bait")
    (folder / "bait").chmod(0o666)
    with suppress(OSError):  # Not every file system has them.
        os.setxattr(folder / "bait", "user.bait", b"bait")
    (folder / "folder").mkdir()
    (folder / "folder" / "inner").touch()
    (folder / "folder").chmod(0o777)
    (folder / "link").symlink_to("bait")


def processes() -> dict[int, Process]:
    """All processes of this machine."""
    found = (process(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit())
    return {one.pid: one for one in found if one is not None}


def process(pid: int) -> Process | None:
    """The process of this number, or None."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    uid = int(status.partition("\nUid:")[2].split()[0])
    return Process(pid=pid, started=int(fields[19]), parent=int(fields[1]), uid=uid, state=fields[0])


def descendants(pid: int) -> set[Process]:
    """All processes that this one started, and that those started."""
    children: dict[int, list[Process]] = {}
    for one in processes().values():
        children.setdefault(one.parent, []).append(one)
    found: set[Process] = set()
    waiting = [pid]
    while waiting:
        new = children.get(waiting.pop(), [])
        found |= set(new)
        waiting += [one.pid for one in new]
    return found


def orphans(known: Collection[Process]) -> list[Process]:
    """Those of these that are still there, and what else their users have, who are nobody else."""
    uids = {one.uid for one in known} - {os.geteuid()}
    there = [one for one in processes().values() if one.uid in uids and one.state != "Z"]
    return [*there, *(one for one in known if one.is_there and one not in there)]


def _known_of(path: Path) -> tuple[object, ...]:
    found = path.lstat()
    names = os.listxattr(path, follow_symlinks=False)
    content = path.read_bytes() if stat.S_ISREG(found.st_mode) else ""
    return (
        str(path), found.st_mode, found.st_uid, found.st_gid, found.st_nlink, found.st_size, found.st_mtime_ns,
        found.st_ctime_ns, tuple((name, os.getxattr(path, name)) for name in names), content,
    )  # fmt: skip


def _is_foreign(uid: int) -> bool:
    return os.geteuid() == 0 and (uid in _FREE_IDS or uid == 65_534)


def _left() -> Iterator[str]:
    for folder in {*_WATCHED, tempfile.gettempdir(), str(Path.home()), str(Path.cwd())}:
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            try:
                if MARK in entry.name or _is_foreign(entry.stat(follow_symlinks=False).st_uid):
                    yield entry.path
            except OSError:
                continue  # Somebody else's, and gone meanwhile.


def _listening() -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and _is_foreign(int(fields[7])):
                yield line
    yield from (line for line in Path("/proc/net/unix").read_text().splitlines() if MARK in line)


def _ipc() -> Iterator[str]:
    for path in Path("/proc/sysvipc").iterdir():
        head, *rows = (line.split() for line in path.read_text().splitlines())
        for row in rows:
            told = dict(zip(head, row, strict=False))
            if told["key"] == _IPC_KEY or _is_foreign(int(told["uid"])):
                yield f"{path.name}: {' '.join(row)}"
