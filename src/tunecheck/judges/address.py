"""Address: where a judge is and what its server calls it, as people type it: openai:http://HOST:PORT/v1#NAME."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from tunecheck.errors import InputError

_PREFIX = "openai:"
_EXAMPLE = "--judge openai:http://127.0.0.1:8000/v1#NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """One model of one server.

    url    the server's API without a slash at the end: "http://127.0.0.1:8000/v1"
    model  what the server calls the model
    """

    url: str
    model: str

    @property
    def name(self) -> str:
        """What the judge is called in the store and in results; it holds no credentials."""
        return f"{_PREFIX}{self.url}#{self.model}"

    @property
    def host(self) -> str:
        """The host as it is typed, with its port if one is."""
        return urlsplit(self.url).netloc

    @property
    def origin(self) -> str:
        """Scheme, host and port: what a key belongs to."""
        return self.url[: len(self.url) - len(urlsplit(self.url).path)]

    @property
    def is_here(self) -> bool:
        """Whether the server is on this machine, so that no text leaves it.

        >>> parse_address("openai:http://127.0.0.1:8000/v1#m").is_here
        True
        """
        host = urlsplit(self.url).hostname or ""
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def is_encrypted(self) -> bool:
        """Whether what is sent can be read on the way."""
        return self.url.startswith("https:")


def parse_address(text: str) -> ServerAddress:
    """Read an address. Raises InputError that says what is wrong; credentials in an address are refused, and not told.

    >>> parse_address("openai:HTTP://LocalHost:8000/v1/#org/model").name
    'openai:http://localhost:8000/v1#org/model'
    """
    if not text.startswith(_PREFIX):
        shown = text.partition(":")[0] if "@" in text else text
        raise InputError(f"the judge {shown[:80]!r} is not an address of the form openai:URL#NAME", hint=_EXAMPLE)
    try:
        parts = urlsplit(text.removeprefix(_PREFIX))
        port = parts.port
    except ValueError as error:
        # The text of the error may quote all of the address.
        raise InputError("the judge's address has a host or port that cannot be read", hint=_EXAMPLE) from error
    problem = _problem(parts, port)
    if problem:
        raise InputError(problem, hint=_EXAMPLE)
    # The host may be written in any case; a path may not.
    host = (parts.hostname or "").lower()
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = "" if port is None else f":{port}"
    return ServerAddress(url=f"{parts.scheme}://{shown_host}{shown_port}{parts.path.rstrip('/')}", model=parts.fragment)


def _problem(parts: SplitResult, port: int | None) -> str:
    if parts.username is not None or parts.password is not None:
        return "a judge's address holds no user name or password: a key comes from the variable of --api-key-env"
    if parts.query:
        return "a judge's address holds no question mark and what follows one: a key comes from --api-key-env"
    if parts.scheme not in ("http", "https"):
        return "a judge's address begins with openai:http:// or openai:https://"
    if not parts.hostname or port == 0:
        return "a judge's address names no host, or the port 0"
    if not parts.fragment:
        return f"the judge at {parts.scheme}://{parts.netloc} has no name: what its server calls the model follows a #"
    if not (parts.netloc + parts.path + parts.fragment).isprintable() or " " in parts.netloc + parts.path:
        return "a judge's address holds a space or a character that cannot be printed"
    return ""
