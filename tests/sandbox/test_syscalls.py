"""System calls: the tables are the kernel's own, and the filters answer each call as they should."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.sandbox.bpf import ALLOW, ARCHES, KILL, strictest
from tunecheck.sandbox.inside.seccomp import compile_common, compile_own
from tunecheck.sandbox.inside.syscalls import DENIED, FILTERED, FIRST_UNKNOWN

MACHINES = ("x86_64", "aarch64")
HEADERS = {
    "x86_64": (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm/unistd_64.h")),
    "aarch64": (Path("/usr/include/asm-generic/unistd.h"),),
}
_NUMBER = re.compile(r"#define\s+__NR(3264)?_(\w+)\s+(\d+)\s*$", re.MULTILINE)
_ALIAS = re.compile(r"#define\s+__NR_(\w+)\s+__NR3264_(\w+)", re.MULTILINE)
# Alias of another name that 64-bit machines do not have; it is in no table.
_OF_32_BITS = ("fcntl64", "statfs64", "fstatfs64", "truncate64", "ftruncate64", "fstatat64", "fstat64", "mmap2")
PID, OTHER, ZYGOTE = 4321, 4322, 1


def headers(name: str) -> dict[str, int]:
    """The numbers of calls by name, as the headers that are installed say."""
    header = next((path for path in HEADERS[name] if path.exists()), None)
    if header is None:
        pytest.skip(f"the kernel's headers for {name} are not installed (linux-libc-dev)")
    text = header.read_text()
    numbers = {call: int(number) for is_64, call, number in _NUMBER.findall(text) if not is_64}
    by_width = {call: int(number) for is_64, call, number in _NUMBER.findall(text) if is_64}
    aliases = {call: by_width[other] for call, other in _ALIAS.findall(text) if other in by_width}
    return {call: number for call, number in {**aliases, **numbers}.items() if call not in _OF_32_BITS}


@pytest.mark.parametrize("place", [0, 1], ids=MACHINES)
def test_the_tables_are_those_of_the_kernel(place: int) -> None:
    known = headers(MACHINES[place])
    tables = {**DENIED, **FILTERED}
    wrong = {
        call: (numbers[place], known[call])
        for call, numbers in tables.items()
        if known.get(call, numbers[place]) != numbers[place]
    }
    assert wrong == {}
    # A header may be older than the tables; what it should know and does not is not there on this machine.
    newest = max(known.values())
    missing = [call for call, numbers in tables.items() if call not in known and (numbers[place] or 0) <= newest]
    assert [call for call in missing if tables[call][place] is not None] == []


@pytest.mark.parametrize("place", [0, 1], ids=MACHINES)
def test_no_number_stands_for_two_calls_nor_for_one_from_the_future(place: int) -> None:
    numbers = [one[place] for one in (*DENIED.values(), *FILTERED.values()) if one[place] is not None]
    assert len(set(numbers)) == len(numbers)
    assert max(number for number in numbers if number is not None) < FIRST_UNKNOWN


MUST_BE_DENIED = (
    *("fork", "vfork", "execve", "execveat", "socket", "connect", "bind", "listen", "accept", "accept4", "ptrace"),
    *("process_vm_readv", "process_vm_writev", "pidfd_getfd", "pidfd_send_signal", "tkill", "rt_sigqueueinfo"),
    *("rt_tgsigqueueinfo", "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount"),
    *("fsopen", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "keyctl", "add_key"),
    *("setuid", "setresuid", "setgroups", "capset", "init_module", "finit_module", "kexec_load", "reboot", "swapon"),
    *("clock_settime", "settimeofday", "syslog", "open_by_handle_at", "memfd_create", "shmget", "msgget", "semget"),
    *("mq_open", "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchownat", "utimensat", "setxattr", "mknodat"),
    *("inotify_init1", "fanotify_init", "setpriority", "sched_setaffinity", "personality", "process_madvise"),
)


@pytest.mark.parametrize("call", MUST_BE_DENIED)
def test_a_call_that_reaches_out_of_the_sandbox_is_denied(call: str) -> None:
    answers = [answer(name, number) for name, number in zip(MACHINES, DENIED[call], strict=True) if number is not None]
    assert answers
    assert set(answers) == {"EPERM"}


def answer(name: str, number: int, *args: int, arch: str = "") -> str:
    filters = (compile_common(name), compile_own(PID, name))
    return strictest(filters, ARCHES[arch or name], number, args)


def call(name: str, which: str, *args: int) -> str:
    return answer(name, FILTERED[which][MACHINES.index(name)], *args)


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def test_a_process_may_signal_itself_and_nobody_else(machine: str) -> None:
    for which in ("kill", "tgkill"):
        assert call(machine, which, PID, 9) == ALLOW
        for other in (OTHER, ZYGOTE, 0, 2**32 - 1, 2**32 - PID):
            assert call(machine, which, other, 9) == "EPERM"


def test_each_process_has_a_filter_of_its_own() -> None:
    number = FILTERED["kill"][0]
    assert strictest((compile_own(OTHER, "x86_64"),), ARCHES["x86_64"], number, (OTHER, 9)) == ALLOW
    assert strictest((compile_own(OTHER, "x86_64"),), ARCHES["x86_64"], number, (PID, 9)) == "EPERM"


def test_threads_can_be_started_and_processes_cannot(machine: str) -> None:
    of_glibc = 0x3D0F00
    assert of_glibc & 0x10000
    assert call(machine, "clone", of_glibc) == ALLOW
    assert call(machine, "clone", 17) == "EPERM"
    assert call(machine, "clone", 0x4000 | 0x100 | 17) == "EPERM"
    assert call(machine, "clone3", 0) == "ENOSYS"
    assert "clone3" in FILTERED


def test_limits_may_be_read_and_set_for_oneself_only(machine: str) -> None:
    assert call(machine, "prlimit64", 0) == call(machine, "prlimit64", PID) == ALLOW
    assert call(machine, "prlimit64", OTHER) == "EPERM"


def test_a_program_cannot_outlive_the_harness(machine: str) -> None:
    assert call(machine, "prctl", 1, 0) == "EPERM"
    assert call(machine, "prctl", 15) == ALLOW


def test_pairs_of_sockets_are_streams_between_oneself(machine: str) -> None:
    unix, internet, stream, datagram, packets = 1, 2, 1, 2, 5
    flags = 0o2000000 | 0o4000
    assert call(machine, "socketpair", unix, stream) == call(machine, "socketpair", unix, stream | flags) == ALLOW
    for family, kind in ((unix, datagram), (unix, datagram | flags), (unix, packets), (internet, stream)):
        assert call(machine, "socketpair", family, kind) == "EPERM"


@pytest.mark.parametrize("command", [8, 10, 15], ids=["F_SETOWN", "F_SETSIG", "F_SETOWN_EX"])
def test_nobody_else_gets_the_signals_of_a_descriptor(machine: str, command: int) -> None:
    assert call(machine, "fcntl", 3, command, OTHER) == "EPERM"


def test_ordinary_uses_of_descriptors_are_allowed(machine: str) -> None:
    assert {call(machine, "fcntl", 3, command) for command in (0, 1, 2, 3, 4)} == {ALLOW}
    assert {call(machine, "ioctl", 1, command) for command in (0x5401, 0x5413, 0x541B)} == {ALLOW}


@pytest.mark.parametrize(
    "command", [0x8901, 0x8902, 0x5412, 0x541C], ids=["FIOSETOWN", "SIOCSPGRP", "TIOCSTI", "TIOCLINUX"]
)
def test_nobody_is_signalled_or_typed_for(machine: str, command: int) -> None:
    assert call(machine, "ioctl", 1, command) == "EPERM"


def test_another_machines_calls_end_the_process() -> None:
    for name, other in (MACHINES, MACHINES[::-1]):
        assert answer(name, 0, arch=other) == KILL
    i386 = 0x40000003
    assert strictest((compile_common("x86_64"),), i386, 11) == KILL


def test_the_x32_interface_ends_the_process() -> None:
    for number in (0, 59, 520):
        assert answer("x86_64", 0x40000000 | number) == KILL
    assert answer("x86_64", 2**32 - 1) == KILL


def test_calls_newer_than_the_table_do_not_exist(machine: str) -> None:
    assert {answer(machine, number) for number in (FIRST_UNKNOWN, FIRST_UNKNOWN + 1, 0x3FFFFFFF)} == {"ENOSYS"}


def test_everything_else_is_allowed(machine: str) -> None:
    place = MACHINES.index(machine)
    ruled = {numbers[place] for numbers in (*DENIED.values(), *FILTERED.values())}
    free = [number for number in range(FIRST_UNKNOWN) if number not in ruled]
    assert {answer(machine, number) for number in free} == {ALLOW}


def test_everything_denied_is_denied_whatever_the_arguments(machine: str) -> None:
    place = MACHINES.index(machine)
    numbers = [one[place] for one in DENIED.values()]
    denied = [number for number in numbers if number is not None]
    assert {answer(machine, number, 2**64 - 1, 7) for number in denied} == {"EPERM"}
    assert {answer(machine, number) for number in denied} == {"EPERM"}


def test_the_machine_of_an_unknown_kind_has_no_filter() -> None:
    with pytest.raises(KeyError):
        compile_common("riscv64")
