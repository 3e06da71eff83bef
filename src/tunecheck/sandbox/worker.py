"""Worker: one sandbox with its zygote, to which jobs are given one after the other."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import subprocess
import time
from typing import Any

from tunecheck.core import CodeJob, CodeOutcome
from tunecheck.sandbox.inside import wire
from tunecheck.sandbox.inside.tester import LONGEST_JOB
from tunecheck.sandbox.launch import Start, start
from tunecheck.sandbox.verdicts import outcome_of

# After the zygote's own deadline, so much longer until the sandbox is taken for dead.
_GRACE_S = 3.0
_START_S = 20.0
_LONGEST_REPLY = 1 << 16


class WorkerLost(Exception):
    """The sandbox is gone or says nothing; a new one has to be started."""


class Worker:
    """A started sandbox. ``ready`` is what its zygote tells of itself."""

    def __init__(self, wanted: Start) -> None:
        """Start one. Raises WorkerLost where it does not come up, and CannotRun where it cannot."""
        self._process, self._control = start(wanted)
        self.ready: dict[str, Any] = {}
        try:
            self.ready = self._reply(_START_S)["ready"]
        except BaseException:
            self.close()
            raise

    def run(self, job: CodeJob) -> CodeOutcome:
        """The outcome of one job. Raises WorkerLost; the worker is closed then."""
        try:
            return self._run(job)
        except (OSError, wire.Malformed, wire.Closed, WorkerLost) as error:
            self.close()
            raise WorkerLost(str(error) or type(error).__name__) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End everything in the sandbox."""
        self._control.close()
        with contextlib.suppress(OSError):
            self._process.kill()
        assert self._process.stderr is not None
        self._process.stderr.close()
        self._process.wait()

    def _run(self, job: CodeJob) -> CodeOutcome:
        deadline_s = time.monotonic() + job.timeout_s + _GRACE_S
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                request = {"wall_s": job.timeout_s, "cpu_s": int(job.timeout_s) + 2}
                socket.send_fds(self._control, [json.dumps(request).encode()], [theirs.fileno()])
            records = _records(wire.Wire(ours, longest_sent=LONGEST_JOB), job, deadline_s)
        # Tests that close their channel may go on until their time is up.
        told = self._reply(max(0.0, deadline_s - time.monotonic()) + _GRACE_S)
        outcome = outcome_of(job, records, told)
        if not told["clean"]:
            self.close()
        return outcome

    @property
    def is_open(self) -> bool:
        """Whether it takes another job."""
        return self._control.fileno() != -1 and self._process.poll() is None

    def _reply(self, timeout_s: float) -> dict[str, Any]:
        self._control.settimeout(timeout_s)
        try:
            text = self._control.recv(_LONGEST_REPLY)
        except TimeoutError:
            raise WorkerLost(f"no sign of life for {timeout_s:.0f} s") from None
        if not text:
            raise WorkerLost(self._last_words() or "it ended by itself")
        reply: dict[str, Any] = json.loads(text)
        return reply

    def _last_words(self) -> str:
        """What a process that ended wrote to its standard error."""
        assert self._process.stderr is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
            return self._process.stderr.read(4096).decode("utf-8", "replace").strip()[-500:]
        return ""


def _records(channel: wire.Wire, job: CodeJob, deadline_s: float) -> list[dict[str, Any]]:
    """What the tester's process tells: what it runs, and the verdict; those that came."""
    nonce = secrets.token_hex(16)
    records: list[dict[str, Any]] = []
    try:
        channel.set_timeout(max(0.01, deadline_s - time.monotonic()))
        channel.send({"nonce": nonce, **_message(job)})
        while len(records) < 2:
            channel.set_timeout(max(0.01, deadline_s - time.monotonic()))
            record = channel.receive()
            if not isinstance(record, dict) or record.get("nonce") != nonce:
                return []  # Only the tests themselves could have written it.
            records.append(record)
            if "verdict" in record:
                break
    except (wire.Closed, wire.Malformed, TimeoutError):
        pass
    return records


def _message(job: CodeJob) -> dict[str, Any]:
    problem = job.problem
    return {
        "kind": job.kind,
        "text": job.text,
        "prompt": problem.prompt if problem.is_prefix else "",
        "tests": list(problem.tests),
        "setup": problem.setup,
        "entry_point": problem.entry_point,
        "reference": problem.reference,
        "objects": list(job.objects),
        "min_calls": job.min_calls,
    }
