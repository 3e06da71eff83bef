"""What is told of a trial: the line that failed, the call before it, how many tests held, and what may cross."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox_here import need_bubblewrap
from tunecheck.core import CodeJob, CodeOutcome, CodeProblem
from tunecheck.sandbox import Sandbox

ADD = "def add(a, b):\n    return a - b\n"


def outcome(sandbox: Sandbox, program: str, *tests: str, objects: tuple[str, ...] = (), **others: Any) -> CodeOutcome:
    problem = CodeProblem(id="p", prompt="", tests=tests, **others)
    job = CodeJob(problem=problem, kind="program", text=program, objects=objects, timeout_s=10.0)
    (found,) = sandbox.run([job])
    return found


def test_the_test_and_its_line_that_failed_are_told(sandbox: Sandbox) -> None:
    tests = ("assert add(0, 0) == 0", "x = 1\n\nassert add(x, x) == 2, 'one and one'\n", "assert add(1, 0) == 1")
    found = outcome(sandbox, ADD, *tests)
    assert (found.verdict, found.detail) == ("wrong", "one and one")
    assert (found.test, found.test_line, found.code_line) == (tests[1], 3, None)
    assert (found.n_passed, found.n_tests, found.n_calls) == (1, 2, 2)
    assert found.called == "add(1, 1) -> 0"


def test_the_line_of_the_program_that_raised_is_told(sandbox: Sandbox) -> None:
    program = "def f(x):\n    return g(x)\n\n\ndef g(x):\n    y = x + 1\n    return y / 0\n"
    found = outcome(sandbox, program, "def helper(v):\n    return f(v)\n\nassert helper(1) == 1")
    assert (found.verdict, found.detail) == ("exception", "ZeroDivisionError: division by zero")
    assert (found.code_line, found.test_line, found.called) == (7, 2, "f(1)")


def test_the_line_that_is_no_python_is_told(sandbox: Sandbox) -> None:
    found = outcome(sandbox, "def f(x):\n    return (x\n", "assert f(1)")
    assert (found.verdict, found.code_line) == ("syntax_error", 2)
    assert found.detail == "line 2: '(' was never closed"


CASES = """
import unittest

class T(unittest.TestCase):
    def test_a(self):
        self.assertEqual(add(0, 0), 0)

    def test_b(self):
        self.assertEqual(add(2, 1), 3)
"""


def test_the_line_of_a_test_case_that_failed_is_told(sandbox: Sandbox) -> None:
    found = outcome(sandbox, ADD, CASES)
    assert (found.verdict, found.detail, found.called) == ("wrong", "1 != 3", "add(2, 1) -> 1")
    assert CASES.splitlines()[(found.test_line or 0) - 1].strip() == "self.assertEqual(add(2, 1), 3)"
    assert outcome(sandbox, ADD, f"{CASES}\nif __name__ == '__main__':\n    unittest.main()\n").verdict == "wrong"


def test_the_line_in_a_loop_and_the_values_there_are_told(sandbox: Sandbox) -> None:
    test = "for a, b in [(0, 0), (3, 0), (1, 2)]:\n    assert add(a, b) == a + b"
    found = outcome(sandbox, ADD, test)
    assert (found.test_line, found.called, found.n_calls) == (2, "add(1, 2) -> -1", 3)


def test_long_arguments_are_shown_in_short(sandbox: Sandbox) -> None:
    found = outcome(sandbox, "def f(xs, text):\n    return xs", "assert f(list(range(999)), text='x' * 999) == 1")
    assert found.called.startswith("f([0, 1, 2, 3, 4, 5, ...], text='xxx")
    assert len(found.called) <= 500


def test_an_exception_that_tests_catch_is_none_of_the_verdict(sandbox: Sandbox) -> None:
    program = "def f(x):\n    raise KeyError(x)\n"
    test = "try:\n    f(1)\nexcept KeyError:\n    assert 1 == 2, 'after all'"
    found = outcome(sandbox, program, test)
    assert (found.verdict, found.detail) == ("wrong", "after all")


def test_a_program_without_the_function_is_told_so(sandbox: Sandbox) -> None:
    found = outcome(sandbox, "def sub(a, b): ...", "assert add(1, 2) == 3")
    assert (found.verdict, found.detail) == ("missing_entry", "the program defines no add")


@pytest.mark.parametrize(
    ("tests", "setup", "detail"),
    [
        ("assert add(1, 2 == 3", "", "the tests do not parse"),
        ("import no_such_module\nassert add(1, 2)", "", "the tests import what is not here: No module named"),
        ("pass", "", "the tests ended without a call of the program"),
        ("assert 1 + 1 == 2", "", "the tests ended without a call of the program"),
        ("add(1, 2)", "import no_such_module", "before the tests: the tests import what is not here"),
        ("class Mine: ...\nadd(Mine(), 2)", "", "the tests give the program what cannot be given: it is a Mine"),
        (
            "try:\n    add(object(), 1)\nexcept Exception:\n    pass",
            "",
            "the tests give the program what cannot be given",
        ),
        ("class Mine(add): ...", "", "the tests derive a class from the program's add"),
        ("add('x' * 9_000_000, 2)", "", "the tests give the program what cannot be given: it is too large"),
    ],
    ids=lambda value: value[:20],
)
def test_tests_that_say_nothing_are_told_apart_from_wrong_programs(
    sandbox: Sandbox, tests: str, setup: str, detail: str
) -> None:
    found = outcome(sandbox, ADD, tests, setup=setup, reference=ADD)
    assert found.verdict == "invalid_test"
    assert detail in found.detail


def test_setup_that_fails_for_the_program_is_the_programs_failure(sandbox: Sandbox) -> None:
    setup = "root = Node(1)"
    program = "class Node:\n    def __init__(self): ...\ndef depth(n): return 1"
    found = outcome(sandbox, program, "assert depth(root) == 1", setup=setup, objects=("*",))
    assert (found.verdict, found.n_calls) == ("exception", 1)


EVIL = (
    "class E:\n    def __eq__(self, other): return True\n    def __sub__(self, other): return 0.0\n"
    "    def __abs__(self): return 0.0\n    def __lt__(self, other): return True\n"
    "    def __contains__(self, x): return True\n    def startswith(self, x): return True\n"
)
CIRCLE = "class Circle:\n    def __init__(self, r): self.r = r\n    def grow(self, k): return Circle(self.r * k)\n"
AREA = "    def area(self): return 3.0 * self.r * self.r\n"


def test_what_gave_objects_is_told(sandbox: Sandbox) -> None:
    tests = "c = Circle(2)\nassert abs(c.area() - 12) < 1e-9\nassert [n.r for n in [c.grow(3)]] == [6]"
    found = outcome(sandbox, CIRCLE + AREA, tests, objects=("*",))
    assert (found.verdict, found.gave) == ("pass", ("-", "Circle", "Circle.grow"))
    again = outcome(sandbox, CIRCLE + AREA, tests, objects=found.gave)
    assert (again.verdict, again.gave) == ("pass", ("-", "Circle", "Circle.grow"))


@pytest.mark.parametrize(
    "area",
    [
        *(
            "    def area(self): return E()\n",
            "    def area(self): return self\n",
            "    area = property(lambda s: E)\n",
        ),
        "    def area(self): return [E()]\n",
        "    @property\n    def area(self): return lambda: E()\n",
    ],
)
@pytest.mark.parametrize("claim", ["abs(c.area() - 12) < 1e-9", "c.area() == 12", "12 in c.area()"])
def test_an_object_where_the_reference_gives_a_plain_value_is_refused(sandbox: Sandbox, area: str, claim: str) -> None:
    program = EVIL + CIRCLE.replace("class Circle:", "class Circle(E):") + area
    found = outcome(sandbox, program, f"c = Circle(2)\nassert {claim}", objects=("Circle", "Circle.grow"))
    # A list of objects is no number either, whatever is in it.
    assert found.verdict == ("wrong" if "[E()]" in area and "in c" not in claim else "bad_return_type")
    if found.verdict == "bad_return_type":
        assert found.detail == "Circle.area gave an object where plain values are wanted"


@pytest.mark.parametrize("claim", ["f() == 1", "1 == f()", "f() < 1", "f() >= 1", "not f() != 1", "f() == [1]"])
def test_what_compares_an_object_with_a_plain_value_is_never_the_program(sandbox: Sandbox, claim: str) -> None:
    evil = EVIL + "    def __ge__(self, other): return True\n    def __ne__(self, other): return False\n"
    for program in (f"{evil}def f(): return E()", f"{evil}class L(E, list): ...\ndef f(): return L([5])"):
        assert outcome(sandbox, program, f"assert {claim}", objects=("*",)).verdict == "wrong"


ENDINGS = (
    "import sys\ndef f(): sys.exit(0)",
    "def f(): raise SystemExit",
    "class Mine(SystemExit): ...\ndef f(): raise Mine(0)",
    "def f(): raise KeyboardInterrupt",
    "def f(): raise GeneratorExit",
    "def f(): raise BaseExceptionGroup('', [SystemExit(0)])",
    "import unittest\ndef f(): raise unittest.SkipTest('not now')",
    "class SkipTest(Exception): ...\nSkipTest.__module__ = 'unittest.case'\ndef f(): raise SkipTest('not now')",
)
CASE = "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(), 1)\n"


@pytest.mark.parametrize("program", ENDINGS, ids=range(len(ENDINGS)))
@pytest.mark.parametrize("test", ["assert f() == 1", "def test_it():\n    assert f() == 1", CASE], ids=range(3))
def test_no_exception_ends_tests_well(sandbox: Sandbox, program: str, test: str) -> None:
    for objects in ((), ("*",)):
        assert outcome(sandbox, program, test, objects=objects).verdict == "exception"


LOOPS = (
    "for got in map(f, [1]):\n    assert got == 3",
    "assert all(map(lambda x: f(x) == 3, [1]))",
    "assert [f(x) for x in [1]] == list(map(f, [1])) == []",
    "import asyncio\nclass Sums:\n    def __aiter__(self): return self\n    async def __anext__(self): return f(1)\n"
    "async def main():\n    async for got in Sums():\n        assert got == 3\nasyncio.run(main())",
)


@pytest.mark.parametrize("test", LOOPS, ids=range(len(LOOPS)))
@pytest.mark.parametrize("raised", ["StopIteration", "StopAsyncIteration", "type('Mine', (StopIteration,), {})"])
def test_a_program_cannot_end_the_loops_of_the_tests(sandbox: Sandbox, test: str, raised: str) -> None:
    program = f"def f(x):\n    raise {raised}(x)"
    for objects in ((), ("*",)):
        assert outcome(sandbox, program, test, objects=objects).verdict == "exception"


@pytest.mark.parametrize(
    ("raised", "detail"),
    [
        ("ValueError('x' * 50_000_000)", "ValueError: xxx"),
        ("ExceptionGroup('several', [ValueError(1)])", "ExceptionGroup: several (1 sub-exception)"),
        ("UnicodeDecodeError('utf-8', b'\\xff', 0, 1, 'no')", "UnicodeDecodeError: 'utf-8' codec can't decode"),
        ("type('Odd', (OSError,), {'__str__': lambda self: 1 / 0})(2)", "Odd"),
        ("ValueError(object())", "ValueError: <object object at"),
    ],
    ids=lambda value: value[:12],
)
def test_every_exception_of_a_program_is_told(sandbox: Sandbox, raised: str, detail: str) -> None:
    found = outcome(sandbox, f"def f():\n    raise {raised}", "f()")
    assert found.verdict == "exception"
    assert found.detail.startswith(detail)


def test_a_test_case_that_skips_itself_is_no_failure(sandbox: Sandbox) -> None:
    test = CASE.replace("f(), 1", "f(), 2") + "    @unittest.skip('later')\n    def test_b(self): self.fail()\n"
    found = outcome(sandbox, "def f(): return 2", test)
    assert (found.verdict, found.n_tests, found.detail) == ("pass", found.n_passed, "")


def test_a_test_case_that_skips_because_of_what_the_program_does_has_not_held(sandbox: Sandbox) -> None:
    body = "        if f() != 2: self.skipTest('no')\n"
    test = f"import unittest\nclass TestF(unittest.TestCase):\n    def test_a(self):\n{body}"
    assert outcome(sandbox, "def f(): return 2", test).verdict == "pass"
    assert outcome(sandbox, "def f(): return 3", test).verdict == "invalid_test"


@pytest.fixture(scope="module")
def with_packages() -> Iterator[Sandbox]:
    pytest.importorskip("numpy")
    need_bubblewrap()
    with Sandbox("A", packages=True, n_workers=1) as opened:
        yield opened


@pytest.mark.parametrize("objects", [(), ("*",)], ids=["plain", "objects"])
def test_arrays_cross_both_ways_and_are_changed_in_place(with_packages: Sandbox, objects: tuple[str, ...]) -> None:
    program = (
        "import numpy as np\ndef twice(a):\n    return np.asarray(a) * 2\ndef clear(a):\n    a[:] = 0\n"
        "def mean(a):\n    return np.mean(a)\nclass Model:\n    def fit(self, a):\n        return a.sum(axis=0)\n"
    )
    tests = (
        "import numpy as np\na = np.arange(6.0).reshape(2, 3)\nb = twice(a)\n"
        "assert isinstance(b, np.ndarray) and b.shape == (2, 3)\nassert np.array_equal(b, a * 2)\n"
        "np.testing.assert_allclose(twice([1, 2]), [2, 4])\nassert (twice(a) == a * 2).all()\n"
        "assert mean(a) == 2.5 and abs(mean(a) - 2.5) < 1e-9\nclear(a)\nassert a.sum() == 0\n"
    )
    if objects:
        tests += "assert Model().fit(np.ones((2, 2))).tolist() == [2, 2]\n"
    found = outcome(with_packages, program, tests, objects=objects)
    assert (found.verdict, found.detail) == ("pass", "")


def test_packages_are_not_there_unless_asked_for(sandbox: Sandbox) -> None:
    found = outcome(sandbox, "import numpy\ndef f(): return 1", "assert f() == 1")
    assert (found.verdict, found.detail) == ("exception", "ModuleNotFoundError: No module named 'numpy'")
