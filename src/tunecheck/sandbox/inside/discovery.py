"""Discovery: the tests that a test file defines and leaves to others to run."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from .names import calls

# A file that runs its test cases by itself, as the main module that it is.
_RUNS_CASES = re.compile(r"unittest\.main\(|TextTestRunner\(|^from unittest import [^\n]*\bmain\b", re.MULTILINE)


class Test(NamedTuple):
    """One test: its source, and what to do."""

    source: str
    run: Callable[[], object]


def defined_tests(
    source: str, new: Mapping[str, Any], namespace: Mapping[str, Any], *, entry_point: str
) -> Iterator[Test]:
    """check(candidate) of HumanEval, test functions, and classes of them, in the order of the file.

    ``new`` is what the file defined. What it calls by itself is not run again.
    """
    for name, value in new.items():
        if isinstance(value, types.FunctionType) and (name.startswith("test") or (name == "check" and entry_point)):
            if not _is_called(source, name):
                # HumanEval's check takes the function under test, and so may any other.
                given = [namespace["candidate"]] if entry_point and value.__code__.co_argcount == 1 else []
                yield Test(source, partial(value, *given))
        elif isinstance(value, type) and not _RUNS_CASES.search(source):
            yield from _cases(source, name, value)


def ended(result: object) -> object:
    """What a test gave, awaited where that is what it gave."""
    if isinstance(result, types.CoroutineType):
        import asyncio

        return asyncio.run(result)
    return result


def _cases(source: str, name: str, kind: type) -> Iterator[Test]:
    unittest = sys.modules.get("unittest")
    if unittest is not None and issubclass(kind, unittest.TestCase):
        for case in unittest.TestLoader().getTestCaseNames(kind):
            if any(getattr(one, "__unittest_skip__", False) for one in (kind, getattr(kind, case))):
                continue  # As it says of itself, whatever the program does.
            yield Test(source, unittest.TestSuite([kind(case)]).debug)
    elif name.startswith("Test"):
        for method in vars(kind):
            if method.startswith("test"):
                yield Test(source, partial(_run_method, kind, method))


def _run_method(kind: type, method: str) -> object:
    """As pytest does it: an object of its own for each test."""
    one = kind()
    if hasattr(one, "setup_method"):
        one.setup_method()
    return getattr(one, method)()


def _is_called(source: str, name: str) -> bool:
    """Whether a file calls a name; it is parsed only where it could."""
    return source.count(f"{name}(") > source.count(f"def {name}(") and name in calls(source)
