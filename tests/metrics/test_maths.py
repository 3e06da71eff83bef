from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from tunecheck import _optional
from tunecheck.core import Unscored
from tunecheck.errors import MissingExtra
from tunecheck.metrics.maths import Maths
from tunecheck.metrics.metric import Case
from tunecheck.metrics.registry import metric


@pytest.fixture(scope="module")
def maths() -> Iterator[Maths]:
    with Maths(timeout_s=20) as found:
        yield found


def score(maths: Maths, prediction: str, *references: str) -> object:
    return maths.score(Case(prediction=prediction, references=references))["math"]


@pytest.mark.parametrize(
    ("prediction", "reference", "expected"),
    [
        (r"so $\frac{1}{2}$", "0.5", 1),
        (r"\boxed{x^2 + 2x + 1}", "$(x+1)^2$", 1),
        (r"$\sqrt{8}$", r"$2\sqrt{2}$", 1),
        (r"$\{1, 2\}$", r"$\{2, 1\}$", 1),
        (r"$\frac{1}{3}$", "0.5", 0),
        ("I do not know.", "0.5", 0),
        ("\ud800\x00😀", "0.5", 0),
    ],
)
def test_answers_are_compared_as_mathematics(maths: Maths, prediction: str, reference: str, expected: float) -> None:
    assert score(maths, prediction, reference) == expected
    assert score(maths, prediction, "17", reference) == expected


def test_a_reference_without_an_answer_is_unscored(maths: Maths) -> None:
    found = score(maths, "1", "no answer here")
    assert found == Unscored(reason="the reference has no mathematical answer that can be read")


def test_it_is_right_in_a_thread_too(maths: Maths) -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(score(maths, r"$\frac{1}{2}$", "0.5")))
    thread.start()
    thread.join()
    assert found == [1.0]


def test_what_takes_too_long_is_unscored_and_the_next_item_is_not() -> None:
    with Maths(timeout_s=1) as maths:
        assert score(maths, "2", "2") == 1.0
        first = maths._worker
        hang = score(maths, r"$\binom{99999999}{49999999}$", r"$\binom{99999999}{49999998}$")
        assert hang == Unscored(reason="comparing took over 1 s")
        assert score(maths, "2", "2") == 1.0
        assert maths._worker is not first


def test_no_worker_outlives_its_metric() -> None:
    maths = Maths()
    score(maths, "1", "1")
    assert maths._worker is not None
    worker = maths._worker
    del maths
    gc.collect()
    assert worker.poll() is not None
    with pytest.raises(ProcessLookupError):
        os.kill(worker.pid, 0)


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_optional._NEEDS, "tunecheck.metrics.maths", ("math_verify", "math"))
    monkeypatch.delitem(sys.modules, "tunecheck.metrics.maths")
    monkeypatch.setitem(sys.modules, "math_verify", None)
    with pytest.raises(MissingExtra) as missing:
        metric("math", ["1"])
    assert str(missing.value) == "math_verify is not installed\ninstall it with: pip install 'tunecheck[math]'"


@pytest.mark.parametrize(
    ("prediction", "reference", "expected"),
    [
        (r"So it is \boxed{2\sqrt{3}}.", r"2\sqrt{3}", 1.0),
        (r"\boxed{\frac{3}{4}\pi}", r"\frac{3}{4}\pi", 1.0),
        (r"\boxed{3/4}", r"\frac{3}{4}\pi", 0.0),
        (r"\boxed{(1, 2)}", "(1, 2)", 1.0),
        (r"$x^2+1$", "x^2+1", 1.0),
    ],
)
def test_a_reference_in_bare_latex_is_read(prediction: str, reference: str, expected: float) -> None:
    with Maths() as maths:
        assert maths.score(Case(prediction=prediction, references=(reference,))) == {"math": expected}
