"""Where the server listens: this machine alone, unless somebody says in so many words that others may come."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest

from tests.web.served import served
from tests.workshop import call
from tunecheck.errors import CannotRun, InputError
from tunecheck.web import opened
from tunecheck.web.address import Address, address_of, is_loopback


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "localhost", "LocalHost", "::1", "[::1]")),
        *((host, False) for host in ("0.0.0.0", "::", "[::]", "192.168.1.7", "10.0.0.1", "x.org", "", "0", "127.1")),
        *((host, False) for host in ("localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1 ", "localhost.")),
    ],
)  # fmt: skip
def test_only_exact_forms_of_the_own_machine_need_no_share(host: str, is_ours: bool) -> None:
    assert is_loopback(host) is is_ours
    if is_ours:
        assert address_of(host, 8765).port == 8765
    else:
        with pytest.raises(InputError, match="can be reached from other machines") as refused:
            address_of(host, 8765)
        assert "--share" in refused.value.hint


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]"])
def test_every_address_at_once_needs_a_name_that_browsers_can_call(host: str) -> None:
    with pytest.raises(InputError, match="none that a browser can call") as refused:
        address_of(host, 8765, share=True)
    assert refused.value.hint == "say what raters type: --url http://NAME:8765"
    assert address_of(host, 8765, share=True, url="http://box:8765").origins == ("http://box:8765",)


@pytest.mark.parametrize(
    ("host", "port", "url", "origins"),
    [
        ("127.0.0.1", 80, None, ("http://127.0.0.1:80", "http://localhost:80", "http://[::1]:80")),
        ("localhost", 1, None, ("http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1")),
        ("[::1]", 1, None, ("http://[::1]:1", "http://127.0.0.1:1", "http://localhost:1")),
        ("192.168.1.7", 8765, None, ("http://192.168.1.7:8765",)),
        ("fd00::7", 8765, None, ("http://[fd00::7]:8765",)),
        ("192.168.1.7", 1, "https://Rate.Example.ORG/", ("https://rate.example.org",)),
        ("192.168.1.7", 1, " https://rate.example.org:443 ", ("https://rate.example.org",)),
        ("192.168.1.7", 1, "http://rate.example.org:443", ("http://rate.example.org:443",)),
        ("192.168.1.7", 1, "http://[FD00::7]:9", ("http://[fd00::7]:9",)),
    ],
)
def test_the_origins_are_written_as_browsers_write_them(
    host: str, port: int, url: str | None, origins: tuple[str, ...]
) -> None:
    assert address_of(host, port, share=True, url=url).origins == origins


@pytest.mark.parametrize(
    "url",
    [
        *("rate.example.org", "//rate.example.org", "ftp://rate.example.org", "javascript:alert(1)", "https://", "https:///x"),
        *("https://rate.example.org/sheet", "https://rate.example.org?a=b", "https://rate.example.org#a"),
        *("https://me@rate.example.org", "https://:x@rate.example.org", "https://@rate.example.org"),
        *("https://rate.example.org:0", "https://rate.example.org:65536", "https://rate.example.org:x", "https://a:-1"),
        *("https://[::1", "https://[nonsense]", "https://::1", "http://a b", "http://a,b", "http://*", "http://a%62c"),
        *("http://bücher.example", "http://a\\b", "http://a;b", "http://<b>", "http://\u202eb", "x" * 10_000, "\x00"),
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_server_is_refused_with_the_way_to_write_it(url: str) -> None:
    for host in ("127.0.0.1", "0.0.0.0"):
        with pytest.raises(InputError, match="is not the address of a server") as refused:
            address_of(host, 8765, share=True, url=url)
        assert refused.value.hint == "write it like https://rate.example.org"


def test_https_is_told_apart_by_the_name_that_is_called() -> None:
    address = address_of("127.0.0.1", 8765, url="https://rate.example.org")
    assert address.first == "https://rate.example.org"
    assert address.is_secure_for("rate.example.org")
    assert address.is_secure_for("RATE.example.org")
    assert not address.is_secure_for("127.0.0.1:8765")
    assert not address.is_secure
    both = Address(host="x", port=1, origins=("https://a", "http://a"))
    assert not both.is_secure_for("a")


# ---- the command


@pytest.fixture
def run(blank: Path, tmp_path: Path) -> Path:
    place = served(blank, tmp_path / "run")
    place.store.close()
    return place.folder


def test_the_command_refuses_every_address_without_share(run: Path) -> None:
    called = call("serve", run, "--host", "0.0.0.0")
    assert (called.code, called.out) == (2, "")
    assert called.err.strip().splitlines() == [
        "error: 0.0.0.0 can be reached from other machines",
        "  try: if that is meant, add --share: every visitor needs a link with a token, and without https the network "
        "can read along; for yourself alone use --host 127.0.0.1",
    ]


def test_the_command_refuses_every_address_without_a_name(run: Path) -> None:
    called = call("serve", run, "--host", "0.0.0.0", "--share")
    assert (called.code, called.out) == (2, "")
    assert called.err.strip().splitlines() == [
        "error: 0.0.0.0 is every address of this machine, and none that a browser can call",
        "  try: say what raters type: --url http://NAME:8765",
    ]


@pytest.mark.parametrize(
    "options",
    [
        ("--url", "https://[::1"),
        ("--port", "65536"),
        ("--port", "-1"),
        ("--host", "no-such-host.invalid", "--share"),
        ("--host", "x" * 70 + ".example", "--share"),
        ("--host", "192.0.2.1", "--share"),
    ],
)
def test_the_command_refuses_what_it_cannot_listen_on(run: Path, options: tuple[str, ...]) -> None:
    called = call("serve", run, *options)
    assert (called.code, called.out) == (2, "")
    assert "Traceback" not in called.err


def test_the_command_refuses_a_folder_without_a_sheet_or_run(tmp_path: Path) -> None:
    called = call("serve", tmp_path)
    assert called.code == 2
    assert "has no run.db" in called.err


# ---- the socket


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_socket_listens_on_this_machine_alone(run: Path, host: str) -> None:
    if host == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with opened(run, host=host, port=0) as server:
        port = int(server.owner_link.split("/")[2].rpartition(":")[2])
        rows = listening(port)
        assert rows
        assert all(name in ("0100007F", "00000000000000000000000001000000") for name in rows)
        assert server.owner_link.startswith(f"http://{'[::1]' if host == '::1' else host}:{port}/enter/")


def test_a_taken_port_is_told_with_a_way_out(run: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        port = other.getsockname()[1]
        with pytest.raises(CannotRun, match=f"port {port} of 127.0.0.1 is taken") as refused, opened(run, port=port):
            pass
    assert "--port 0" in refused.value.hint


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as one:
        one.bind(("::1", 0))
        return True
    return False


def listening(port: int) -> list[str]:
    """The addresses, in the kernel's hex, at which something listens on a port."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():
            continue
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, _, number = local.partition(":")
            if state == "0A" and int(number, 16) == port:
                found.append(address)
    if not found:
        pytest.skip("this system does not say who listens")
    return found
