"""Tests of classes as people write them, each with a program that passes it and one line of what it is about."""

from __future__ import annotations

from tests.sandbox.style import Style

ANIMALS = """
class Animal:
    kingdom = "animals"

    def __init__(self, name, sound="..."):
        self.name = name
        self.sound = sound
        self.log = []

    def speak(self, times=1):
        self.log.append(times)
        return " ".join([self.sound] * times)

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"

    def __str__(self):
        return f"the {self.name}"

    @property
    def title(self):
        return self.name.title()

    @title.setter
    def title(self, value):
        self.name = value.lower()

    @classmethod
    def make(cls, name):
        return cls(name)

    @staticmethod
    def legs():
        return 4

class Dog(Animal):
    def __init__(self, name):
        super().__init__(name, "woof")
"""
STYLES = (
    Style(
        name="linked lists",
        program="""
class Node:
    def __init__(self, data):
        self.data = data
        self.next = None

class LL:
    def __init__(self):
        self.head = None

    def append(self, d):
        n = Node(d)
        if not self.head:
            self.head = n
            return
        c = self.head
        while c.next:
            c = c.next
        c.next = n

    def to_list(self):
        o = []
        c = self.head
        while c:
            o.append(c.data)
            c = c.next
        return o
""",
        tests="""
l = LL()
l.append(1)
l.append(2)
assert l.to_list() == [1, 2]
assert l.head.data == 1
assert l.head.next.data == 2
assert l.head.next.next is None
l.head.data = 5
assert l.to_list() == [5, 2]
assert LL().head is None
assert LL().to_list() == []
""",
    ),
    Style(
        name="attributes",
        program=ANIMALS,
        tests="""
d = Dog("rex")
assert d.name == "rex"
d.name = "max"
assert d.name == "max"
assert d.speak(times=2) == "woof woof"
assert d.title == "Max"
d.title = "BO"
assert d.name == "bo"
""",
    ),
    Style(
        name="class attributes",
        program=ANIMALS,
        tests="""
assert Dog.kingdom == "animals"
Dog.kingdom = "pets"
assert Dog("a").kingdom == "pets"
assert Dog.make("x").name == "x"
assert Dog.legs() == 4
assert Dog("a").legs() == 4
""",
    ),
    Style(
        name="repr and str",
        program=ANIMALS,
        tests="""
d = Dog("rex")
assert repr(d) == "Dog('rex')"
assert str(d) == "the rex"
assert f"{d}" == "the rex"
assert "%s" % d == "the rex"
assert repr([d]) == "[Dog('rex')]"
""",
    ),
    Style(
        name="isinstance",
        program=ANIMALS,
        tests="""
d = Dog("rex")
assert isinstance(d, Dog)
assert isinstance(d, Animal)
assert not isinstance(3, Dog)
assert isinstance(d, (int, Animal))
assert not isinstance(Animal("x"), Dog)
""",
    ),
    Style(
        name="issubclass",
        program=ANIMALS,
        tests="""
Dog("x")
assert issubclass(Dog, Animal)
assert not issubclass(Animal, Dog)
""",
    ),
    Style(
        name="the name of a class",
        program=ANIMALS,
        tests="""
d = Dog("x")
assert d.__class__.__name__ == "Dog"
assert type(d).__name__ == "Dog"
assert Dog.__name__ == "Dog"
""",
    ),
    Style(
        name="hasattr",
        program=ANIMALS,
        tests="""
d = Dog("x")
assert hasattr(d, "name")
assert not hasattr(d, "wings")
assert getattr(d, "wings", 0) == 0
assert hasattr(Dog, "speak")
assert not hasattr(Dog, "fly")
assert callable(d.speak)
""",
    ),
    Style(
        name="vars",
        program=ANIMALS,
        tests="""
d = Dog("x")
assert d.__dict__ == {"name": "x", "sound": "woof", "log": []}
assert vars(d) == d.__dict__
""",
    ),
    Style(
        name="deleted attributes",
        program=ANIMALS,
        tests="""
d = Dog("x")
del d.name
assert not hasattr(d, "name")
""",
    ),
    Style(
        name="properties that raise",
        program="""
class T:
    def __init__(self, c):
        self.c = c

    @property
    def c(self):
        return self._c

    @c.setter
    def c(self, v):
        if v < -273:
            raise ValueError("too cold")
        self._c = v
""",
        tests="""
import unittest

class X(unittest.TestCase):
    def test(self):
        t = T(5)
        with self.assertRaises(ValueError):
            t.c = -300
        with self.assertRaises(ValueError):
            T(-300)
        self.assertEqual(t.c, 5)
        with self.assertRaises(AttributeError):
            t.d
        t.c = 6
        self.assertEqual(t.c, 6)
""",
    ),
    Style(
        name="abstract classes",
        program="""
from abc import ABC, abstractmethod

class Shape(ABC):
    @abstractmethod
    def area(self): ...

class Sq(Shape):
    def __init__(self, a):
        self.a = a

    def area(self):
        return self.a**2
""",
        tests="""
assert Sq(2).area() == 4
assert isinstance(Sq(1), Shape)
assert issubclass(Sq, Shape)
try:
    Shape()
except TypeError:
    pass
else:
    assert False
""",
    ),
    Style(
        name="singleton",
        program="""
class S:
    _i = None

    def __new__(cls):
        if cls._i is None:
            cls._i = super().__new__(cls)
        return cls._i
""",
        tests="""
assert S() is S()
assert id(S()) == id(S())
""",
    ),
    Style(
        name="counters in a class",
        program="""
class A:
    n = 0

    def __init__(self):
        A.n += 1
""",
        tests="""
A()
A()
assert A.n == 2
""",
    ),
    Style(
        name="private attributes",
        program="""
class A:
    def __init__(self):
        self._x = 1
        self.__y = 2
""",
        tests="""
a = A()
assert a._x == 1
assert a._A__y == 2
assert not hasattr(a, "__y")
""",
    ),
    Style(
        name="bound methods",
        program="""
class A:
    def __init__(self):
        self.h = []

    def add(self, x):
        self.h.append(x)
        return self
""",
        tests="""
a = A()
f = a.add
f(1).add(2).add(3)
assert a.h == [1, 2, 3]
assert A.add(a, 4) is a
assert a.h[-1] == 4
""",
    ),
    Style(
        name="a class in a class",
        program="""
class A:
    class B:
        v = 1

    def make(self):
        return A.B()
""",
        tests="""
assert A.B.v == 1
assert A.B().v == 1
assert isinstance(A().make(), A.B)
""",
    ),
    Style(
        name="format",
        program="""
class M:
    def __init__(self, v):
        self.v = v

    def __str__(self):
        return f"${self.v}"
""",
        tests="""
assert f"{M(3)}" == "$3"
assert "{}".format(M(3)) == "$3"
assert str([1]) == "[1]"
assert "x" + str(M(1)) == "x$1"
assert print(M(1)) is None
""",
    ),
    Style(
        name="deepcopy",
        program=ANIMALS,
        tests="""
import copy

d = Dog("x")
e = copy.deepcopy(d)
f = copy.copy(d)
e.name = "y"
assert d.name == "x"
assert e is not d
assert f.name == "x"
assert isinstance(e, Dog)
""",
    ),
    Style(
        name="matches",
        program=r"""
import re

def f(s):
    return re.match(r"(\d+)", s)
""",
        tests="""
assert f("12a")
assert f("12a").group(1) == "12"
assert f("x") is None
""",
    ),
)
