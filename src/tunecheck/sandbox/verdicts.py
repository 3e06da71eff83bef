"""Verdicts: what follows from the record of a job, and only from it; without one, from how its processes ended."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from tunecheck.core import CodeJob, CodeOutcome, CodeVerdict

_VERDICTS = frozenset(get_args(CodeVerdict)) - {"sandbox_error"}
_TEXTS = ("detail", "method", "code", "test", "called")
_COUNTS = ("n_passed", "n_tests", "n_calls")
_LINES = ("code_line", "test_line")
# One line for people.
_SHORT = ("detail", "method", "called")
_MOST_TEXT, _MOST_SOURCE = 500, 200_000
_MOST_COUNTED, _MOST_NAMES = 10**9, 1_000
# What the tester says where a program's process has gone; how that ended is better known outside.
_GONE = "ended its own process"


def outcome_of(job: CodeJob, records: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> CodeOutcome:
    """The outcome of a job. ``records`` are the tester's, ``told`` is how the zygote saw both processes end.

    A pass needs a record of all tests held, with as many calls of the program as were demanded, and an orderly end.
    """
    found: dict[str, Any] = {}
    for record in records:
        found |= _read(record)
    if job.kind != "reply":
        found |= {"code": job.text, "method": job.kind}
    verdict, detail = found.pop("verdict", None), found.pop("detail", "")
    # Time limits follow from it, so the tests cannot make it up.
    if "duration_s" in found:
        found["duration_s"] = min(max(0.0, found["duration_s"]), float(told["wall_s"]))
    if told["late"]:
        verdict, detail = "timeout", f"no end after {job.timeout_s:g} s"
    elif verdict is None:
        verdict, detail = "crash", f"the tests' own process ended without a verdict, {_cause(told['tester'])}"
    elif verdict == "pass" and not (told["tester"] == 0 and _holds(job, found)):
        verdict, detail = "crash", "the tests' own process told of a pass that was none"
    elif verdict == "crash" and told["candidate"] is not None and _GONE in detail:
        detail = _cause(told["candidate"])
    return CodeOutcome(verdict=verdict, detail=detail, **found)


def _holds(job: CodeJob, found: Mapping[str, Any]) -> bool:
    n_passed, n_tests, n_calls = (found.get(name, 0) for name in _COUNTS)
    return bool(n_passed == n_tests >= 1 and n_calls >= job.min_calls)


def _read(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record that have the type they should have."""
    found: dict[str, Any] = {}
    if isinstance(record.get("verdict"), str) and record["verdict"] in _VERDICTS:
        found["verdict"] = record["verdict"]
    texts = {name: record[name] for name in _TEXTS if isinstance(record.get(name), str)}
    found |= {name: _one_line(text) if name in _SHORT else text[:_MOST_SOURCE] for name, text in texts.items()}
    numbers = {name: record[name] for name in (*_COUNTS, *_LINES) if type(record.get(name)) is int}
    found |= {name: number for name, number in numbers.items() if (name in _LINES) <= number < _MOST_COUNTED}
    if isinstance(record.get("duration_s"), float):
        found["duration_s"] = record["duration_s"]
    gave = record.get("gave")
    if isinstance(gave, list) and len(gave) <= _MOST_NAMES and all(isinstance(name, str) for name in gave):
        found["gave"] = tuple(name[:_MOST_TEXT] for name in gave)
    return found


def _one_line(text: str) -> str:
    """A text that a terminal can show: a space for each break, an escape for what cannot be printed."""
    shown = "".join(
        char if char.isprintable() else " " if char.isspace() else char.encode("unicode_escape").decode()
        for char in text[:_MOST_TEXT]
    )
    return " ".join(shown.split())


def _cause(status: int | None) -> str:
    if status is None:
        return "ended from outside"
    if status >= 0:
        return f"ended itself with status {status}"
    try:
        return f"ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"ended by signal {-status}"
