"""Tests of calls, callbacks, exceptions and streams, as people write them, each with a program that passes it."""

from __future__ import annotations

from tests.sandbox.style import Style

STYLES = (
    Style(
        name="generators",
        program="""
def count(n):
    for i in range(n):
        yield i

def forever():
    n = 0
    while True:
        yield n
        n += 1
""",
        tests="""
import types, inspect

g = count(3)
assert next(g) == 0
assert list(g) == [1, 2]
assert next(g, None) is None
f = forever()
assert [next(f) for _ in range(3)] == [0, 1, 2]
assert isinstance(f, types.GeneratorType)
assert inspect.isgenerator(f)
import itertools

assert list(itertools.islice(forever(), 3)) == [0, 1, 2]
assert sum(count(4)) == 6
assert iter(f) is f
try:
    next(count(0))
except StopIteration:
    pass
else:
    assert False
assert list(zip(count(2), "ab")) == [(0, "a"), (1, "b")]
assert max(count(5)) == 4
assert set(count(2)) == {0, 1}
assert dict(zip(count(2), count(2))) == {0: 0, 1: 1}
assert [*count(2)] == [0, 1]
a, b = count(2)
assert 2 in count(3)
""",
    ),
    Style(
        name="generators that are sent to",
        program="""
def echo():
    got = None
    while True:
        got = yield got

def ret():
    yield 1
    return 5
""",
        tests="""
g = echo()
next(g)
assert g.send(3) == 3
g.close()
try:
    next(g)
except StopIteration:
    pass
else:
    assert False
g = echo()
next(g)
try:
    g.throw(ValueError, "x")
except ValueError:
    pass
r = ret()
next(r)
try:
    next(r)
except StopIteration as e:
    assert e.value == 5
""",
    ),
    Style(
        name="generators as plain values",
        program="""
def count(n):
    for i in range(n):
        yield i
""",
        tests="""
assert list(count(3)) == [0, 1, 2]
assert next(count(1)) == 0
""",
        objects=(),
    ),
    Style(
        name="closures",
        program="""
def adder(n):
    def add(x):
        return x + n

    return add

def compose(*fs):
    def run(x):
        for f in reversed(fs):
            x = f(x)
        return x

    return run

def counter():
    n = 0

    def up():
        nonlocal n
        n += 1
        return n

    return up
""",
        tests="""
assert adder(2)(3) == 5
assert callable(adder(1))
assert compose(lambda x: x + 1, adder(2))(1) == 4
c = counter()
c()
assert c() == 2
assert counter()() == 1
assert compose(str, len)([1]) == "1"
assert list(map(adder(1), [1, 2])) == [2, 3]
assert adder(1).__name__ == "add"
""",
    ),
    Style(
        name="decorators",
        program="""
import functools

def twice(f):
    @functools.wraps(f)
    def run(*a, **k):
        run.calls += 1
        return f(*a, **k) * 2

    run.calls = 0
    return run

def repeat(n):
    def deco(f):
        def run(*a):
            return [f(*a) for _ in range(n)]

        return run

    return deco

def memoize(f):
    cache = {}

    def run(*a):
        if a not in cache:
            cache[a] = f(*a)
        return cache[a]

    run.cache = cache
    return run
""",
        tests='''
@twice
def add(a, b=1):
    """adds"""
    return a + b

assert add(1) == 4
assert add(1, b=2) == 6
assert add.__name__ == "add"
assert add.__doc__ == "adds"
assert add.calls == 2

@repeat(3)
def hi(n):
    return n

assert hi("a") == ["a", "a", "a"]
n = 0

@memoize
def slow(x):
    global n
    n += 1
    return x * x

assert slow(3) == 9
assert slow(3) == 9
assert n == 1
assert slow.cache == {(3,): 9}

@memoize
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

assert fib(60) == 1548008755920
''',
    ),
    Style(
        name="callbacks",
        program="""
def apply(f, xs):
    return [f(x) for x in xs]

def double(x):
    return 2 * x

def fold(f, xs, z):
    for x in xs:
        z = f(z, x)
    return z
""",
        tests="""
assert apply(lambda x: double(x) + 1, [1, 2]) == [3, 5]
assert apply(double, [1]) == [2]
assert apply(len, ["ab"]) == [2]
assert apply(str.upper, ["a"]) == ["A"]
assert apply(int, ["3"]) == [3]
out = []
apply(out.append, [1, 2])
assert out == [1, 2]
assert fold(lambda a, b: a + b, [1, 2], 0) == 3
assert apply(lambda x: apply(lambda y: x * y, [1, 2]), [1, 2]) == [[1, 2], [2, 4]]
assert sorted([3, 1], key=double) == [1, 3]
""",
    ),
    Style(
        name="mocks as callbacks",
        program="""
def each(f, xs):
    for x in xs:
        f(x, n=1)

class Bus:
    def __init__(self):
        self.fs = {}

    def on(self, e, f):
        self.fs.setdefault(e, []).append(f)

    def off(self, e, f):
        self.fs[e].remove(f)

    def emit(self, e, *a):
        for f in self.fs.get(e, []):
            f(*a)
""",
        tests="""
from unittest.mock import Mock, call

m = Mock(return_value=None)
each(m, [1, 2])
assert m.call_count == 2
m.assert_called_with(2, n=1)
b = Bus()
k = Mock()
b.on("a", k)
b.emit("a", 5)
k.assert_called_once_with(5)
b.off("a", k)
b.emit("a", 6)
assert k.call_count == 1
""",
    ),
    Style(
        name="asynchronous functions",
        program="""
import asyncio

async def f(x):
    await asyncio.sleep(0)
    return x + 1

async def all(xs):
    return await asyncio.gather(*[f(x) for x in xs])

async def bad():
    raise ValueError("a")
""",
        tests="""
import asyncio

assert asyncio.run(f(1)) == 2

async def t():
    assert await f(1) == 2
    assert await asyncio.gather(f(1), f(2)) == [2, 3]
    try:
        await bad()
    except ValueError:
        pass
    else:
        assert False

asyncio.run(t())
assert asyncio.iscoroutinefunction(f)
""",
    ),
    Style(
        name="asynchronous methods",
        program="""
import asyncio

class A:
    def __init__(self):
        self.n = 0
        self.lock = asyncio.Lock()

    async def up(self):
        async with self.lock:
            self.n += 1
            await asyncio.sleep(0)
            return self.n

    async def __aenter__(self):
        return self

    async def __aexit__(self, *a):
        self.n = -1

async def gen(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i
""",
        tests="""
import asyncio

async def t():
    a = A()
    assert await a.up() == 1
    async with a as b:
        assert b is a
    assert a.n == -1
    assert [x async for x in gen(3)] == [0, 1, 2]
    return 1

assert asyncio.run(t()) == 1
""",
    ),
)
