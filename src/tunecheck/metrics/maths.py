"""Maths: whether a mathematical answer equals that of the reference, as math-verify tells; in a process of its own.

math-verify leans on sympy, which an expression can keep busy for ever, and limits itself by SIGALRM, which only works
in a main thread and elsewhere gives wrong results without a word. So it runs in a worker process that ends itself when
an item takes too long, even amid a long multiplication that holds the interpreter's lock.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import subprocess
import sys
import weakref
from collections.abc import Sequence
from importlib.metadata import version
from typing import ClassVar

import math_verify

from tunecheck.core import Unscored
from tunecheck.metrics.metric import Case, Values

_MEMORY_GIB = 4
_READY = "ready"
# What the watchdog ends the worker with; see faulthandler.dump_traceback_later.
_TIMED_OUT = 1

_Worker = subprocess.Popen[str]


class Maths:
    """1 where a prediction's answer is mathematically equal to that of a reference, else 0.

    Unscored where the reference has no answer that can be read, and where comparing takes over ``timeout_s`` or more
    memory than a worker may have. Close it, or use it in a ``with``: its worker ends then, and at the latest with this
    process.

    >>> with Maths() as maths:
    ...     maths.score(Case(prediction=r"So it is $\\frac{1}{2}$.", references=("0.5",)))
    {'math': 1.0}
    """

    measures: ClassVar[tuple[str, ...]] = ("math",)
    lower_is_better: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *, timeout_s: float = 5.0) -> None:
        self._timeout_s = timeout_s
        self._worker: _Worker | None = None
        self._end = contextlib.ExitStack()
        weakref.finalize(self, self._end.close)
        self.signature = f"math|math-verify:{version('math-verify')}|timeout:{timeout_s:g}s|references:any"

    def score(self, case: Case) -> Values:
        """The measure ``math``."""
        worker = self._running()
        answer = ""
        with contextlib.suppress(OSError):
            assert worker.stdin is not None
            assert worker.stdout is not None
            print(json.dumps([case.prediction, *case.references]), file=worker.stdin, flush=True)
            answer = worker.stdout.readline()
        if not answer:
            return {"math": Unscored(reason=self._why_ended(worker))}
        value = json.loads(answer)
        return {"math": Unscored(reason=value) if isinstance(value, str) else float(value)}

    def close(self) -> None:
        """End the worker; the next ``score`` starts another."""
        self._end.close()
        self._worker = None

    def __enter__(self) -> Maths:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> _Worker:
        if self._worker is None or self._worker.poll() is not None:
            self.close()
            self._worker = _start(self._timeout_s)
            self._end.callback(_stop, self._worker)
        return self._worker

    def _why_ended(self, worker: _Worker) -> str:
        # Its output has ended, so it is about to.
        code = worker.wait()
        return f"comparing took over {self._timeout_s:g} s" if code == _TIMED_OUT else f"the worker ended with {code}"


def serve(timeout_s: float) -> None:
    """The worker: reads a list of prediction and references a line, writes 1, 0 or why neither; ends with its input."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_GIB << 30, _MEMORY_GIB << 30))
    answers, sys.stdout = sys.stdout, sys.stderr
    print(_READY, file=answers, flush=True)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 (faulthandler wants a file with a descriptor)
        for line in sys.stdin:
            prediction, *references = json.loads(line)
            faulthandler.dump_traceback_later(timeout_s, exit=True, file=nowhere)
            answer = _compare(prediction, references)
            faulthandler.cancel_dump_traceback_later()
            print(json.dumps(answer), file=answers, flush=True)


def _marked(reference: str) -> str:
    r"""A reference that is one LaTeX expression without marks around it, as data sets keep them, between them."""
    is_bare = ("\\" in reference or "^" in reference or "(" in reference) and "$" not in reference
    return f"${reference.strip()}$" if is_bare and "\\boxed" not in reference and "\n" not in reference else reference


def _compare(prediction: str, references: Sequence[str]) -> bool | str:
    """Whether they are equal, or why that cannot be told."""
    try:
        # The time limits of the library are switched off: the worker's own covers them all.
        wanted = [found for one in references if (found := math_verify.parse(_marked(one), parsing_timeout=None))]
        if not wanted:
            return "the reference has no mathematical answer that can be read"
        got = math_verify.parse(prediction, parsing_timeout=None)
        return any(math_verify.verify(one, got, timeout_seconds=None) for one in wanted)
    except Exception as error:  # noqa: BLE001
        # One item of a worker's loop: what sympy raises on hostile text has no list.
        return f"math-verify raised {type(error).__name__}: {error}"[:200]


def _start(timeout_s: float) -> _Worker:
    """A worker that has imported the library, which takes a second and is not of an item's time."""
    # Not multiprocessing, whose children run the user's main script again.
    worker = subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-c", f"from {__name__} import serve; serve({timeout_s!r})"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert worker.stdout is not None
    worker.stdout.readline()
    return worker


def _stop(worker: _Worker) -> None:
    worker.kill()
    worker.wait()
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
