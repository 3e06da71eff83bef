"""Hostile forgeries: programs that find their channel and say on it what they like."""

from __future__ import annotations

from tests.sandbox.hostile import SERVER, WIRE, hostile

_FORGED = {
    "a pass": ('{"verdict": "pass", "n_passed": 2, "n_tests": 2, "n_calls": 2, "nonce": "0" * 32}', "crash"),
    "a number of an object": ('{"value": {"object": [7, 7, "int", "int"]}}', "crash|bad_return_type"),
    "a callback with a foreign number": ('{"callback": 99, "args": [], "names": []}', "wrong|crash|exception"),
    "a callback with a negative number": ('{"callback": -1, "args": [], "names": []}', "wrong|crash|exception"),
    "a callback without its parts": ('{"callback": {}}', "wrong|crash|exception"),
    "an input of another kind": ('{"input": {"x": 1}, "prompt": [1]}', "wrong|crash|exception"),
    "an argument out of range": ('{"same": 7}', "crash"),
    "an argument": ('{"same": 0}', "crash"),
    "a change of arguments that are none": ('{"changed": {"x": 3}, "value": 3}', "crash|wrong"),
    "a change of an argument that is not there": ('{"changed": {"9": 3}, "value": 3}', "crash|wrong"),
    "an exception that is none": (
        '{"raised": {"kind": ["builtins.int", []], "args": [], "text": ""}}',
        "crash|exception",
    ),
    "an exception of the tests' own": ('{"raised": {"own": 0}}', "crash"),
    "an exception named SkipTest of unittest": (
        '{"raised": {"kind": ["unittest.case.SkipTest", []], "args": [], "text": ""}}',
        "exception",
    ),
    "Stop itself": (
        '{"raised": {"kind": ["inside.program.Stop", []], "args": ["pass", ""], "text": ""}}',
        "exception|crash",
    ),
    "a class without end": (
        '{"raised": {"kind": ["x.A", [["x.B", [["x.A", []]]]]], "args": [], "text": ""}}',
        "exception|crash",
    ),
    "a class that cannot be": (
        '{"raised": {"kind": ["x.A", [["x.B", [["builtins.Exception", []]]], ["builtins.Exception", []], '
        '["x.B", []]]], '
        '"args": [], "text": ""}}',
        "exception|crash",
    ),
    "a tag that nobody knows": ('{"value": {"eval": "3"}}', "crash"),
    "two tags": ('{"value": {"int": "0x3", "tuple": []}}', "crash"),
    "no value": ("{}", "crash"),
    "a list": ("[1]", "crash"),
    "a number": ("3", "crash"),
    "built-in functions": ('{"value": {"builtin": "eval"}}', "crash"),
    "an array without numpy": ('{"value": {"array": ["<f8", [1], [3]]}}', "crash"),
    "a set of lists": ('{"value": {"set": [[1]]}}', "crash"),
    "a coroutine": ('{"value": 0, "awaited": True}', "wrong|exception"),
    "megabytes of print": ('{"value": 0, "printed": "x" * 8_000_000}', "wrong"),
    "names in place of a value": ('{"names": {"add": {"function": "add"}}}', "crash"),
    "no JSON": ('b"\\xff\\xfe"', "crash"),
    "a hundred thousand levels": ('b"[" * 100_000', "crash"),
    "a number of a million digits": ('b\'{"value":\' + b"9" * 1_000_000 + b"}"', "crash"),
}

FORGERIES = (
    *(
        hostile(
            f"forges {what}",
            verdict,
            "whatever it says is no verdict",
            f"{WIRE}\ndef add(a, b):\n    send({content})\n    return 0\n",
        )
        for what, (content, verdict) in _FORGED.items()
    ),
    hostile(
        "forges a length of four gigabytes",
        "crash",
        "",
        f"{WIRE}\ndef add(a, b):\n    os.write(CHANNEL, b'\\xff' * 4096)\n    return 0",
    ),
    hostile(
        "forges answers before they are asked for",
        "wrong",
        "an answer is no better for being early",
        f"{WIRE}\nsend({{'names': {{'add': {{'function': 'add'}}}}}})\nsend({{'value': 3}})\nsend({{'value': 3}})"
        "\ndef add(a, b):\n    return 0",
    ),
    *(
        hostile(
            f"forges the name of the module of the tests, {name}",
            "wrong|crash",
            "the tests would not be run",
            f"{SERVER}\ndef change(told):\n    if 'names' in told:\n        told['names']['__name__'] = {what}\n"
            "    return {'value': 'x'} if 'nothing' in told else told\nanswer_otherwise(change)\n"
            "def add(a, b):\n    return 0",
            tests="""
            import unittest
            class Adding(unittest.TestCase):
                def test_three(self):
                    self.assertEqual(add(1, 2), 3)
            add(1, 1)
            if __name__ == "__main__":
                unittest.main()
            """,
        )
        for name, what in (("as a class", "{'exception': ['x.A', []]}"), ("as a value", "{'value': '__name__'}"))
    ),
    *(
        hostile(
            f"forges a StopIteration, {name}",
            "exception|wrong|crash",
            "the loop would end without one assert",
            f"{SERVER}\nanswer_otherwise(lambda told: {{'raised': {what}}} if 'value' in told else told)\n"
            "def add(a, b):\n    return 0",
            tests="for got in map(add, [1, 5], [2, 6]):\n    assert got == 3",
        )
        for name, what in (
            ("built in", "{'kind': ['builtins.StopIteration', []], 'args': [], 'text': ''}"),
            ("below others", "{'kind': ['x.A', [['x.B', [['builtins.StopIteration', []]]]]], 'args': [], 'text': ''}"),
            (
                "with another base",
                "{'kind': ['x.A', [['builtins.ValueError', []], ['builtins.StopIteration', []]]], "
                "'args': [], 'text': ''}",
            ),
        )
    ),
    hostile(
        "forges names of another kind",
        "crash",
        "",
        f"{WIRE}\nsend({{'names': {{'add': 5, '__builtins__': {{'value': 'x'}}}}}})\ndef add(a, b):\n    return 0",
    ),
    hostile(
        "forges a pass on every descriptor",
        "crash",
        "evalplus is brought down",
        f"{WIRE}\ndef add(a, b):\n    for fd in range(256):\n        try:\n"
        '            os.write(fd, b\'\\0\\0\\0\\x12{"verdict":"pass"}\')\n'
        "        except OSError:\n            pass\n    return 3",
    ),
    hostile(
        "closes its channel and goes on",
        "crash",
        "",
        f"{WIRE}\ndef add(a, b):\n    os.close(CHANNEL)\n    while True:\n        pass",
    ),
    hostile(
        "closes every descriptor", "crash", "", "import os\ndef add(a, b):\n    os.closerange(0, 256)\n    return a + b"
    ),
    hostile(
        "sends descriptors with its answer",
        "wrong|crash",
        "nobody takes them",
        f"""{WIRE}
import socket
def add(a, b):
    mine = socket.socket(fileno=os.dup(CHANNEL))
    text = b'{{"value":0}}'
    socket.send_fds(mine, [struct.pack(">I", len(text)) + text], [0, 1, 2, CHANNEL])
    return 0
""",
    ),
    hostile(
        "half an answer, and no more",
        "timeout",
        "",
        f"{WIRE}\nimport time\ndef add(a, b):\n    os.write(CHANNEL, b'\\0\\0\\0\\x40{{')\n    time.sleep(60)",
        timeout_s=0.5,
    ),
    hostile(
        "sends without end and reads nothing",
        "timeout|crash",
        "",
        f"{WIRE}\ndef add(a, b):\n    while True:\n        send({{'input': 'input'}})",
        timeout_s=0.5,
    ),
)
