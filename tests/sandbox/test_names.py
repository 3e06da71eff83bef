"""Names: what the tests of a problem expect of a program is found, with a reference and without."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from tunecheck.sandbox.inside.names import calls, classes_of, expected_names, helpers, imports, parse, stub, words

PAIR = (
    "class Pair(object):\n    def __init__(self, a, b):\n        self.a = a\n        self.b = b\n"
    "def max_chain_length(arr, n):\n    return len(arr[:n])\n"
)
CHECK = "METADATA = {}\n\ndef check(candidate):\n    assert candidate([1.0, 2.0], 0.5) == False\n"


def names(*tests: str, setup: str = "", entry_point: str = "", reference: str = "") -> tuple[str, ...]:
    return expected_names(tests, setup, entry_point=entry_point, reference=reference)


def test_an_entry_point_is_what_is_expected_whatever_the_tests_say() -> None:
    assert names(CHECK, entry_point="has_close_elements") == ("has_close_elements",)
    assert names("assert other(1)", entry_point="f", reference="def other(): pass") == ("f",)


@pytest.mark.parametrize(
    ("tests", "reference", "expected"),
    [
        (("assert remove_odd('a') == 'a'",), "def remove_odd(s):\n    return s", ("remove_odd",)),
        (("assert sum(10, 15) == 6",), "def sum(a, b):\n    return 6", ("sum",)),
        (("assert max_chain_length([Pair(5, 24)], 4) == 3",), PAIR, ("Pair", "max_chain_length")),
        (("assert f(1) == helper(1)",), "def helper(x): ...\ndef f(x): ...\ndef unused(): ...", ("f", "helper")),
        (("assert PRIMES[0] == 2",), "PRIMES = [2, 3]", ("PRIMES",)),
        (("with raises(BankError): pay(1)",), "class BankError(Exception): ...\ndef pay(n): ...", ("BankError", "pay")),
        (("assert isclose(f(1), 1)", "assert set(f(2)) == {2}"), "def f(x): ...", ("f",)),
        (("def twice(x):\n    return 2 * x\nassert f(2) == twice(1)",), "def f(x): ...\ndef twice(x): ...", ("f",)),
        (("assert math.isclose(area(1), math.pi)",), "import math\ndef area(r): ...", ("area",)),
        (("from solution import add\nassert add(1, 2) == 3",), "def add(a, b): ...", ("add",)),
        (("assert apply(double) == 2",), "double = lambda x: 2 * x\ndef apply(f): ...", ("apply", "double")),
        (("assert f(1)",), "try:\n    import fast\nexcept ImportError:\n    fast = None\ndef f(x): ...", ("f",)),
        (("assert f(1)",), "if True:\n    def f(x): ...", ()),
    ],
)
def test_with_a_reference_the_names_are_those_that_it_defines_and_the_tests_use(
    tests: tuple[str, ...], reference: str, expected: tuple[str, ...]
) -> None:
    assert names(*tests, reference=reference) == expected


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        (("assert add(1, 2) == 3",), ("add",)),
        (("assert add(len('a'), int('2')) == 3",), ("add",)),
        (("import math\nassert math.floor(f(1)) == 1",), ("f",)),
        (("from math import floor\nassert floor(f(1)) == 1",), ("f",)),
        (("def helper(x):\n    return f(x)\nassert helper(1)",), ("f",)),
        (("class T:\n    def test(self):\n        assert Stack().pop() is None\nT().test()",), ("Stack",)),
        (("for call in [1]:\n    call(f(1))",), ("f",)),
        (("assert f(1)", "assert g(f(2))"), ("f", "g")),
        (("assert (lambda x: x(1))(f(2))",), ("f",)),
        (("try:\n    f(1)\nexcept ValueError as error:\n    error(1)",), ("f",)),
        (("with open('a') as file:\n    f(file)",), ("f",)),
        (("from your_module import f, g\nassert f(1)",), ("f", "g")),
        (("assert sum([1]) == 1",), ("sum",)),
        (("assert list(map(f, [1])) == [2]",), ("f",)),
        (("this is no Python",), ()),
        ((), ()),
    ],
)
def test_without_a_reference_the_names_are_those_that_the_tests_call(
    tests: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert names(*tests) == expected


def test_what_setup_defines_is_not_expected() -> None:
    assert names("assert f(build(1))", setup="def build(x):\n    return [x]") == ("f",)
    assert names("assert f(root)", setup="root = Node(1)") == ("Node", "f")
    assert names("assert f(root)", setup="root = Node(1)", reference=PAIR.replace("Pair", "Node")) == ("Node",)


def test_a_reference_that_does_not_parse_counts_for_nothing() -> None:
    assert names("assert f(1)", reference="def f(:") == ("f",)


@pytest.mark.parametrize("source", ["(" * 5000, "a" + "+a" * 60_000, "\0", "x = '" + "\ud800" + "'"], ids=range(4))
def test_what_cannot_be_parsed_has_no_tree_and_does_no_harm(source: str) -> None:
    parse(source)
    assert isinstance(names(source), tuple)
    assert isinstance(calls(source), frozenset)


def test_the_classes_of_a_reference_are_those_at_its_top() -> None:
    assert classes_of(PAIR) == {"Pair"}
    assert classes_of("def f():\n    class Inner: ...") == frozenset()
    assert classes_of("class") == frozenset()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("test_a()", {"test_a"}),
        ("def test_a():\n    f()", set()),
        ("def test_a():\n    f()\ntest_a()", {"test_a", "f"}),
        ("def test_a(): ...\ndef run_all():\n    test_a()", set()),
        (
            "def test_a(): ...\ndef run_all():\n    test_a()\nif __name__ == '__main__':\n    run_all()",
            {"run_all", "test_a"},
        ),
        ("class T:\n    def test(self):\n        f()", {"f"}),
        ("def a():\n    b()\ndef b():\n    a()\na()", {"a", "b"}),
        ("def (", set()),
    ],
)
def test_the_calls_of_a_file_are_those_that_it_makes_by_itself(source: str, expected: set[str]) -> None:
    assert calls(source) == expected


def ran(source: str) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(source, space)
    return space


def test_a_stub_of_a_function_gives_none_whatever_it_is_given() -> None:
    space = ran(stub(["add", "sub"]))
    assert space["add"](1, b=2) is space["sub"]() is None


def test_a_stub_of_a_class_takes_everything_and_does_nothing() -> None:
    one = ran(stub(["Pair", "f"]))["Pair"](1, b=2)
    assert one.anything(3) is None
    assert ran(stub(["pair"], frozenset({"pair"})))["pair"](1).first() is None
    assert ran(stub(["Make"], frozenset()))["Make"]() is None


def test_the_helpers_of_a_prompt_are_all_but_the_function_that_it_leaves_unfinished() -> None:
    prompt = 'import math\n\ndef poly(xs, x):\n    return sum(xs)\n\n\ndef find_zero(xs):\n    """Find it."""\n'
    tree = helpers(prompt, "find_zero")
    assert tree is not None
    assert ast.unparse(tree) == "import math\n\ndef poly(xs, x):\n    return sum(xs)"
    without_body = helpers("def f(x):", "f")
    assert without_body is not None
    assert without_body.body == []
    assert helpers("not Python at all", "f") is None


@pytest.mark.parametrize(
    ("reference", "used", "expected"),
    [
        ("import math\nimport re\ndef f(): ...", {"math", "f"}, "import math"),
        ("from collections import Counter as C, deque", {"C"}, "from collections import Counter as C"),
        ("import os.path", {"os"}, "import os.path"),
        ("import math", {"re"}, None),
        ("from __future__ import annotations", {"annotations"}, None),
        ("def f():\n    import math", {"math"}, None),
        ("import", {"math"}, None),
    ],
)
def test_the_imports_of_a_reference_are_those_whose_names_are_used(
    reference: str, used: set[str], expected: str | None
) -> None:
    tree = imports(reference, used)
    assert (ast.unparse(tree) if tree else None) == expected


def test_words_are_all_that_could_be_names() -> None:
    assert words("assert add(x1, 'é y') == 2.5", "_a") == {"assert", "add", "x1", "é", "y", "_a"}
