"""Hostile to the machine: programs that ask the kernel for the network, other users' rights, or its large surfaces."""

from __future__ import annotations

from tests.sandbox.hostile import ATTACK, attack, hostile

_NETWORK = (
    attack(
        "connects to a port of this machine",
        "",
        "def attack():\n    return tried(lambda: socket.create_connection(('127.0.0.1', @PORT@), 1))",
    ),
    attack(
        "opens sockets of every family",
        "",
        """
        def attack():
            kinds = [(family, kind) for family in range(1, 46) for kind in (1, 2, 3, 5)]
            return any(tried(lambda: socket.socket(*one)) for one in kinds)
        """,
    ),
    attack(
        "listens",
        "",
        """
        def attack():
            made = socket.socket()
            made.bind(("127.0.0.1", 0))
            made.listen()
            return True
        """,
    ),
    attack(
        "connect, bind, listen and accept on the channel it has",
        "",
        """
        def attack():
            name = ctypes.create_string_buffer(struct.pack("H", 1) + b"\\0tunecheck-hostile")
            return any(call(number, fd, ctypes.addressof(name), 20) for fd in range(3, 64)
                       for number in ((42, 203), (49, 200), (50, 201), (43, 202), (288, 242)))
        """,
    ),
    attack(
        "a pair of datagram sockets",
        "one of a pair can send to any address",
        """
        def attack():
            kinds = (2, 5, 2 | 0x80000)
            return any(tried(lambda: socket.socketpair(socket.AF_UNIX, kind)) for kind in kinds)
        """,
    ),
    attack("looks up a name", "", "def attack():\n    return tried(lambda: socket.getaddrinfo('example.com', 80))"),
    attack(
        "reads the network interfaces",
        "",
        """
        import fcntl
        def attack():
            return any(tried(lambda: fcntl.ioctl(fd, 0x8912, struct.pack("iP", 0, 0))) for fd in range(64))
        """,
    ),
    attack(
        "types into a terminal",
        "",
        """
        import fcntl
        def attack():
            return tried(lambda: os.open("/dev/tty", os.O_RDWR)) or any(
                tried(lambda: fcntl.ioctl(fd, ask, b"x")) for fd in range(64) for ask in (0x5412, 0x541C))
        """,
    ),
)

_MACHINE = (
    attack(
        "namespaces",
        "",
        """
        def attack():
            flags = (0, 0x10000000, 0x20000, 0x40000000, 0x20000000)
            return any(call((272, 97), flag) for flag in flags) or call((308, 268), 0, 0)
        """,
    ),
    attack(
        "mounts",
        "",
        """
        def attack():
            return any(call(number, 0, 0, 0, 0, 0) for number in
                       ((165, 40), (166, 39), (155, 41), (161, 51), 428, 429, 430, 431, 432, 433, 442, 457, 458, 467))
        """,
    ),
    attack(
        "io_uring and aio",
        "io_uring would go around every rule on sockets",
        """
        def attack():
            numbers = (425, 426, 427, (206, 0), (207, 1), (209, 2), (333, 292))
            return any(call(number, 1, 0, 0, 0, 0) for number in numbers)
        """,
    ),
    attack(
        "bpf, perf, userfaultfd and keys",
        "",
        """
        def attack():
            return any(call(number, 0, 0, 0, 0, 0) for number in
                       ((321, 280), (298, 241), (323, 282), (250, 219), (248, 217), (249, 218)))
        """,
    ),
    attack(
        "other users and capabilities",
        "",
        """
        def attack():
            return any(call(number, 0, 0, 0) for number in ((105, 146), (106, 144), (113, 145), (114, 143), (117, 147),
                       (119, 149), (116, 159), (122, 151), (123, 152), (126, 91))) or tried(lambda: os.setuid(0))
        """,
    ),
    attack(
        "the clock, the name and the log of the machine",
        "",
        """
        import time
        def attack():
            return any(call(number, 0, 0, 0) for number in ((170, 161), (171, 162), (103, 116), (163, 89), (153, 58),
                       (227, 112), (164, 170), (159, 171), (305, 266), (179, 60))) or tried(
                       lambda: time.clock_settime(0, 0))
        """,
    ),
    attack(
        "modules, kexec, reboot and swap",
        "",
        """
        def attack():
            return any(call(number, 0, 0, 0) for number in
                       ((175, 105), (313, 273), (176, 106), (246, 104), (320, 294), (169, 142), (167, 224), (168, 225)))
        """,
    ),
    attack(
        "memory that outlives it",
        "shared memory and queues of System V and POSIX",
        """
        def attack():
            name = ctypes.create_string_buffer(b"tunecheck-hostile")
            at, key = ctypes.addressof(name), 0x7E57
            return (call((29, 194), key, 4096, 0o1666) or call((68, 186), key, 0o1666)
                    or call((64, 190), key, 1, 0o1666)
                    or call((240, 180), at, 66, 0o666, 0) or call((319, 279), at, 0) or call(447, 0))
        """,
    ),
    attack(
        "multiprocessing.shared_memory",
        "it lies in /dev/shm",
        """
        from multiprocessing import shared_memory
        def attack():
            return tried(lambda: shared_memory.SharedMemory("tunecheck-hostile", True, 4096))
        """,
    ),
    attack(
        "calls that no table knows",
        "new ones are as if they were not there",
        "def attack():\n    return any(call(number, -1, 0, 0, 0, 0, 0) for number in range(470, 1200))",
    ),
    attack(
        "handles, watches and attributes of files",
        "Landlock does not see them",
        """
        def attack():
            path = ctypes.create_string_buffer(b"/usr")
            at = ctypes.addressof(path)
            return (call((303, 264), -100, at, 0, 0, 0) or call((304, 265), -100, 0, 0) or call((294, 26), 0)
                    or call((300, 262), 0, 0) or call((188, 5), at, 0, 0, 0, 0) or call(463, -100, at, 0, 0, 0, 0)
                    or call(466, -100, at, 0, 0) or call(469, -100, at, 0, 0, 0) or call(452, -100, at, 0, 0))
        """,
    ),
    hostile(
        "the i386 interface, by machine code",
        "crash",
        "its numbers mean other calls",
        f"{ATTACK}"
        + """
            def add(a, b):
                code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
                code.write(bytes.fromhex("b814000000cd80c3"))
                at = ctypes.addressof(ctypes.c_char.from_buffer(code))
                return a + b if ctypes.CFUNCTYPE(ctypes.c_int)(at)() > 0 else None
            """.replace("\n            ", "\n"),
        machine="x86_64",
    ),
    hostile(
        "the x32 interface, by machine code",
        "crash",
        "its numbers go around a list of numbers",
        f"{ATTACK}"
        + """
            def add(a, b):
                code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
                code.write(bytes.fromhex("b8270000400f05c3"))
                at = ctypes.addressof(ctypes.c_char.from_buffer(code))
                return a + b if ctypes.CFUNCTYPE(ctypes.c_int)(at)() > 0 else None
            """.replace("\n            ", "\n"),
        machine="x86_64",
    ),
    attack(
        "numbers with high bits",
        "the kernel reads 32 of them, and so does the filter",
        """
        def attack():
            high = 1 << 32
            return call((57 | high, 220 | high), 17, 0, 0, 0, 0) or call((62 | high, 129 | high), os.getppid(), 0)
        """,
    ),
    attack(
        "clone of a thread into namespaces of its own",
        "",
        """
        def attack():
            thread = 0x10000 | 0x800 | 0x100
            return any(libc.syscall((56, 220)[MACHINE], thread | new, 0, 0, 0, 0) > 0 for new in
                       (0x10000000, 0x20000, 0x40000000, 0x20000000, 0x8000000, 0x4000000, 0x2000000))
        """,
    ),
    attack(
        "lifts its own filter",
        "none can be taken off",
        """
        def attack():
            libc.prctl(22, 0, 0, 0, 0)
            libc.prctl(38, 0, 0, 0, 0)
            libc.prctl(4, 1, 0, 0, 0)
            return tried(os.fork) or libc.prctl(39, 0, 0, 0, 0) != 1
        """,
    ),
)

MACHINE = (*_NETWORK, *_MACHINE)
