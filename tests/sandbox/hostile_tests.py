"""Hostile tests: files of problems are downloads as well, and their tests may want what programs want."""

from __future__ import annotations

from tests.sandbox.hostile import ATTACK, MARK, Hostile, hostile

_RIGHT = "def add(a, b):\n    return a + b"
_WRONG = "def add(a, b):\n    return 0"
_FORGE = """
import json, os, struct, sys
def forge(**content):
    text = json.dumps(content).encode()
    for fd in range(3, 64):
        try:
            os.write(fd, struct.pack(">I", len(text)) + text)
        except OSError:
            pass
    os._exit(0)
def nonce():
    frame = sys._getframe()
    while frame is not None:
        job = getattr(frame.f_locals.get("self"), "job", None)
        if job:
            return job["nonce"]
        frame = frame.f_back
"""
_NO_PASS = "wrong|crash|invalid_test|timeout|exception|memory"


def _tries(name: str, attack: str) -> Hostile:
    """Tests that hold only where what they try works."""
    return hostile(
        f"tests that {name}",
        "wrong",
        "tests are shut in as programs are",
        _RIGHT,
        tests=f"{ATTACK}\nassert add(1, 2) == 3\nassert {attack}",
    )


TESTS_THAT_HARM = (
    hostile(
        "tests that end their process well",
        "crash",
        "a status of 0 is no pass",
        _RIGHT,
        tests="add(1, 2)\nimport os\nos._exit(0)",
    ),
    hostile(
        "tests that end by SystemExit before any call",
        "invalid_test",
        "nothing was tested",
        _WRONG,
        tests="import sys\nsys.exit(0)",
    ),
    hostile("tests that end by SystemExit(1)", "wrong", "", _RIGHT, tests="add(1, 2)\nimport sys\nsys.exit(1)"),
    hostile("tests that test nothing", "invalid_test", "nothing was tested", _RIGHT, tests="x = 1\nadd"),
    hostile("tests that do not parse", "invalid_test", "", _RIGHT, tests="assert add(1, 2 == 3"),
    hostile(
        "tests that import what is not there",
        "invalid_test",
        "",
        _RIGHT,
        tests="import tunecheck_nowhere\nassert add(1, 2) == 3",
    ),
    hostile(
        "tests that catch everything",
        "bad_return_type",
        "the verdict is known, whatever tests catch",
        "class One:\n    __eq__ = lambda *_: True\ndef add(a, b):\n    return One()",
        tests="try:\n    assert add(1, 2) == 3\nexcept BaseException:\n    pass",
    ),
    hostile(
        "tests that catch the end of the program",
        "crash",
        "the verdict is known, whatever tests catch",
        "import os\ndef add(a, b):\n    os._exit(0)",
        tests="try:\n    assert add(1, 2) == 3\nexcept BaseException:\n    pass",
    ),
    hostile("tests without end", "timeout", "", _RIGHT, tests="add(1, 2)\nwhile True:\n    pass", timeout_s=0.5),
    hostile(
        "tests that want all memory",
        "wrong|memory|invalid_test",
        "",
        _RIGHT,
        tests="add(1, 2)\nx = []\nwhile True:\n    x.append(bytearray(1_000_000))",
    ),
    hostile(
        "tests that close their channel and go on",
        "timeout|crash",
        "",
        _RIGHT,
        tests="import os\nadd(1, 2)\nos.closerange(3, 64)\nwhile True:\n    pass",
        timeout_s=0.5,
    ),
    hostile("tests that crash", "crash", "", _RIGHT, tests="add(1, 2)\nimport ctypes\nctypes.string_at(0)"),
    hostile(
        "tests that forge a pass with a wrong nonce",
        "crash",
        "",
        _WRONG,
        tests=f"{_FORGE}\nadd(1, 2)\nforge(nonce='0' * 32, verdict='pass', n_passed=1, n_tests=1, n_calls=1)",
    ),
    hostile(
        "tests that forge a pass without tests",
        "crash",
        "a pass has to say how many tests held",
        _WRONG,
        tests=f"{_FORGE}\nadd(1, 2)\nforge(nonce=nonce(), verdict='pass')",
    ),
    hostile(
        "tests that forge a pass without calls",
        "crash",
        "a pass has to say how often it called",
        _WRONG,
        tests=f"{_FORGE}\nadd(1, 2)\nforge(nonce=nonce(), verdict='pass', n_passed=1, n_tests=1, n_calls=0)",
    ),
    hostile(
        "tests that forge a verdict that is none",
        "crash",
        "",
        _WRONG,
        tests=f"{_FORGE}\nadd(1, 2)\nforge(nonce=nonce(), verdict=['pass'], detail=5, gave=3, n_tests='x')",
    ),
    hostile(
        "tests that forge a record of many megabytes",
        _NO_PASS,
        "the harness reads it",
        _WRONG,
        tests=f"{_FORGE}\nadd(1, 2)\n"
        "forge(nonce=nonce(), verdict='wrong', gave=[[]] * 5_000_000, code='x' * 30_000_000)",
    ),
    hostile(
        "tests that forge a hundred thousand levels",
        "crash",
        "the harness reads it",
        _WRONG,
        tests=f"{_FORGE}\nadd(1, 2)\njson.dumps = lambda content: '[' * 100_000\nforge()",
    ),
    hostile(
        "tests that write to every descriptor",
        "crash",
        "",
        _RIGHT,
        tests="""
        import os
        add(1, 2)
        for fd in range(256):
            try:
                os.write(fd, b'\\xff' * 4096)
            except OSError:
                pass
        """,
    ),
    hostile(
        "tests that replace the module of the verdict",
        _NO_PASS,
        "",
        _WRONG,
        tests="import sys\nadd(1, 2)\ntester = sys.modules['inside.tester']\nfor name in list(vars(tester)):\n"
        "    if name[:2] != '__':\n        setattr(tester, name, None)\nassert False",
    ),
    hostile(
        "tests that run threads for ever and hold",
        "pass",
        "the program is right, and the tests held",
        _RIGHT,
        tests="""
        import threading, time
        threading.Thread(target=time.sleep, args=(3600,)).start()
        assert add(1, 2) == 3
        """,
    ),
    _tries("read bait", "tried(lambda: open('@BAIT@/bait').close())"),
    _tries("write to bait", "tried(lambda: open('@BAIT@/bait', 'w').close())"),
    _tries("change the mode of bait", "tried(lambda: os.chmod('@BAIT@/bait', 0o777))"),
    _tries(
        "make files",
        f"any(tried(lambda: open(path + '/{MARK}', 'w').close()) for path in ('/', '/tmp', '/dev/shm', '@BAIT@'))",
    ),
    _tries("fork", "tried(os.fork)"),
    _tries("start a program", "os.system('true') == 0"),
    _tries("connect", "tried(lambda: socket.create_connection(('127.0.0.1', @PORT@), 1))"),
    _tries("signal the harness", "any(tried(lambda: os.kill(pid, 0)) for pid in (@PID@, os.getppid(), 1, -1))"),
    _tries("signal the program", "any(tried(lambda: os.kill(os.getpid() + n, 9)) for n in range(-3, 4) if n)"),
    _tries("outlive the harness", "libc.prctl(1, 0, 0, 0, 0) != -1"),
    _tries("read passwords", "tried(lambda: open('/etc/passwd').close())"),
)
