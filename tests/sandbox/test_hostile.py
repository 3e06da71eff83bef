"""Hostile programs and tests: each gets the verdict that is right, and nothing outside of the sandbox changes."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.sandbox.host import Host, Process, descendants, look, make_bait, orphans, process
from tests.sandbox.hostile import SECRET, SECRET_VALUE, Hostile, here, hostile
from tests.sandbox.hostile_calls import CALLS
from tests.sandbox.hostile_endings import ENDINGS
from tests.sandbox.hostile_files import FILES
from tests.sandbox.hostile_forgeries import FORGERIES
from tests.sandbox.hostile_machine import MACHINE
from tests.sandbox.hostile_objects import CALLBACKS, OBJECTS
from tests.sandbox.hostile_sources import SOURCES
from tests.sandbox.hostile_spies import SPIES
from tests.sandbox.hostile_tests import TESTS_THAT_HARM
from tests.sandbox.hostile_values import VALUES
from tests.sandbox_here import need_bubblewrap
from tunecheck.core import CodeOutcome
from tunecheck.sandbox import Sandbox, unsupported

pytestmark = pytest.mark.skipif(bool(unsupported()), reason=unsupported())

TIERS = ("A", "B")
PROGRAMS = here(
    (*ENDINGS, *VALUES, *OBJECTS, *CALLBACKS, *CALLS, *MACHINE, *FILES, *SPIES, *FORGERIES, *SOURCES, *TESTS_THAT_HARM)
)
RIGHT = hostile("right", "pass", "", "def add(a, b):\n    return a + b")
_ORPHANS_END_S = 3.0


@dataclass(kw_only=True, repr=False)
class _Run:
    """One run of all programs in one sandbox, with what was seen around it.

    seen        every process that this one had below it, at one moment or another
    afterwards  the outcome of a right program that came last
    at_end      the processes that were there as the last program had ended
    peak_bytes  memory of this process at its largest, above what it had before
    """

    tier: str
    before: Host
    after: Host
    outcomes: dict[str, CodeOutcome]
    afterwards: CodeOutcome
    at_end: set[Process]
    peak_bytes: int
    seen: set[Process] = field(default_factory=set)


@contextmanager
def _sandbox(tier: str, n_workers: int | None = None) -> Iterator[Sandbox]:
    if tier == "A":
        need_bubblewrap()
    with Sandbox(tier, n_workers=n_workers) as sandbox:  # type: ignore[arg-type]
        yield sandbox


@pytest.fixture(scope="module")
def known() -> Iterator[dict[str, str]]:
    """What programs are told of this machine: bait that they can reach where nothing but the sandbox is in the way."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(prefix="tunecheck-bait-") as folder,
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
    ):
        patch.setenv(SECRET, SECRET_VALUE)
        make_bait(Path(folder))
        yield {"@BAIT@": folder, "@PORT@": str(listener.getsockname()[1]), "@PID@": str(os.getpid())}


@pytest.fixture(scope="module", params=TIERS)
def ran(request: pytest.FixtureRequest, known: dict[str, str]) -> _Run:
    """All programs, in one sandbox of one tier."""
    seen: set[Process] = set()
    bait = Path(known["@BAIT@"])
    jobs = [program.job(known) for program in PROGRAMS]
    before, begun = look(bait), _memory_bytes()
    _forget_peak()
    with _sandbox(request.param) as sandbox:
        outcomes = sandbox.run(jobs, on_done=lambda: seen.update(descendants(os.getpid())))
        at_end = descendants(os.getpid())
        (afterwards,) = sandbox.run([RIGHT.job(known)])
    return _Run(
        tier=request.param,
        before=before,
        after=look(bait),
        outcomes=dict(zip((program.name for program in PROGRAMS), outcomes, strict=True)),
        afterwards=afterwards,
        at_end=at_end,
        peak_bytes=_peak_bytes() - begun,
        seen=seen | at_end,
    )


def test_every_program_has_a_name_of_its_own() -> None:
    names = [program.name for program in PROGRAMS]
    assert [name for name in names if names.count(name) > 1] == []


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
def test_a_hostile_program_gets_the_verdict_that_is_right(ran: _Run, program: Hostile) -> None:
    found = ran.outcomes[program.name]
    assert found.verdict in program.expected(ran.tier), f"{program.why}: {found.detail} {found.called}"


def test_nothing_on_the_machine_is_changed(ran: _Run) -> None:
    assert ran.after == ran.before


def test_no_process_is_left_of_any_program(ran: _Run) -> None:
    # Of each worker: bubblewrap twice and the zygote, or the zygote alone.
    most = (3 if ran.tier == "A" else 1) * len(os.sched_getaffinity(0))
    assert (len(ran.at_end) <= most, orphans(ran.seen)) == (True, [])


def test_a_right_program_passes_after_all_of_them(ran: _Run) -> None:
    assert ran.afterwards.verdict == "pass"


def test_the_harness_needs_no_memory_of_their_size(ran: _Run) -> None:
    assert ran.peak_bytes < 400 << 20


def test_no_outcome_holds_more_than_people_can_read(ran: _Run) -> None:
    long = [name for name, one in ran.outcomes.items() if max(map(len, (one.detail, one.called, one.method))) > 500]
    assert long == []


def test_no_outcome_tells_the_secret_of_the_environment(ran: _Run) -> None:
    told = [name for name, one in ran.outcomes.items() if SECRET_VALUE in f"{one.detail}{one.called}{one.test}"]
    assert told == []


LEAVES = {
    "a file": ("open('left', 'w').close()", "os.path.exists('left')"),
    "a folder that nobody may enter": ("os.mkdir('left', 0)", "os.path.exists('left')"),
    "three thousand files": ("[open(f'left{n}', 'w').close() for n in range(3_000)]", "os.listdir('.') != []"),
    "another working directory": ("os.mkdir('left'); os.chdir('left')", "'left' in os.getcwd()"),
    "a variable of the environment": ("os.environ['LEFT'] = '1'", "'LEFT' in os.environ"),
    "a changed module": ("os.left = 1", "hasattr(os, 'left')"),
    "a module": ("sys.modules['left'] = os", "'left' in sys.modules"),
    "a mask of signals": ("signal.pthread_sigmask(0, [15])", "signal.pthread_sigmask(0, []) != set()"),
    "a mask of modes": ("os.umask(0o777)", "os.umask(0o777) == 0o777"),
    "a lower limit": ("resource.setrlimit(7, (20, 20))", "resource.getrlimit(7)[0] == 20"),
    "a full disk": ("[open(f'left{n}', 'wb').write(bytes(1 << 20)) for n in range(60)]",
                    "os.statvfs('.').f_bfree * os.statvfs('.').f_bsize < 32 << 20"),
}  # fmt: skip


@pytest.mark.parametrize("leaves", LEAVES.values(), ids=LEAVES)
def test_the_next_program_of_a_worker_finds_nothing_of_the_one_before(leaves: tuple[str, str]) -> None:
    does, sees = leaves
    imports = "import os, resource, signal, sys\n"
    first = hostile("leaves", "pass", "", f"{imports}{does}\ndef add(a, b):\n    return a + b")
    second = hostile("finds", "wrong", "", f"{imports}def add(a, b):\n    return a + b if {sees} else None")
    with _sandbox("A", n_workers=1) as sandbox:
        found = sandbox.run([one.job({}) for one in (first, second)])
    assert [one.verdict for one in found] == ["pass", "wrong"]


_MIXED = (
    RIGHT,
    hostile("wrong", "wrong", "", "def add(a, b):\n    return 0"),
    hostile("ends", "crash", "", "import os\ndef add(a, b):\n    os._exit(0)"),
    hostile("greedy", "memory", "", "def add(a, b):\n    return bytes(10 ** 12)"),
    hostile("writes", "pass", "", "open('left', 'w').write('x' * 1000)\ndef add(a, b):\n    return a + b",
            confined="exception"),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("tier", TIERS)
def test_many_samples_in_a_row_leave_nothing_and_want_no_more_and_more_memory(tier: str, known: dict[str, str]) -> None:
    bait = Path(known["@BAIT@"])
    before = look(bait)
    jobs = [one.job({}) for one in _MIXED] * 100
    with _sandbox(tier) as sandbox:
        found = sandbox.run(jobs)
        first = descendants(os.getpid())
        begun = [sum(one.memory_bytes for one in first), _memory_bytes()]
        found += sandbox.run(jobs) + sandbox.run(jobs)
        last = descendants(os.getpid())
        ended = [sum(one.memory_bytes for one in last), _memory_bytes()]
    wrong = [one for one, program in zip(found, _MIXED * 300, strict=True) if one.verdict not in program.expected(tier)]
    assert wrong == []
    grown = [now - was for now, was in zip(ended, begun, strict=True)]
    assert (first, max(grown) < 16 << 20) == (last, True)
    assert (look(bait), orphans(first)) == (before, [])


# Its stream of programs that would all outlive it.
_HARNESS = """
import sys
from tunecheck.core import CodeJob, CodeProblem
from tunecheck.sandbox import Sandbox

problem = CodeProblem(id="1", prompt="", tests=("assert add(1, 2) == 3",))
jobs = [CodeJob(problem=problem, kind="program", text=text, timeout_s=0.4) for text in PROGRAMS]
with Sandbox(sys.argv[1], n_workers=2) as sandbox:
    print("ready", flush=True)
    while True:
        sandbox.run(jobs)
"""
_OUTLIVING = (
    "import time\ntime.sleep(3600)",
    "while True:\n    pass",
    "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    "import ctypes, platform, threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()\n"
    "ctypes.CDLL(None).syscall(60 if platform.machine() == 'x86_64' else 93, 0)",
    "import ctypes, os, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
    "ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\nos.closerange(0, 256)\nwhile True:\n    pass",
    "import os\nos.kill(os.getpid(), 19)",
    "def add(a, b):\n    return a + b",
)


@contextmanager
def _harness(tier: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs such programs without end."""
    if tier == "A":
        need_bubblewrap()
    text = f"PROGRAMS = {_OUTLIVING!r}\n{_HARNESS}"
    command = [sys.executable, "-c", text, tier]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as harness:
        try:
            assert harness.stdout is not None
            assert harness.stdout.readline() == "ready\n"
            yield harness
        finally:
            harness.kill()


@pytest.mark.parametrize("moment", range(6))
@pytest.mark.parametrize("tier", TIERS)
def test_a_harness_that_is_killed_leaves_no_process(tier: str, moment: int) -> None:
    after_s = random.Random(f"{tier}{moment}").uniform(0.0, 0.6)
    with _harness(tier) as harness:
        seen = descendants(harness.pid)
        with suppress(subprocess.TimeoutExpired):
            harness.wait(timeout=after_s)
        seen |= descendants(harness.pid)
        harness.send_signal(signal.SIGKILL)
        harness.wait()
        deadline_s = time.monotonic() + _ORPHANS_END_S
        while (left := orphans(seen)) and time.monotonic() < deadline_s:
            pass
    assert (len(seen) >= 2, left) == (True, [])


@pytest.mark.parametrize("tier", TIERS)
def test_a_second_harness_beside_it_changes_no_verdict(tier: str, known: dict[str, str]) -> None:
    some = PROGRAMS[::5]
    with _harness(tier), _sandbox(tier) as sandbox:
        found = sandbox.run([program.job(known) for program in some])
    wrong = [
        (program.name, one.verdict, one.detail)
        for program, one in zip(some, found, strict=True)
        if one.verdict not in program.expected(tier)
    ]
    assert wrong == []


def _memory_bytes() -> int:
    found = process(os.getpid())
    assert found is not None
    return found.memory_bytes


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) << 10
