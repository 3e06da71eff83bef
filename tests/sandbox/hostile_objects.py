"""Hostile objects: programs whose tests hold objects of theirs, and that give more of them than the reference did."""

from __future__ import annotations

from tests.sandbox.hostile import SERVER, hostile

_VECTOR = """
class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)
    def norm(self):
        return 5
    def parts(self):
        return [self.x, self.y]
"""
_ONE = """
class One:
    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = __bool__ = lambda *_: True
    __hash__ = __len__ = __index__ = __int__ = __round__ = __abs__ = lambda *_: 1
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __float__ = lambda *_: 0
    __iter__ = lambda self: iter([self])
    __getattr__ = lambda self, name: One()
    __call__ = lambda self, *args: One()
    __str__ = __repr__ = __format__ = lambda *_: "5"
"""
_ALLOWED = ("Vector", "__add__")


_ATTRIBUTE = "Vector.x = property(lambda self: One(), lambda *_: None)"

OBJECTS = (
    hostile(
        "an object where the reference gave a number",
        "bad_return_type",
        "only Vector and + may give one",
        f"{_ONE}{_VECTOR}\nVector.norm = lambda self: One()",
        tests="assert Vector(3, 4).norm() == 5",
        objects=_ALLOWED,
    ),
    *(
        hostile(
            f"an object for a method, in {test!r}",
            "bad_return_type",
            "norm() is not allowed to give one",
            f"{_ONE}{_VECTOR}\nVector.norm = lambda self: One()",
            tests=f"v = Vector(3, 4)\nassert {test}",
            objects=_ALLOWED,
        )
        for test in (
            "abs(v.norm() - 5) < 1e-6",
            "v.norm() > 4",
            "v.norm()",
            "str(v.norm()) == '5'",
            "5 in v.norm()",
            "v.norm() != 4",
        )
    ),
    hostile(
        "an object that nobody looks at",
        "pass",
        "the tests say no more than that there is something",
        f"{_ONE}{_VECTOR}\nVector.norm = lambda self: One()",
        tests="assert Vector(3, 4).norm() is not None",
        objects=_ALLOWED,
    ),
    *(
        hostile(
            f"an object for an attribute, in {test!r}",
            "bad_return_type|wrong",
            "x is not allowed to give one",
            f"{_ONE}{_VECTOR}\n{_ATTRIBUTE}",
            tests=f"v = Vector(5, 4)\nassert {test}",
            objects=_ALLOWED,
        )
        for test in (
            "v.x == 5",
            "abs(v.x - 5) < 1e-6",
            "v.x > 4",
            "str(v.x) == '5'",
            "f'{v.x}' == '5'",
            "5 in v.x",
            "int(v.x) == 1",
            "v.x",
            "len(v.x) == 1",
            "[v.x] == [5]",
            "(v.x, v.y) == (5, 4)",
            "v.x in [5]",
            "isinstance(v.x, int)",
            "{v.x: 1} == {5: 1}",
            "v.x() == 5",
            "v.x.y == 5",
            "list(v.x) == [5]",
            "v.x[0] == 5",
            "any(v.x == n for n in range(9))",
            "sorted([v.x, 5]) == [5, 5]",
            "max(v.x, 1) == 5",
            "hash(v.x) == hash(5)",
            "sum([v.x]) == 5",
            "not v.x != 5",
        )
    ),
    hostile(
        "an object that equals everything, where one may come",
        "wrong|bad_return_type",
        "with a plain value it is compared here, not there",
        f"{_ONE}Vector = lambda *args: One()",
        tests="assert Vector(1, 2) == 3",
        objects=_ALLOWED,
    ),
    hostile(
        "a list that holds an object",
        "bad_return_type",
        "parts() gave a plain list of the reference",
        f"{_ONE}{_VECTOR}\nVector.parts = lambda self: [One(), One()]",
        tests="assert Vector(1, 2).parts() == [1, 2]",
        objects=_ALLOWED,
    ),
    hostile(
        "an exception that holds an object",
        "bad_return_type|exception|wrong",
        "its arguments are looked at by tests",
        f"{_ONE}{_VECTOR}\ndef norm(self):\n    raise ValueError(One())\nVector.norm = norm",
        tests="""
            try:
                Vector(1, 2).norm()
            except ValueError as error:
                assert error.args[0] - 5 == 0
            else:
                raise AssertionError
            """,
        objects=_ALLOWED,
    ),
    hostile(
        "a subclass of int that says another number each time",
        "wrong|bad_return_type",
        "it is data, and read once",
        f"{_VECTOR}\nclass Many(int):\n    __eq__ = lambda *_: True\nVector.__new__ = lambda cls, *args: Many(7)",
        tests="assert Vector(1, 2) == 3",
        objects=_ALLOWED,
    ),
    hostile(
        "an object of a class of its own under isinstance()",
        "wrong|bad_return_type|exception",
        "",
        f"{_ONE}class Vector:\n    def __new__(cls, *args):\n        return One()\n",
        tests="assert isinstance(Vector(1, 2), Vector) and Vector(1, 2).x == 1",
        objects=_ALLOWED,
    ),
    hostile(
        "an object that is called",
        "bad_return_type",
        "what a held object gives is allowed by its own name",
        f"{_ONE}{_VECTOR}\nVector.__call__ = lambda self: One()",
        tests="assert Vector(1, 2)() > 4",
        objects=_ALLOWED,
    ),
    hostile(
        "an object from an object that was called, where a number was due",
        "bad_return_type",
        "what gave the function may give one, the function may not",
        f"{_ONE}\ndef adder(a):\n    return lambda b: One()",
        tests="assert abs(adder(1)(2) - 3) < 1e-6",
        objects=("adder",),
    ),
    hostile(
        "an object from an instance that was called, where a number was due",
        "bad_return_type",
        "what gave the instance may give one, the instance may not",
        f"{_ONE}\n{_VECTOR}\nVector.__call__ = lambda self: One()",
        tests="assert abs(Vector(1, 2)() - 5) < 1e-6",
        objects=_ALLOWED,
    ),
    hostile(
        "an object for a cell of a row",
        "bad_return_type",
        "m[1] gave a row of the reference, and m[1][1] a number",
        f"""{_ONE}
class Matrix:
    def __init__(self, depth):
        self.depth = depth
    def __getitem__(self, index):
        return Matrix(self.depth - 1) if self.depth > 1 else One()
""",
        tests="assert abs(Matrix(2)[1][1] - 4) < 1e-6",
        objects=("Matrix", "__getitem__"),
    ),
    *(
        hostile(
            f"an object that the tests had, {name}",
            "bad_return_type|wrong|crash",
            "it is known, and stands where a number was due",
            f"{_VECTOR}\nVector.__sub__ = lambda *_: 0\n{program}",
            tests=f"v = Vector(3, 4)\nout = []\n{test}",
            objects=_ALLOWED,
        )
        for name, program, test in (
            (
                "put in their list",
                "def norms(v, out):\n    out.append(v)",
                "norms(v, out)\nassert abs(out[0] - 5) < 1e-6",
            ),
            (
                "given to their function",
                "def norms(v, f):\n    f(v)",
                "norms(v, out.append)\nassert abs(out[0] - 5) < 1e-6",
            ),
            ("in their own list", "def norms(vs):\n    return vs", "assert abs(norms([v])[0] - 5) < 1e-6"),
            (
                "in an exception",
                "def norm(v):\n    raise ValueError(v)",
                "try:\n    norm(v)\nexcept ValueError as e:\n    assert abs(e.args[0] - 5) < 1e-6",
            ),
            (
                "as what was given",
                f"{SERVER}\ndef norm(v):\n    return 7\n"
                "answer_otherwise(lambda told: {'same': 0} if told.get('value') == 7 else told)",
                "assert abs(norm(v) - 5) < 1e-6",
            ),
        )
    ),
    hostile(
        "another operator than the one that may",
        "bad_return_type",
        "+ may give an object, - may not",
        f"{_ONE}{_VECTOR}\nVector.__sub__ = lambda *_: One()",
        tests="assert Vector(1, 2) - Vector(1, 1) > 0",
        objects=_ALLOWED,
    ),
    hostile(
        "an endless iterator of objects",
        "timeout|bad_return_type|memory|wrong",
        "",
        f"{_VECTOR}\nVector.__iter__ = lambda self: self\nVector.__next__ = lambda self: self",
        tests="assert list(Vector(1, 2)) == [1, 2]",
        objects=(*_ALLOWED, "__iter__", "__next__"),
        timeout_s=0.5,
    ),
    hostile(
        "an object that ends the process as it is printed",
        "crash|wrong",
        "",
        f"import os\n{_VECTOR}\nVector.__repr__ = Vector.__str__ = lambda self: os._exit(0)",
        tests="v = Vector(1, 2)\nassert v == 3, v",
        objects=_ALLOWED,
    ),
    hostile(
        "an object that raises as it is printed",
        "wrong",
        "the assertion does not hold, whatever its text is",
        f"{_VECTOR}\ndef text(self):\n    raise ValueError\nVector.__repr__ = Vector.__str__ = text",
        tests="v = Vector(1, 2)\nassert v == 3, v",
        objects=_ALLOWED,
    ),
    hostile(
        "StopIteration from the len of an object",
        "exception|wrong",
        "",
        f"{_VECTOR}\ndef stop(self):\n    raise StopIteration\nVector.__len__ = stop",
        tests="for n in map(len, [Vector(1, 2)]):\n    assert n == 2",
        objects=_ALLOWED,
    ),
    hostile(
        "a setup that fails by what the program does",
        "exception",
        "the problem is not to blame",
        "class Box:\n    def __init__(self):\n        raise ValueError\ndef add(a, b):\n    return 0",
        setup="box = Box()",
        objects=("Box",),
    ),
    hostile(
        "a setup in which the program ends",
        "crash",
        "the problem is not to blame",
        "import os\nclass Box:\n    def __init__(self):\n        os._exit(0)\ndef add(a, b):\n    return 0",
        setup="box = Box()",
        objects=("Box",),
    ),
)

_CALLS = "assert twice(lambda x: x + 1, 3) == 5"

CALLBACKS = (
    hostile(
        "calls a function of the tests for ever",
        "timeout",
        "",
        "def twice(f, x):\n    while True:\n        f(x)",
        tests=_CALLS,
        timeout_s=0.5,
    ),
    hostile(
        "calls a function of the tests with itself",
        "bad_return_type|wrong|exception",
        "an object crosses no better there",
        "class One:\n    __add__ = lambda *_: 5\ndef twice(f, x):\n    return f(One())",
        tests=_CALLS,
    ),
    hostile(
        "calls a function of the tests with a megabyte of levels",
        "bad_return_type|exception|wrong",
        "",
        "def twice(f, x):\n    for _ in range(1000):\n        x = [x]\n    return f(x)",
        tests=_CALLS,
    ),
    hostile(
        "calls a function of the tests from many threads",
        "wrong|crash|timeout|exception",
        "",
        """
            import threading
            def twice(f, x):
                threads = [threading.Thread(target=f, args=(i,)) for i in range(20)]
                [one.start() for one in threads]
                [one.join() for one in threads]
                return 0
            """,
        tests=_CALLS,
        timeout_s=0.5,
    ),
    hostile("returns the function of the tests", "wrong", "", "def twice(f, x):\n    return f", tests=_CALLS),
    hostile(
        "calls back into what is being called",
        "exception|wrong",
        "each asks the other",
        "def twice(f, x):\n    return f(x)",
        tests="def f(x):\n    return twice(f, x)\nassert twice(f, 1) == 5",
    ),
    hostile(
        "keeps a function of the tests for the next call",
        "wrong",
        "",
        "kept = []\ndef twice(f, x):\n    kept.append(f)\n    return kept[0](x)",
        tests=_CALLS,
    ),
    hostile(
        "turns a StopIteration of the tests into its own",
        "exception|wrong",
        "the loop would end without one assert",
        "def first(f):\n    f()\n    f()",
        tests="""
            source = iter([1])
            for got in map(first, [lambda: next(source)]):
                assert got == 3
            """,
    ),
    hostile(
        "reads the standard input of the tests",
        "wrong",
        "there is none",
        "import sys\nadd = lambda a, b: sys.stdin.read()",
    ),
    hostile("input() without an input", "exception", "", "def add(a, b):\n    return int(input())"),
    hostile(
        "prints what the tests capture",
        "wrong",
        "it is the tests' output, and says what it was made to say",
        "def add(a, b):\n    print(3)",
        tests="""
            import contextlib, io
            with contextlib.redirect_stdout(io.StringIO()) as out:
                assert add(1, 2) is None
            assert out.getvalue() == '4\\n'
            """,
    ),
)
