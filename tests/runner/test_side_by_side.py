"""Work in threads, and the loop over its results."""

from __future__ import annotations

import threading

import pytest

from tunecheck.runner.side_by_side import side_by_side


@pytest.mark.parametrize("n_workers", [1, 3, 50])
def test_all_is_done_once(n_workers: int) -> None:
    found = list(side_by_side(range(1, 41), lambda number: number * number, n_workers=n_workers))
    assert sorted(found) == [number * number for number in range(1, 41)]


def test_nothing_to_do_is_no_trouble() -> None:
    assert list(side_by_side([], str, n_workers=0)) == []
    assert list(side_by_side([], str, n_workers=2)) == []


def test_a_worker_begins_nothing_while_its_last_result_is_not_taken_in() -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        return number

    for result in side_by_side(range(1, 9), work, n_workers=1):
        assert begun == list(range(1, result + 1))


def test_once_it_is_to_stop_nothing_more_is_begun_and_what_is_under_way_is_still_heard_of() -> None:
    stop, both = threading.Event(), threading.Barrier(2, timeout=20)

    def work(number: int) -> int:
        both.wait()
        return number

    found = []
    for result in side_by_side(range(1, 100), work, n_workers=2, stop=stop):
        found.append(result)
        stop.set()
    assert sorted(found) == [1, 2]


def test_what_a_worker_raises_is_raised_in_the_loop() -> None:
    def work(number: int) -> int:
        return 12 // (3 - number)

    with pytest.raises(ZeroDivisionError):
        list(side_by_side([1, 2, 3, 4], work, n_workers=1))


def test_who_leaves_the_loop_leaves_no_worker_waiting() -> None:
    before = set(threading.enumerate())
    for _ in side_by_side(range(1, 100), str, n_workers=4):
        break
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
