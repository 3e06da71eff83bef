"""Side by side: work that waits for others done in a few threads, its results taken one at a time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Done(Generic[R]):
    result: R
    taken: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class _Broken:
    error: Exception


def side_by_side(
    things: Iterable[T], work: Callable[[T], R], *, n_workers: int, stop: threading.Event | None = None
) -> Iterator[R]:
    """The results of ``work``, in the order in which they come. Nothing more is begun once ``stop`` is set.

    A worker begins the next thing when the loop over the results is done with the one before: a kill then loses nothing
    but what is under way. What a worker raises is raised here. The threads are daemons: who is interrupted does not
    wait for them.
    """
    pool = _Pool(things, work, stop or threading.Event())
    for _ in range(n_workers):
        threading.Thread(target=pool.work_off, daemon=True).start()
    taken = threading.Event()
    try:
        while n_workers:
            match pool.done.get():
                case None:
                    n_workers -= 1
                case _Broken(error):
                    raise error
                case _Done(result, taken):
                    yield result
                    taken.set()
    finally:
        pool.close()
        taken.set()


class _Pool(Generic[T, R]):
    """What the workers share: the things that are left, and what is done. A worker that ends puts None."""

    def __init__(self, things: Iterable[T], work: Callable[[T], R], stop: threading.Event) -> None:
        self._left, self._work, self._stop, self._lock = iter(things), work, stop, threading.Lock()
        self.done: queue.SimpleQueue[_Done[R] | _Broken | None] = queue.SimpleQueue()

    def work_off(self) -> None:
        """The loop of one worker."""
        try:
            for thing in iter(self._next, None):
                done = _Done(self._work(thing))
                self.done.put(done)
                if not self._stop.is_set():
                    done.taken.wait()
        except Exception as error:  # noqa: BLE001 (raised again where the results are taken)
            self.done.put(_Broken(error))
        self.done.put(None)

    def close(self) -> None:
        """Nobody takes results any more: who waits for that goes home."""
        self._stop.set()
        while not self.done.empty():
            waiting = self.done.get()
            if isinstance(waiting, _Done):
                waiting.taken.set()

    def _next(self) -> T | None:
        with self._lock:
            return None if self._stop.is_set() else next(self._left, None)
