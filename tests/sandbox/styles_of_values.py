"""Tests of what goes in and comes out, as people write them, each with a program that passes it."""

from __future__ import annotations

from tests.sandbox.style import Style

STYLES = (
    Style(
        name="changes in place",
        program="""
def f(xs):
    xs.append(9)
    xs[0] = 7

def g(d):
    d["a"] = 1
    d.pop("z", None)

def h(s):
    s.add(5)

def rows(m):
    m[0][1] = 5
    m.append([1])

def rot(m):
    m[:] = [list(r) for r in zip(*m[::-1])]

def ba(b):
    b.extend(b"x")

def deep(d):
    d["k"]["l"].append(1)

def kw(*, xs):
    xs.append(1)

def tup(t):
    t[0].append(1)
""",
        tests="""
a = [1, 2]
assert f(a) is None and a == [7, 2, 9]
d = {"z": 0}
g(d)
assert d == {"a": 1}
s = {1}
h(s)
assert s == {1, 5}
m = [[0, 0], [0, 0]]
row = m[0]
rows(m)
assert m == [[0, 5], [0, 0], [1]] and row == [0, 5]
m = [[1, 2], [3, 4]]
rot(m)
assert m == [[3, 1], [4, 2]]
b = bytearray(b"a")
ba(b)
assert b == bytearray(b"ax")
d = {"k": {"l": []}}
l = d["k"]["l"]
deep(d)
assert d == {"k": {"l": [1]}} and l == [1]
x = []
kw(xs=x)
assert x == [1]
t = ([],)
tup(t)
assert t == ([1],)
""",
    ),
    Style(
        name="the list that was given",
        program="""
def sort(xs):
    xs.sort()
    return xs

def copy(xs):
    return list(xs)

def nocopy(xs):
    return xs
""",
        tests="""
a = [3, 1]
r = sort(a)
assert r is a
assert a == [1, 3]
assert copy(a) is not a
assert copy(a) == a
n = nocopy(a)
n.append(5)
assert a == [1, 3, 5]
""",
    ),
    Style(
        name="the list that was given where a new one is wanted",
        program="""
def copy(xs):
    return xs
""",
        tests="""
a = [3, 1]
assert copy(a) is not a
""",
        verdict="wrong",
    ),
    Style(
        name="arguments of all kinds",
        program="""
def f(a, *b, c=3, **d):
    return (a, b, c, d)

def g(x, ys=[]):
    ys.append(x)
    return ys
""",
        tests="""
assert f(1) == (1, (), 3, {})
assert f(1, 2, 3, c=4, e=5) == (1, (2, 3), 4, {"e": 5})
assert f(*[1, 2], **{"z": 1}) == (1, (2,), 3, {"z": 1})
assert g(1) == [1]
assert g(2) == [1, 2]
assert g(3, []) == [3]
try:
    f()
except TypeError:
    pass
else:
    assert False
""",
    ),
    Style(
        name="large values",
        program="""
def f(xs):
    return sorted(xs)[::-1]

def pairs(n):
    return {(i, i + 1): i for i in range(n)}
""",
        tests="""
xs = list(range(100000))
assert f(xs) == xs[::-1]
assert len(pairs(50000)) == 50000
assert f(["x" * 1000] * 1000)[0] == "x" * 1000
""",
    ),
    Style(
        name="numbers",
        program="""
def f(n):
    return 2**n

def g():
    return float("inf"), float("nan"), -0.0, 1e308 * 10

def fact(n):
    import math

    return math.factorial(n)
""",
        tests="""
import math

assert f(5000) == 2**5000
assert f(100000) == 2**100000
a, b, c, d = g()
assert a == math.inf
assert math.isnan(b)
assert math.copysign(1, c) == -1
assert d == math.inf
assert fact(500) // fact(499) == 500
assert type(f(2)) is int
""",
    ),
    Style(
        name="trees of dicts",
        program="""
def walk(t):
    return [t["v"]] + [x for c in t.get("c", []) for x in walk(c)]
""",
        tests="""
assert walk({"v": 1, "c": [{"v": 2}, {"v": 3, "c": [{"v": 4}]}]}) == [1, 2, 3, 4]
""",
    ),
    Style(
        name="files",
        program="""
def save(p, t):
    with open(p, "w") as f:
        f.write(t)

def load(p):
    with open(p) as f:
        return f.read()
""",
        tests="""
import os, tempfile, pathlib

save("a.txt", "hi")
assert open("a.txt").read() == "hi"
assert load("a.txt") == "hi"
os.remove("a.txt")
with tempfile.TemporaryDirectory() as d:
    p = os.path.join(d, "b.txt")
    save(p, "x")
    assert open(p).read() == "x"
with tempfile.NamedTemporaryFile("w", delete=False) as f:
    f.write("q")
assert load(f.name) == "q"
os.unlink(f.name)
""",
    ),
    Style(
        name="paths",
        program="""
from pathlib import Path

def name(p):
    return Path(p).name

def up(p):
    return p.parent
""",
        tests="""
from pathlib import Path

assert name(Path("/a/b")) == "b"
assert up(Path("/a/b")) == Path("/a")
""",
    ),
    Style(
        name="dates",
        program="""
from datetime import *

def f(d):
    return d + timedelta(days=1)

def g():
    return datetime(2020, 1, 1, tzinfo=timezone.utc)

def age(b, today):
    return today.year - b.year
""",
        tests="""
from datetime import *

assert f(date(2020, 1, 31)) == date(2020, 2, 1)
assert f(datetime(2020, 1, 1, 5)) == datetime(2020, 1, 2, 5)
assert g() == datetime(2020, 1, 1, tzinfo=timezone.utc)
assert f(datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=2)))) == datetime(
    2020, 1, 2, tzinfo=timezone(timedelta(hours=2))
)
assert age(date(2000, 1, 1), date(2020, 1, 1)) == 20
""",
    ),
    Style(
        name="itertools",
        program="""
import itertools

def f(xs):
    return itertools.permutations(xs)

def g(xs):
    return itertools.chain(xs, [9])
""",
        tests="""
import itertools

assert list(f([1, 2])) == [(1, 2), (2, 1)]
assert list(g(itertools.chain([1], [2]))) == [1, 2, 9]
assert list(g(x for x in [1])) == [1, 9]
assert list(g(map(int, ["1"]))) == [1, 9]
assert list(g(itertools.count(0) if 0 else itertools.repeat(1, 2))) == [1, 1, 9]
""",
        objects=(),
    ),
    Style(
        name="characters",
        program=r"""
def f():
    return "\ud800 é 中 \x00"
""",
        tests=r"""
assert f() == "\ud800 é 中 \x00"
""",
    ),
    Style(
        name="random",
        program="""
import random

def f():
    random.seed(3)
    return random.random()

def g():
    return random.random()
""",
        tests="""
import random

random.seed(3)
a = random.random()
assert 0 <= a < 1
assert 0 <= f() < 1
assert 0 <= g() < 1
""",
    ),
    Style(
        name="time",
        program="""
import time

def f():
    t = time.time()
    time.sleep(0.01)
    return time.time() - t >= 0.01

def p():
    return time.perf_counter()
""",
        tests="""
import time

assert f()
s = time.time()
f()
assert time.time() - s < 2
assert p() > 0
""",
    ),
    Style(
        name="lambdas and partials",
        program="""
add = lambda a, b: a + b
from functools import partial

inc = partial(add, 1)
""",
        tests="""
assert add(1, 2) == 3
assert inc(2) == 3
""",
    ),
    Style(
        name="state of the program",
        program="""
_s = {}

def put(k, v):
    _s[k] = v

def get(k):
    return _s.get(k)
""",
        tests="""
put("a", [1])
assert get("a") == [1]
assert get("b") is None
""",
    ),
    Style(
        name="Pair",
        program="""
class Pair(object):
    def __init__(self, a, b):
        self.a = a
        self.b = b

def longest(arr, n):
    m = 0
    mcl = [1 for i in range(n)]
    for i in range(1, n):
        for j in range(0, i):
            if arr[i].a > arr[j].b and mcl[i] < mcl[j] + 1:
                mcl[i] = mcl[j] + 1
    return max(mcl)
""",
        tests="""
assert longest([Pair(5, 24), Pair(15, 25), Pair(27, 40), Pair(50, 60)], 4) == 3
""",
    ),
)
