"""Address: where the server listens, and by exactly which names browsers may call it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tunecheck.errors import InputError

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
# As browsers send it: names with other letters travel as xn--...
_NAME = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the server listens and the origins, such as http://127.0.0.1:8765, under which it answers.

    A name that is not on the list is refused, port and all: a page elsewhere that makes its own name point to this
    machine (DNS rebinding) gets nothing.
    """

    host: str
    port: int
    origins: tuple[str, ...]

    @property
    def hosts(self) -> frozenset[str]:
        """What the Host header may be."""
        return frozenset(_host_header(origin) for origin in self.origins)

    @property
    def is_secure(self) -> bool:
        """Whether browsers come by https alone."""
        return all(origin.startswith("https://") for origin in self.origins)

    def is_secure_for(self, host: str) -> bool:
        """Whether browsers that call by this Host header come by https alone."""
        return f"https://{host.lower()}" in self.origins and f"http://{host.lower()}" not in self.origins

    @property
    def first(self) -> str:
        """The origin to print in links."""
        return self.origins[0]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host that a server listens on.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def address_of(host: str, port: int, *, share: bool = False, url: str | None = None) -> Address:
    """The address for what the user asked for. ``port`` is the one that is listened on, or will be.

    Raises InputError for a host that other machines reach, unless ``share`` says that this is meant, and for one
    without a name that a browser could call, such as 0.0.0.0, unless ``url`` gives it.
    """
    given = (_origin(url),) if url else ()
    if is_loopback(host):
        own = tuple(f"http://{name}:{port}" for name in _loopback_names(host))
        return Address(host=_bare(host), port=port, origins=(*given, *own))
    if not share:
        raise InputError(
            f"{host} can be reached from other machines",
            hint="if that is meant, add --share: every visitor needs a link with a token, and without https the "
            "network can read along; for yourself alone use --host 127.0.0.1",
        )
    if given:
        return Address(host=_bare(host), port=port, origins=given)
    if _is_unspecified(host):
        raise InputError(
            f"{host} is every address of this machine, and none that a browser can call",
            hint=f"say what raters type: --url http://NAME:{port}",
        )
    return Address(host=_bare(host), port=port, origins=(_origin(f"http://{_bracketed(host)}:{port}"),))


def _loopback_names(host: str) -> tuple[str, ...]:
    own = _bracketed(_bare(host).lower())
    return (own, *(name for name in LOOPBACK_NAMES if name != own))


def _origin(url: str) -> str:
    refusal = InputError(f"{url!r} is not the address of a server", hint="write it like https://rate.example.org")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise refusal from error
    name = _bracketed(parts.hostname or "")
    bad = port == 0 or parts.scheme not in ("http", "https") or not _NAME.fullmatch(name) or "@" in parts.netloc
    if bad or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise refusal
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{name}" + ("" if port in (None, usual) else f":{port}")


def _host_header(origin: str) -> str:
    return origin.partition("://")[2]


def _bare(host: str) -> str:
    return host.strip("[]")


def _bracketed(host: str) -> str:
    return f"[{_bare(host)}]" if ":" in host else host


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(_bare(host)).is_unspecified
    except ValueError:
        return False
