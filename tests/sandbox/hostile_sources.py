"""Hostile sources: texts that are hardly programs; and programs that are odd, or leave much behind, and right."""

from __future__ import annotations

from tests.sandbox.hostile import hostile

_RIGHT = "\ndef add(a, b):\n    return a + b\n"

_SOURCES = (
    hostile("syntax error", "syntax_error", "", "def add(a, b)\n    return a + b"),
    hostile("nothing", "missing_entry", "", ""),
    hostile("missing entry", "missing_entry", "", "def plus(a, b):\n    return a + b"),
    hostile("an entry that is no function", "wrong|missing_entry|exception", "", "add = 3"),
    hostile("an entry that is a module", "missing_entry|wrong", "", "import math as add"),
    hostile("a NUL byte", "syntax_error", "", "def add(a, b):\n    return a + b\n\0"),
    hostile("a source with half a surrogate pair", "syntax_error|exception", "", "x = '\ud800'" + _RIGHT),
    hostile("a megabyte of comment", "pass", "", "# " + "x" * 1_000_000 + _RIGHT),
    hostile(
        "eight hundred thousand letters of more bytes each",
        "pass|bad_return_type|crash|invalid_test",
        "",
        "# " + "中" * 800_000 + _RIGHT,
    ),
    hostile("a hundred thousand lines", "pass", "", "x = 1\n" * 100_000 + _RIGHT, confined="pass"),
    hostile(
        "deeply nested brackets",
        "syntax_error|memory",
        "the parser of Python itself",
        "x = " + "(" * 100_000 + ")" * 100_000 + _RIGHT,
    ),
    hostile(
        "deeply nested operators",
        "syntax_error|memory|exception|crash",
        "the compiler of Python itself",
        "x = " + "-" * 100_000 + "1" + _RIGHT,
    ),
    hostile(
        "a chain of a hundred thousand operators",
        "syntax_error|memory|exception|crash|pass",
        "the compiler of Python itself",
        "x = 1" + " + 1" * 100_000 + _RIGHT,
    ),
    hostile(
        "deeply nested blocks",
        "syntax_error",
        "",
        "".join(" " * n + "if 1:\n" for n in range(200)) + " " * 200 + "pass" + _RIGHT,
    ),
    hostile(
        "folded constants of gigabytes",
        "pass|memory|exception",
        "the compiler has limits of its own",
        "x = lambda: ('x' * 4096) * 4096 * 4096 * 4096" + _RIGHT,
    ),
    hostile("a module that is not there", "exception", "", "import tunecheck_nowhere" + _RIGHT),
    hostile("the harness's own package", "exception", "", "import tunecheck" + _RIGHT),
    hostile(
        "a package of the harness's environment",
        "exception",
        "it is asked for with packages=True only",
        "import pytest" + _RIGHT,
    ),
    hostile("another encoding", "pass|syntax_error", "", "# coding: utf-16" + _RIGHT),
    hostile("asserts of its own that fail", "exception", "they are no tests", "assert False" + _RIGHT),
)

_ODD = (
    hostile("right", "pass", "", _RIGHT),
    hostile(
        "right, and its thread goes on",
        "pass",
        "nobody waits for a thread that is no daemon",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()" + _RIGHT,
    ),
    hostile(
        "right, and four threads loop",
        "pass",
        "",
        "import threading\ndef loop():\n    while True:\n        pass\n"
        "for _ in range(4):\n    threading.Thread(target=loop).start()" + _RIGHT,
    ),
    hostile(
        "right, and does not end at its end",
        "pass",
        "nothing of it runs at its end",
        """
        import atexit, time
        class Endless:
            def __del__(self):
                while True:
                    pass
        atexit.register(time.sleep, 3600)
        kept = Endless()
        def add(a, b):
            return a + b
        """,
    ),
    hostile("right, and prints much", "pass", "", "def add(a, b):\n    print('x' * 10_000_000)\n    return a + b"),
    hostile(
        "right, and prints what no terminal shows",
        "pass",
        "",
        "def add(a, b):\n    print('\\ud800\\x1b[2J\\0' * 1000)\n    return a + b",
    ),
    hostile("right, and closes descriptors 0 to 2", "pass", "", "import os\nos.closerange(0, 3)" + _RIGHT),
    hostile(
        "right, and closes its standard streams",
        "pass",
        "",
        "import sys\nsys.stdout.close(); sys.stderr.close(); sys.stdin.close()" + _RIGHT,
    ),
    hostile(
        "right, and sets its standard streams to nothing",
        "pass",
        "",
        "import sys\nsys.stdout = sys.stderr = sys.stdin = None" + _RIGHT,
    ),
    hostile(
        "right, and reconfigures its output",
        "pass",
        "",
        "import sys\nsys.stdout.reconfigure(encoding='utf-16')" + _RIGHT,
    ),
    hostile(
        "right, and removes everything",
        "pass",
        "it may remove nothing",
        "import shutil\nshutil.rmtree('/', ignore_errors=True)" + _RIGHT,
    ),
    hostile(
        "right, and removes the bait",
        "pass",
        "it may remove nothing",
        "import shutil\nshutil.rmtree('@BAIT@', ignore_errors=True)" + _RIGHT,
    ),
    hostile(
        "right, and ignores all signals",
        "pass",
        "",
        """
        import signal
        for one in range(1, 65):
            try:
                signal.signal(one, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        def add(a, b):
            return a + b
        """,
    ),
    hostile(
        "right, and sets an alarm",
        "pass",
        "it ends itself later than it ends",
        "import signal\nsignal.alarm(60)" + _RIGHT,
    ),
    hostile("right, and switches the collector off", "pass", "", "import gc\ngc.disable(); gc.freeze()" + _RIGHT),
    hostile(
        "right, and with a recursion limit of five",
        "pass|exception|crash",
        "",
        "import sys\ntry:\n    sys.setrecursionlimit(60)\nexcept RecursionError:\n    pass" + _RIGHT,
    ),
    hostile(
        "right, as a callable object",
        "pass",
        "",
        "class Add:\n    def __call__(self, a, b):\n        return a + b\nadd = Add()",
    ),
    hostile(
        "right, as a partial function", "pass", "", "import functools, operator\nadd = functools.partial(operator.add)"
    ),
    hostile(
        "right, with an int of its own",
        "pass",
        "it is the number that it holds",
        "class Mine(int):\n    def __eq__(self, other):\n        return False\ndef add(a, b):\n    return Mine(a + b)",
    ),
    hostile(
        "right, and two gigabytes were asked for in vain",
        "pass",
        "",
        "try:\n    bytes(2 << 30)\nexcept MemoryError:\n    pass" + _RIGHT,
    ),
    hostile(
        "right, after a caught recursion",
        "pass",
        "",
        "def deep():\n    deep()\ntry:\n    deep()\nexcept RecursionError:\n    pass" + _RIGHT,
    ),
    hostile("right, with a seed of its own", "pass", "", "import random\nrandom.seed(1); random.random()" + _RIGHT),
    hostile(
        "right, with asyncio",
        "pass",
        "a pair of stream sockets is allowed for it",
        """
        import asyncio
        async def inner(a, b):
            await asyncio.sleep(0)
            return a + b
        def add(a, b):
            return asyncio.run(inner(a, b))
        """,
    ),
    hostile(
        "right, with threads",
        "pass",
        "",
        """
        from concurrent.futures import ThreadPoolExecutor
        def add(a, b):
            with ThreadPoolExecutor(4) as pool:
                return sum(pool.map(int, (a, b)))
        """,
    ),
    hostile(
        "right, with a temporary file",
        "pass",
        "tier A has a folder for that",
        """
        import tempfile
        def add(a, b):
            with tempfile.TemporaryFile(dir='.') as file:
                file.write(b'x')
            return a + b
        """,
        confined="exception",
    ),
    hostile(
        "right, with sqlite in memory",
        "pass|exception",
        "where this Python has it",
        """
        import sqlite3
        def add(a, b):
            return sqlite3.connect(':memory:').execute('select ? + ?', (a, b)).fetchone()[0]
        """,
    ),
)

SOURCES = (*_SOURCES, *_ODD)
