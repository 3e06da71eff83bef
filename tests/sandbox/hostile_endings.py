"""Hostile endings: programs that end themselves, or never end, or want all there is of memory and threads."""

from __future__ import annotations

from tests.sandbox.hostile import hostile

_EXITS = (
    hostile(
        "os._exit(0) at import",
        "crash",
        "a status of 0 is no pass",
        """
        import os
        os._exit(0)
        """,
    ),
    hostile(
        "os._exit(0) in a call",
        "crash",
        "a status of 0 is no pass",
        """
        import os
        def add(a, b):
            os._exit(0)
        """,
    ),
    hostile(
        "os._exit(0) after the first right answer",
        "crash",
        "one test that held is not all",
        """
        import os
        n = 0
        def add(a, b):
            global n
            n += 1
            return a + b if n == 1 else os._exit(0)
        """,
    ),
    hostile("sys.exit() at import", "exception", "it ends the program, not the tests", "import sys\nsys.exit()"),
    hostile(
        "sys.exit(0) in a call",
        "exception",
        "it ends the program, not the tests",
        """
        import sys
        def add(a, b):
            sys.exit(0)
        """,
    ),
    hostile(
        "sys.exit(0) under unittest.main()",
        "exception|wrong",
        "unittest.main() itself ends by SystemExit",
        """
        import sys
        def add(a, b):
            sys.exit(0)
        """,
        tests="""
        import unittest
        class Adding(unittest.TestCase):
            def test_three(self):
                self.assertEqual(add(1, 2), 3)
        unittest.main()
        """,
    ),
    hostile(
        "SystemExit after the first right answer",
        "exception",
        "one test that held is not all",
        """
        n = 0
        def add(a, b):
            global n
            n += 1
            if n > 1:
                raise SystemExit
            return a + b
        """,
    ),
    hostile(
        "the exit of the C library",
        "crash",
        "it runs what is registered to run at the end",
        """
        import ctypes
        def add(a, b):
            ctypes.CDLL(None).exit(0)
        """,
    ),
    hostile(
        "its main thread ends and another goes on",
        "timeout",
        "a process is there as long as one of its threads",
        """
        import ctypes, platform, threading, time
        def add(a, b):
            threading.Thread(target=time.sleep, args=(60,)).start()
            ctypes.CDLL(None).syscall(60 if platform.machine() == "x86_64" else 93, 0)
        """,
        timeout_s=0.5,
    ),
    hostile("segmentation fault", "crash", "", "import ctypes\ndef add(a, b):\n    ctypes.string_at(0)"),
    hostile("abort", "crash", "", "import os\ndef add(a, b):\n    os.abort()"),
    hostile(
        "bad byte code",
        "crash|exception",
        "a code object of the program's own making",
        """
        def add(a, b):
            return a + b
        add.__code__ = add.__code__.replace(co_code=bytes([0x64, 0xFF] * 40), co_stacksize=0)
        """,
    ),
    hostile(
        "a real-time signal to itself, at import",
        "crash",
        "signals without a name in Python",
        "import os\nos.kill(os.getpid(), 40)",
    ),
    hostile(
        "a real-time signal to itself, in a call",
        "crash",
        "signals without a name in Python",
        """
        import os
        def add(a, b):
            os.kill(os.getpid(), 40)
        """,
    ),
    hostile("SIGKILL to itself", "crash", "", "import os\ndef add(a, b):\n    os.kill(os.getpid(), 9)"),
)

_ENDLESS = (
    hostile("endless at import", "timeout", "", "while True:\n    pass", timeout_s=0.5),
    hostile("endless in a call", "timeout", "", "def add(a, b):\n    while True:\n        pass", timeout_s=0.5),
    hostile("asleep", "timeout", "", "import time\ndef add(a, b):\n    time.sleep(3600)", timeout_s=0.5),
    hostile(
        "endless, and deaf to every exception",
        "timeout",
        "",
        """
        def add(a, b):
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    pass
        """,
        timeout_s=0.5,
    ),
    hostile(
        "endless with all signals ignored and blocked",
        "timeout",
        "",
        """
        import signal
        for one in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            try:
                signal.signal(one, signal.SIG_IGN)
            except OSError:
                pass
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            pass
        """,
        timeout_s=0.5,
    ),
    hostile(
        "stopped",
        "timeout",
        "a stopped process ends",
        "import os\ndef add(a, b):\n    os.kill(os.getpid(), 19)",
        timeout_s=0.5,
    ),
    hostile(
        "catastrophic regular expression",
        "timeout",
        "C code that hears no signal",
        "import re\ndef add(a, b):\n    return re.match('(a+)+$', 'a' * 60 + 'b')",
        timeout_s=0.5,
    ),
    hostile(
        "giant power",
        "timeout|memory",
        "C code that hears no signal",
        "def add(a, b):\n    return pow(7, 10 ** 9, 10 ** 100_000)",
        timeout_s=0.5,
    ),
    hostile(
        "text of a giant number",
        "timeout|memory",
        "C code that hears no signal",
        """
        import sys
        def add(a, b):
            sys.set_int_max_str_digits(0)
            return len(str(1 << 100_000_000))
        """,
        timeout_s=0.5,
    ),
    hostile(
        "constant that takes for ever to fold",
        "timeout|memory|wrong|exception|syntax_error",
        "the compiler itself",
        "def add(a, b):\n    return 9 ** 9 ** 9 ** 9",
        timeout_s=0.5,
    ),
    hostile(
        "endless print",
        "timeout",
        "its output is kept up to a limit",
        "def add(a, b):\n    while True:\n        print('x' * 1000)",
        timeout_s=0.5,
    ),
    hostile(
        "endless write to descriptors 1 and 2",
        "timeout",
        "they lead nowhere",
        """
        import os
        def add(a, b):
            while True:
                os.write(1, b"x" * 65536)
                os.write(2, b"x" * 65536)
        """,
        timeout_s=0.5,
    ),
    hostile(
        "forks for ever",
        "timeout",
        "each is denied",
        """
        import os
        def add(a, b):
            while True:
                try:
                    os.fork()
                except OSError:
                    pass
        """,
        timeout_s=0.5,
    ),
    hostile(
        "never ends as an iterator",
        "bad_return_type",
        "it is drained up to a limit",
        "import itertools\ndef add(a, b):\n    return itertools.count()",
    ),
    hostile(
        "an endless generator",
        "bad_return_type",
        "it is drained up to a limit",
        "def add(a, b):\n    while True:\n        yield a + b",
    ),
    hostile(
        "endless __repr__ of an exception",
        "timeout",
        "its text is asked for",
        """
        class Mine(Exception):
            def __str__(self):
                while True:
                    pass
        def add(a, b):
            raise Mine
        """,
        timeout_s=0.5,
    ),
)

_GREEDY = (
    hostile(
        "list that grows for ever",
        "memory",
        "",
        "def add(a, b):\n    x = []\n    while True:\n        x.append(' ' * 1_000_000 + str(len(x)))",
    ),
    hostile("a terabyte at once", "memory", "", "def add(a, b):\n    return bytes(10 ** 12)"),
    hostile(
        "a product of everything",
        "memory|timeout",
        "C code that hears no signal",
        "import itertools\ndef add(a, b):\n    return list(itertools.product(range(10 ** 4), repeat=4))",
        timeout_s=2,
    ),
    hostile(
        "a terabyte that nobody reserves",
        "exception",
        "address space is limited, not only memory",
        """
        import mmap
        def add(a, b):
            mmap.mmap(-1, 1 << 40, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
            return a + b
        """,
    ),
    hostile(
        "memory at import",
        "memory",
        "",
        "x = []\nwhile True:\n    x.append(bytearray(1_000_000))",
    ),
    hostile(
        "MemoryError swallowed for ever",
        "timeout|memory|crash|exception",
        "",
        """
        def add(a, b):
            x = []
            while True:
                try:
                    while True:
                        x.append(bytearray(1_000_000))
                except MemoryError:
                    pass
        """,
        timeout_s=0.5,
    ),
    hostile(
        "threads with small stacks",
        "exception|crash",
        "their number is limited",
        """
        import threading, time
        threading.stack_size(32_768)
        def add(a, b):
            for _ in range(100_000):
                threading.Thread(target=time.sleep, args=(60,)).start()
            return a + b
        """,
    ),
    hostile("recursion", "exception", "", "def add(a, b):\n    return add(a, b)"),
    hostile(
        "recursion without a limit",
        "timeout|memory|crash|exception",
        "the stack is the machine's then",
        """
        import sys
        sys.setrecursionlimit(2 ** 31 - 1)
        def add(a, b):
            return add(a, b)
        """,
        timeout_s=0.5,
    ),
    hostile(
        "recursion in C without a limit",
        "crash|memory|exception|timeout",
        "the stack is the machine's then",
        """
        import sys
        sys.setrecursionlimit(2 ** 31 - 1)
        class Deep:
            def __repr__(self):
                return repr([self])
        def add(a, b):
            return repr(Deep())
        """,
        timeout_s=0.5,
    ),
    hostile(
        "descriptors without end",
        "exception",
        "their number is limited",
        "import os\ndef add(a, b):\n    while True:\n        os.pipe()",
    ),
    hostile(
        "raises its own limits",
        "wrong",
        "they are hard",
        """
        import resource
        def add(a, b):
            for kind in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE,
                         resource.RLIMIT_CORE, resource.RLIMIT_CPU, resource.RLIMIT_MEMLOCK):
                soft, hard = resource.getrlimit(kind)
                try:
                    resource.setrlimit(kind, (hard + 1, hard + 1))
                    return a + b
                except (OSError, ValueError):
                    pass
                if soft == resource.RLIM_INFINITY:
                    return a + b
        """,
    ),
)

ENDINGS = (*_EXITS, *_ENDLESS, *_GREEDY)
