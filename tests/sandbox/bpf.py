"""An interpreter of the part of classic BPF that seccomp filters are written in."""

from __future__ import annotations

import struct

ALLOW, KILL = "allow", "kill"
NUMBERS = {1: "EPERM", 38: "ENOSYS"}
ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def ran(program: bytes, arch: int, number: int, args: tuple[int, ...] = ()) -> str:
    """What a filter answers to one system call: allow, kill or the name of an error."""
    data = struct.pack("=IIQ6Q", number & 0xFFFFFFFF, arch, 0, *(*args, *[0] * (6 - len(args))))
    code = list(struct.iter_unpack("=HBBI", program))
    accumulator, at = 0, 0
    while True:
        operation, if_true, if_false, operand = code[at]
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, operand)
        elif operation == 0x54:
            accumulator &= operand
        elif operation == 0x05:
            at += operand
        elif operation == 0x06:
            return {0x7FFF0000: ALLOW, 0x80000000: KILL}.get(operand) or NUMBERS[operand & 0xFFFF]
        else:
            holds = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: bool(accumulator & operand)}
            at += if_true if holds[operation] else if_false


def strictest(programs: tuple[bytes, ...], arch: int, number: int, args: tuple[int, ...] = ()) -> str:
    """What the kernel makes of several filters."""
    answers = [ran(program, arch, number, args) for program in programs]
    return next((one for one in (KILL, "ENOSYS", "EPERM") if one in answers), ALLOW)
