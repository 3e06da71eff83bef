"""Tests of exceptions, context managers and streams, as people write them."""

from __future__ import annotations

from tests.sandbox.style import Style

STYLES = (
    Style(
        name="exceptions of the program",
        program="""
class BankError(Exception):
    def __init__(self, need, have):
        super().__init__(f"need {need}, have {have}")
        self.need = need

class Broke(BankError, ValueError):
    pass

def pay(n):
    if n > 5:
        raise Broke(n, 5)
    return n
""",
        tests=r"""
import unittest

class T(unittest.TestCase):
    def test_a(self):
        with self.assertRaises(BankError) as cm:
            pay(9)
        self.assertEqual(str(cm.exception), "need 9, have 5")
        self.assertEqual(cm.exception.need, 9)
        self.assertIsInstance(cm.exception, Broke)
        self.assertIs(type(cm.exception), Broke)
        with self.assertRaisesRegex(ValueError, "need \\d"):
            pay(8)
        self.assertTrue(issubclass(Broke, BankError) and issubclass(BankError, Exception))

    def test_b(self):
        self.assertEqual(pay(1), 1)
""",
    ),
    Style(
        name="exceptions that tests make",
        program="""
class E(Exception):
    def __init__(self, code, msg="m"):
        super().__init__(msg)
        self.code = code
""",
        tests="""
e = E(3)
assert e.code == 3
assert str(e) == "m"
assert isinstance(e, Exception)
try:
    raise E(4, "x")
except E as f:
    assert f.code == 4
""",
    ),
    Style(
        name="exceptions of Python",
        program=r"""
import json

def f(k):
    if k == "key":
        return {}["k"]
    if k == "zero":
        return 1 / 0
    if k == "idx":
        return [][1]
    if k == "attr":
        return None.x
    if k == "val":
        raise ValueError("bad", 3)
    if k == "json":
        return json.loads("{")
    if k == "uni":
        return b"\xff".decode("utf8")
    if k == "file":
        return open("missing.txt")
    if k == "assert":
        assert False, "no"
    if k == "ni":
        raise NotImplementedError
    if k == "custom":

        class Inner(ValueError):
            pass

        raise Inner("deep")
    if k == "dec":
        import decimal

        decimal.Decimal("x")
    if k == "rec":
        return f("rec")
    if k == "os":
        raise OSError(2, "nope")
    if k == "timeout":
        raise TimeoutError("late")
""",
        tests="""
def fails(k, kind, text=None, args=None):
    try:
        f(k)
    except kind as e:
        if text is not None:
            assert str(e) == text, str(e)
        if args is not None:
            assert e.args == args, e.args
    else:
        assert False, k

import json, decimal

fails("key", KeyError, "'k'", ("k",))
fails("zero", ZeroDivisionError, "division by zero")
fails("idx", LookupError)
fails("attr", AttributeError)
fails("val", ValueError, None, ("bad", 3))
fails("json", json.JSONDecodeError)
fails("json", ValueError)

fails("uni", UnicodeDecodeError)
fails("uni", ValueError)
fails("file", FileNotFoundError)
fails("file", OSError)
fails("assert", AssertionError, "no")
fails("ni", NotImplementedError, "")
fails("custom", ValueError, "deep")
fails("dec", decimal.InvalidOperation)
fails("rec", RecursionError)
fails("os", FileNotFoundError)
try:
    f("os")
except OSError as e:
    assert e.errno == 2
fails("timeout", TimeoutError, "late")
""",
    ),
    Style(
        name="callbacks that raise",
        program="""
def safe(f, *a):
    try:
        return f(*a)
    except ValueError as e:
        return "caught " + str(e)

def retry(f, n, kinds=(Exception,)):
    for i in range(n):
        try:
            return f()
        except kinds:
            if i == n - 1:
                raise
""",
        tests="""
def bad():
    raise ValueError("x")

assert safe(bad) == "caught x"

class Mine(Exception):
    def __init__(self, a):
        super().__init__(a)
        self.a = a

calls = []

def mine():
    calls.append(1)
    raise Mine(7)

try:
    retry(mine, 3)
except Mine as e:
    assert e.a == 7 and str(e) == "7"
else:
    assert False
assert len(calls) == 3
try:
    retry(bad, 2, (ValueError, KeyError))
except ValueError as e:
    assert str(e) == "x"
else:
    assert False
""",
    ),
    Style(
        name="context managers",
        program="""
class C:
    def __init__(self):
        self.log = []

    def __enter__(self):
        self.log.append("in")
        return self

    def __exit__(self, t, v, tb):
        self.log.append(t.__name__ if t else "out")
        self.v = str(v)
        return t is ValueError
""",
        tests="""
c = C()
with c as d:
    assert d is c
assert c.log == ["in", "out"]
with c:
    raise ValueError("bad")
assert c.log[-1] == "ValueError"
assert c.v == "bad"
try:
    with c:
        raise KeyError("k")
except KeyError as e:
    assert e.args == ("k",)
else:
    assert False
assert c.log[-1] == "KeyError"
""",
    ),
    Style(
        name="contextlib",
        program="""
from contextlib import contextmanager

@contextmanager
def tag(log, n):
    log("<" + n)
    try:
        yield n
    except ValueError:
        log("!")
    finally:
        log(">" + n)
""",
        tests="""
out = []
with tag(out.append, "a") as n:
    assert n == "a"
with tag(out.append, "b"):
    raise ValueError
assert out == ["<a", ">a", "<b", "!", ">b"]
""",
    ),
    Style(
        name="a program that exits",
        program="""
import sys

def main(n):
    sys.exit(0)
""",
        tests="""
main(1)
assert False
""",
        verdict="exception",
    ),
    Style(
        name="any exception",
        program="""
def f(x):
    raise ValueError
""",
        tests="""
import unittest

class T(unittest.TestCase):
    def test(self):
        self.assertRaises(ValueError, f, 1)
        with self.assertRaises(Exception):
            f(2)
""",
    ),
    Style(
        name="what is printed",
        program="""
import sys

def hi(n):
    print("hi", n)
    print("x", end="")
    print("err", file=sys.stderr)
""",
        tests=r"""
import io, contextlib

b = io.StringIO()
with contextlib.redirect_stdout(b):
    hi("a")
assert b.getvalue() == "hi a\nx", b.getvalue()
import sys

old = sys.stdout
sys.stdout = io.StringIO()
hi("b")
v = sys.stdout.getvalue()
sys.stdout = old
assert v == "hi b\nx"
e = io.StringIO()
with contextlib.redirect_stderr(e):
    hi("c")
assert e.getvalue() == "err\n"
from unittest.mock import patch

with patch("sys.stdout", new_callable=io.StringIO) as o:
    hi("d")
    assert o.getvalue() == "hi d\nx"
""",
    ),
    Style(
        name="what is read",
        program="""
import sys

def ask():
    n = int(input("n? "))
    return [input() for _ in range(n)]

def lines():
    return [l.strip() for l in sys.stdin]

def rd():
    return sys.stdin.read().split()

def rl():
    return sys.stdin.readline()
""",
        tests=r"""
import io, sys
from unittest.mock import patch

with patch("builtins.input", side_effect=["2", "a", "b"]) as i:
    assert ask() == ["a", "b"]
assert i.call_args_list[0][0] == ("n? ",)
assert i.call_args_list[1][0] == ()
with patch("builtins.input", lambda *a: "0"):
    assert ask() == []
sys.stdin = io.StringIO("1\nz\n")
assert ask() == ["z"]
sys.stdin = io.StringIO("a\nb\n")
assert lines() == ["a", "b"]
with patch("sys.stdin", io.StringIO("1 2\n3")):
    assert rd() == ["1", "2", "3"]
with patch("sys.stdin", io.StringIO("q\nr")):
    assert rl() == "q\n" and rl() == "r" and rl() == ""
sys.stdin = io.StringIO("")
try:
    ask()
except EOFError:
    pass
else:
    assert False
""",
    ),
    Style(
        name="logging",
        program="""
import logging

def f():
    logging.warning("x")
    return 1
""",
        tests="""
assert f() == 1
""",
    ),
)
