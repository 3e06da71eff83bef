"""Pool: several workers, one for each core, that run programs at the same time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Self

from tunecheck.core import CodeJob, CodeOutcome, Tier
from tunecheck.errors import CannotRun
from tunecheck.sandbox.canary import observe
from tunecheck.sandbox.launch import Start, bubblewrap, find_interpreter, install_line, unsupported
from tunecheck.sandbox.worker import Worker, WorkerLost

MEMORY_MIB, MEMORY_WITH_PACKAGES_MIB = 1024, 4096
# So often a sandbox may fail to come up before a job gives up.
_STARTS = 3
_DOCKER = (
    "docker run --rm --network none --read-only --tmpfs /tmp:size=64m --cap-drop ALL "
    "--security-opt no-new-privileges --pids-limit 128 --memory 2g IMAGE"
)


class Sandbox:
    """Runs programs shut in: the CodeRunner of this machine.

    tier        A: namespaces (bubblewrap), Landlock, seccomp, limits. B: without namespaces, only where it is asked for
    packages    programs may import the packages of this environment
    memory_mib  address space of each process; by default 1024, with packages 4096

    Entering starts the first worker and lets the canary try it. Raises CannotRun with what to install or to type where
    this machine cannot shut programs in as asked; nothing less is used instead. Nothing is left running after leaving,
    nor when this process is killed.
    """

    def __init__(
        self, tier: Tier = "A", *, packages: bool = False, memory_mib: int | None = None, n_workers: int | None = None
    ) -> None:
        self.memory_mib = memory_mib or (MEMORY_WITH_PACKAGES_MIB if packages else MEMORY_MIB)
        self._start = Start(tier=tier, packages=packages, memory_mib=self.memory_mib)
        processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        self.n_workers = n_workers or len(processors) or 1
        # With more workers than processors the system does better.
        self._processors = processors if self.n_workers <= len(processors) else []
        self.tier: Tier = "C"
        self.layers: tuple[str, ...] = ()
        self._python = ""
        self._mine = threading.local()
        self._workers: set[Worker] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        # Their threads live as long as the workers do: a worker ends with the thread that started it.
        self._threads = ThreadPoolExecutor(self.n_workers, thread_name_prefix="sandbox", initializer=self._begin)

    @property
    def engine(self) -> str:
        """All else that could change a verdict: interpreter, packages, memory."""
        packages = " with packages" if self._start.packages else ""
        return f"Python {self._python}{packages}, {self.memory_mib} MiB"

    def __enter__(self) -> Self:
        try:
            _check(self._start.tier)
            find_interpreter(packages=self._start.packages)
            self._threads.submit(self._open).result()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        with self._lock:
            self._is_closed = True
            workers, self._workers = self._workers, set()
        for worker in workers:
            worker.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def run(
        self, jobs: Sequence[CodeJob], *, alone: bool = False, on_done: Callable[[], object] = lambda: None
    ) -> list[CodeOutcome]:
        """The outcome of each job, in order; one after the other when ``alone``. ``on_done`` hears of each."""
        if alone:
            found = []
            for job in jobs:
                found.append(self._threads.submit(self._outcome, job).result())
                on_done()
            return found
        found = []
        for outcome in self._threads.map(self._outcome, jobs):
            found.append(outcome)
            on_done()
        return found

    def _begin(self) -> None:
        """A thread has a processor of its own for its workers, where there are enough."""
        self._mine.processor = self._processors.pop() if self._processors else None

    def _open(self) -> None:
        """The first worker, as the canary finds it."""
        worker = self._worker()
        ready = worker.ready
        self.tier = observe(worker.run, self._start.tier)
        self._python = str(ready["python"])
        namespaces = ("namespaces (bubblewrap)",) if self.tier == "A" else ()
        landlock = (f"Landlock {ready['landlock']}",) if ready["landlock"] else ()
        self.layers = (*namespaces, *landlock, "seccomp", "limits", "program and tests in processes of their own")

    def _outcome(self, job: CodeJob) -> CodeOutcome:
        """A job that takes its sandbox with it is tried once more, and is itself to blame the second time."""
        reason = ""
        for _ in range(2):
            worker = self._worker()
            try:
                return worker.run(job)
            except WorkerLost as error:
                reason = str(error)
            except CannotRun:
                raise
            except Exception as error:  # noqa: BLE001 (one job never ends a run, whatever it found)
                reason = f"{type(error).__name__}: {error}"
        return CodeOutcome(verdict="crash", detail=f"its sandbox ended with it, twice: {reason}")

    def _worker(self) -> Worker:
        """This thread's worker; a new one where there is none or it is gone."""
        worker: Worker | None = getattr(self._mine, "worker", None)
        if worker is not None and worker.is_open:
            return worker
        if worker is not None:
            worker.close()
            self._workers.discard(worker)
        self._mine.worker = worker = self._started()
        with self._lock:
            if self._is_closed:
                worker.close()
                raise CannotRun("the sandbox was closed")
            self._workers.add(worker)
        return worker

    def _started(self) -> Worker:
        reason = ""
        for _ in range(_STARTS):
            try:
                return Worker(replace(self._start, processor=self._mine.processor))
            except (WorkerLost, OSError) as error:
                reason = str(error)
        raise CannotRun(f"the sandbox does not start: {reason}", hint=_advice(self._start.tier, reason))


def _check(tier: Tier) -> None:
    """Raise CannotRun where this machine lacks what a tier is made of."""
    if reason := unsupported():
        raise CannotRun(f"generated code was not run: {reason}", hint=f"run tunecheck in a container: {_DOCKER}")
    if tier == "A" and bubblewrap() is None:
        raise CannotRun(
            "generated code was not run: bubblewrap, which shuts it in, is not installed",
            hint=f"{install_line()}; or accept the weaker sandbox without namespaces: --sandbox B",
        )


def _advice(tier: Tier, reason: str) -> str:
    if tier == "A" and ("uid map" in reason or "namespace" in reason or "not permitted" in reason):
        return (
            "this system denies user namespaces (as Docker does, and Ubuntu since 23.10 by AppArmor): allow them to "
            "bwrap, or accept the weaker sandbox without namespaces: --sandbox B"
        )
    return "tunecheck doctor shows what this machine can do"
