"""Hostile files: programs that read, change or leave files, or fill what they may write to."""

from __future__ import annotations

from tests.sandbox.hostile import MARK, attack, hostile

_EVERYWHERE = f'("/{MARK}", "/tmp/{MARK}", "/var/tmp/{MARK}", "/dev/shm/{MARK}", "/dev/{MARK}", "/usr/{MARK}", "/etc/{MARK}", "/root/{MARK}", "/home/{MARK}", "/sandbox/{MARK}", "/sandbox/inside/{MARK}", "/proc/{MARK}", "/run/{MARK}", "@BAIT@/{MARK}")'  # noqa: E501

_READS = (
    attack(
        "reads bait that anybody may read", "", "def attack():\n    return tried(lambda: open('@BAIT@/bait').close())"
    ),
    attack("lists the folder of the bait", "", "def attack():\n    return tried(lambda: os.listdir('@BAIT@'))"),
    attack(
        "reads passwords, homes and the environment of others",
        "",
        """
        def attack():
            paths = ("/etc/passwd", "/etc/shadow", "/etc/hostname", "/proc/1/environ",
                     "/proc/2/environ",
                     "/proc/self/environ", "/proc/@PID@/environ", "/proc/self/maps", "/proc/self/mem", "/proc/cpuinfo",
                     "/proc/net/tcp", "/sys/kernel/notes", "/dev/mem", "/dev/kmsg", "/dev/kmem", "/dev/vda", "/dev/sda",
                     "/proc/sys/kernel/core_pattern", f"/proc/{os.getppid()}/mem", "/var/log/dpkg.log")
            return any(tried(lambda: open(path, "rb").read(1)) for path in paths)
        """,
    ),
    attack(
        "lists folders that are none of its own",
        "",
        """
        def attack():
            paths = ("/", "/root", "/home", "/proc", "/sys", "/var", "/run")
            return any(tried(lambda: os.listdir(path)) for path in paths)
        """,
    ),
    attack(
        "opens bait by every other way there is",
        "openat2, O_PATH, splice, mmap and exec read as well",
        """
        def attack():
            path = ctypes.create_string_buffer(b"@BAIT@/bait")
            how = ctypes.create_string_buffer(struct.pack("QQQ", 0, 0, 0))
            if libc.syscall(437, -100, ctypes.addressof(path), ctypes.addressof(how), 24) >= 0:
                return True
            held = os.open("@BAIT@/bait", os.O_PATH)
            return tried(lambda: os.read(held, 1)) or tried(lambda: os.open(f"/proc/self/fd/{held}", os.O_RDONLY))
        """,
    ),
    attack(
        "reaches above the folders it may read",
        "a descriptor of a folder leads upwards",
        """
        def attack():
            above = "../" * 12
            fds = [fd for fd in range(3, 64) if tried(lambda: os.fstat(fd)) and stat.S_ISDIR(os.fstat(fd).st_mode)]
            fds.append(os.open("/usr", os.O_RDONLY))
            return any(tried(lambda: os.open(above + path, os.O_RDONLY, dir_fd=fd)) for fd in fds
                       for path in ("", "etc/passwd", "root", "@BAIT@/bait".lstrip("/")))
        """,
    ),
)

_WRITES = (
    attack(
        "makes files everywhere",
        "",
        f"def attack():\n    return any(tried(lambda: open(path, 'w').close()) for path in {_EVERYWHERE})",
    ),
    attack(
        "makes folders, links, pipes and devices everywhere",
        "",
        f"""
        def attack():
            return any(
                tried(lambda: os.mkdir(path)) or tried(lambda: os.symlink("/etc/passwd", path))
                or tried(lambda: os.link("/usr/bin/env", path)) or tried(lambda: os.mkfifo(path))
                or tried(lambda: os.mknod(path, 0o20666, os.makedev(1, 3))) for path in {_EVERYWHERE})
        """,
    ),
    attack(
        "makes a pipe or a device in its own folder",
        "",
        f"""
        def attack():
            return tried(lambda: os.mkfifo("{MARK}")) or tried(lambda: os.mknod("{MARK}", 0o20666, os.makedev(1, 3)))
        """,
    ),
    attack(
        "writes to bait that anybody may write to",
        "",
        """
        def attack():
            path = "@BAIT@/bait"
            return any(tried(lambda: open(path, mode).close()) for mode in ("w", "a", "r+")) or any(map(tried, (
                lambda: os.truncate(path, 0), lambda: os.open(path, os.O_RDONLY | os.O_TRUNC),
                lambda: os.ftruncate(os.open(path, os.O_PATH | os.O_RDWR), 1))))
        """,
    ),
    attack(
        "changes mode, owner, times and attributes of bait",
        "Landlock does not see these",
        """
        def attack():
            path = "@BAIT@/bait"
            return any(map(tried, (
                lambda: os.chmod(path, 0o777), lambda: os.chmod("@BAIT@", 0o700),
                lambda: os.chown(path, os.getuid(), -1),
                lambda: os.lchown(path, os.getuid(), -1), lambda: os.utime(path), lambda: os.utime(path, (1, 1)),
                lambda: os.setxattr(path, "user.tunecheck", b"x"), lambda: os.removexattr(path, "user.bait"),
                lambda: os.fchmod(os.open(path, os.O_PATH), 0o777), lambda: os.utime(os.open(path, os.O_PATH)))))
        """,
    ),
    attack(
        "renames, links and removes bait",
        "",
        f"""
        def attack():
            path = "@BAIT@/bait"
            return any(map(tried, (
                lambda: os.rename(path, path + ".{MARK}"), lambda: os.replace(path, "{MARK}"),
                lambda: os.link(path, "{MARK}"),
                lambda: os.link(path, path + ".{MARK}"), lambda: os.symlink(path, path + ".{MARK}"),
                lambda: os.rmdir("@BAIT@/folder"), lambda: os.unlink("@BAIT@/link"), lambda: os.unlink(path),
                lambda: os.unlink("@BAIT@/folder/inner"))))
        """,
    ),
    attack(
        "writes to the modules it runs on",
        "",
        """
        import json, encodings
        def attack():
            modules = (os, json, encodings, sys.modules["inside.tester"])
            return any(tried(lambda: open(one.__file__, "ab").close()) for one in modules)
        """,
    ),
    attack(
        "writes to bait through a link of its own",
        "",
        f"""
        def attack():
            os.symlink("@BAIT@/bait", "{MARK}")
            return tried(lambda: open("{MARK}", "w").close()) or tried(lambda: open("{MARK}").close())
        """,
    ),
    attack(
        "changes the mode of a file of its own",
        "a folder that cannot be read cannot be emptied",
        f"""
        def attack():
            open("{MARK}", "w").close()
            return tried(lambda: os.chmod("{MARK}", 0)) or tried(lambda: os.chmod(".", 0))
        """,
    ),
)

_RIGHT = "\ndef add(a, b):\n    return a + b\n"
# At tier B there is no folder that may be written to.
_NO_FOLDER = "exception"

_FILLS = (
    hostile(
        "uses its own folder and is right",
        "pass",
        "tier A has a folder for that",
        f"with open('{MARK}', 'w') as file:\n    file.write('x')\nassert open('{MARK}').read() == 'x'{_RIGHT}",
        confined=_NO_FOLDER,
    ),
    hostile(
        "fills the disk and is right",
        "pass",
        "its folder has 64 MiB",
        f"""
        open("{MARK}", "w").close()
        full = 0
        for n in range(100):
            try:
                with open(f"{MARK}-{{n}}", "wb") as file:
                    file.write(bytes(1 << 20))
            except OSError as error:
                full = error.errno
                break
        assert full == 28, full
        def add(a, b):
            return a + b
        """,
        confined=_NO_FOLDER,
    ),
    hostile(
        "a file of two megabytes",
        "exception",
        "the size of a file is limited",
        f"def add(a, b):\n    with open('{MARK}', 'wb') as file:\n        file.write(bytes(2 << 20))\n    return a + b",
    ),
    hostile(
        "20,000 files and is right",
        "pass",
        "they go with the whole sandbox",
        f"import os\nfor n in range(20_000):\n    os.close(os.open(f'{MARK}-{{n}}', os.O_CREAT | os.O_WRONLY)){_RIGHT}",
        confined=_NO_FOLDER,
    ),
    hostile(
        "2,500 folders in each other and is right",
        "pass",
        "their path is longer than any path may be",
        f"import os\nfor _ in range(2_500):\n    os.mkdir('d')\n    os.chdir('d'){_RIGHT}",
        confined=_NO_FOLDER,
    ),
    hostile(
        "a folder that nobody may enter and is right",
        "pass",
        "",
        f"import os\nos.makedirs('x')\nos.mkdir('x/y', 0){_RIGHT}",
        confined=_NO_FOLDER,
    ),
    hostile(
        "a link to bait and is right",
        "pass",
        "what is emptied is the folder, not what lies behind a link",
        f"import os\nos.symlink('@BAIT@', '{MARK}')\nos.symlink('@BAIT@/bait', '{MARK}-2'){_RIGHT}",
        confined=_NO_FOLDER,
    ),
    hostile(
        "names that are no text and is right",
        "pass",
        "",
        f"import os\nos.mkdir(b'\\xff\\xfe\\n')\nopen(b'\\xff\\xfe\\n/\\x80', 'w').close(){_RIGHT}",
        confined=_NO_FOLDER,
    ),
    hostile(
        "an open file that is removed and grows",
        "pass",
        "",
        f"import os\nheld = os.open('{MARK}', os.O_CREAT | os.O_RDWR)\nos.unlink('{MARK}')\n"
        f"os.write(held, bytes(1 << 20)){_RIGHT}",
        confined=_NO_FOLDER,
    ),
    hostile(
        "moves its own folder away and is right",
        "pass",
        "what holds it may not be written to",
        f"""
        import os
        own, other = os.getcwd(), "/tmp/{MARK}"
        for do in (lambda: os.rename(own, other), lambda: os.rmdir(own), lambda: os.mkdir(other)):
            try:
                do()
            except OSError:
                continue
            raise AssertionError
        def add(a, b):
            return a + b
        """,
    ),
)

FILES = (*_READS, *_WRITES, *_FILLS)
