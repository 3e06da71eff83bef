"""Canary: a program that tries what must be impossible, run before any other; the tier is what it met."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tunecheck.core import CodeJob, CodeOutcome, CodeProblem, Tier
from tunecheck.errors import CannotRun

_TIMEOUT_S = 10.0
_ENVIRONMENT = {"LANG", "PYTHONHASHSEED", "TZ", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH", "PWD", "LC_CTYPE"}

_PROGRAM = """
import os, signal, socket

def tried(do):
    try:
        do()
    except OSError as error:
        return "denied"
    return "possible"

def read(path):
    return tried(lambda: open(path).close())

def write(path):
    return tried(lambda: open(path, "w").close())

def change_mode(path):
    return tried(lambda: os.chmod(path, 0o777))

def fork():
    return tried(os.fork)

def start():
    return tried(lambda: os.execv("/bin/true", ["true"]))

def kill(pid):
    return tried(lambda: os.kill(pid, 0))

def connect(port):
    return tried(lambda: socket.create_connection(("127.0.0.1", port), 1).close())

def environment():
    return sorted(os.environ)

def exists(path):
    return os.path.exists(path)

def number():
    return os.getpid()
"""
_LEAVES = "import os\ndef number():\n    os._exit(0)"
_EQUALS = "class One:\n    def __eq__(self, other):\n        return True\ndef number():\n    return One()"


def observe(run: Callable[[CodeJob], CodeOutcome], wanted: Tier) -> Tier:
    """The tier that programs meet. Raises CannotRun where one can do what no tier allows, or not what is wanted."""
    with _bait() as (path, port):
        attacks = (
            ("open files that are none of its own", f"read({path!r}) == 'denied'"),
            ("write files that are none of its own", f"write({path!r}) == write('/usr/x') == write('/x') == 'denied'"),
            ("change the rights of files", f"change_mode({path!r}) == 'denied'"),
            ("start processes", "fork() == start() == 'denied'"),
            ("signal other processes", f"kill({os.getpid()}) == kill(1) == 'denied'"),
            ("reach the network", f"connect({port}) == 'denied'"),
            ("see the environment", f"set(environment()) <= {_ENVIRONMENT!r}"),
        )
        for what, claim in attacks:
            _expect(run, _PROGRAM, claim, "pass", f"a program could {what}")
        _expect(run, _LEAVES, "number() == 0", "crash", "a program that ended itself was taken for right")
        _expect(
            run, _EQUALS, "number() == 0", "bad_return_type", "an object that equals everything was taken for right"
        )
        is_apart = _outcome(run, _PROGRAM, f"not exists({path!r}) and number() < 1000").verdict == "pass"
    if wanted == "A" and not is_apart:
        raise CannotRun("the sandbox was to have namespaces of its own, and programs see the files of this machine")
    return "A" if is_apart else "B"


@contextmanager
def _bait() -> Iterator[tuple[str, int]]:
    """A file that anybody may read, and an open port."""
    with tempfile.TemporaryDirectory(prefix="tunecheck-canary-") as folder, socket.socket() as listener:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103 (else the folder's rights would keep programs out, not the sandbox)
        path = os.path.join(folder, "bait")  # noqa: PTH118
        with open(path, "w") as bait:  # noqa: PTH123
            bait.write("bait")
        os.chmod(path, 0o666)  # noqa: PTH101, S103
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield path, listener.getsockname()[1]


def _outcome(run: Callable[[CodeJob], CodeOutcome], program: str, claim: str) -> CodeOutcome:
    problem = CodeProblem(id="canary", prompt="", tests=(f"assert {claim}",))
    return run(CodeJob(problem=problem, kind="program", text=program, timeout_s=_TIMEOUT_S))


def _expect(run: Callable[[CodeJob], CodeOutcome], program: str, claim: str, verdict: str, otherwise: str) -> None:
    outcome = _outcome(run, program, claim)
    if outcome.verdict != verdict:
        raise CannotRun(
            f"the sandbox does not hold on this machine, so no program was run: {otherwise} "
            f"({claim}: {outcome.verdict}, {outcome.detail or 'no detail'})",
            hint="tunecheck doctor shows what this machine can do",
        )
