"""Tests of operators and of what objects are alike, as people write them."""

from __future__ import annotations

from tests.sandbox.style import Style
from tests.sandbox.styles_of_classes import ANIMALS

VECTORS = """
import math

class V:
    def __init__(self, *xs):
        self.xs = list(xs)

    def __add__(self, o):
        return V(*[a + b for a, b in zip(self.xs, o.xs)])

    def __mul__(self, k):
        if not isinstance(k, (int, float)):
            return NotImplemented
        return V(*[a * k for a in self.xs])

    __rmul__ = __mul__

    def __eq__(self, o):
        return isinstance(o, V) and self.xs == o.xs

    def __hash__(self):
        return hash(tuple(self.xs))

    def __len__(self):
        return len(self.xs)

    def __getitem__(self, i):
        return self.xs[i]

    def __setitem__(self, i, v):
        self.xs[i] = v

    def __delitem__(self, i):
        del self.xs[i]

    def __iter__(self):
        return iter(self.xs)

    def __contains__(self, x):
        return x in self.xs

    def __bool__(self):
        return any(self.xs)

    def __abs__(self):
        return math.hypot(*self.xs)

    def __neg__(self):
        return V(*[-a for a in self.xs])

    def __iadd__(self, o):
        self.xs = [a + b for a, b in zip(self.xs, o.xs)]
        return self

    def __lt__(self, o):
        return abs(self) < abs(o)

    def __rsub__(self, k):
        return V(*[k - a for a in self.xs])

    def __rtruediv__(self, k):
        return V(*[k / a for a in self.xs])

    def __divmod__(self, k):
        return (V(*[a // k for a in self.xs]), V(*[a % k for a in self.xs]))

    def __format__(self, spec):
        return ",".join(format(a, spec) for a in self.xs)

    def __call__(self, x):
        return sum(a * x for a in self.xs)

    def __int__(self):
        return int(sum(self.xs))

    def __float__(self):
        return float(sum(self.xs))

    def __index__(self):
        return int(sum(self.xs))

    def __round__(self, n=0):
        return V(*[round(a, n) for a in self.xs])

    def __bytes__(self):
        return bytes(self.xs)
"""
STYLES = (
    Style(
        name="operators",
        program=VECTORS,
        tests="""
a, b = V(1, 2), V(3, 4)
assert a + b == V(4, 6)
assert a * 2 == V(2, 4)
assert 2 * a == V(2, 4)
assert -a == V(-1, -2)
assert abs(b) == 5
assert len(a) == 2
assert a[0] == 1
assert a[-1] == 2
assert a[0:2] == [1, 2]
assert 2 in a
assert 9 not in a
assert list(a) == [1, 2]
assert tuple(b) == (3, 4)
x, y = a
assert (x, y) == (1, 2)
a[0] = 7
assert a[0] == 7
del a[0]
assert len(a) == 1
assert bool(V(1))
assert not V(0)
assert not (V(1) == 1)
assert V(1) != "x"
""",
    ),
    Style(
        name="operators from the other side",
        program=VECTORS,
        tests=r"""
a = V(1, 2)
b = a
a += V(1, 1)
assert a == V(2, 3)
assert b is a
assert 1 - V(1, 2) == V(0, -1)
assert 2 / V(1, 2) == V(2, 1)
assert divmod(V(5, 7), 2) == (V(2, 3), V(1, 1))
assert f"{V(1.5, 2):.1f}" == "1.5,2.0"
assert V(1, 2)(3) == 9
assert int(V(1, 2)) == 3
assert float(V(1, 2)) == 3.0
assert [0, 1, 2, 3][V(1, 2)] == 3
assert round(V(1.26), 1) == V(1.3)
assert bytes(V(1, 2)) == b"\x01\x02"
assert sorted([V(3), V(1)])[0] == V(1)
assert min(V(3), V(1)) == V(1)
assert sum([V(1), V(2)], V(0)) == V(3)
""",
    ),
    Style(
        name="operators that are not there",
        program=VECTORS,
        tests="""
try:
    V(1) - 1
except TypeError:
    pass
else:
    assert False
try:
    V(1) >= V(2)
except TypeError:
    pass
else:
    assert False
""",
    ),
    Style(
        name="built-in functions that do not apply",
        program=ANIMALS,
        tests="""
d = Dog("x")
for f in (len, iter, next, abs, hash and (lambda x: x[0])):
    try:
        f(d)
    except TypeError:
        pass
    else:
        assert False, f
try:
    3 in d
except TypeError:
    pass
else:
    assert False
""",
    ),
    Style(
        name="truth",
        program=ANIMALS,
        tests="""
assert Dog("x")
assert bool(Dog("x")) is True
""",
    ),
    Style(
        name="data classes",
        program="""
from dataclasses import dataclass

@dataclass
class P:
    x: int
    y: int = 0
""",
        tests="""
assert P(1, 2) == P(1, 2)
assert P(1) != P(2)
assert not (P(1) == P(2))
assert repr(P(1)) == "P(x=1, y=0)"
assert [P(1), P(2)] == [P(1), P(2)]
assert P(1) in [P(0), P(1)]
assert P(1) != (1, 0)
assert P(1) != None
""",
    ),
    Style(
        name="frozen data classes",
        program="""
from dataclasses import dataclass

@dataclass(frozen=True, order=True)
class P:
    x: int
    y: int = 0
""",
        tests="""
import dataclasses

assert len({P(1), P(1), P(2)}) == 2
assert hash(P(1)) == hash(P(1))
assert P(1) < P(2)
assert sorted([P(2), P(1)])[0] == P(1)
assert max(P(1), P(2)) == P(2)
try:
    P(1).x = 2
except dataclasses.FrozenInstanceError:
    pass
else:
    assert False
d = {P(1): "a"}
assert d[P(1)] == "a"
""",
    ),
    Style(
        name="identity",
        program="""
class Node:
    def __init__(self, v, next=None):
        self.v = v
        self.next = next

_one = Node(1)

def get():
    return _one

def reverse(h):
    p = None
    while h:
        h.next, p, h = p, h, h.next
    return p
""",
        tests="""
a = Node(1)
b = Node(2, a)
assert b.next is a
assert get() is get()
assert a is not b
r = reverse(b)
assert r is a
assert r.next is b
assert b.next is None
c = Node(5)
c.next = a
assert c.next is a
assert a in [c, a]
assert [c, a].index(a) == 1
""",
    ),
    Style(
        name="objects without an order",
        program=ANIMALS,
        tests="""
try:
    sorted([Dog("a"), Dog("b")])
except TypeError:
    pass
else:
    assert False
""",
    ),
    Style(
        name="objects without a hash",
        program="""
class A:
    def __eq__(self, o):
        return True
""",
        tests="""
a = A()
try:
    hash(a)
except TypeError:
    pass
else:
    assert False
assert a == A()
""",
    ),
    Style(
        name="sets of objects",
        program=ANIMALS,
        tests="""
a = Dog("x")
b = Dog("y")
s = {a, b, a}
assert len(s) == 2
assert a in s
assert {a: 1}[a] == 1
assert [d.name for d in [a, b]] == ["x", "y"]
assert a != b
assert a == a
""",
    ),
    Style(
        name="lists of objects",
        program="""
class T:
    def __init__(self, p):
        self.p = p

def srt(ts):
    ts.sort(key=lambda t: t.p)

def best(ts):
    return max(ts, key=lambda t: t.p)
""",
        tests="""
a, b = T(2), T(1)
ts = [a, b]
srt(ts)
assert ts == [b, a]
assert ts[0] is b
assert best(ts) is a
""",
    ),
)
