"""Files of tests as people write them: functions, classes, test cases, setup, imports, each with what comes of it."""

from __future__ import annotations

from tests.sandbox.style import Style

ADD = """
def add(a, b):
    return a + b
"""
STYLES = (
    Style(
        name="async unittest",
        program="""
async def f(x):
    return x + 1
""",
        tests="""
import unittest

class T(unittest.IsolatedAsyncioTestCase):
    async def test(self):
        self.assertEqual(await f(1), 2)
""",
    ),
    Style(
        name="async unittest wrong",
        program="""
async def f(x):
    return x
""",
        tests="""
import unittest

class T(unittest.IsolatedAsyncioTestCase):
    async def test(self):
        self.assertEqual(await f(1), 2)
""",
        verdict="wrong",
    ),
    Style(
        name="async test function wrong",
        program="""
async def f(x):
    return x
""",
        tests="""
async def test_f():
    assert await f(1) == 2
""",
        verdict="wrong",
    ),
    Style(
        name="unittest main wrong",
        program="""
def add(a, b):
    return a - b
""",
        tests="""
import unittest

class T(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.n = getattr(cls, "n", 0) + 1

    def setUp(self):
        self.v = add(1, 1)

    def tearDown(self):
        self.v = None

    def test_a(self):
        self.assertEqual(self.v, 2)

    def test_b(self):
        self.assertEqual(add(2, 3), 5)
        self.assertEqual(self.n, 1)

    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertEqual(add(i, 1), i + 1)

    @unittest.skip("later")
    def test_s(self):
        self.fail()

    def test_s2(self):
        self.skipTest("no")

    @unittest.expectedFailure
    def test_x(self):
        self.assertEqual(add(1, 1), 3)

if __name__ == "__main__":
    unittest.main()
""",
        verdict="wrong",
    ),
    Style(
        name="unittest domain",
        program=ADD,
        tests="""
import unittest

class T(unittest.TestCase):
    def test_domain(self):
        self.assertEqual(add(1, 1), 2)
""",
    ),
    Style(
        name="unittest domain wrong",
        program="""
def add(a, b):
    return a - b
""",
        tests="""
import unittest

class T(unittest.TestCase):
    def test_domain(self):
        self.assertEqual(add(1, 1), 2)
""",
        verdict="wrong",
    ),
    Style(
        name="pytest classes",
        program=ADD,
        tests="""
class TestAdd:
    def setup_method(self):
        self.x = 1

    def test_a(self):
        assert add(self.x, 1) == 2
""",
    ),
    Style(
        name="pytest classes wrong",
        program="""
def add(a, b):
    return a - b
""",
        tests="""
class TestAdd:
    def setup_method(self):
        self.x = 1

    def test_a(self):
        assert add(self.x, 1) == 2
""",
        verdict="wrong",
    ),
    Style(
        name="test functions",
        program=ADD,
        tests="""
def test_a():
    assert add(1, 1) == 2

def test_b():
    assert add(1, 2) == 3
""",
    ),
    Style(
        name="test functions called",
        program=ADD,
        tests="""
def test_a():
    assert add(1, 1) == 2

if __name__ == "__main__":
    test_a()
    print("ok")
""",
    ),
    Style(
        name="test functions in run_all",
        program=ADD,
        tests="""
def test_a():
    assert add(1, 1) == 2

def run_all():
    test_a()
""",
    ),
    Style(
        name="test functions in run_all wrong",
        program="""
def add(a, b):
    return 2.5
""",
        tests="""
def test_a():
    assert add(1, 1) == 2

def run_all():
    test_a()
""",
        verdict="wrong",
    ),
    Style(
        name="check",
        program=ADD,
        tests="""
METADATA = {"a": 1}

def check(candidate):
    assert candidate(1, 2) == 3
    assert candidate(0, 0) == 0, "zero"
""",
        entry_point="add",
    ),
    Style(
        name="check called",
        program=ADD,
        tests="""
def check(candidate):
    assert candidate(1, 2) == 3

check(add)
""",
        entry_point="add",
    ),
    Style(
        name="check wrong",
        program="""
def add(a, b):
    return 3
""",
        tests="""
def check(candidate):
    assert candidate(1, 2) == 3
    assert candidate(0, 0) == 0, "zero"
""",
        verdict="wrong",
        entry_point="add",
    ),
    Style(
        name="setup",
        program="""
class Node:
    def __init__(self, v):
        self.v = v
        self.left = None

def depth(n):
    return 1 + depth(n.left) if n else 0
""",
        tests="""
assert depth(root) == 2
""",
        setup="import math\nroot=Node(1)\nroot.left=Node(2)",
    ),
    Style(
        name="from solution",
        program=ADD,
        tests="""
from solution import add

assert add(1, 1) == 2
""",
    ),
    Style(
        name="import solution",
        program=ADD,
        tests="""
import solution

assert solution.add(1, 1) == 2
""",
    ),
    Style(
        name="from solution star",
        program=ADD,
        tests="""
from solution import *

def test():
    assert add(1, 1) == 2
""",
    ),
    Style(
        name="what the program imports",
        program="""
import math
from collections import Counter

def area(r):
    return math.pi * r * r

def cnt(s):
    return Counter(s)
""",
        tests="""
assert math.isclose(area(1), math.pi)
assert cnt("a") == Counter("a")
""",
        reference="""
import math
from collections import Counter

def area(r):
    return math.pi * r * r

def cnt(s):
    return Counter(s)
""",
    ),
    Style(
        name="what another program imports",
        program="""
def area(r):
    return 3.141592653589793 * r * r

def cnt(s):
    return {"a": 1}
""",
        tests="""
assert math.isclose(area(1), math.pi)
assert cnt("a") == Counter("a")
""",
        reference="""
import math
from collections import Counter

def area(r):
    return math.pi * r * r

def cnt(s):
    return Counter(s)
""",
    ),
    Style(
        name="a function with a built-in name",
        program="""
def sum(a, b):
    return a + b
""",
        tests="""
assert sum(10, 15) == 25
""",
        reference="""
def sum(a, b):
    return a + b
""",
    ),
    Style(
        name="a built-in function that the program has anew",
        program="""
def all(xs):
    return False

def f(xs):
    return list(xs)
""",
        tests="""
assert all(x == y for x, y in zip(f([1]), [1]))
assert f([2]) == [2]
""",
    ),
    Style(
        name="text that is evaluated",
        program="""
def f(x):
    return f"{x}+1"
""",
        tests="""
assert eval(f(2)) == 3
""",
    ),
    Style(
        name="broken text that is evaluated",
        program="""
def f(x):
    return f"{x}+"
""",
        tests="""
assert eval(f(2)) == 3
""",
        verdict="wrong",
    ),
)
