"""Launching: what is typed to start a sandbox on each kind of machine, and what is told where there can be none."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workshop import call, write_rows
from tunecheck.errors import CannotRun, InputError
from tunecheck.runner import evaluate_code_generation
from tunecheck.sandbox import Sandbox, bubblewrap, install_line, launch, unsupported
from tunecheck.sandbox.launch import Interpreter, Start, find_interpreter

SYSTEM = Interpreter(executable="/usr/bin/python3", prefix="/usr", packages=())


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """What was found out about this machine is forgotten, before and after."""
    for found in (find_interpreter, bubblewrap):
        found.cache_clear()
    yield
    for found in (find_interpreter, bubblewrap):
        found.cache_clear()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Sets what the machine is like: the user, Python and its rights, the version of bubblewrap."""

    def is_like(
        *, user: int = 1000, python: Interpreter = SYSTEM, version: str = "0.8.0", private: bool = False
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: user)
        monkeypatch.setattr(launch, "find_interpreter", lambda **_: python)
        monkeypatch.setattr(launch, "bubblewrap", lambda: ("/usr/bin/bwrap", version))
        monkeypatch.setattr(launch, "_is_open_to_all", lambda folder: not private)
        monkeypatch.setattr(launch, "_free_id", lambda: 61_999)

    return is_like


def typed(tier: Any = "A", **others: Any) -> tuple[list[str], dict[str, Any], dict[str, Any]]:
    """The command line, the user that it starts as, and what is told to the zygote."""
    command, user = launch._command(Start(tier=tier, **others), 7)
    told = re.search(r"json\.loads\((.*)\)\)$", command[-1])
    assert told is not None
    settings = json.loads(eval(told[1]))
    return command, user, settings


def follows(command: list[str], *parts: str) -> bool:
    return any(tuple(command[at : at + len(parts)]) == parts for at in range(len(command)))


def test_an_ordinary_user_has_a_user_namespace_and_stays_who_it_is(machine: Any) -> None:
    machine()
    command, user, settings = typed()
    assert command[0] == "/usr/bin/bwrap"
    assert (user, settings["uid"]) == ({}, None)
    for flag in ("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--clearenv"):
        assert flag in command
    assert {"--die-with-parent", "--new-session", "--disable-userns"} <= set(command)
    assert follows(command, "--cap-drop", "ALL")
    assert "--cap-add" not in command


def test_root_gives_up_its_privileges_before_bubblewrap_where_all_can_read_python(machine: Any) -> None:
    machine(user=0)
    command, user, settings = typed()
    assert user == {"user": 61_999, "group": 61_999, "extra_groups": []}
    assert settings["uid"] is None
    assert "--unshare-user" in command
    assert "--cap-add" not in command


def test_root_gives_them_up_inside_where_python_is_its_own(machine: Any) -> None:
    own = Interpreter(executable="/root/python/bin/python3", prefix="/root/python", packages=())
    machine(user=0, python=own, private=True)
    command, user, settings = typed()
    assert (user, settings["uid"]) == ({}, 61_999)
    assert "--unshare-user" not in command
    assert follows(command, "--cap-drop", "ALL")
    assert [command[at + 1] for at, part in enumerate(command) if part == "--cap-add"] == ["CAP_SETUID", "CAP_SETGID"]
    assert follows(command, "--ro-bind", "/root/python", "/root/python")
    assert follows(command, "--perms", "0755", "--dir", "/root")


def test_without_namespaces_root_reaches_its_own_python_through_descriptors(machine: Any) -> None:
    own = Interpreter(executable="/root/python/bin/python3", prefix="/root/python", packages=())
    machine(user=0, python=own, private=True)
    command, user, settings = typed("B")
    assert command[0] == own.executable
    assert (user, settings["uid"]) == ({}, 61_999)
    assert settings["private"] == ["/root/python", str(launch.INSIDE.parent)]
    machine(user=0)
    _, user, settings = typed("B")
    assert (user["user"], settings["uid"], settings["private"]) == (61_999, None, [])


def test_tier_b_has_no_scratch_folder_and_owns_no_processes(machine: Any) -> None:
    machine()
    _, _, settings = typed("B")
    assert (settings["scratch"], settings["owns_processes"]) == (None, False)
    _, _, settings = typed("A")
    assert (settings["scratch"], settings["owns_processes"]) == ("/tmp/scratch", True)


def test_nothing_of_the_machine_is_mounted_but_the_system_and_python(machine: Any) -> None:
    machine()
    command, _, _ = typed()
    assert "--proc" not in command
    assert "--bind" not in command
    assert "--dev-bind" not in command
    sources = {command[at + 1] for at, part in enumerate(command) if part == "--ro-bind"}
    assert sources <= {"/usr", "/lib", "/lib64", "/bin", "/nix/store", str(launch.INSIDE)}
    assert command.index("--remount-ro") > command.index("--tmpfs")
    assert follows(command, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/")


def test_the_scratch_folder_has_a_limit_of_its_own(machine: Any) -> None:
    machine()
    command, _, _ = typed()
    assert follows(command, "--perms", "1777", "--size", str(64 << 20), "--tmpfs", "/tmp")


@pytest.mark.parametrize("version", ["0.4.1", "0.5.0"])
def test_an_old_bubblewrap_that_knows_no_sizes_gives_no_scratch_folder(machine: Any, version: str) -> None:
    machine(version=version)
    command, _, settings = typed()
    assert not {"--size", "--perms", "--tmpfs", "--disable-userns"} & set(command)
    assert settings["scratch"] is None


def test_user_namespaces_are_switched_off_from_bubblewrap_0_8_on(machine: Any) -> None:
    for version, is_there in (("0.6.2", False), ("0.7.0", False), ("0.8.0", True), ("0.11.0", True), ("1.0", True)):
        machine(version=version)
        assert ("--disable-userns" in typed()[0]) is is_there


def test_python_starts_bare_and_with_a_fixed_order_of_sets(machine: Any) -> None:
    machine()
    command, _, _ = typed()
    assert follows(command, "/usr/bin/python3", "-s", "-S", "-P", "-B", "-c")
    assert follows(command, "--setenv", "PYTHONHASHSEED", "0")
    names = {command[at + 1] for at, part in enumerate(command) if part == "--setenv"}
    assert not {name for name in names if re.search("KEY|TOKEN|SECRET|HOME", name)}


def test_packages_are_readable_and_on_the_path_only_where_they_are_asked_for(machine: Any) -> None:
    machine(python=Interpreter(executable="/usr/bin/python3", prefix="/usr", packages=("/opt/venv/site-packages",)))
    command, _, settings = typed(packages=True)
    assert follows(command, "--ro-bind", "/opt/venv/site-packages", "/opt/venv/site-packages")
    assert settings["packages"] == ["/opt/venv/site-packages"]
    assert (settings["preloaded"], "/opt/venv/site-packages" in settings["readable"]) == (["numpy"], True)
    machine()
    command, _, settings = typed()
    assert (settings["packages"], settings["preloaded"]) == ([], [])


def test_packages_below_usr_need_no_mount_of_their_own() -> None:
    packages = ("/usr/lib/python3/dist-packages", "/opt/x/site-packages")
    assert Interpreter(executable="", prefix="/usr", packages=packages).folders == ("/opt/x/site-packages",)


def test_a_python_whose_folder_holds_the_home_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    with pytest.raises(CannotRun, match="holds your home") as refused:
        find_interpreter()
    assert "a Python with a folder of its own" in refused.value.hint


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        ("apt-get", "sudo apt-get install bubblewrap"),
        ("dnf", "sudo dnf install bubblewrap"),
        ("zypper", "sudo zypper install bubblewrap"),
        ("pacman", "sudo pacman -S bubblewrap"),
        ("apk", "sudo apk add bubblewrap"),
        ("", "install bubblewrap with the system's package manager"),
    ],
)
def test_the_line_to_install_it_is_the_systems(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tool: str, line: str
) -> None:
    if tool:
        (tmp_path / tool).write_text("#!/bin/sh\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install_line() == line


def test_a_machine_that_is_no_linux_or_of_an_unknown_kind_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert unsupported() == "the sandbox knows the system calls of x86_64 and aarch64, not of riscv64"
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert unsupported() == "the sandbox needs Linux, and this is Darwin"
    with pytest.raises(CannotRun, match="generated code was not run: the sandbox needs Linux"), Sandbox("B"):
        pass


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without bubblewrap, and with apt-get; the folder that a program would leave something in."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "apt-get").write_text("#!/bin/sh\n")
    (tools / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    bait = tmp_path / "bait"
    bait.mkdir()
    bait.chmod(0o777)
    return bait


def files(bait: Path) -> tuple[Path, Path]:
    """A problem, and a sample that leaves a file where it is run."""
    program = f"open({str(bait / 'was here')!r}, 'w').close()\ndef add(a, b):\n    return a + b"
    problem = {"task_id": "add", "prompt": "Add.", "test_code": "assert add(1, 2) == 3", "reference": program}
    sample = {"task_id": "add", "completion": program}
    return write_rows(bait.parent / "problems.jsonl", [problem]), write_rows(bait.parent / "samples.jsonl", [sample])


def test_without_bubblewrap_nothing_is_run_and_the_line_to_type_is_told(no_bubblewrap: Path) -> None:
    with pytest.raises(CannotRun, match="bubblewrap, which shuts it in, is not installed") as refused, Sandbox("A"):
        pass
    assert refused.value.hint.startswith("sudo apt-get install bubblewrap; or accept the weaker sandbox")
    problems, samples = files(no_bubblewrap)
    called = call("score", "code", "--problems", problems, "--samples", samples, "--run-code")
    assert called.code == 4
    assert "generated code was not run: bubblewrap, which shuts it in, is not installed" in called.err
    assert "sudo apt-get install bubblewrap" in called.hint
    assert list(no_bubblewrap.iterdir()) == []


def test_without_the_users_word_nothing_is_run(tmp_path: Path) -> None:
    bait = tmp_path / "bait"
    bait.mkdir()
    problems, samples = files(bait)
    called = call("score", "code", "--problems", problems, "--samples", samples)
    assert called.code == 2
    assert called.message.startswith("nothing was run")
    assert "--run-code" in called.hint
    with pytest.raises(InputError, match="nothing was run"):
        evaluate_code_generation(str(problems), str(samples))
    assert list(bait.iterdir()) == []
