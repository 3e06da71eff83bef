"""Tests of types of the standard library, of types below them, and of recursion, iteration and threads."""

from __future__ import annotations

from tests.sandbox.style import Style

STYLES = (
    Style(
        name="named tuples",
        program="""
from collections import namedtuple

P = namedtuple("P", "x y")

def f():
    return P(1, 2)
""",
        tests="""
p = f()
assert p.x == 1
assert p == (1, 2)
assert p == P(1, 2)
assert p[1] == 2
assert len(p) == 2
x, y = p
assert p._asdict() == {"x": 1, "y": 2}
assert p._replace(x=5).x == 5
assert isinstance(p, P)
assert repr(p) == "P(x=1, y=2)"
assert P(x=3, y=4).y == 4
assert P._fields == ("x", "y")
assert {p: 1}[(1, 2)] == 1
assert sorted([P(2, 1), P(1, 2)])[0] == p
""",
    ),
    Style(
        name="enumerations",
        program="""
from enum import Enum, IntEnum, auto

class C(Enum):
    RED = 1
    BLUE = "b"

class L(IntEnum):
    LOW = 1
    HIGH = 2

def f():
    return C.RED

def g():
    return L.HIGH
""",
        tests="""
assert f() is C.RED
assert f() == C.RED
assert C.RED != C.BLUE
assert C.RED.value == 1
assert C.RED.name == "RED"
assert C("b") is C.BLUE
assert C["RED"] is C.RED
assert list(C) == [C.RED, C.BLUE]
assert len(C) == 2
assert C.RED in C
assert isinstance(f(), C)
assert {C.RED: 1}[C.RED] == 1
assert str(C.RED) == "C.RED"
assert g() == 2
assert g() is L.HIGH
assert g().name == "HIGH"
assert L.LOW < L.HIGH
assert [m.name for m in L] == ["LOW", "HIGH"]
assert C.RED != 1
try:
    C(9)
except ValueError:
    pass
else:
    assert False
""",
    ),
    Style(
        name="collections",
        program="""
from collections import *

def f(s):
    return Counter(s)

def g(xs):
    d = defaultdict(list)
    for k, v in xs:
        d[k].append(v)
    return d

def h():
    return OrderedDict([("b", 1), ("a", 2)])

def q(d):
    d.append(1)
    return deque(d, maxlen=3)

class W:
    def count(self, s):
        return Counter(s)

    def group(self, xs):
        return g(xs)
""",
        tests="""
from collections import *

assert f("aab") == {"a": 2, "b": 1}
assert f("aab") == Counter("aab")
assert f("aab").most_common(1) == [("a", 2)]
assert f("a")["z"] == 0
assert g([(1, 2), (1, 3)]) == {1: [2, 3]}
assert isinstance(g([]), dict)
assert g([])[5] == []
assert list(h()) == ["b", "a"]
assert h() == OrderedDict([("b", 1), ("a", 2)])
d = deque([5])
assert q(d) == deque([5, 1])
assert d == deque([5, 1])
assert W().count("aa") == {"a": 2}
assert W().group([(1, 2)]) == {1: [2]}
assert f(Counter("ab")) == {"a": 1, "b": 1}
""",
    ),
    Style(
        name="list subclass",
        program="""
class Stack(list):
    def push(self, x):
        self.append(x)

    def peek(self):
        return self[-1]
""",
        tests="""
s = Stack()
s.push(1)
s.push(2)
assert s.peek() == 2
assert len(s) == 2
assert s == [1, 2]
assert s.pop() == 2
assert s == [1]
assert list(s) == [1]
assert s != [2]
assert isinstance(s, Stack)
assert [1] == s
""",
    ),
    Style(
        name="dict subclass",
        program="""
from collections import OrderedDict

class LRU(OrderedDict):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def put(self, k, v):
        self[k] = v
        self.move_to_end(k)
        if len(self) > self.n:
            self.popitem(last=False)

    def read(self, k):
        if k not in self:
            return -1
        self.move_to_end(k)
        return self[k]
""",
        tests="""
c = LRU(2)
c.put(1, 1)
c.put(2, 2)
assert c.read(1) == 1
c.put(3, 3)
assert c.read(2) == -1
assert len(c) == 2
assert 1 in c
assert c[3] == 3
assert dict(c) == {1: 1, 3: 3}
assert c == {1: 1, 3: 3}
assert list(c.items()) == [(1, 1), (3, 3)]
assert {**c} == {1: 1, 3: 3}
""",
    ),
    Style(
        name="str subclass",
        program="""
class S(str):
    def shout(self):
        return self.upper() + "!"

def f(x):
    return S(x)
""",
        tests="""
s = f("a")
assert s == "a"
assert s.shout() == "A!"
""",
    ),
    Style(
        name="types as values",
        program="""
def conv(x, t):
    return t(x)

def kind(x):
    return type(x)

class A:
    pass

def cls():
    return A

def make(k):
    return k()
""",
        tests="""
assert conv("3", int) == 3
assert kind(3) is int
assert kind("") == str
assert isinstance(make(A), A)
assert make(list) == []
""",
    ),
    Style(
        name="exceptions as values",
        program="""
def name(e):
    return type(e).__name__ + ":" + str(e)

def errs():
    return [ValueError("a")]
""",
        tests="""
assert name(KeyError(1)) == "KeyError:1"
assert isinstance(errs()[0], ValueError)
assert str(errs()[0]) == "a"
""",
    ),
    Style(
        name="recursion",
        program="""
def s(n):
    return 0 if n == 0 else n + s(n - 1)

import sys

def deep(n):
    sys.setrecursionlimit(20000)
    return s(n)
""",
        tests="""
assert s(950) == 451725
assert deep(5000) == 12502500
""",
    ),
    Style(
        name="recursion to the usual limit",
        program="""
def s(n):
    return 0 if n == 0 else n + s(n - 1)
""",
        tests="""
assert s(980) == 480690
""",
    ),
    Style(
        name="lru_cache",
        program="""
from functools import lru_cache

@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
""",
        tests="""
assert fib(90) == 2880067194370816120
assert fib.cache_info().hits > 0
fib.cache_clear()
assert fib.cache_info().currsize == 0
""",
    ),
    Style(
        name="iterators",
        program="""
class R:
    def __init__(self, n):
        self.n = n
        self.i = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.i >= self.n:
            raise StopIteration
        self.i += 1
        return self.i
""",
        tests="""
r = R(3)
assert iter(r) is r
assert next(r) == 1
assert list(r) == [2, 3]
assert [x for x in R(2)] == [1, 2]
""",
    ),
    Style(
        name="iteration by index",
        program="""
class Q:
    def __getitem__(self, i):
        if i > 2:
            raise IndexError
        return i * i
""",
        tests="""
assert list(Q()) == [0, 1, 4]
assert 4 in Q()
assert 3 not in Q()
""",
    ),
    Style(
        name="threads of the program",
        program="""
import threading

class C:
    def __init__(self):
        self.n = 0
        self.l = threading.Lock()

    def up(self):
        with self.l:
            self.n += 1

def par(k):
    c = C()
    ts = [threading.Thread(target=c.up) for _ in range(k)]
    [t.start() for t in ts]
    [t.join() for t in ts]
    return c.n
""",
        tests="""
assert par(10) == 10
""",
    ),
    Style(
        name="threads of the tests",
        program="""
class C:
    def __init__(self):
        self.n = 0

    def up(self):
        self.n += 1
""",
        tests="""
import threading

c = C()
ts = [threading.Thread(target=c.up) for _ in range(8)]
[t.start() for t in ts]
[t.join() for t in ts]
assert c.n == 8
""",
    ),
    Style(
        name="callbacks from threads",
        program="""
from concurrent.futures import ThreadPoolExecutor

def par(f, xs):
    with ThreadPoolExecutor(4) as p:
        return list(p.map(f, xs))
""",
        tests="""
assert par(lambda x: x * 2, [1, 2, 3]) == [2, 4, 6]
""",
    ),
)
